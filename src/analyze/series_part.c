/* SPDX-License-Identifier: GPL-2.0 */
/* Series of a part of a trace's records, beside that of the whole. */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "src/analyze/series_impl.h"

const struct series_device *series_whole_device(const struct series *s,
						uint32_t device)
{
	const struct series *w = s->opts.whole;

	if (!w || !w->nr_devices)
		return NULL;
	if (w->devices[w->last_device].device == device)
		return &w->devices[w->last_device];
	for (size_t i = 0; i < w->nr_devices; i++)
		if (w->devices[i].device == device)
			return &w->devices[i];
	return NULL;
}

void series_end_part(struct series *s)
{
	const struct series *w = s->opts.whole;

	if (!w || !w->has_shown)
		return;
	s->has_event = true;
	s->origin = w->origin;
	series_show_time(s, w->first);
	series_show_time(s, w->last);
}

bool series_awaits(struct series *s, const struct blk_rec *rec)
{
	return inflight_has(s->inflight[SERIES_D2C], rec) ||
	       inflight_has(s->inflight[SERIES_Q2C], rec);
}

static void reach(struct series *s, const struct series *from)
{
	if (!s->has_shown) {
		s->has_event = s->has_shown = true;
		s->origin = from->origin;
		s->first = from->first;
		s->last = from->last;
		s->depth_time = from->depth_time;
	}
	series_book_depth(s, from->depth_time);
	/* over the same times, so that both have buckets of the same width */
	(void)series_bucket_at(s, s->opts.whole->first);
	(void)series_bucket_at(s, s->opts.whole->last);
	if (from->first < s->first)
		s->first = from->first;
	if (from->last > s->last)
		s->last = from->last;
}

static bool is_empty(const struct series_bucket *b)
{
	uint64_t any = 0;

	for (int a = 0; a < SERIES_ACTS; a++)
		for (int op = 0; op < IO_OP_MAX; op++)
			any |= b->nr[a][op];
	for (int p = 0; p < SERIES_PHASES; p++)
		any |= b->depth_ns[p] | b->depth_max[p] | (b->lat[p] != NULL);
	return !any && !b->is_lost;
}

/* Only where there is something: most parts are small. */
static void absorb_raster(struct series *s, struct raster *to,
			  const struct series *from,
			  const struct raster *raster)
{
	const struct fold *t = &from->times;

	for (uint64_t i = t->lo; i <= t->hi; i++)
		if (!is_empty(&from->buckets[fold_slot(t, i)]))
			raster_merge(to, &s->times, raster, t, i, i + 1);
	raster_merge_counts(to, raster);
}

static void absorb_device(struct series *s, struct series *from_series,
			  struct series_device *from)
{
	struct series_device *d = series_find_device(s, from->device);

	if (!d)
		return;
	if (!*d->name)
		memcpy(d->name, from->name, sizeof(d->name));
	d->has_issue |= from->has_issue;
	if (!from->raster || !from->raster->end)
		return;
	if (!d->raster) {
		for (int op = 0; op < IO_OP_MAX; op++)
			s->totals.nr_no_raster += from->raster->nr[op];
		return;
	}
	if (from->act < d->act)
		series_set_act(d, from->act);
	if (from->act == d->act)
		absorb_raster(s, d->raster, from_series, from->raster);
}

static void absorb_totals(struct series_totals *to,
			  const struct series_totals *from)
{
	for (int p = 0; p < SERIES_PHASES; p++)
		for (int op = 0; op < IO_OP_MAX; op++)
			hist_merge(&to->lat_op[p][op], &from->lat_op[p][op]);
	to->nr_records += from->nr_records;
	to->nr_no_raster += from->nr_no_raster;
}

void series_absorb(struct series *s, struct series *from)
{
	if (!from->has_shown)
		return;
	reach(s, from);
	reach(from, s);
	assert(s->times.shift == from->times.shift);
	for (size_t i = 0; i < from->nr_devices; i++)
		absorb_device(s, from, &from->devices[i]);
	for (uint64_t i = from->times.lo; i <= from->times.hi; i++) {
		struct series_bucket *b =
			&from->buckets[fold_slot(&from->times, i)];

		if (is_empty(b))
			continue;
		series_merge_buckets(&s->buckets[fold_slot(&s->times, i)], b,
				     sizeof(*b));
		for (int p = 0; p < SERIES_PHASES; p++)
			b->lat[p] = NULL;
	}
	for (int p = 0; p < SERIES_PHASES; p++)
		inflight_absorb(s->inflight[p], from->inflight[p]);
	absorb_totals(&s->totals, &from->totals);
}
