/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Latency: for one trace the median and the 99th percentile with a band
 * between them, and the mean; for several only the first two of each.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plots/curve.h"
#include "plots/group.h"
#include "plots/kinds.h"
#include "plots/latency.h"
#include "src/base/xalloc.h"

#define LOG_FROM	25.0	/* hi / lo, from which on the axis is log */

enum { MEDIAN, P99, MEAN, NR_CURVES };

static const double quantiles[NR_CURVES] = { 0.5, 0.99, LATENCY_MEAN };

/* One trace, with all its curves. */
static bool is_alone(const struct plot_input *in)
{
	return in->nr_traces == 1 && !is_group(in->traces);
}

static void add_entry(struct graph *g, rgba color, const char *what,
		      const struct plot_trace *trace, double ns)
{
	char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX];

	axis_format(AXIS_DURATION, ns, note);
	graph_add_legend(g, color, true, note, "%s",
			 group_join(trace, what, text));
}

void kind_latency_prepare(struct graph *g, const struct plot_input *in)
{
	_cleanup_(freep) struct curve *l = xcalloc(NR_CURVES, sizeof(*l));
	double lo = INFINITY, hi = 0;
	bool is_from_queue = false;

	for (size_t t = 0; t < in->nr_traces; t++) {
		const struct plot_trace *trace = &in->traces[t];
		enum series_phase phase = curve_phase(trace->series);
		const struct hist *h =
			&series_totals(trace->series)->lat[phase];
		bool is_only = is_alone(in);
		rgba color = group_line_color(in, t);
		rgba high = is_only ? in->theme->lines[0][1] :
				      with_alpha(color, 0.5);

		if (!h->nr)
			continue;
		is_from_queue |= phase == SERIES_Q2C;
		latency_curves(l, quantiles, NR_CURVES, in, trace->series);
		latency_range(l, is_group(trace) ? 1 : NR_CURVES, &lo, &hi);
		hi = fmax(hi, 1);	/* all may have taken 0 ns */
		if (!is_group(trace))
			add_entry(g, high, "p99", trace,
				  (double)hist_quantile(h, 0.99));
		if (is_only)
			add_entry(g, in->theme->muted, "mean", trace,
				  hist_mean(h));
		add_entry(g, color, "median", trace,
			  (double)hist_quantile(h, 0.5));
	}
	g->remark = is_from_queue ? "queue to completion" :
				    "issue to completion";
	if (in->nr_traces && is_group(in->traces))
		g->remark = is_from_queue ? "queue to completion, median" :
					    "issue to completion, median";
	if (hi <= 0) {
		g->empty = "no I/O with both its issue and its completion";
		axis_linear(&g->y, AXIS_DURATION, 0, 1, 5, true);
	} else if (lo > 0 && hi / lo >= LOG_FROM) {
		axis_log(&g->y, AXIS_DURATION, lo, hi);
	} else {
		axis_linear(&g->y, AXIS_DURATION, 0, hi, 5, true);
	}
}

void kind_latency_draw(struct scene *s, const struct graph *g,
		       const struct plot_input *in)
{
	_cleanup_(freep) struct curve *l = xcalloc(NR_CURVES, sizeof(*l));

	for (size_t t = 0; t < in->nr_traces; t++) {
		const struct series *series = in->traces[t].series;
		rgba color = group_line_color(in, t);
		bool is_only = is_alone(in);
		struct path_style style = { .width = 1.2, .tip = "p99" };
		char text[GRAPH_LABEL_MAX];

		if (!series_totals(series)->lat[curve_phase(series)].nr)
			continue;
		latency_curves(l, quantiles, NR_CURVES, in, series);
		if (is_only)
			curve_draw_band(s, g, &l[MEDIAN], &l[P99],
					with_alpha(color, 0.10));
		style.stroke = is_only ? in->theme->lines[0][1] :
					 with_alpha(color, 0.5);
		if (!is_group(&in->traces[t]))
			curve_draw(s, g, &l[P99], &style, 0);
		if (is_only) {
			style.stroke = in->theme->muted;
			style.tip = "mean";
			curve_draw(s, g, &l[MEAN], &style, 0);
		}
		style.stroke = color;
		style.width = 1.5;
		style.tip = is_group(&in->traces[t]) ?
				    group_join(&in->traces[t], "", text) :
				    "median";
		curve_draw(s, g, &l[MEDIAN], &style, 0);
	}
}
