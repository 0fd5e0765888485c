/* SPDX-License-Identifier: GPL-2.0 */
/* Completions by the CPU that they happened on, over time; a row each. */
#include "config.h"

#include <stdlib.h>

#include "plots/heatmap.h"
#include "plots/kinds.h"

static double nr_rows(const struct detail *d)
{
	size_t nr;
	const struct detail_lane *lanes = detail_lanes(d, DETAIL_CPUS, &nr);

	return nr ? (double)lanes[nr - 1].key + 1 : 0;
}

void kind_cpus_prepare(struct graph *g, const struct plot_input *in)
{
	double rows = nr_rows(in->wholes[0].detail);

	g->remark = "CPU; completions";
	/* the number of a CPU is at the middle of its row */
	axis_linear(&g->y, AXIS_NUMBER, -0.5, rows - 0.5, 5, false);
	if (rows > 0)
		heatmap_legend(g, in->theme, "few", "many");
	else
		g->empty = "no completions";
}

static uint64_t sum_of(const struct detail_lane *lanes, size_t nr)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += lanes[i].nr;
	return sum;
}

void kind_cpus_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in)
{
	const struct detail *d = in->wholes[0].detail;
	size_t nr;
	const struct detail_lane *lanes = detail_lanes(d, DETAIL_CPUS, &nr);
	struct heatmap m = heatmap_of(g, nr_rows(d), sum_of(lanes, nr));
	_cleanup_(freep) double *values = m.values;
	double lo, hi;

	for (uint32_t x = 0; x < m.cols; x++) {
		uint64_t first, end;

		heatmap_buckets(g, &m, x, d, &first, &end);
		for (size_t k = 0; k < nr; k++) {
			uint32_t row = (uint32_t)((double)lanes[k].key *
						  m.rows / nr_rows(d));

			for (uint64_t i = first; i < end; i++)
				values[(m.rows - 1 - row) * m.cols + x] +=
					lanes[k].cells[fold_slot(
						detail_times(d), i)];
		}
	}
	heatmap_range(&m, &lo, &hi);
	heatmap_draw(s, g, in->theme, &m, lo, hi);
}
