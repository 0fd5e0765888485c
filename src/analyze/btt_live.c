/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Periods in which something was at the device.  btt has them in a tree; as
 * completions come in the order of their times, the newest period is always
 * the last one, and a stack does.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

static bool touch(const struct btt_range *r, uint64_t d, uint64_t c)
{
	return (r->start <= d && d <= r->end) ||
	       (r->start <= c && c <= r->end) || (d < r->start && r->end < c);
}

void btt_live_add(struct btt_live *l, uint64_t d, uint64_t c)
{
	size_t at = l->nr;

	/* behind those that end before it, whatever stood in between */
	while (at && l->list[at - 1].start > c)
		at--;
	while (at && touch(&l->list[at - 1], d, c)) {
		const struct btt_range *r = &l->list[--at];

		d = r->start < d ? r->start : d;
		c = r->end > c ? r->end : c;
		memmove(&l->list[at], &l->list[at + 1],
			(l->nr - at - 1) * sizeof(*l->list));
		l->nr--;
	}
	l->list = xgrow(l->list, l->nr, &l->cap, sizeof(*l->list));
	memmove(&l->list[at + 1], &l->list[at],
		(l->nr - at) * sizeof(*l->list));
	l->list[at] = (struct btt_range){ .start = d, .end = c };
	l->nr++;
}

void btt_live_shrink(struct btt_live *l, uint64_t oldest)
{
	size_t nr = 0;

	while (nr + 1 < l->nr && l->list[nr].end < oldest) {
		l->done_ns += l->list[nr].end - l->list[nr].start;
		nr++;
	}
	if (!nr)
		return;
	l->nr_done += nr;
	l->nr -= nr;
	memmove(l->list, l->list + nr, l->nr * sizeof(*l->list));
}

static void print(const struct btt_live *l, FILE *f, int base_y)
{
	float low = (float)base_y, high = (float)((double)low + 0.9);
	double last = 0;

	for (size_t i = 0; i < l->nr; i++) {
		double d = btt_seconds(l->list[i].start);
		double c = btt_seconds(l->list[i].end);

		(void)fprintf(f, "%.9f %.1f\n%.9f %.1f\n%.9f %.1f\n%.9f %.1f\n"
			      "%.9f %.1f\n", last, (double)low, d, (double)low,
			      d, (double)high, c, (double)high, c,
			      (double)low);
		last = c;
	}
}

struct btt_live_info btt_live_get(struct btt *b, const struct btt_dev *dev,
				  int base_y)
{
	const struct btt_live *l = dev ? &dev->live : &b->live;
	struct btt_live_info info = { .nr = l->nr + l->nr_done };
	uint64_t active = l->done_ns, end = 0;
	double all;

	if (b->opts.has_live) {
		struct btt_file f = btt_open(b, "%s_live.dat",
					     dev ? dev->name : "sys");

		if (f.f)
			print(l, f.f, base_y);
		btt_close(b, &f, false);
	}
	for (size_t i = 0; i < l->nr; i++) {
		active += l->list[i].end - l->list[i].start;
		if (l->list[i].end > end)
			end = l->list[i].end;
	}
	if (info.nr == 1)
		info.percent = 100;
	if (info.nr < 2)
		return info;
	/* btt counts from the start of the trace, not of the first period */
	all = btt_seconds(end);
	info.percent = 100 * (btt_seconds(active) / all);
	info.active = btt_seconds(active) / (double)info.nr;
	info.lull = (all - btt_seconds(active)) / (double)(info.nr - 1);
	return info;
}

void btt_live_release(struct btt_live *l)
{
	free(l->list);
}
