/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One instant on all clocks of this machine, as a CLOCK note says it.
 *
 *	struct note_clock clock;
 *	clocks_read(&clock);
 *
 * The clocks are read one after the other, between two readings of
 * CLOCK_MONOTONIC.  Where these are far from each other, because something
 * else ran in between, it is tried again, and the closest try counts.
 */
#ifndef RECORD_CLOCKS_H
#define RECORD_CLOCKS_H

#include <stdint.h>
#include <time.h>

#include "formats/note.h"

#define CLOCKS_TRIES	8
#define CLOCKS_WIDTH_NS	1000u	/* close enough */

/* ns; 0 where there is no such clock.  Any thread. */
uint64_t clocks_ns(clockid_t id);

/* All fields; of the flags NOTE_CLOCK_SYNCED only.  Any thread. */
void clocks_read(struct note_clock *ret);

#endif
