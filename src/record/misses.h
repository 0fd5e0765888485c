/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events that the kernel did not hand to a program, for it was running on that
 * CPU already.  The kernel only counts them, for each program: when they
 * were is found by looking at the counts now and then.
 *
 *	if (misses_is_due(&m, now) &&
 *	    misses_look(&m, count(), now, &missed))
 *		... missed.count events between missed.from and missed.to ...
 *
 * A count is that of the first program less those that its spare recorded
 * (bpf/spare.bpf.h), and the two are not read at one instant: it may be too
 * high for a moment.  So what is new counts when a second look sees it too.
 */
#ifndef RECORD_MISSES_H
#define RECORD_MISSES_H

#include <stdbool.h>
#include <stdint.h>

#define MISSES_NS	250000000ull	/* between two looks */

/* { .from = start, .last = start } to begin with. */
struct misses {
	uint64_t told;		/* events */
	uint64_t seen;		/* the count of the last look */
	uint64_t last;		/* ns: the last look */
	uint64_t from;		/* ns: what is not told came later */
};

struct missed {
	uint64_t count;
	uint64_t from;		/* ns */
	uint64_t to;
};

/* Every MISSES_NS; at once when the last look saw something new. */
bool misses_is_due(const struct misses *m, uint64_t now);

/* @count: all so far, at @now.  True: @ret_missed is new, and sure. */
bool misses_look(struct misses *m, uint64_t count, uint64_t now,
		 struct missed *ret_missed);

/* The same when nothing more can come: what one look sees is sure. */
bool misses_end(struct misses *m, uint64_t count, uint64_t now,
		struct missed *ret_missed);

#endif
