/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Curves: the many buckets of a series as few points of a line.  How many
 * points depends on the number of I/Os, so that a point is a mean of several
 * of them.  Where no I/O is, a curve has a gap and not a zero.
 */
#ifndef PLOTS_CURVE_H
#define PLOTS_CURVE_H

#include "plots/graph.h"

#define CURVE_POINTS_MAX	200

struct curve {
	size_t nr;
	double ns[CURVE_POINTS_MAX];	/* since the trace's first event */
	double value[CURVE_POINTS_MAX];	/* NAN = a gap */
	double step_ns;
};

/* The buckets behind one point. */
struct curve_part {
	size_t first, end;	/* of the series; first == end: none */
	double width_ns;	/* of them, as far as the trace reaches */
};

/* Sets nr, ns and step; every value is a gap.  @nr_ios: in the trace. */
void curve_init(struct curve *c, const struct plot_input *in,
		const struct series *series, uint64_t nr_ios);

struct curve_part curve_part(const struct curve *c, size_t point,
			     const struct plot_input *in,
			     const struct series *series);

/* The action that stands for throughput: C, else D, else Q.  Parts of a whole
   have that of the whole. */
enum series_act curve_act(const struct series *series);

/* D2C, or Q2C in a trace that has no pair of those. */
enum series_phase curve_phase(const struct series *series);

/*
 * Per second, over the buckets of each point: bytes, or I/Os.  A gap where
 * there are none and none right before and after.  Of a group, all operations
 * at once (group.h).  Returns the mean over the whole trace.
 */
double curve_rate(struct curve *c, const struct plot_input *in,
		  const struct plot_trace *trace, enum io_op op, bool is_bytes);

/* The largest value, or 0. */
double curve_max(const struct curve *c);

/* A line; with a fill below it when @fill is not 0. */
void curve_draw(struct scene *s, const struct graph *g, const struct curve *c,
		const struct path_style *style, rgba fill);

/* The area between two curves of the same points. */
void curve_draw_band(struct scene *s, const struct graph *g,
		     const struct curve *low, const struct curve *high,
		     rgba fill);

#endif
