/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cells of a log-linear histogram: HIST_SUB of them for each power of two.
 * Shared by src/analyze/hist.h and the programs in the kernel that fill such
 * cells, so that a live screen and a report read the same thing.
 * Freestanding: BPF may include it.
 */
#ifndef FORMATS_HIST_LAYOUT_H
#define FORMATS_HIST_LAYOUT_H

#define HIST_SUB_BITS	4
#define HIST_SUB	(1u << HIST_SUB_BITS)
#define HIST_TOP_BITS	44	/* 2^44 ns is 4.9 hours; more counts in the
				   last cell */
#define HIST_CELLS	((HIST_TOP_BITS - HIST_SUB_BITS + 1) * HIST_SUB)

/* The number of its highest bit.  BPF has no instruction for it, and clang 14
 * takes all memory when it makes others of the builtin. */
static inline unsigned int hist_layout_top(unsigned long long value)
{
#ifdef __bpf__
	unsigned int top = 0;

	for (unsigned int step = 32; step; step /= 2)
		if (value >> step) {
			value >>= step;
			top += step;
		}
	return top;
#else
	return 63 - (unsigned int)__builtin_clzll(value);
#endif
}

/* The cell of a value: below HIST_CELLS. */
static inline unsigned int hist_layout_cell(unsigned long long value)
{
	unsigned int shift;

	if (value < HIST_SUB)
		return (unsigned int)value;
	if (value >> HIST_TOP_BITS)
		return HIST_CELLS - 1;
	shift = hist_layout_top(value) - HIST_SUB_BITS;
	return (shift << HIST_SUB_BITS) + (unsigned int)(value >> shift);
}

#endif
