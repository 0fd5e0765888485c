/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/analyze/series_impl.h"
#include "src/base/xalloc.h"

#define FIRST_SHIFT	10		/* buckets of 1 us at first */
#define INFLIGHT_MAX	65536
#define INFLIGHT_PART	8192		/* of a part: there are many */
#define INFLIGHT_AGE_NS	UINT64_C(120000000000)
#define RASTER_BITS	10		/* 512 to 1024 rows */
#define RASTER_BITS_SMALL 8
#define DEVICES_MAX	4096		/* known by number at all */

struct series *series_new(const struct series_options *opts)
{
	struct series *s = xcalloc(1, sizeof(*s));

	s->opts = opts ? *opts : (struct series_options){ .act = -1 };
	s->times = fold_of(s->opts.bucket_bits ? s->opts.bucket_bits :
						 SERIES_BUCKET_BITS,
			   /* a part will have to reach as far */
			   s->opts.whole ? s->opts.whole->times.shift :
					   FIRST_SHIFT);
	s->buckets = xcalloc(s->times.nr, sizeof(*s->buckets));
	for (int p = 0; p < SERIES_PHASES; p++) {
		s->inflight[p] = inflight_new(s->opts.whole ? INFLIGHT_PART :
							      INFLIGHT_MAX,
					      INFLIGHT_AGE_NS);
		s->pairing[p] = inflight_stats(s->inflight[p]);
	}
	return s;
}

void series_free(struct series *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->times.nr; i++)
		for (int p = 0; p < SERIES_PHASES; p++)
			free(s->buckets[i].lat[p]);
	for (size_t i = 0; i < s->nr_devices; i++)
		raster_free(s->devices[i].raster);
	for (int p = 0; p < SERIES_PHASES; p++)
		inflight_free(s->inflight[p]);
	free(s->buckets);
	free(s->devices);
	free(s);
}

/* ---- buckets ------------------------------------------------------------- */

static void merge_lat(struct hist **to, struct hist **from)
{
	if (!*from)
		return;
	if (!*to) {
		*to = *from;
		return;
	}
	hist_merge(*to, *from);
	free(*from);
}

void series_merge_buckets(void *to, void *from, size_t size)
{
	struct series_bucket *t = to, *f = from;

	(void)size;
	for (int a = 0; a < SERIES_ACTS; a++) {
		for (int op = 0; op < IO_OP_MAX; op++) {
			t->nr[a][op] += f->nr[a][op];
			t->bytes[a][op] += f->bytes[a][op];
		}
	}
	for (int p = 0; p < SERIES_PHASES; p++) {
		merge_lat(&t->lat[p], &f->lat[p]);
		t->depth_ns[p] += f->depth_ns[p];
		if (f->depth_max[p] > t->depth_max[p])
			t->depth_max[p] = f->depth_max[p];
	}
	t->is_lost |= f->is_lost;
	t->nr_lost += f->nr_lost;
}

static void halve(void *ctx, const struct fold *before)
{
	struct series *s = ctx;

	fold_halve(before, s->buckets, sizeof(*s->buckets),
		   series_merge_buckets);
	for (size_t i = 0; i < s->nr_devices; i++)
		if (s->devices[i].raster)
			raster_halve_cols(s->devices[i].raster, before);
}

/* Inlined here, where each event wants it. */
static inline struct series_bucket *bucket_at(struct series *s, uint64_t time)
{
	fold_reach(&s->times, time, halve, s);
	return &s->buckets[fold_slot(&s->times, time >> s->times.shift)];
}

struct series_bucket *series_bucket_at(struct series *s, uint64_t time)
{
	return bucket_at(s, time);
}

static inline void book(const struct series *s, struct series_bucket *b,
			uint64_t ns)
{
	for (int p = 0; p < SERIES_PHASES; p++) {
		uint32_t depth = (uint32_t)s->pairing[p]->nr;

		b->depth_ns[p] += depth * ns;
		if (depth > b->depth_max[p])
			b->depth_max[p] = depth;
	}
}

/* Up to @time, which is in a later bucket. */
static __attribute__((noinline)) void
book_buckets(struct series *s, uint64_t from, uint64_t time)
{
	unsigned int shift = s->times.shift;
	bool any = false;

	for (int p = 0; p < SERIES_PHASES; p++)
		any |= s->pairing[p]->nr != 0;
	while (any && from >> shift != time >> shift) {
		uint64_t end = ((from >> shift) + 1) << shift;

		book(s, bucket_at(s, from), end - from);
		from = end;
	}
	if (any && from < time)
		book(s, bucket_at(s, from), time - from);
}

