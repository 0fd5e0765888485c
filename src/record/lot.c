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

struct lot_young {
	uint8_t events[LOT_NR_YOUNG][EVENT_MAX] __attribute__((aligned(8)));
	size_t nr;
};

int lot_init(struct lot *lot, struct ring *ring)
{
	size_t nr = ring_max_events(ring->size) + LOT_NR_YOUNG;
	void *p = mmap(NULL, nr * sizeof(*lot->items), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	*lot = (struct lot){
		.ring = ring,
		.items = p,
		.items_size = nr * sizeof(*lot->items),
		.young = xcalloc(1, sizeof(*lot->young)),
		.spare = xcalloc(1, sizeof(*lot->spare)),
	};
	return 0;
}

void lot_release(struct lot *lot)
{
	if (lot->items)
		(void)munmap(lot->items, lot->items_size);
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

int lot_gather(struct lot *lot)
{
	ssize_t n;

	for (size_t i = 0; i < lot->young->nr; i++) {
		const struct ring_event *ev =
			(const void *)lot->young->events[i];

		lot->items[i] = (struct ring_item){ ev->time, ev };
	}
	n = ring_gather(lot->ring, lot->items + lot->young->nr);
	if (n < 0)
		return (int)n;
	lot->nr = lot->young->nr + (size_t)n;
	lot->pos = 0;
	sort_items(lot->items, lot->nr);
	return 0;
}

size_t lot_find_limit(const struct lot *lot, uint64_t limit)
{
	size_t i = lot->nr;

	while (i && lot->items[i - 1].time > limit)
		i--;
	return i;
}

void lot_keep_rest(struct lot *lot)
{
	struct lot_young *kept = lot->spare;

	kept->nr = lot->nr - lot->pos;
	assert(kept->nr <= LOT_NR_YOUNG);
	for (size_t i = 0; i < kept->nr; i++) {
		const struct ring_event *ev = lot->items[lot->pos + i].event;

		memcpy(kept->events[i], ev, sizeof(*ev) + ev->pdu_len);
	}
	ring_release_room(lot->ring);
	lot->spare = lot->young;
	lot->young = kept;
}
