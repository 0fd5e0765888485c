/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Latency: for one trace the median and the 99th percentile with a band
 * between them, and the mean; for several only the first two of each.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/curve.h"
#include "plots/kinds.h"
#include "src/base/xalloc.h"

#define LOG_FROM	25.0	/* hi / lo, from which on the axis is log */

struct latency {
	struct curve median, p99, mean;
};

static void add_point(struct latency *l, size_t i, const struct hist *h)
{
	if (!h->nr)
		return;
	l->median.value[i] = (double)hist_quantile(h, 0.5);
	l->p99.value[i] = (double)hist_quantile(h, 0.99);
	l->mean.value[i] = hist_mean(h);
}

static void make_curves(struct latency *l, const struct plot_input *in,
			const struct series *series)
{
	enum series_phase phase = curve_phase(series);
	_cleanup_(freep) struct hist *h = xmalloc(sizeof(*h));

	curve_init(&l->median, in, series,
		   series_totals(series)->lat[phase].nr / 2);
	l->p99 = l->median;
	l->mean = l->median;
	for (size_t i = 0; i < l->median.nr; i++) {
		struct curve_part part = curve_part(&l->median, i, in, series);

		memset(h, 0, sizeof(*h));
		for (size_t k = part.first; k < part.end; k++)
			if (series_bucket(series, k)->lat[phase])
				hist_merge(h, series_bucket(series, k)
						      ->lat[phase]);
		add_point(l, i, h);
	}
}

static void find_range(const struct latency *l, double *lo, double *hi)
{
	for (size_t i = 0; i < l->median.nr; i++) {
		if (isnan(l->median.value[i]))
			continue;
		*lo = fmin(*lo, fmin(l->median.value[i], l->mean.value[i]));
		*hi = fmax(*hi, fmax(l->p99.value[i], l->mean.value[i]));
	}
}

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
	_cleanup_(freep) struct latency *l = xmalloc(sizeof(*l));
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
		make_curves(l, in, trace->series);
		find_range(l, &lo, &hi);
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
	_cleanup_(freep) struct latency *l = xmalloc(sizeof(*l));

	for (size_t t = 0; t < in->nr_traces; t++) {
		const struct series *series = in->traces[t].series;
		const rgba *colors = in->theme->lines[t % THEME_TRACES];
		bool is_only = in->nr_traces == 1;
		struct path_style style = { .width = 1.2, .tip = "p99" };

		if (!series_totals(series)->lat[curve_phase(series)].nr)
			continue;
		make_curves(l, in, series);
		if (is_only)
			curve_draw_band(s, g, &l->median, &l->p99,
					with_alpha(colors[0], 0.10));
		style.stroke = is_only ? colors[1] : with_alpha(colors[0], 0.5);
		curve_draw(s, g, &l->p99, &style, 0);
		if (is_only) {
			style.stroke = in->theme->muted;
			style.tip = "mean";
			curve_draw(s, g, &l->mean, &style, 0);
		}
		style.stroke = colors[0];
		style.width = 1.5;
		style.tip = "median";
		curve_draw(s, g, &l->median, &style, 0);
	}
}