/* Books the I/Os in flight from the last time to @time; returns its bucket. */
static inline struct series_bucket *book_depth(struct series *s, uint64_t time)
{
	struct series_bucket *b = bucket_at(s, time);
	uint64_t from = s->depth_time;

	if (from >= time)
		return b;
	s->depth_time = time;
	if (from >> s->times.shift == time >> s->times.shift)
		book(s, b, time - from);
	else
		book_buckets(s, from, time);
	return b;
}

void series_book_depth(struct series *s, uint64_t time)
{
	(void)book_depth(s, time);
}

/* A Q, D, C or R, and what is looked up once for all that it counts in. */
struct event {
	const struct blk_rec *rec;
	struct series_device *device;	/* NULL: there are too many */
	const struct series_device *whole;	/* the same in the series that
						   this one is a part of */
	struct series_bucket *bucket;	/* of its time; NULL = it is not in the
					   part that is shown */
};

/* ---- devices ------------------------------------------------------------- */

struct series_device *series_find_device(struct series *s, uint32_t device)
{
	struct series_device *d;
	unsigned int bits = s->opts.row_bits ? s->opts.row_bits : RASTER_BITS;

	for (size_t i = 0; i < s->nr_devices; i++) {
		if (s->devices[i].device == device) {
			s->last_device = i;
			return &s->devices[i];
		}
	}
	if (s->nr_devices == DEVICES_MAX)
		return NULL;
	s->devices = xgrow(s->devices, s->nr_devices, &s->cap_devices,
			   sizeof(*s->devices));
	s->last_device = s->nr_devices;
	d = &s->devices[s->nr_devices++];
	*d = (struct series_device){ .device = device,
				     .act = SERIES_COMPLETE };
	if (s->nr_devices > SERIES_DEVICES_FINE)
		bits = RASTER_BITS_SMALL;
	if (s->nr_devices <= SERIES_DEVICES_MAX)
		d->raster = raster_new(s->times.nr, bits);
	return d;
}

void series_name_device(struct series *s, uint32_t device, const char *name)
{
	struct series_device *d = series_find_device(s, device);

	if (d && !*d->name)
		(void)snprintf(d->name, sizeof(d->name), "%s", name);
}

void series_set_act(struct series_device *d, enum series_act act)
{
	if (d->raster->end)
		raster_clear(d->raster);
	d->act = act;
}

/*
 * Q is what a program asked for; D and C stand in where there is none.  The
 * parts of a whole show what it shows.
 */
static bool is_raster_act(const struct series *s, struct series_device *d,
			  const struct series_device *w, enum series_act act)
{
	if (s->opts.act >= 0) {
		d->act = (enum series_act)s->opts.act;
		return act == d->act;
	}
	if (act < d->act && (!w || w->act <= act))
		series_set_act(d, act);
	return act == (w ? w->act : d->act);
}

static void add_to_raster(struct series *s, const struct event *e,
			  enum series_act act, enum io_op op)
{
	const struct blk_rec *rec = e->rec;
	struct series_device *d = e->device;
	uint64_t nr = (rec->bytes + 511) / 512;

	/* Passthrough and flushes have no place on the device. */
	if (blk_has(rec, BLK_TC_PC) || !rec->bytes)
		return;
	if (!d || !d->raster) {
		s->totals.nr_no_raster++;
		return;
	}
	if (!is_raster_act(s, d, e->whole, act))
		return;
	if (s->opts.end_sector && (rec->sector < s->opts.first_sector ||
				   rec->sector > s->opts.end_sector ||
				   nr > s->opts.end_sector - rec->sector))
		return;
	raster_add(d->raster, &s->times,
		   fold_slot(&s->times, rec->time >> s->times.shift), op,
		   rec->sector, nr);
}

/* ---- records ------------------------------------------------------------- */

static enum io_op op_of(const struct blk_rec *rec)
{
	const uint32_t zone = BLK_TC_ZONE_RESET | BLK_TC_ZONE_RESET_ALL |
			      BLK_TC_ZONE_FINISH | BLK_TC_ZONE_OPEN |
			      BLK_TC_ZONE_CLOSE;

