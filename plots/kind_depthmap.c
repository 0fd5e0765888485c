/* SPDX-License-Identifier: GPL-2.0 */
/* For how much of the time how many requests were in flight. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plots/heatmap.h"
#include "plots/kinds.h"

void kind_depthmap_prepare(struct graph *g, const struct plot_input *in)
{
	double most = detail_depth_max(in->wholes[0].detail);

	g->remark = "requests in flight; share of the time";
	axis_linear(&g->y, AXIS_NUMBER, 0, most + 0.5, 5, false);
	if (most > 0)
		heatmap_legend(g, in->theme, "seldom", "always");
	else
		g->empty = "no request that was issued";
}

/* A depth reaches from half below it to half above. */
static double time_between(const struct detail_bucket *b, double low,
			   double high)
{
	double sum = 0;

	for (unsigned int cell = 1; cell < DETAIL_DEPTHS; cell++) {
		double from = detail_depth_low(cell) - 0.5;
		double to = detail_depth_high(cell) - 0.5;
		double part = fmin(to, high) - fmax(from, low);

		if (b->depth_ns[cell] && part > 0)
			sum += (double)b->depth_ns[cell] * part /
			       fmin(to - from, high - low);
	}
	return sum;
}

void kind_depthmap_draw(struct scene *s, const struct graph *g,
			const struct plot_input *in)
{
	const double least = 0.001;	/* of a column's time */
	const struct detail *d = in->wholes[0].detail;
	struct heatmap m = heatmap_of(g, INFINITY, UINT64_MAX);
	_cleanup_(freep) double *values = m.values;

	for (uint32_t x = 0; x < m.cols; x++) {
		uint64_t first, end;
		double width;

		heatmap_buckets(g, &m, x, d, &first, &end);
		width = ldexp((double)(end - first), detail_times(d)->shift);
		for (uint32_t y = 0; y < m.rows && first < end; y++) {
			double low, high, sum = 0;

			heatmap_row(g, &m, y, &low, &high);
			for (uint64_t i = first; i < end; i++)
				sum += time_between(detail_bucket(d, i), low,
						    high);
			values[y * m.cols + x] = sum / width;
		}
	}
	heatmap_draw(s, g, in->theme, &m, least, 1);
}
