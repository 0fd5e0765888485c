/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

/* For how long how many requests were in flight. */
#include <stdlib.h>

#include "src/analyze/detail_impl.h"
#include "src/analyze/hist.h"
#include "src/base/xalloc.h"

_Static_assert(HIST_SUB_BITS == DETAIL_DEPTH_BITS, "hist_cell is used");

struct depths {
	struct detail *detail;
	uint64_t since;		/* booked up to here */
	uint32_t depth, max;
};

static void *make(struct detail *d)
{
	struct depths *s = xcalloc(1, sizeof(*s));

	s->detail = d;
	return s;
}

/* Books the time up to now at the depth that was. */
static void book(struct depths *d, uint64_t time)
{
	const struct fold *times = detail_times(d->detail);
	uint64_t t = d->since;
	unsigned int cell = hist_cell(d->depth);

	if (cell >= DETAIL_DEPTHS)
		cell = DETAIL_DEPTHS - 1;
	if (!d->since || !detail_shows(d->detail, time) ||
	    !detail_shows(d->detail, t)) {
		d->since = time;
		return;
	}
	(void)detail_bucket_at(d->detail, time);
	while (t < time) {
		uint64_t end = fold_end(times, t >> times->shift);

		if (end > time)
			end = time;
		detail_bucket_at(d->detail, t)->depth_ns[cell] += end - t;
		t = end;
	}
	if (time > d->since)
		d->since = time;
}

static void change(struct depths *d, uint64_t time, int by)
{
	book(d, time);
	if (by > 0)
		d->depth++;
	else if (d->depth)
		d->depth--;
	if (d->depth > d->max && detail_shows(d->detail, time))
		d->max = d->depth;
}

static void on_issue(void *state, const struct life_request *rq)
{
	change(state, rq->d, 1);
}

static void on_request(void *state, const struct life_request *rq)
{
	change(state, rq->c, -1);
}

static void on_back(void *state)
{
	struct depths *d = state;

	change(d, detail_last(d->detail), -1);
}

static void on_dropped(void *state, uint64_t time)
{
	change(state, time, -1);
}

static void finish(void *state)
{
	struct depths *d = state;

	if (d->since)
		book(d, detail_last(d->detail));
}

const struct detail_part detail_part_depths = {
	.make = make, .free = free, .issue = on_issue,
	.request = on_request, .back = on_back, .dropped = on_dropped,
	.finish = finish,
};

uint32_t detail_depth_max(const struct detail *d)
{
	const struct depths *s = detail_state(d, &detail_part_depths);

	return s->max;
}

uint32_t detail_depth_low(unsigned int cell)
{
	return (uint32_t)hist_cell_low(cell);
}

uint32_t detail_depth_high(unsigned int cell)
{
	return (uint32_t)hist_cell_high(cell);
}
