/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reader's side of one CPU's BPF ring buffer.
 *
 * A ring holds events in the order in which their room was reserved.  That is
 * not the order of their times: an interrupt may reserve and fill an event
 * while the program that it interrupted sits between its own reservation and
 * its own time stamp.  But a time is always taken after the reservation.  So,
 * if the clock showed T and after that all events up to the ring's head were
 * complete, every event that is still to come has a time after T: what is
 * older than T can be sorted and written, once and for all.  No guess about
 * how long an interrupt may take is needed.
 *
 *	now = clock();
 *	n = ring_gather(&ring, items, cap);
 *	if (n >= 0) {
 *		... sort, use every event older than now - RING_SETTLE_NS,
 *		    copy the others (they lie in the ring's memory) ...
 *		ring_release_room(&ring);
 *	}
 *
 * We map the ring ourselves, because libbpf's callback does not tell whether
 * it stopped at the head or at an event that is still being written.
 * Layout: kernel/bpf/ringbuf.c, v6.18: a page with the consumer's position, a
 * page with the producer's, then the data, mapped twice in a row.
 */
#ifndef RECORD_RING_H
#define RECORD_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/cfg.h"

/*
 * A processor may read its clock before its store of the producer's position
 * is visible to others, and the clock that BPF reads may differ from the
 * vDSO's by the size of an NTP correction.  Both are well below this.
 */
#define RING_SETTLE_NS	100000u

struct ring_item {
	uint64_t time;
	union {
		const struct ring_event *event;
		const struct ring_slot *slot;	/* src/record/slots.h */
	};
};

struct ring {
	int fd;			/* of the map; 0 or less = no ring */
	size_t size;		/* of the data, a power of two */
	uint64_t *consumer;	/* mapped, shared with the kernel */
	const uint64_t *producer;
	const uint8_t *data;
	size_t page;
	uint64_t head;		/* where the last gather ended */
};

/* Makes a ring with @size bytes, a power of two and a multiple of the page
 * size.  0 or a negative errno. */
int ring_open(struct ring *ring, size_t size);

/* Accepts a ring that was never opened (all zero). */
void ring_close(struct ring *ring);

/* The most events that fit in @size bytes. */
size_t ring_max_events(size_t size);

/*
 * Lists the events from the consumer's position to the head in @items, in
 * the ring's order, and leaves them there: they are borrowed until
 * ring_release_room.  Returns their number, or -EAGAIN when one of them is
 * still being written (nothing is taken then).  @items has room for
 * ring_max_events().
 */
ssize_t ring_gather(struct ring *ring, struct ring_item *items);

/* Gives the room of what was gathered back to the kernel. */
void ring_release_room(struct ring *ring);

#endif
