/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/dist.h"
#include "src/base/xalloc.h"

#define NR_OCTAVES ARRAY_SIZE(((struct dist *)NULL)->octaves)

static uint64_t cell_low(const struct dist *d, unsigned int octave,
			 unsigned int cell)
{
	if (!octave)
		return cell;
	return (uint64_t)(cell + (1u << d->bits)) << (octave - 1);
}

static uint64_t cell_width(unsigned int octave)
{
	return octave ? UINT64_C(1) << (octave - 1) : 1;
}

uint32_t *dist_new_octave(struct dist *d, unsigned int octave)
{
	assert(d->bits >= DIST_COARSE && d->bits <= DIST_FINE);
	d->octaves[octave] = xcalloc(1u << d->bits, sizeof(uint32_t));
	return d->octaves[octave];
}

void dist_merge(struct dist *d, const struct dist *from)
{
	assert(d->bits == from->bits);
	if (!from->nr)
		return;
	if (!d->nr || from->min < d->min)
		d->min = from->min;
	if (from->max > d->max)
		d->max = from->max;
	d->nr += from->nr;
	d->sum += from->sum;
	for (unsigned int o = 0; o < NR_OCTAVES; o++) {
		uint32_t *to;

		if (!from->octaves[o])
			continue;
		to = d->octaves[o] ? d->octaves[o] : dist_new_octave(d, o);
		for (unsigned int i = 0; i < 1u << d->bits; i++)
			to[i] += from->octaves[o][i];
	}
}

/* Inside a cell, values are taken as spread evenly. */
static uint64_t inside(const struct dist *d, unsigned int octave,
		       unsigned int cell, double share)
{
	uint64_t v = cell_low(d, octave, cell) +
		     (uint64_t)((double)(cell_width(octave) - 1) * share);

	if (v < d->min)
		return d->min;
	return v > d->max ? d->max : v;
}

uint64_t dist_quantile(const struct dist *d, double q)
{
	double want = q * (double)d->nr, seen = 0;

	if (!d->nr)
		return 0;
	if (want < 1)
		want = 1;
	for (unsigned int o = 0; o < NR_OCTAVES; o++)
		for (unsigned int i = 0; d->octaves[o] && i < 1u << d->bits;
		     i++) {
			double nr = d->octaves[o][i];

			if (nr > 0 && seen + nr >= want)
				return inside(d, o, i, (want - seen) / nr);
			seen += nr;
		}
	return d->max;
}

double dist_mean(const struct dist *d)
{
	return d->nr ? (double)d->sum / (double)d->nr : 0;
}

uint64_t dist_count(const struct dist *d, uint64_t low, uint64_t high)
{
	uint64_t nr = 0;

	for (unsigned int o = 0; o < NR_OCTAVES; o++)
		for (unsigned int i = 0; d->octaves[o] && i < 1u << d->bits;
		     i++) {
			uint64_t at = cell_low(d, o, i);

			if (at >= low && at < high)
				nr += d->octaves[o][i];
		}
	return nr;
}

void dist_release(struct dist *d)
{
	uint8_t bits = d->bits;

	for (unsigned int o = 0; o < NR_OCTAVES; o++)
		free(d->octaves[o]);
	memset(d, 0, sizeof(*d));
	d->bits = bits;
}
