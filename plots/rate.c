/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdio.h>

#include "plots/curve.h"
#include "plots/group.h"
#include "plots/rate.h"
#include "src/base/xalloc.h"

static const struct {
	enum io_op op;
	const char *name;
} shown[] = {
	{ IO_READ, "reads" },
	{ IO_WRITE, "writes" },
};

static bool has_op(const struct plot_trace *trace, enum io_op op)
{
	const struct series *s = trace->series;

	return group_has_op(trace, op) &&
	       group_sum(trace, series_totals(s)->nr[curve_act(s)], op) > 0;
}

void rate_prepare(struct graph *g, const struct plot_input *in,
		  enum axis_unit unit)
{
	char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX];
	bool has_span = false;
	double max = 0;

	for (size_t t = 0; t < in->nr_traces; t++) {
		const struct plot_trace *trace = &in->traces[t];

		has_span |= series_last(trace->series) >
			    series_first(trace->series);

		for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
			struct curve c;
			double mean, top;

			if (!has_op(trace, shown[i].op))
				continue;
			mean = curve_rate(&c, in, trace, shown[i].op,
					  unit == AXIS_BYTE_RATE);
			top = curve_max(&c);
			if (top > max)
				max = top;
			axis_format(plot_unit(in, unit), mean, note);
			graph_add_legend(g, group_op_color(in, t, shown[i].op),
					 false,
					 mean > 0 ? note : "", "%s",
					 group_join(trace, shown[i].name,
						    text));
		}
	}
	if (max <= 0)
		g->empty = "no reads or writes";
	else if (!has_span)
		g->empty = "everything at one time: there is no rate";
	axis_linear(&g->y, plot_unit(in, unit), 0, max, 5, true);
}

void rate_draw(struct scene *s, const struct graph *g,
	       const struct plot_input *in, enum axis_unit unit)
{
	for (size_t t = 0; t < in->nr_traces; t++) {
		const struct plot_trace *trace = &in->traces[t];

		for (size_t i = 0; i < ARRAY_SIZE(shown); i++) {
			char text[GRAPH_LABEL_MAX];
			struct path_style style = { .width = 1.5 };
			struct curve c;

			if (!has_op(trace, shown[i].op))
				continue;
			(void)curve_rate(&c, in, trace, shown[i].op,
					 unit == AXIS_BYTE_RATE);
			style.stroke = group_op_color(in, t, shown[i].op);
			style.tip = group_join(trace, shown[i].name, text);
			curve_draw(s, g, &c, &style,
				   is_group(trace) ?
					   0 : with_alpha(style.stroke, 0.09));
		}
	}
}
