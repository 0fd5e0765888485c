/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "src/analyze/detail_impl.h"
#include "src/base/xalloc.h"

#define FIRST_SHIFT	10	/* buckets of 1 us at first */

static const struct detail_part *const parts[] = {
	&detail_part_phases,
	&detail_part_dists,
	&detail_part_depths,
	&detail_part_places,
	&detail_part_lanes,
	&detail_part_path,
};

#define PARTS	ARRAY_SIZE(parts)

_Static_assert(PARTS <= DETAIL_PARTS_MAX, "struct detail has not so many");

/* Calls a function of each part that has it. */
#define TELL(d, what, ...) do {						\
	for (uint32_t m_ = (d)->has.what; m_; m_ &= m_ - 1) {		\
		int i_ = __builtin_ctz(m_);				\
									\
		parts[i_]->what((d)->states[i_], ##__VA_ARGS__);	\
	}								\
} while (0)

static void make_parts(struct detail *d)
{
#define LEARN(what)							\
	d->has.what |= (uint32_t)(parts[i]->what != NULL) << i

	for (size_t i = 0; i < PARTS; i++) {
		d->states[i] = parts[i]->make(d);
		if (!d->states[i])
			continue;
		LEARN(record);
		LEARN(note);
		LEARN(event);
		LEARN(io);
		LEARN(issue);
		LEARN(request);
		LEARN(back);
		LEARN(dropped);
		LEARN(halve);
		LEARN(finish);
	}
#undef LEARN
}

void *detail_state(const struct detail *d, const struct detail_part *part)
{
	size_t i = 0;

	while (i < PARTS && parts[i] != part)
		i++;
	return i < PARTS ? d->states[i] : NULL;
}

enum io_op detail_op(uint8_t life_op)
{
	return life_op == LIFE_READ  ? IO_READ :
	       life_op == LIFE_WRITE ? IO_WRITE : IO_OTHER;
}

/* ---- times --------------------------------------------------------------- */

static void merge_buckets(void *to, void *from, size_t size)
{
	uint64_t *t = to;
	const uint64_t *f = from;

	/* nothing but sums */
	for (size_t i = 0; i < size / sizeof(*t); i++)
		t[i] += f[i];
}

void detail_halve(void *ctx, const struct fold *before)
{
	struct detail *d = ctx;

	fold_halve(before, d->buckets, sizeof(*d->buckets), merge_buckets);
	TELL(d, halve, before);
}

bool detail_begin_note(struct detail *d, uint64_t time)
{
	if (!d->has_kvm)
		d->first_kvm = time;
	d->has_kvm = true;
	if (!detail_shows(d, time))
		return false;
	if (time > d->last)
		d->last = time;
	return true;
}

/* ---- lives --------------------------------------------------------------- */

static void on_io(void *ctx, const struct life_io *io)
{
	TELL((struct detail *)ctx, io, io);
}

static void on_issue(void *ctx, const struct life_request *rq)
{
	TELL((struct detail *)ctx, issue, rq);
}

static void on_request(void *ctx, const struct life_request *rq)
{
	TELL((struct detail *)ctx, request, rq);
}

static void on_back(void *ctx, const struct life_request *rq)
{
	(void)rq;
	TELL((struct detail *)ctx, back);
}

/* ---- records ------------------------------------------------------------- */

struct detail *detail_new(const struct detail_options *opts)
{
	struct detail *d = xcalloc(1, sizeof(*d));

	if (opts)
		d->opts = *opts;
	d->times = fold_of(DETAIL_BUCKET_BITS, FIRST_SHIFT);
	d->buckets = xcalloc(d->times.nr, sizeof(*d->buckets));
	d->life = life_new(&(struct life_sink){
		.io = on_io, .issue = on_issue, .request = on_request,
		.back = on_back, .ctx = d });
	make_parts(d);
	return d;
}

void detail_free(struct detail *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < PARTS; i++)
		if (d->states[i])
			parts[i]->free(d->states[i]);
	life_free(d->life);
	free(d->buckets);
	free(d);
}

static void add_note(struct detail *d, const struct blk_rec *rec)
{
	struct note note;

	if (!note_is_private(rec) || note_decode(rec, &note))
		return;
	if (note.id == NOTE_LOSS)
		life_lost(d->life, note.loss.device);
	TELL(d, note, rec, &note);
}

/* Requests that life has given up are not in flight any more. */
static void drop(struct detail *d, uint64_t time)
{
	const struct life_counts *c = life_counts(d->life);

	for (uint64_t now = c->requests_expired + c->requests_cut;
	     d->dropped < now; d->dropped++)
		TELL(d, dropped, time);
}

static void add_event(struct detail *d, const struct blk_rec *rec)
{
	if (!d->has_blk)
		d->first_blk = rec->time;
	d->has_blk = true;
	if (detail_shows(d, rec->time) && rec->time > d->last)
		d->last = rec->time;
	life_add(d->life, rec, 0);
	drop(d, rec->time);
	TELL(d, event, rec);
}

void detail_add(struct detail *d, const struct blk_rec *recs, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		TELL(d, record, &recs[i]);
		if (blk_is_notify(&recs[i]))
			add_note(d, &recs[i]);
		else if (!blk_has(&recs[i], BLK_TC_DRV_DATA))
			add_event(d, &recs[i]);
	}
}

void detail_finish(struct detail *d)
{
	life_end(d->life);
	drop(d, d->last);
	TELL(d, finish);
}

/* ---- results ------------------------------------------------------------- */

uint64_t detail_first(const struct detail *d)
{
	return d->has_blk ? d->first_blk : d->first_kvm;
}

uint64_t detail_last(const struct detail *d)
{
	return d->last;
}

const struct fold *detail_times(const struct detail *d)
{
	return &d->times;
}

const struct detail_bucket *detail_bucket(const struct detail *d, uint64_t cell)
{
	return &d->buckets[fold_slot(&d->times, cell)];
}
