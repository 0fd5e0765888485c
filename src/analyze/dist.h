/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A distribution of 64-bit numbers (ns, bytes, sectors) as a log-linear
 * histogram: 2^bits cells for each power of two, so that a quantile is off by
 * 1 / 2^bits of its value at most.  The cells of a power of two are allocated
 * when the first value falls there: few for what is narrow.  Two of the same
 * bits merge exactly.
 *
 *	struct dist d = { .bits = DIST_FINE };
 *	dist_add(&d, lat_ns);
 *	p99 = dist_quantile(&d, 0.99);
 *	dist_release(&d);
 */
#ifndef ANALYZE_DIST_H
#define ANALYZE_DIST_H

#include <stdint.h>

#define DIST_FINE    10 /* 0.1 %: totals */
#define DIST_COARSE  5	/* 3 %: one of many keys */
#define DIST_OCTAVES 55 /* the widest: 64 - DIST_FINE + 1 */

struct dist {
	uint64_t nr;
	uint64_t sum; /* of the values; wraps after 2^64 */
	uint64_t min; /* 0 when empty */
	uint64_t max;
	uint32_t *octaves[DIST_OCTAVES + DIST_FINE - DIST_COARSE];
	/* 2^bits counts each; NULL = all 0; owned */
	uint8_t bits; /* set before the first value */
};

/* The cells of a power of two that had none. */
uint32_t *dist_new_octave(struct dist *d, unsigned int octave);

/* Octave 0 holds the values below 2^bits, octave n those from 2^(bits+n-1). */
static inline void dist_add(struct dist *d, uint64_t value)
{
	unsigned int octave = 0;
	uint32_t *cells;

	if (value >> d->bits)
		octave = 64u - d->bits - (unsigned int)__builtin_clzll(value);
	cells = d->octaves[octave];
	if (__builtin_expect(!cells, 0))
		cells = dist_new_octave(d, octave);
	if (value < d->min || !d->nr)
		d->min = value;
	if (value > d->max)
		d->max = value;
	d->nr++;
	d->sum += value;
	cells[octave ? (value >> (octave - 1)) - (1u << d->bits) : value]++;
}

/* Adds all of @from, which has the same bits. */
void dist_merge(struct dist *d, const struct dist *from);

/*
 * The value that a share @q (0 to 1) of all values does not exceed; never
 * outside of min and max.  0 when empty.
 */
uint64_t dist_quantile(const struct dist *d, double q);

/* 0 when empty. */
double dist_mean(const struct dist *d);

/* Values from @low to below @high, by whole cells. */
uint64_t dist_count(const struct dist *d, uint64_t low, uint64_t high);

/* Leaves it empty, with the same bits. */
void dist_release(struct dist *d);

#endif
