/* SPDX-License-Identifier: GPL-2.0 */
/* Latency over time as curves: what the kinds latency and latency-heat share. */
#ifndef PLOTS_LATENCY_H
#define PLOTS_LATENCY_H

#include "plots/curve.h"

#define LATENCY_MEAN	-1.0	/* in place of a quantile */

/*
 * One curve for each of @quantiles (0 to 1, or LATENCY_MEAN), in ns, of the
 * I/Os that ended in the time of each point.
 */
void latency_curves(struct curve *curves, const double *quantiles, size_t nr,
		    const struct plot_input *in, const struct series *series);

/* Widens *lo and *hi to the values of the curves. */
void latency_range(const struct curve *curves, size_t nr, double *lo,
		   double *hi);

/* All latencies of a curve's point, added to @h. */
void latency_merge(struct hist *h, const struct series *series,
		   enum series_phase phase, struct curve_part part);

#endif
