/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A quantity that is sampled now and then, over a time nobody knows
 * beforehand: means of it over spans of time, in bounded memory (4 KiB).
 *
 *	struct gauge g = { 0 };
 *	gauge_add(&g, now_ns, percent, 1);
 *	double mean = gauge_mean(&g, from_ns, to_ns);
 *	gauge_release(&g);
 */
#ifndef ANALYZE_GAUGE_H
#define ANALYZE_GAUGE_H

#include <stdint.h>

#include "src/analyze/fold.h"

struct gauge_cell {
	float sum;		/* of value x weight */
	float weight;
};

struct gauge {
	struct fold times;
	struct gauge_cell *cells;	/* owned; NULL = no sample yet */
	uint64_t nr;		/* samples */
	uint64_t nr_times;	/* those of another time than the one before */
	double sum, weight;	/* over all samples */
	double max;		/* of the samples */
	uint64_t first, last;	/* ns: lowest, highest */
	uint64_t newest;	/* added last */
};

/* @weight above 0: of this sample beside others of the same span. */
void gauge_add(struct gauge *g, uint64_t ns, double value, double weight);

/* The mean of the cells whose middle is in from <= t < to; NAN if none. */
double gauge_mean(const struct gauge *g, double from_ns, double to_ns);

/* The mean of all samples; 0 if there is none. */
double gauge_total(const struct gauge *g);

void gauge_release(struct gauge *g);

#endif
