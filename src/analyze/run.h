/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records that stand behind each other in bytes of a file and are known to be
 * whole and in order: they are decoded where they are wanted, without a place
 * between.
 *
 *	while (run.nr)
 *		run_next(&run, &rec);
 *
 * All of it is inline: it is in the path of each record.
 */
#ifndef ANALYZE_RUN_H
#define ANALYZE_RUN_H

#include <stdint.h>

#include "formats/blk.h"

struct run {
	const uint8_t *at;	/* of the first record; borrowed */
	uint64_t time;		/* of the first record, if nr is not 0, and
				   it is known: run_know_time */
	uint32_t nr;		/* records */
};

/* The time of the record at @at, which is known to be whole. */
static inline uint64_t run_time(const uint8_t *at)
{
	struct blk_rec rec;

	if (!blk_decode_native(at, BLK_REC_MAX, &rec))
		(void)blk_decode(at, BLK_REC_MAX, &rec, NULL);
	return rec.time;
}

/* Takes the first record out of @run, which is not empty. */
static inline void run_next(struct run *run, struct blk_rec *ret_rec)
{
	size_t n = blk_decode_native(run->at, BLK_REC_MAX, ret_rec);

	if (!n)
		n = (size_t)blk_decode(run->at, BLK_REC_MAX, ret_rec, NULL);
	run->at += n;
	run->nr--;
}

/* Behind the last run_next, before run.time is looked at. */
static inline void run_know_time(struct run *run)
{
	if (run->nr)
		run->time = run_time(run->at);
}

#endif
