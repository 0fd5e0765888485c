/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Offset over time as a heat map: how many reads and writes there were, or how
 * long they took in the mean.  Each device has a band with its own scale.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/heatmap.h"
#include "plots/kinds.h"
#include "src/base/xalloc.h"

#define BAND_GAP	18.0
#define BAND_MIN	72.0
#define SPAN_MIN	65536.0	/* of the axis, bytes */

static size_t nr_bands(const struct detail *d)
{
	size_t nr, bands = 0;
	const struct detail_device *devices = detail_devices(d, &nr);

	for (size_t i = 0; i < nr; i++)
		bands += devices[i].nr > 0;
	return bands;
}

void kind_offsets_prepare(struct graph *g, const struct plot_input *in)
{
	bool is_latency = g->which == OFFSETS_LATENCY;
	size_t bands = nr_bands(in->wholes[0].detail);

	g->has_own_y = true;
	g->remark = is_latency ? "offset; mean latency" :
				 "offset; number of I/Os";
	if (!bands) {
		g->empty = "no read or write that was completed";
		return;
	}
	g->min_height = (double)bands * BAND_MIN +
			(double)(bands - 1) * BAND_GAP;
	heatmap_legend(g, in->theme, is_latency ? "fast" : "few",
		       is_latency ? "slow" : "many");
}

struct cells {
	double nr, ns;
};

/* Whole numbers of rows of @dev from @from to @to; false = there is none. */
static bool clamp_rows(const struct detail_device *dev, double from, double to,
		       uint64_t *ret_first, uint64_t *ret_last)
{
	const struct fold *rows = &dev->rows;

	if (!(from <= (double)rows->hi && to >= (double)rows->lo))
		return false;
	/* doubles go by 2 from 2^53 on, and rows do not */
	*ret_first = from <= (double)rows->lo ? rows->lo : (uint64_t)from;
	*ret_last = to >= (double)rows->hi ? rows->hi : (uint64_t)to;
	return true;
}

/*
 * Of the times from bucket @first to before @end, and the rows whose middles
 * are from @low to below @high: if there is none, of the one that they are in.
 */
static struct cells sum_cells(const struct detail *d,
			      const struct detail_device *dev, uint64_t first,
			      uint64_t end, double low, double high)
{
	const struct fold *t = detail_times(d);
	double from = ceil(low - 0.5), to = ceil(high - 0.5) - 1;
	struct cells sum = { 0 };
	uint64_t row, last;

	if (to < from)
		from = to = floor((low + high) / 2);
	if (!clamp_rows(dev, from, to, &row, &last))
		return sum;
	for (; row <= last; row++) {
		for (uint64_t i = first; i < end; i++) {
			const struct detail_cell *c = dev->cells +
				(fold_slot(t, i) << DETAIL_ROW_BITS) +
				fold_slot(&dev->rows, row);

			sum.nr += c->nr;
			sum.ns += c->sum_ns;
		}
	}
	return sum;
}

static void fill(struct heatmap *m, const struct graph *g,
		 const struct detail *d, const struct detail_device *dev)
{
	bool is_latency = g->which == OFFSETS_LATENCY;
	double row_bytes = ldexp(512, dev->rows.shift);

	for (uint32_t x = 0; x < m->cols; x++) {
		uint64_t first, end;

		heatmap_buckets(g, m, x, d, &first, &end);
		for (uint32_t y = 0; y < m->rows; y++) {
			double low, high;
			struct cells cells;

			heatmap_row(g, m, y, &low, &high);
			low /= row_bytes;
			high /= row_bytes;
			/* those at the edges are here with all of them */
			if (!y)
				high = floor(high) + 1;
			if (y + 1 == m->rows)
				low = floor(low);
			cells = sum_cells(d, dev, first, end, low, high);
			m->values[y * m->cols + x] =
				!is_latency ? cells.nr :
				cells.nr > 0 ? cells.ns / cells.nr : 0;
		}
	}
}

static void draw_name(struct scene *s, const struct graph *g,
		      const struct plot_input *in, uint32_t device)
{
	char name[SERIES_NAME_MAX];
	size_t nr;
	const struct series_device *d =
		series_devices(in->wholes[0].series, &nr);

	(void)snprintf(name, sizeof(name), "%u,%u", blk_major(device),
		       blk_minor(device));
	for (size_t i = 0; i < nr; i++)
		if (d[i].device == device && *d[i].name)
			memcpy(name, d[i].name, sizeof(name));
	graph_draw_name(s, g, in->theme, name);
}

static void draw_band(struct scene *s, struct graph *band,
		      const struct plot_input *in,
		      const struct detail_device *dev)
{
	double lo = (double)dev->first * 512, hi = (double)dev->end * 512;
	_cleanup_(freep) double *values = NULL;
	struct heatmap m;

	lo = lo < hi * 0.35 ? 0 : lo;
	hi = fmax(hi, lo + SPAN_MIN);
	if (in->to_bytes > 0) {
		lo = in->from_bytes;
		hi = in->to_bytes;
	}
	axis_linear(&band->y, plot_unit(in, AXIS_BYTES), lo, hi,
		    (unsigned int)fmin(6, fmax(2, band->height / 45)), false);
	axis_label_units(&band->y);
	graph_draw_y(s, band, in->theme);
	m = heatmap_of(band, INFINITY, dev->nr);
	values = m.values;
	fill(&m, band, in->wholes[0].detail, dev);
	heatmap_range(&m, &lo, &hi);
	heatmap_draw(s, band, in->theme, &m, lo, hi);
}

static int by_number(const void *a, const void *b)
{
	const struct detail_device *const *x = a, *const *y = b;

	return (*x)->device < (*y)->device ? -1 :
	       (*x)->device > (*y)->device;
}

void kind_offsets_draw(struct scene *s, const struct graph *g,
		       const struct plot_input *in)
{
	size_t nr, bands = nr_bands(in->wholes[0].detail), nr_drawn = 0;
	const struct detail_device *devices =
		detail_devices(in->wholes[0].detail, &nr);
	_cleanup_(freep) const struct detail_device **shown =
		xcalloc(nr + 1, sizeof(*shown));
	struct graph band = *g;

	band.height = floor((g->height - (double)(bands - 1) * BAND_GAP) /
			    (double)bands);
	for (size_t i = 0; i < nr; i++)
		if (devices[i].nr)
			shown[nr_drawn++] = &devices[i];
	qsort(shown, nr_drawn, sizeof(*shown), by_number);
	for (size_t i = 0; i < nr_drawn; i++) {
		band.top = g->top + (double)i * (band.height + BAND_GAP);
		draw_band(s, &band, in, shown[i]);
		if (bands > 1)
			draw_name(s, &band, in, shown[i]->device);
	}
}
