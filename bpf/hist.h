/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cell of a number in the histograms of src/analyze/hist.h.  BPF has no
 * instruction that counts leading zeros.  Pure; compiled for BPF, and for the
 * host by the unit test, which compares it with hist_cell().
 */
#ifndef BPF_HIST_H
#define BPF_HIST_H

#include <linux/types.h>

/* Those of struct hist; what fills one from a map checks that. */
#define BPF_HIST_SUB_BITS	4
#define BPF_HIST_TOP_BITS	44
#define BPF_HIST_CELLS						\
	((BPF_HIST_TOP_BITS - BPF_HIST_SUB_BITS + 1)		\
	 << BPF_HIST_SUB_BITS)

/* Below BPF_HIST_CELLS, which the verifier is to be told once more. */
static inline __attribute__((always_inline)) __u32 bpf_hist_cell(__u64 v)
{
	__u64 rest = v;
	__u32 top = 0;

	if (v < 1u << BPF_HIST_SUB_BITS)
		return (__u32)v;
	if (v >> BPF_HIST_TOP_BITS)
		return BPF_HIST_CELLS - 1;
	for (__u32 step = 32; step; step /= 2)
		if (rest >> step) {
			rest >>= step;
			top += step;
		}
	top -= BPF_HIST_SUB_BITS;
	return (top << BPF_HIST_SUB_BITS) + (__u32)(v >> top);
}

#endif
