/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges of activity (.dat), and sizes (_qhist.dat, _dhist.dat).
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

void btt_range_add(struct btt_ranges *r, uint64_t time,
		   const struct btt_pause *pause)
{
	struct btt_range *last = r->nr ? &r->list[r->nr - 1] : NULL;

	if (last && time < last->end)
		return;
	if (last && (time - last->end < pause->less_ns ||
		     btt_seconds(time - last->end) < pause->seconds)) {
		last->end = time;
		return;
	}
	r->list = xgrow(r->list, r->nr, &r->cap, sizeof(*r->list));
	r->list[r->nr++] = (struct btt_range){ .start = time, .end = time };
}

void btt_region_release(struct btt_region *region)
{
	free(region->q.list);
	free(region->c.list);
}

static void print_ranges(FILE *f, const struct btt_ranges *r, float base)
{
	double low = (double)base;
	double high = (double)(float)((double)base + 0.4);

	for (size_t i = 0; i < r->nr; i++) {
		double start = btt_seconds(r->list[i].start);
		double end = btt_seconds(r->list[i].end);

		(void)fprintf(f, "%13.9f %5.1f\n%13.9f %5.1f\n"
			      "%13.9f %5.1f\n%13.9f %5.1f\n", start, low,
			      start, high, end, high, end, low);
	}
}

static bool print_region(FILE *f, const char *head,
			 const struct btt_region *region, float base)
{
	if (!region->q.nr && !region->c.nr)
		return false;
	(void)fprintf(f, "# %16s : q activity\n", head);
	print_ranges(f, &region->q, base);
	(void)fprintf(f, "\n# %16s : c activity\n", head);
	print_ranges(f, &region->c, (float)((double)base + 0.5));
	(void)fprintf(f, "\n");
	return true;
}

static void print_dev(struct btt *b, struct btt_dev *dev, void *arg)
{
	float *base = arg;
	char head[32];

	(void)snprintf(head, sizeof(head), "%u,%u", blk_major(dev->device),
		       blk_minor(dev->device));
	if (print_region(b->dat, head, &dev->region, *base))
		*base += 1.0f;
}

static void print_proc(struct btt *b, struct btt_proc *proc, void *arg)
{
	float *base = arg;

	(void)print_region(b->dat, proc->name, &proc->region, *base);
	*base += 1.0f;
}

void btt_range_print(struct btt *b)
{
	float base = 0;

	(void)fprintf(b->dat, "# Total System\n");
	if (print_region(b->dat, "Total System", &b->region, base))
		base += 1.0f;
	if (b->nr_devs > 1) {
		(void)fprintf(b->dat, "# Per device\n");
		btt_each_dev(b, print_dev, &base);
	}
	(void)fprintf(b->dat, "# Per process\n");
	btt_each_proc(b, print_proc, &base);
}

static void print_histo(struct btt *b, char kind, const uint64_t *histo)
{
	struct btt_file f = btt_open(b, "%s_%chist.dat", b->opts.output,
				     kind | 0x20);

	if (!f.f)
		return;
	if (kind == 'Q')
		(void)fprintf(f.f, "# BTT histogram data\n");
	(void)fprintf(f.f, "# %c buckets\n", kind);
	for (int i = 0; i < BTT_BUCKETS - 1; i++)
		(void)fprintf(f.f, "%4d %" PRIu64 "\n", i + 1, histo[i]);
	(void)fprintf(f.f, "\n# %c bucket for > %d\n%4d %" PRIu64 "\n", kind,
		      BTT_BUCKETS - 1, BTT_BUCKETS - 1,
		      histo[BTT_BUCKETS - 1]);
	btt_close(b, &f, true);
}

void btt_histo_print(struct btt *b)
{
	if (!b->opts.output)
		return;
	print_histo(b, 'Q', b->q_histo);
	print_histo(b, 'D', b->d_histo);
}
