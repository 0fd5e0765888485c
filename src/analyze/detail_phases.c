/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

/*
 * What the parts of the time from Q to C took, of the I/Os that ended in a
 * bucket.
 */
#include "src/analyze/detail_impl.h"

/* It has nothing but its members of the buckets. */
static void *make(struct detail *d)
{
	return d;
}

static void release(void *state)
{
	(void)state;
}

static void add_phase(struct detail_bucket *b, enum detail_phase phase,
		      uint64_t from, uint64_t to)
{
	if (from != LIFE_NEVER && to != LIFE_NEVER && to > from)
		b->phase_ns[phase] += to - from;
}

static void on_io(void *state, const struct life_io *io)
{
	struct detail_bucket *b;

	if (io->c == LIFE_NEVER || io->q == LIFE_NEVER ||
	    !detail_shows(state, io->c))
		return;
	b = detail_bucket_at(state, io->c);
	b->nr++;
	b->q2c_ns += io->c > io->q ? io->c - io->q : 0;
	add_phase(b, DETAIL_Q2G, io->q, io->g);
	add_phase(b, DETAIL_G2I, io->g, io->i);
	add_phase(b, DETAIL_I2D, io->i, io->d1);
	add_phase(b, DETAIL_D2C, io->d, io->c);
}

const struct detail_part detail_part_phases = {
	.make = make, .free = release, .io = on_io,
};
