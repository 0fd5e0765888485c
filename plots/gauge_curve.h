/* SPDX-License-Identifier: GPL-2.0 */
/* Curves of what is sampled now and then (src/analyze/gauge.h). */
#ifndef PLOTS_GAUGE_CURVE_H
#define PLOTS_GAUGE_CURVE_H

#include "plots/curve.h"
#include "src/analyze/gauge.h"

/*
 * Means over the time of each point; there are fewer points than samples.  A
 * sample of the gauge's time @origin_ns is at 0 of the axis.
 */
void gauge_curve(struct curve *c, const struct plot_input *in,
		 const struct gauge *g, double origin_ns);

#endif
