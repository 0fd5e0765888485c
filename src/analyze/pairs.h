/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What has begun and not ended yet: times by a pair of numbers.
 *
 *	struct pairs pairs = { 0 };
 *	pairs_begin(&pairs, queue, token, rec->time);
 *	if (pairs_end(&pairs, queue, token, &start))
 *		hist_add(&h, rec->time - start);
 *	pairs_release(&pairs);
 *
 * Memory grows with what is open at a time, not with the length of a trace.
 */
#ifndef ANALYZE_PAIRS_H
#define ANALYZE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pairs_slot;

struct pairs {
	struct pairs_slot *slots;	/* open addressing */
	size_t nr;
	size_t cap;			/* a power of two, or 0 */
};

/* False if it was open already; it now began at @time. */
bool pairs_begin(struct pairs *p, uint64_t a, uint64_t b, uint64_t time);

/* False if it is not open. */
bool pairs_end(struct pairs *p, uint64_t a, uint64_t b, uint64_t *ret_time);

/* Forgets all that is open. */
void pairs_clear(struct pairs *p);
void pairs_release(struct pairs *p);

#endif
