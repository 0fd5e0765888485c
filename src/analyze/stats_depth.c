/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many requests were with the driver, over time.
 */
#include "config.h"

#include "src/analyze/stats.h"

#define FIRST_SHIFT	10	/* stretches of 1 us at first */

static void merge(void *to, void *from, size_t size)
{
	(void)size;
	*(uint64_t *)to += *(uint64_t *)from;
}

static void halve(void *ctx, const struct fold *before)
{
	struct stats_depth *q = ctx;

	fold_halve(before, q->areas, sizeof(q->areas[0]), merge);
}

/* The area from q->since to @time, to the stretches that it lies in. */
static void book(struct stats_depth *q, uint64_t time)
{
	uint64_t from = q->since;

	if (!q->times.nr)
		q->times = fold_of(STATS_DEPTH_BITS, FIRST_SHIFT);
	if (!q->now)
		return;
	fold_reach(&q->times, from, halve, q);
	fold_reach(&q->times, time - 1, halve, q);
	while (from < time) {
		uint64_t cell = from >> q->times.shift;
		uint64_t end = fold_end(&q->times, cell);

		if (end > time)
			end = time;
		q->areas[fold_slot(&q->times, cell)] += (end - from) * q->now;
		from = end;
	}
}

void stats_depth_end(struct stats_depth *q, uint64_t time)
{
	if (time <= q->since)
		return;
	book(q, time);
	q->area += (time - q->since) * q->now;
	q->since = time;
}

void stats_depth_change(struct stats_depth *q, uint64_t time, int change)
{
	stats_depth_end(q, time);
	if (change > 0) {
		q->now++;
		if (q->now > q->max)
			q->max = q->now;
		dist_add(&q->at_issue, q->now);
	} else if (q->now) {
		q->now--;
	}
}

bool stats_depth_mean(const struct stats_device *d, size_t i,
		      uint64_t *ret_start, uint64_t *ret_end, double *ret_mean)
{
	const struct fold *t = &d->depth.times;
	uint64_t start, end;

	if (i >= fold_count(t))
		return false;
	start = (t->lo + i) << t->shift;
	end = fold_end(t, t->lo + i);
	if (start < d->first)
		start = d->first;
	if (end > d->last)
		end = d->last;
	if (start >= end)
		return false;
	*ret_start = start;
	*ret_end = end;
	*ret_mean = (double)d->depth.areas[fold_slot(t, t->lo + i)] /
		    (double)(end - start);
	return true;
}
