/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads a source in a thread of its own, a few batches ahead of the one who
 * works on the records: reading and merging take one core, the work another.
 *
 *	ahead = ahead_new(src);
 *	while ((n = ahead_read(ahead, &batch, &err)) > 0)
 *		...			as with source_read
 *	ahead_free(ahead);
 *
 * A live source is read in the caller's thread: signals have to end its wait.
 * Until ahead_free nothing else may be done with the source; what it knows
 * (damage, files) is complete after ahead_read has returned 0.
 *
 * Memory: AHEAD_SLOTS times some thousand records with their payloads.
 */
#ifndef ANALYZE_AHEAD_H
#define ANALYZE_AHEAD_H

#include "src/analyze/source.h"

#define AHEAD_SLOTS	4

struct ahead;

struct ahead *ahead_new(struct source *src);

/* As source_read. */
ssize_t ahead_read(struct ahead *ahead, struct source_batch *ret_batch,
		   struct err *err);

/* Ends the thread, also in the middle of the trace. */
void ahead_free(struct ahead *ahead);
DEFINE_CLEANUP(struct ahead, ahead_free)

#endif
