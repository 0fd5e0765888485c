/* SPDX-License-Identifier: GPL-2.0 */
/*
 * blkparse -t: how long an I/O was in the step that ends with an event, by
 * its device and first sector: G to I, I to D, D to C; and, if it is asked
 * for, Q to C on dm and md devices, which have no requests.  (blkparse means to
 * do that always, but knows the device's number only when it reads a stream.)
 *
 *	elapsed_ns = track_event(track, recording, &rec, time_ns, &pid);
 *
 * With @has_splits, as blkparse 1.3: Q begins an I/O on all devices, and the
 * second part of a split has the times of the first.
 *
 * As in blkparse 1.2.0, merges at the front move an I/O to its new first
 * sector, and without @has_splits nothing is known of them.  Where blkparse would print what
 * happened to be in its memory (the step before was not seen) there is no
 * time.  Bounded: of more than TRACK_MAX I/Os that never end, old ones are
 * forgotten.
 */
#ifndef ANALYZE_TRACK_H
#define ANALYZE_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"

#define TRACK_MAX	(256u << 10)	/* I/Os under way */
#define TRACK_NO_TIME	UINT64_MAX

struct track;

struct track *track_new(bool has_stacked, bool has_splits);
void track_free(struct track *track);

/*
 * Follows an event of recording number @recording.  Returns ns or
 * TRACK_NO_TIME.  *ret_pid is the thread that began the I/O; it is set with a
 * time only.
 */
uint64_t track_event(struct track *track, size_t recording,
		     const struct blk_rec *rec, uint64_t time_ns,
		     uint32_t *ret_pid);

/*
 * The completion of an I/O that was split is about its last part: makes it one
 * of the whole I/O, before track_event.
 */
void track_widen(const struct track *track, size_t recording,
		 struct blk_rec *rec);

/*
 * "merge", "issue" or "complete" if the latest event found no I/O and blkparse
 * -v says so; else NULL.
 */
const char *track_missed(const struct track *track);

#endif
