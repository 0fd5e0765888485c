/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is read from one CPU in a round, its ring and its slots: its events in
 * time order.
 *
 *	r = lot_gather(&lot);			list and sort
 *	if (!r)
 *		r = lot_set_limit(&lot, limit);
 *	if (!r) {
 *		while ((ev = lot_next(&lot)))
 *			use(ev);
 *		lot_keep_rest(&lot);		what is too young, for later
 *	}
 *
 * Events stay in the memory of the kernel until lot_keep_rest, which copies
 * the few that are younger than the limit (src/record/ring.h says why there
 * is one).
 */
#ifndef RECORD_LOT_H
#define RECORD_LOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/record/ring.h"
#include "src/record/slots.h"

#define LOT_NR_YOUNG	4096	/* room for events that are too young, in the
				   ring and in the slots */

struct lot_young;

struct lot {
	struct ring *ring;	/* borrowed; NULL = the CPU has none */
	struct slots *slots;	/* borrowed; NULL = all comes by the ring */
	void *memory;		/* mapped: of the lists */
	size_t memory_size;
	struct ring_item *items;	/* sorted by time */
	size_t nr;
	size_t pos;		/* the next one to be used */
	size_t end;		/* behind the last one up to the limit */
	struct ring_item *slot_items;	/* the same for slots */
	size_t slot_nr;
	size_t slot_pos;
	size_t slot_end;
	uint64_t slot_head;
	struct slot_names *names;	/* owned */
	struct slot_event event;	/* what lot_next made of a slot */
	struct slot_name *name;	/* of the last event's thread, if it was a
				   slot; NULL = not known */
	bool is_nameless;	/* it was a slot, whose tgid and comm are not
				   known */
	struct lot_young *young;	/* kept from the last round; owned */
	struct lot_young *spare;	/* owned */
	uint64_t last_time;	/* of the last event used; the user's */
	uint64_t limit;		/* all events up to it are used; the user's */
};

/*
 * Memory for as many events as @ring and @slots (NULL = none) can hold, most
 * of it never touched.  0 or a negative errno.
 */
int lot_init(struct lot *lot, struct ring *ring, struct slots *slots);
void lot_release(struct lot *lot);	/* { 0 } is fine */

/* 0, or -EAGAIN when an event was being written right then: nothing is taken. */
int lot_gather(struct lot *lot);

/*
 * After lot_gather: only events up to @limit (ns) are for this round.  0, or
 * -EAGAIN when more are younger than could be kept.
 */
int lot_set_limit(struct lot *lot, uint64_t limit);

/* The time of the next event; UINT64_MAX = there is none up to the limit. */
uint64_t lot_next_time(const struct lot *lot);

/*
 * The next event up to the limit, or NULL.  Borrowed until the next call: it
 * may lie in @lot, where what is_nameless stands for can be filled in.
 */
const struct ring_event *lot_next(struct lot *lot);

/*
 * The slots that come next, before any event of the ring: some of them, and
 * none if the next event is not one.  For those who want to take many at once,
 * and then say how many they took with lot_skip_slots; lot_next gives them
 * else.
 */
size_t lot_slots(const struct lot *lot, const struct ring_item **ret_items);
void lot_skip_slots(struct lot *lot, size_t nr);

/*
 * Keeps what lot_next has not given yet for the next round, and gives the room
 * back.
 */
void lot_keep_rest(struct lot *lot);

#endif
