/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The distribution of latency over the whole trace, for each operation: how
 * large a share of I/Os took no longer than a time.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plots/curve.h"
#include "plots/group.h"
#include "plots/kinds.h"
#include "src/base/xalloc.h"

static const char *const op_names[IO_OP_MAX] = {
	[IO_READ] = "reads",
	[IO_WRITE] = "writes",
	[IO_OTHER] = "flushes, discards",
};

/* NULL where there is no curve. */
static const struct hist *hist_of(const struct plot_trace *trace, int op)
{
	const struct hist *h = group_lat(trace, curve_phase(trace->series), op);

	return group_has_op(trace, op) && h->nr ? h : NULL;
}

void kind_cdf_prepare(struct graph *g, const struct plot_input *in)
{
	double lo = INFINITY, hi = 0;

	for (size_t t = 0; t < in->nr_traces; t++) {
		for (int op = 0; op < IO_OP_MAX; op++) {
			const struct hist *h = hist_of(&in->traces[t], op);
			char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX];

			if (!h)
				continue;
			lo = fmin(lo, fmax(1, (double)h->min));
			hi = fmax(hi, fmax(1, (double)h->max));
			axis_format(AXIS_NUMBER, (double)h->nr, note);
			graph_add_legend(g, group_op_color(in, t, op), true,
					 note, "%s",
					 group_join(&in->traces[t],
						    op_names[op], text));
		}
	}
	if (in->nr_traces && is_group(in->traces))
		g->title = "Latency, distribution";
	g->is_not_time = true;
	g->remark = "share of I/Os that took no longer";
	axis_linear(&g->y, AXIS_PERCENT, 0, 100, 5, true);
	if (hi <= 0) {
		g->empty = "no I/O with both its issue and its completion";
		axis_log(&g->x, AXIS_DURATION, 1e3, 1e6);
	} else {
		axis_log(&g->x, AXIS_DURATION, lo, hi);
	}
}

static void draw_one(struct scene *s, const struct graph *g,
		     const struct hist *h, const struct path_style *style)
{
	_cleanup_(freep) struct scene_point *points =
		xcalloc(HIST_CELLS + 2, sizeof(*points));
	uint64_t seen = 0;
	size_t nr = 0;

	points[nr++] = (struct scene_point){ graph_x(g, (double)h->min),
					     graph_y(g, 0) };
	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		double ns = fmin((double)hist_cell_high(i), (double)h->max);

		if (!h->cells[i])
			continue;
		seen += h->cells[i];
		points[nr++] = (struct scene_point){
			graph_x(g, ns),
			graph_y(g, 100.0 * (double)seen / (double)h->nr),
		};
	}
	scene_path(s, points, nr, style);
}

void kind_cdf_draw(struct scene *s, const struct graph *g,
		   const struct plot_input *in)
{
	for (size_t t = 0; t < in->nr_traces; t++) {
		for (int op = 0; op < IO_OP_MAX; op++) {
			const struct hist *h = hist_of(&in->traces[t], op);
			char text[GRAPH_LABEL_MAX];
			const struct path_style style = {
				.stroke = group_op_color(in, t, op),
				.width = 1.5,
				.tip = group_join(&in->traces[t], op_names[op],
						  text),
			};

			if (h)
				draw_one(s, g, h, &style);
		}
	}
}
