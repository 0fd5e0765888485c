/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is read from one CPU's ring in a round: its events in time order.
 *
 *	r = lot_gather(&lot);			list and sort
 *	end = lot_find_limit(&lot, limit);
 *	while (lot.pos < end)
 *		use(lot.items[lot.pos++].event);
 *	lot_keep_rest(&lot);			what is too young, for later
 *
 * Events stay in the ring's memory until lot_keep_rest, which copies the few
 * that are younger than the limit (src/record/ring.h says why there is one).
 */
#ifndef RECORD_LOT_H
#define RECORD_LOT_H

#include <stddef.h>
#include <stdint.h>

#include "src/record/ring.h"

#define LOT_NR_YOUNG	4096	/* room for events that are too young */

struct lot_young;

struct lot {
	struct ring *ring;	/* borrowed; NULL = the CPU has none */
	struct ring_item *items;	/* sorted by time */
	size_t items_size;	/* of their mapping, in bytes */
	size_t nr;
	size_t pos;		/* the next one to be used */
	struct lot_young *young;	/* kept from the last round; owned */
	struct lot_young *spare;	/* owned */
	uint64_t last_time;	/* of the last event used; the user's */
	uint64_t limit;		/* all events up to it are used; the user's */
};

/* Memory for as many events as the ring can hold, most of it never touched.
 * 0 or a negative errno. */
int lot_init(struct lot *lot, struct ring *ring);
void lot_release(struct lot *lot);	/* { 0 } is fine */

/* 0, or -EAGAIN when an event was being written right then: nothing is taken. */
int lot_gather(struct lot *lot);

/* The index of the first event younger than @limit (ns). */
size_t lot_find_limit(const struct lot *lot, uint64_t limit);

/*
 * Keeps the events from pos on, at most LOT_NR_YOUNG, for the next round, and
 * gives the ring's room back.
 */
void lot_keep_rest(struct lot *lot);

#endif
