/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/latency.h"
#include "src/base/xalloc.h"

#define IOS_SHARE	2	/* a percentile wants more I/Os than a mean */

void latency_merge(struct hist *h, const struct series *series,
		   enum series_phase phase, struct curve_part part)
{
	for (size_t i = part.first; i < part.end; i++)
		if (series_bucket(series, i)->lat[phase])
			hist_merge(h, series_bucket(series, i)->lat[phase]);
}

void latency_curves(struct curve *curves, const double *quantiles, size_t nr,
		    const struct plot_input *in, const struct series *series)
{
	enum series_phase phase = curve_phase(series);
	_cleanup_(freep) struct hist *h = xmalloc(sizeof(*h));

	curve_init(&curves[0], in, series,
		   series_totals(series)->lat[phase].nr / IOS_SHARE);
	for (size_t k = 1; k < nr; k++)
		curves[k] = curves[0];
	for (size_t i = 0; i < curves[0].nr; i++) {
		memset(h, 0, sizeof(*h));
		latency_merge(h, series, phase,
			      curve_part(&curves[0], i, in, series));
		for (size_t k = 0; k < nr && h->nr; k++)
			curves[k].value[i] =
				quantiles[k] < 0 ?
					hist_mean(h) :
					(double)hist_quantile(h, quantiles[k]);
	}
}

void latency_range(const struct curve *curves, size_t nr, double *lo,
		   double *hi)
{
	for (size_t k = 0; k < nr; k++) {
		for (size_t i = 0; i < curves[k].nr; i++) {
			if (isnan(curves[k].value[i]))
				continue;
			*lo = fmin(*lo, curves[k].value[i]);
			*hi = fmax(*hi, curves[k].value[i]);
		}
	}
}