	if (blk_has(rec, BLK_TC_DISCARD | zone) || !rec->bytes)
		return IO_OTHER;
	return blk_has(rec, BLK_TC_WRITE) ? IO_WRITE : IO_READ;
}

static void note_device_name(struct series *s, const struct note_device *note)
{
	struct series_device *d = series_find_device(s, note->device);

	if (d)
		(void)snprintf(d->name, sizeof(d->name), "%s", note->name);
}

/* No pairing crosses a loss. */
static void add_loss(struct series *s, const struct note_loss *loss)
{
	for (int p = 0; p < SERIES_PHASES; p++)
		inflight_forget(s->inflight[p], loss->device ? loss->device :
							       INFLIGHT_ALL);
	s->totals.nr_lost += loss->count;
	s->nr_lost += loss->count;
	if (!s->is_lost || loss->from < s->lost_from)
		s->lost_from = loss->from;
	if (!s->is_lost || loss->to > s->lost_to)
		s->lost_to = loss->to;
	s->is_lost = true;
}

/*
 * Marks the time in which events are missing.  It ends with the event after
 * the note, at @time: in a merged dump, notes are on another clock than
 * events, and only their place in the stream says when it was.
 */
static void mark_loss(struct series *s, uint64_t time)
{
	uint64_t to = s->lost_to < time ? s->lost_to : time;
	uint64_t from = s->lost_from < s->last ? s->lost_from : s->last;
	struct series_bucket *b;

	if (from < s->first)
		from = s->first;
	if (to < from)
		to = from;
	b = bucket_at(s, to);
	b->is_lost = 1;
	b->nr_lost += s->nr_lost;
	while (from < to) {
		uint64_t width = UINT64_C(1) << s->times.shift;

		bucket_at(s, from)->is_lost = 1;
		/* not past @to: it may be so late that the sum is over */
		from += to - from < width ? to - from : width;
	}
	s->is_lost = false;
	s->nr_lost = 0;
}

static void add_note(struct series *s, const struct blk_rec *rec)
{
	struct note note;

	if (note_decode(rec, &note))
		return;
	if (note.id == NOTE_DEVICE)
		note_device_name(s, &note.device);
	else if (note.id == NOTE_LOSS)
		add_loss(s, &note.loss);
}

static bool is_in_part(const struct series *s, uint64_t time)
{
	uint64_t t = time > s->origin ? time - s->origin : 0;

	return !s->opts.to_ns ||
	       (t >= s->opts.from_ns && t <= s->opts.to_ns);
}

/*
 * A remap is recorded for the device below, so that one is in the trace too.
 * Of a partition nothing else is recorded: it is no device here.
 */
static void mark_upper(struct series *s, const struct blk_rec *rec)
{
	struct blk_remap remap;

	if (blk_get_remap(rec, &remap) || remap.device_from == rec->device)
		return;
	for (size_t i = 0; i < s->nr_devices; i++)
		if (s->devices[i].device == remap.device_from)
			s->devices[i].is_upper = true;
}

/* Of stacked devices only the lowest counts. */
static bool is_upper(const struct series *s, const struct event *e)
{
	const struct series_device *d = s->opts.whole ? e->whole : e->device;

	return d && d->is_upper;
}

static void count(struct series *s, const struct event *e, enum series_act act)
{
	enum io_op op = op_of(e->rec);

	if (!is_upper(s, e)) {
		e->bucket->nr[act][op]++;
		e->bucket->bytes[act][op] += e->rec->bytes;
	}
	add_to_raster(s, e, act, op);
}

static void add_latency(struct series *s, enum series_phase phase,
			uint64_t begin, const struct event *e)
{
	const struct blk_rec *end = e->rec;
	struct series_bucket *b = e->bucket;
	uint64_t ns = end->time > begin ? end->time - begin : 0;

	if (!b)
		return;
	if (!b->lat[phase])
		b->lat[phase] = xcalloc(1, sizeof(*b->lat[phase]));
	hist_add(b->lat[phase], ns);
	hist_add(&s->totals.lat_op[phase][op_of(end)], ns);
}

/* The device has issues, so nothing of it is measured from Q. */
static void set_has_issue(struct series *s, struct series_device *d)
{
	inflight_forget(s->inflight[SERIES_Q2C], d->device);
	d->has_issue = true;
}

