/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A log-linear histogram of 64-bit numbers (ns, bytes, ...), in the layout
 * that HDR histograms have: HIST_SUB cells for each power of two, so that a
 * cell is at most 1/HIST_SUB of its value wide (6.25 %), and values below
 * HIST_SUB have a cell each.
 *
 *	struct hist h = { 0 };
 *	hist_add(&h, lat_ns);
 *	p99 = hist_quantile(&h, 0.99);
 *
 * A zeroed struct is an empty histogram; nothing is allocated.
 */
#ifndef ANALYZE_HIST_H
#define ANALYZE_HIST_H

#include <stdint.h>

#include "formats/hist_layout.h"

struct hist {
	uint64_t nr;
	uint64_t sum;		/* of the values; wraps after 2^64 */
	uint64_t min;		/* 0 when empty */
	uint64_t max;
	uint32_t cells[HIST_CELLS];	/* counts; stop at UINT32_MAX */
};

/* The cell of a value, and the values from @low to below @high of a cell. */
unsigned int hist_cell(uint64_t value);
uint64_t hist_cell_low(unsigned int cell);
uint64_t hist_cell_high(unsigned int cell);

void hist_add(struct hist *h, uint64_t value);

/* Adds all of @from to @h. */
void hist_merge(struct hist *h, const struct hist *from);

/*
 * The value that a share @q (0 to 1) of all values does not exceed, within
 * the width of a cell, and never outside of min and max.  0 when empty.
 */
uint64_t hist_quantile(const struct hist *h, double q);

/* 0 when empty. */
double hist_mean(const struct hist *h);

#endif
