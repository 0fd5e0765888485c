/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What CPUs did: the mean over all of them, and each CPU that was much busier
 * than that, or wholly busy at some time: one full CPU among many is what a
 * mean hides.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "plots/gauge_curve.h"
#include "plots/kinds.h"
#include "src/analyze/cpuload.h"
#include "src/base/xalloc.h"

#define MUCH_BUSIER	30.0	/* percent above the mean: iowatcher's limits */
#define WHOLLY_BUSY	95.0
#define BUSY_MAX	4	/* CPUs with a curve of their own */

static bool is_busy(const struct cpuload *load, uint32_t cpu, int kind)
{
	const struct gauge *g = &load->cpus[cpu].of[kind];

	return load->nr_cpus > 1 && g->nr &&
	       (gauge_total(g) > gauge_total(&load->all.of[kind]) +
					 MUCH_BUSIER ||
		g->max > WHOLLY_BUSY);
}

/* The busiest of them first.  Returns how many. */
static size_t find_busy(const struct cpuload *load, int kind,
			uint32_t ret_cpus[BUSY_MAX])
{
	size_t nr = 0;

	for (uint32_t cpu = 0; cpu < load->nr_cpus; cpu++) {
		double mean = gauge_total(&load->cpus[cpu].of[kind]);
		size_t at;

		if (!is_busy(load, cpu, kind))
			continue;
		at = nr < BUSY_MAX ? nr++ : BUSY_MAX;
		for (; at && gauge_total(&load->cpus[ret_cpus[at - 1]]
						  .of[kind]) < mean; at--)
			if (at < BUSY_MAX)
				ret_cpus[at] = ret_cpus[at - 1];
		if (at < BUSY_MAX)
			ret_cpus[at] = cpu;
	}
	return nr;
}

static rgba color_of(const struct plot_input *in, size_t trace, size_t which)
{
	/* the mean has the trace's colour; CPUs have those of other traces */
	if (!which)
		return in->theme->lines[trace % THEME_TRACES][0];
	return in->theme->lines[(trace + which) % THEME_TRACES][1];
}

/*
 * In a merged dump, events count from 0 and notes do not: then the first
 * sample is taken for the begin of the trace.
 */
static double origin_of(const struct plot_trace *trace)
{
	const struct gauge *g = &trace->load->all.of[0];

	if (trace->load->is_relative)
		return 0;
	if (g->first > series_last(trace->series) &&
	    series_first(trace->series) == 0)
		return (double)g->first;
	return (double)series_first(trace->series);
}

static bool has_load(const struct plot_trace *trace)
{
	return trace->load && trace->load->all.of[0].nr;
}

void kind_cpu_prepare(struct graph *g, const struct plot_input *in)
{
	double max = 0;
	char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX], name[32];

	for (size_t t = 0; t < in->nr_wholes; t++) {
		const struct plot_trace *trace = &in->wholes[t];
		uint32_t busy[BUSY_MAX];
		struct curve c;
		size_t nr;

		if (!has_load(trace))
			continue;
		nr = find_busy(trace->load, g->which, busy);
		for (size_t i = 0; i <= nr; i++) {
			const struct cpuload_cpu *cpu =
				i ? &trace->load->cpus[busy[i - 1]] :
				    &trace->load->all;

			gauge_curve(&c, in, &cpu->of[g->which],
				    origin_of(trace));
			max = fmax(max, curve_max(&c));
			axis_format(AXIS_PERCENT,
				    gauge_total(&cpu->of[g->which]), note);
			(void)snprintf(name, sizeof(name),
				       i ? "CPU %u" : "all CPUs",
				       i ? busy[i - 1] : 0);
			graph_add_legend(g, color_of(in, t, i), true, note,
					 "%s", graph_join(name, trace->label,
							  text));
		}
	}
	if (!g->nr_legend)
		g->empty = "no samples of the CPUs: neither in the trace nor in"
			   " NAME.mpstat";
	axis_linear(&g->y, AXIS_PERCENT, 0, fmax(max, 1), 4, true);
}

void kind_cpu_draw(struct scene *s, const struct graph *g,
		   const struct plot_input *in)
{
	for (size_t t = 0; t < in->nr_wholes; t++) {
		const struct plot_trace *trace = &in->wholes[t];
		uint32_t busy[BUSY_MAX];
		size_t nr;

		if (!has_load(trace))
			continue;
		nr = find_busy(trace->load, g->which, busy);
		/* the mean last: it is above the others */
		for (size_t i = nr + 1; i-- > 0;) {
			const struct cpuload_cpu *cpu =
				i ? &trace->load->cpus[busy[i - 1]] :
				    &trace->load->all;
			struct path_style style = {
				.stroke = color_of(in, t, i),
				.width = i ? 1.0 : 1.6,
			};
			struct curve c;

			gauge_curve(&c, in, &cpu->of[g->which],
				    origin_of(trace));
			curve_draw(s, g, &c, &style,
				   i ? 0 : with_alpha(style.stroke, 0.09));
		}
	}
}