/* What is in flight changes here. */
static void pair(struct series *s, const struct event *e, unsigned int code)
{
	const struct blk_rec *rec = e->rec;
	struct series_device *d = e->device;
	bool has_issue;
	uint64_t begin;

	if (d && e->whole && e->whole->has_issue && !d->has_issue)
		set_has_issue(s, d);
	has_issue = d && d->has_issue;

	switch (code) {
	case BLK_ACT_QUEUE:
		if (!has_issue)
			inflight_begin(s->inflight[SERIES_Q2C], rec);
		break;
	case BLK_ACT_ISSUE:
		if (d && !has_issue)
			set_has_issue(s, d);
		inflight_begin(s->inflight[SERIES_D2C], rec);
		break;
	case BLK_ACT_REQUEUE:
		inflight_cancel(s->inflight[SERIES_D2C], rec);
		break;
	case BLK_ACT_COMPLETE:
		if (inflight_end(s->inflight[SERIES_D2C], rec, &begin))
			add_latency(s, SERIES_D2C, begin, e);
		else if (!has_issue &&
			 inflight_end(s->inflight[SERIES_Q2C], rec, &begin))
			add_latency(s, SERIES_Q2C, begin, e);
		break;
	}
}

/* An event of the part that is shown: the range of times grows.  Returns the
   bucket of its time. */
static inline struct series_bucket *show_time(struct series *s, uint64_t time)
{
	struct series_bucket *b;

	if (!s->has_shown) {
		s->first = time;
		s->last = time;
		s->depth_time = time;
		s->has_shown = true;
	}
	b = book_depth(s, time);
	if (s->is_lost) {
		mark_loss(s, time);
		b = bucket_at(s, time);
	}
	if (time < s->first)
		s->first = time;
	if (time > s->last)
		s->last = time;
	return b;
}

void series_show_time(struct series *s, uint64_t time)
{
	(void)show_time(s, time);
}

/* Most often the same as before. */
static inline struct series_device *device_of(struct series *s,
					      const struct blk_rec *rec)
{
	if (s->nr_devices &&
	    s->devices[s->last_device].device == rec->device)
		return &s->devices[s->last_device];
	return series_find_device(s, rec->device);
}

static void add_event(struct series *s, const struct blk_rec *rec)
{
	unsigned int code = blk_code(rec);
	struct event e = { .rec = rec };

	if (code == BLK_ACT_REMAP)
		mark_upper(s, rec);
	if (code != BLK_ACT_QUEUE && code != BLK_ACT_ISSUE &&
	    code != BLK_ACT_COMPLETE && code != BLK_ACT_REQUEUE)
		return;
	if (!s->has_event) {
		s->has_event = true;
		s->origin = s->opts.whole ? s->opts.whole->origin : rec->time;
	}
	e.device = device_of(s, rec);
	if (s->opts.whole)
		e.whole = series_whole_device(s, rec->device);
	if (is_in_part(s, rec->time))
		e.bucket = show_time(s, rec->time);
	pair(s, &e, code);
	if (!e.bucket)
		return;
	if (code == BLK_ACT_QUEUE)
		count(s, &e, SERIES_QUEUE);
	else if (code == BLK_ACT_ISSUE)
		count(s, &e, SERIES_ISSUE);
	else if (code == BLK_ACT_COMPLETE)
		count(s, &e, SERIES_COMPLETE);
}

void series_add(struct series *s, const struct blk_rec *recs, size_t nr)
{
	s->totals.nr_records += nr;
	for (size_t i = 0; i < nr; i++) {
		if (blk_is_notify(&recs[i]))
			add_note(s, &recs[i]);
		else if (!blk_has(&recs[i], BLK_TC_DRV_DATA))
			add_event(s, &recs[i]);
	}
}

/* Sums that no event has to pay for. */
static void sum_up(struct series *s)
{
	struct series_totals *t = &s->totals;

	for (size_t i = 0; i < series_count(s); i++) {
		const struct series_bucket *b = series_bucket(s, i);

		for (int a = 0; a < SERIES_ACTS; a++) {
			for (int op = 0; op < IO_OP_MAX; op++) {
				t->nr[a][op] += b->nr[a][op];
				t->bytes[a][op] += b->bytes[a][op];
			}
		}
	}
	for (int p = 0; p < SERIES_PHASES; p++)
		for (int op = 0; op < IO_OP_MAX; op++)
			hist_merge(&t->lat[p], &t->lat_op[p][op]);
}

void series_finish(struct series *s)
{
	series_end_part(s);
	if (s->has_shown && s->is_lost)
		mark_loss(s, s->last);
	sum_up(s);
}
