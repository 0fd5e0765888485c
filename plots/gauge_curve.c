/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>

#include "plots/gauge_curve.h"

#define SAMPLES_PER_POINT	1.2	/* no point falls between two of them */

void gauge_curve(struct curve *c, const struct plot_input *in,
		 const struct gauge *g, double origin_ns)
{
	double span = in->to_ns - in->from_ns, nr = 1;

	if (g->nr_times > 1)
		nr = span / ((double)(g->last - g->first) /
			     (double)fold_count(&g->times)) /
		     SAMPLES_PER_POINT;
	if (g->nr_times > 1)
		nr = fmin(nr, span / ((double)(g->last - g->first) /
				      (double)(g->nr_times - 1)) /
				      SAMPLES_PER_POINT);
	c->nr = nr < 1 ? 1 :
		nr > CURVE_POINTS_MAX ? CURVE_POINTS_MAX : (size_t)nr;
	c->step_ns = span / (double)c->nr;
	for (size_t i = 0; i < c->nr; i++) {
		double end = in->from_ns + c->step_ns * (double)(i + 1);
		double begin = end - fmax(c->step_ns, in->rolling_ns);

		c->ns[i] = end - c->step_ns / 2;
		c->value[i] = gauge_mean(g, origin_ns + begin,
					 origin_ns + end);
	}
}
