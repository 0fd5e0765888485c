/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instants on several clocks that a flight recorder keeps: the one of its
 * start, one now and then, and one where the clocks have jumped.  They lie in
 * the file of its memory (src/record/flight.h), where no event pushes them
 * out; the newest FLIGHT_NR_CLOCKS are there.
 *
 *	flight_clocks_add(clocks, time, &note);		each
 *	i = flight_clocks_behind(clocks, from);
 *	while ((c = flight_clocks_get(clocks, i++)) != NULL)
 *		use(c->time, &c->note);
 *
 * A recorder that is killed at any instant leaves a table that can be read.
 */
#ifndef RECORD_FLIGHT_CLOCKS_H
#define RECORD_FLIGHT_CLOCKS_H

#include <stdint.h>

#include "formats/note.h"

#define FLIGHT_NR_CLOCKS	16383u	/* one in 10 s: for 45 hours */

struct flight_clock {
	uint64_t time;		/* ns: the place among the events of CPU 0 */
	struct note_clock note;
};

/* Zeros: none. */
struct flight_clocks {
	uint64_t nr;		/* so far, also those that are gone */
	struct flight_clock rows[FLIGHT_NR_CLOCKS + 1];
};

/* @time: not before that of the one before. */
void flight_clocks_add(struct flight_clocks *clocks, uint64_t time,
		       const struct note_clock *note);

/* The number of the oldest one whose time is later than @time (ns). */
uint64_t flight_clocks_behind(const struct flight_clocks *clocks,
			      uint64_t time);

/* The one of this number; NULL = it is not there (any more, or yet).
 * Borrowed until the next flight_clocks_add. */
const struct flight_clock *
flight_clocks_get(const struct flight_clocks *clocks, uint64_t number);

/*
 * What the clocks showed at @time (ns), by the newest one up to then: they run
 * alike from there.  Where that one is gone, by the oldest one, as if no clock
 * had jumped in between.  -ENOENT when there is none.
 */
int flight_clocks_at(const struct flight_clocks *clocks, uint64_t time,
		     struct note_clock *ret);

/* ns: the time of the newest one; 0 = there is none. */
uint64_t flight_clocks_last(const struct flight_clocks *clocks);

#endif
