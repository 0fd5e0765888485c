/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How often each of very many numbers below 2^63 came, exactly and in bounded
 * memory.
 *
 *	struct tally t = { 0 };
 *	tally_add(&t, distance);
 *	r = tally_each(&t, fn, ctx);	each number once, the smallest first
 *	tally_release(&t);
 *
 * TALLY_HELD numbers are held as they came.  When there are more, they go,
 * sorted and counted, into a temporary file that has no name (tmpfile(3)); a
 * number takes one to three bytes there.  Where none can be made or written,
 * memory grows instead.
 */
#ifndef ANALYZE_TALLY_H
#define ANALYZE_TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TALLY_HELD	(256u << 10)
#define TALLY_RUNS	64u	/* sorted pieces of the file, at most */

/* Bytes of the file. */
struct tally_run {
	uint64_t from, to;
};

struct tally {
	uint64_t *held;		/* owned */
	size_t nr_held, cap_held;
	FILE *file;		/* owned; NULL = none yet */
	struct tally_run runs[TALLY_RUNS];
	unsigned int nr_runs;
	uint64_t end;		/* of the file */
};

/* Makes room; of tally_add. */
void tally_make_room(struct tally *t);

static inline void tally_add(struct tally *t, uint64_t value)
{
	if (t->nr_held == t->cap_held)
		tally_make_room(t);
	t->held[t->nr_held++] = value;
}

/* The numbers in the order in which they came, if all are still held. */
static inline const uint64_t *tally_held(const struct tally *t)
{
	return t->nr_runs ? NULL : t->held;
}

/*
 * Calls @fn for each number, in ascending order.  May be called again, but
 * afterwards tally_held has no order.  0, or -EIO when the temporary file
 * cannot be read.
 */
int tally_each(struct tally *t, void (*fn)(void *ctx, uint64_t value,
					   uint64_t count), void *ctx);

void tally_release(struct tally *t);

#endif
