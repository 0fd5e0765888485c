/* SPDX-License-Identifier: GPL-2.0 */
/*
 * I/Os in flight: the mean over time at each point, and the most there were.
 * Nothing in flight is a zero here, for that is what it is.
 */
#include "config.h"

#include <math.h>

#include "plots/curve.h"
#include "plots/group.h"
#include "plots/kinds.h"

static void make_curves(struct curve *mean, struct curve *max,
			const struct plot_input *in,
			const struct series *series)
{
	enum series_phase phase = curve_phase(series);

	curve_init(mean, in, series,
		   series_totals(series)->lat[phase].nr);
	*max = *mean;
	for (size_t i = 0; i < mean->nr; i++) {
		struct curve_part part = curve_part(mean, i, in, series);
		uint64_t sum = 0;
		uint32_t most = 0;

		if (part.first == part.end)
			continue;
		for (size_t k = part.first; k < part.end; k++) {
			const struct series_bucket *b =
				series_bucket(series, k);

			sum += b->depth_ns[phase];
			if (b->depth_max[phase] > most)
				most = b->depth_max[phase];
		}
		mean->value[i] = (double)sum / part.width_ns;
		max->value[i] = most;
	}
}

static bool has_depth(const struct series *series)
{
	return series_totals(series)->lat[curve_phase(series)].nr > 0;
}

void kind_depth_prepare(struct graph *g, const struct plot_input *in)
{
	struct curve mean, max;
	double top = 0;

	for (size_t t = 0; t < in->nr_traces; t++) {
		const struct plot_trace *trace = &in->traces[t];
		rgba color = group_line_color(in, t);
		char text[GRAPH_LABEL_MAX];

		if (!has_depth(trace->series))
			continue;
		make_curves(&mean, &max, in, trace->series);
		top = fmax(top, curve_max(is_group(trace) ? &mean : &max));
		graph_add_legend(g, color, true, "", "%s",
				 group_join(trace, "mean", text));
		if (is_group(trace))
			continue;
		graph_add_legend(g, with_alpha(color, 0.35), false, "", "%s",
				 graph_join("maximum", trace->label, text));
	}
	g->remark = in->nr_traces && is_group(in->traces) ?
			    "I/Os in flight, mean" : "I/Os in flight";
	if (top <= 0)
		g->empty = "no I/O with both its issue and its completion";
	axis_linear(&g->y, AXIS_NUMBER, 0, top, 5, true);
}

void kind_depth_draw(struct scene *s, const struct graph *g,
		     const struct plot_input *in)
{
	struct curve mean, max;

	for (size_t t = 0; t < in->nr_traces; t++) {
		const struct plot_trace *trace = &in->traces[t];
		rgba color = group_line_color(in, t);
		char text[GRAPH_LABEL_MAX];
		struct path_style style = { .stroke = with_alpha(color, 0.35),
					    .width = 1 };

		if (!has_depth(trace->series))
			continue;
		make_curves(&mean, &max, in, trace->series);
		if (!is_group(trace))
			curve_draw(s, g, &max, &style,
				   with_alpha(color, 0.12));
		style.stroke = color;
		style.width = 1.5;
		style.tip = group_join(trace, "mean", text);
		curve_draw(s, g, &mean, &style, 0);
	}
}
