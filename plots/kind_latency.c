/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Latency: for one trace the median and the 99th percentile with a band
 * between them, and the mean; for several only the first two of each.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plots/curve.h"
#include "plots/kinds.h"
#include "plots/latency.h"
#include "src/base/xalloc.h"

#define LOG_FROM	25.0	/* hi / lo, from which on the axis is log */

enum { MEDIAN, P99, MEAN, NR_CURVES };

static const double quantiles[NR_CURVES] = { 0.5, 0.99, LATENCY_MEAN };

static void add_entry(struct graph *g, rgba color, const char *what,
		      const char *label, double ns)
{
	char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX];

	axis_format(AXIS_DURATION, ns, note);
	graph_add_legend(g, color, true, note, "%s",
			 graph_join(what, label, text));
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
		const rgba *colors = in->theme->lines[t % THEME_TRACES];
		rgba high = in->nr_traces == 1 ? colors[1] :
						 with_alpha(colors[0], 0.5);

		if (!h->nr)
			continue;
		is_from_queue |= phase == SERIES_Q2C;
		latency_curves(l, quantiles, NR_CURVES, in, trace->series);
		latency_range(l, NR_CURVES, &lo, &hi);
		add_entry(g, high, "p99", trace->label,
			  (double)hist_quantile(h, 0.99));
		if (in->nr_traces == 1)
			add_entry(g, in->theme->muted, "mean", trace->label,
				  hist_mean(h));
		add_entry(g, colors[0], "median", trace->label,
			  (double)hist_quantile(h, 0.5));
	}
	g->remark = is_from_queue ? "queue to completion" :
				    "issue to completion";
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
		const rgba *colors = in->theme->lines[t % THEME_TRACES];
		bool is_only = in->nr_traces == 1;
		struct path_style style = { .width = 1.2, .tip = "p99" };

		if (!series_totals(series)->lat[curve_phase(series)].nr)
			continue;
		latency_curves(l, quantiles, NR_CURVES, in, series);
		if (is_only)
			curve_draw_band(s, g, &l[MEDIAN], &l[P99],
					with_alpha(colors[0], 0.10));
		style.stroke = is_only ? colors[1] : with_alpha(colors[0], 0.5);
		curve_draw(s, g, &l[P99], &style, 0);
		if (is_only) {
			style.stroke = in->theme->muted;
			style.tip = "mean";
			curve_draw(s, g, &l[MEAN], &style, 0);
		}
		style.stroke = colors[0];
		style.width = 1.5;
		style.tip = "median";
		curve_draw(s, g, &l[MEDIAN], &style, 0);
	}
}
