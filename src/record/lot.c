/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "src/base/xalloc.h"
#include "src/record/lot.h"

#define EVENT_MAX	(sizeof(struct ring_event) + sizeof(struct ring_task))

/* A step of lot_slots in front of an event of the ring. */
#define NR_BEFORE_RING	64

struct lot_young {
	uint8_t events[LOT_NR_YOUNG][EVENT_MAX] __attribute__((aligned(8)));
	struct ring_slot slots[LOT_NR_YOUNG];
	size_t nr;
	size_t nr_slots;
};

int lot_init(struct lot *lot, struct ring *ring, struct slots *slots)
{
	size_t nr = ring_max_events(ring->size) + LOT_NR_YOUNG;
	size_t nr_slots = slots ? slots->nr + LOT_NR_YOUNG : 0;
	size_t size = nr * sizeof(*lot->items) +
		      nr_slots * sizeof(*lot->slot_items);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	*lot = (struct lot){
		.ring = ring,
		.slots = slots,
		.memory = p,
		.memory_size = size,
		.items = p,
		.slot_items = (struct ring_item *)p + nr,
		.names = xcalloc(1, sizeof(*lot->names)),
		.young = xcalloc(1, sizeof(*lot->young)),
		.spare = xcalloc(1, sizeof(*lot->spare)),
	};
	return 0;
}

void lot_release(struct lot *lot)
{
	if (lot->memory)
		(void)munmap(lot->memory, lot->memory_size);
	free(lot->names);
	free(lot->young);
	free(lot->spare);
	*lot = (struct lot){ 0 };
}

/* Nearly sorted already: an event moves past the few that it was late for. */
static void sort_items(struct ring_item *items, size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		struct ring_item x = items[i];
		size_t k = i;

		while (k && items[k - 1].time > x.time) {
			items[k] = items[k - 1];
			k--;
		}
		items[k] = x;
	}
}

static int gather_ring(struct lot *lot)
{
	ssize_t n;

	for (size_t i = 0; i < lot->young->nr; i++) {
		const struct ring_event *ev =
			(const void *)lot->young->events[i];

		lot->items[i] = (struct ring_item){
			.time = ev->time, .event = ev };
	}
	n = ring_gather(lot->ring, lot->items + lot->young->nr);
	if (n < 0)
		return (int)n;
	lot->nr = lot->young->nr + (size_t)n;
	lot->pos = 0;
	sort_items(lot->items, lot->nr);
	return 0;
}

static int gather_slots(struct lot *lot)
{
	ssize_t n;

	lot->slot_nr = lot->slot_pos = 0;
	if (!lot->slots)
		return 0;
	for (size_t i = 0; i < lot->young->nr_slots; i++) {
		const struct ring_slot *slot = &lot->young->slots[i];

		lot->slot_items[i] = (struct ring_item){
			.time = slot->time, .slot = slot };
	}
	n = slots_gather(lot->slots, lot->slot_items + lot->young->nr_slots,
			 &lot->slot_head);
	if (n < 0)
		return (int)n;
	lot->slot_nr = lot->young->nr_slots + (size_t)n;
	sort_items(lot->slot_items, lot->slot_nr);
	return 0;
}

int lot_gather(struct lot *lot)
{
	int r = gather_ring(lot);

	return r ? r : gather_slots(lot);
}

int lot_set_limit(struct lot *lot, uint64_t limit)
{
	size_t end = lot->nr, slot_end = lot->slot_nr;

	while (end && lot->items[end - 1].time > limit)
		end--;
	while (slot_end && lot->slot_items[slot_end - 1].time > limit)
		slot_end--;
	if (lot->nr - end > LOT_NR_YOUNG ||
	    lot->slot_nr - slot_end > LOT_NR_YOUNG)
		return -EAGAIN;
	lot->end = end;
	lot->slot_end = slot_end;
	return 0;
}

static uint64_t next_of_ring(const struct lot *lot)
{
	return lot->pos < lot->end ? lot->items[lot->pos].time : UINT64_MAX;
}

static uint64_t next_of_slots(const struct lot *lot)
{
	return lot->slot_pos < lot->slot_end ?
		       lot->slot_items[lot->slot_pos].time : UINT64_MAX;
}

uint64_t lot_next_time(const struct lot *lot)
{
	uint64_t a = next_of_ring(lot), b = next_of_slots(lot);

	return a < b ? a : b;
}

/* At the same time, the ring goes first: it says who a thread is. */
static bool is_slot_next(const struct lot *lot)
{
	return lot->slot_pos < lot->slot_end &&
	       next_of_slots(lot) < next_of_ring(lot);
}

size_t lot_slots(const struct lot *lot, const struct ring_item **ret_items)
{
	const struct ring_item *items = lot->slot_items + lot->slot_pos;
	size_t nr = lot->slot_end - lot->slot_pos;
	uint64_t ring = next_of_ring(lot);

	*ret_items = items;
	if (!nr || items[nr - 1].time < ring)
		return nr;
	for (nr = 0; nr < NR_BEFORE_RING && items[nr].time < ring; nr++)
		;
	return nr;
}

void lot_skip_slots(struct lot *lot, size_t nr)
{
	lot->slot_pos += nr;
}

const struct ring_event *lot_next(struct lot *lot)
{
	const struct ring_slot *slot;
	const struct ring_event *ev;

	lot->name = NULL;
	lot->is_nameless = false;
	if (is_slot_next(lot)) {
		slot = lot->slot_items[lot->slot_pos++].slot;
		lot->name = slot_names_find(lot->names, slot);
		lot->is_nameless = !lot->name;
		slot_unpack(slot, lot->name, &lot->event);
		return slot_event_of(&lot->event);
	}
	if (lot->pos >= lot->end)
		return NULL;
	ev = lot->items[lot->pos++].event;
	if (ev->device == RING_DEVICE_TASK)
		slot_names_learn(lot->names, ev);
	return ev;
}

void lot_keep_rest(struct lot *lot)
{
	struct lot_young *kept = lot->spare;

	kept->nr = lot->nr - lot->pos;
	kept->nr_slots = lot->slot_nr - lot->slot_pos;
	assert(kept->nr <= LOT_NR_YOUNG && kept->nr_slots <= LOT_NR_YOUNG);
	for (size_t i = 0; i < kept->nr; i++) {
		const struct ring_event *ev = lot->items[lot->pos + i].event;

		memcpy(kept->events[i], ev, sizeof(*ev) + ev->pdu_len);
	}
	for (size_t i = 0; i < kept->nr_slots; i++)
		kept->slots[i] = *lot->slot_items[lot->slot_pos + i].slot;
	ring_release_room(lot->ring);
	if (lot->slots)
		slots_release_room(lot->slots, lot->slot_head);
	lot->spare = lot->young;
	lot->young = kept;
}
