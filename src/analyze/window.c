/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One lane (a queue) for each CPU and device: inside it records are in order
 * already, so a record costs a look at the end of its lane and one step in a
 * heap of lanes.  A heap of all records was rejected: its depth is that of
 * the window.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/window.h"
#include "src/base/xalloc.h"

#define SHORT_PDU	16u	/* remap, the longest usual payload */
#define MAX_LANES	4096u	/* further ones share: slower, still right */
#define NR_BUCKETS	(2 * MAX_LANES)

struct pending {
	struct blk_rec rec;
	uint8_t pdu[SHORT_PDU];	/* a longer one is allocated */
	uint64_t arrival;	/* number of its batch */
};

struct lane {
	struct pending *ring;	/* cap is a power of two */
	size_t head;
	size_t nr;
	size_t cap;
	uint32_t device;
	uint32_t cpu;
};

/* The records that came at one time. */
struct arrival {
	uint64_t time_ms;
	size_t nr;		/* still in the window */
};

struct window {
	struct lane *lanes;
	size_t nr_lanes;
	size_t cap_lanes;
	uint32_t *heap;		/* lanes that are not empty */
	size_t nr_heap;
	uint32_t buckets[NR_BUCKETS];	/* lane + 1; 0 = none */
	uint32_t last_lane;

	struct arrival *arrivals;	/* ring, cap is a power of two */
	size_t arrivals_cap;
	uint64_t first_arrival;		/* number of the oldest */
	uint64_t next_arrival;

	size_t nr;
	size_t long_bytes;
	uint64_t nr_late;
	uint64_t wait_ms;
	uint8_t short_pdu[SHORT_PDU];	/* of the record popped last */
	uint8_t *long_pdu;
};

struct window *window_new(uint64_t wait_ms)
{
	struct window *w = xcalloc(1, sizeof(*w));

	w->wait_ms = wait_ms;
	return w;
}

static struct pending *at(const struct lane *lane, size_t i)
{
	return &lane->ring[(lane->head + i) & (lane->cap - 1)];
}

static bool is_long(const struct blk_rec *rec)
{
	return rec->pdu_len > SHORT_PDU;
}

void window_free(struct window *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->nr_lanes; i++) {
		struct lane *lane = &w->lanes[i];

		for (size_t k = 0; k < lane->nr; k++)
			if (is_long(&at(lane, k)->rec))
				free((void *)at(lane, k)->rec.pdu);
		free(lane->ring);
	}
	free(w->lanes);
	free(w->heap);
	free(w->arrivals);
	free(w->long_pdu);
	free(w);
}

/* ---- the heap of lanes --------------------------------------------------- */

static bool is_before(const struct blk_rec *a, const struct blk_rec *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	if (a->device != b->device)
		return a->device < b->device;
	return a->sequence < b->sequence;
}

static bool lane_is_before(const struct window *w, uint32_t a, uint32_t b)
{
	const struct blk_rec *ra = &at(&w->lanes[a], 0)->rec;
	const struct blk_rec *rb = &at(&w->lanes[b], 0)->rec;

	if (is_before(ra, rb))
		return true;
	return !is_before(rb, ra) && a < b;
}

static void sift_up(struct window *w, size_t i)
{
	uint32_t lane = w->heap[i];

	while (i && lane_is_before(w, lane, w->heap[(i - 1) / 2])) {
		w->heap[i] = w->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	w->heap[i] = lane;
}

static void sift_down(struct window *w, size_t i)
{
	uint32_t lane = w->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= w->nr_heap)
			break;
		if (child + 1 < w->nr_heap &&
		    lane_is_before(w, w->heap[child + 1], w->heap[child]))
			child++;
		if (!lane_is_before(w, w->heap[child], lane))
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = lane;
}

/* The lane has a new first record. */
static void heap_fix(struct window *w, uint32_t lane, bool was_empty)
{
	if (was_empty) {
		w->heap[w->nr_heap] = lane;
		sift_up(w, w->nr_heap++);
		return;
	}
	for (size_t i = 0; i < w->nr_heap; i++) {
		if (w->heap[i] == lane) {
			sift_up(w, i);
			return;
		}
	}
}

/* ---- lanes --------------------------------------------------------------- */

static uint32_t add_lane(struct window *w, uint32_t device, uint32_t cpu)
{
	w->lanes = xgrow(w->lanes, w->nr_lanes, &w->cap_lanes,
			 sizeof(*w->lanes));
	w->heap = xreallocarray(w->heap, w->cap_lanes, sizeof(*w->heap));
	w->lanes[w->nr_lanes] = (struct lane){ .device = device, .cpu = cpu };
	return (uint32_t)w->nr_lanes++;
}

static uint32_t find_lane(struct window *w, const struct blk_rec *rec)
{
	uint32_t hash = (rec->cpu * 0x9e3779b1u) ^ (rec->device * 0x85ebca6bu);
	uint32_t b = hash >> 8;

	if (w->nr_lanes && w->lanes[w->last_lane].device == rec->device &&
	    w->lanes[w->last_lane].cpu == rec->cpu)
		return w->last_lane;
	for (;; b++) {
		uint32_t *slot = &w->buckets[b % NR_BUCKETS];
		const struct lane *lane;

		if (!*slot) {
			if (w->nr_lanes == MAX_LANES)
				return hash % MAX_LANES;
			*slot = add_lane(w, rec->device, rec->cpu) + 1;
			return *slot - 1;
		}
		lane = &w->lanes[*slot - 1];
		if (lane->device == rec->device && lane->cpu == rec->cpu)
			return *slot - 1;
	}
}

static void grow_lane(struct lane *lane)
{
	size_t cap = lane->cap ? 2 * lane->cap : 64;
	struct pending *ring = xreallocarray(NULL, cap, sizeof(*ring));

	for (size_t i = 0; i < lane->nr; i++)
		ring[i] = *at(lane, i);
	free(lane->ring);
	lane->ring = ring;
	lane->head = 0;
	lane->cap = cap;
}

/* ---- arrivals ------------------------------------------------------------ */

static struct arrival *arrival(const struct window *w, uint64_t number)
{
	return &w->arrivals[number & (w->arrivals_cap - 1)];
}

static void grow_arrivals(struct window *w)
{
	size_t cap = w->arrivals_cap ? 2 * w->arrivals_cap : 64;
	struct arrival *ring = xreallocarray(NULL, cap, sizeof(*ring));

	for (uint64_t i = w->first_arrival; i < w->next_arrival; i++)
		ring[i & (cap - 1)] = *arrival(w, i);
	free(w->arrivals);
	w->arrivals = ring;
	w->arrivals_cap = cap;
}

static uint64_t count_arrival(struct window *w, uint64_t now_ms)
{
	if (w->next_arrival == w->first_arrival ||
	    arrival(w, w->next_arrival - 1)->time_ms != now_ms) {
		if (w->next_arrival - w->first_arrival == w->arrivals_cap)
			grow_arrivals(w);
		*arrival(w, w->next_arrival++) =
			(struct arrival){ .time_ms = now_ms };
	}
	arrival(w, w->next_arrival - 1)->nr++;
	return w->next_arrival - 1;
}

static void count_departure(struct window *w, uint64_t number)
{
	arrival(w, number)->nr--;
	while (w->first_arrival < w->next_arrival &&
	       !arrival(w, w->first_arrival)->nr)
		w->first_arrival++;
}

/* ---- in and out ---------------------------------------------------------- */

static void keep_long_pdu(struct window *w, struct pending *p)
{
	uint8_t *copy;

	if (!is_long(&p->rec))
		return;
	copy = xmalloc(p->rec.pdu_len);
	memcpy(copy, p->rec.pdu, p->rec.pdu_len);
	p->rec.pdu = copy;
	w->long_bytes += p->rec.pdu_len;
}

void window_push(struct window *w, const struct blk_rec *rec, uint64_t now_ms)
{
	uint32_t nr = find_lane(w, rec);
	struct lane *lane = &w->lanes[nr];
	struct pending new = { .rec = *rec };
	size_t i;

	new.arrival = count_arrival(w, now_ms);
	if (is_long(rec))
		keep_long_pdu(w, &new);
	else if (rec->pdu_len)
		memcpy(new.pdu, rec->pdu, rec->pdu_len);
	if (lane->nr == lane->cap)
		grow_lane(lane);
	for (i = lane->nr; i && rec->time < at(lane, i - 1)->rec.time; i--)
		*at(lane, i) = *at(lane, i - 1);
	*at(lane, i) = new;
	if (i < lane->nr)
		w->nr_late++;
	lane->nr++;
	w->nr++;
	w->last_lane = nr;
	if (!i)
		heap_fix(w, nr, lane->nr == 1);
}

bool window_is_full(const struct window *w)
{
	return w->nr >= WINDOW_RECS || w->long_bytes >= WINDOW_BYTES;
}

uint64_t window_due_ms(const struct window *w)
{
	if (w->wait_ms == WINDOW_FOREVER ||
	    w->first_arrival == w->next_arrival)
		return UINT64_MAX;
	return arrival(w, w->first_arrival)->time_ms + w->wait_ms;
}

uint64_t window_nr_late(const struct window *w)
{
	return w->nr_late;
}

bool window_pop(struct window *w, uint64_t now_ms, bool force,
		struct blk_rec *ret_rec)
{
	struct lane *lane;
	struct pending *p;

	if (!w->nr ||
	    !(force || window_is_full(w) || now_ms >= window_due_ms(w)))
		return false;
	lane = &w->lanes[w->heap[0]];
	p = at(lane, 0);
	*ret_rec = p->rec;
	free(w->long_pdu);
	w->long_pdu = NULL;
	if (is_long(&p->rec)) {
		w->long_pdu = (uint8_t *)p->rec.pdu;
		w->long_bytes -= p->rec.pdu_len;
	} else if (p->rec.pdu_len) {
		memcpy(w->short_pdu, p->pdu, SHORT_PDU);
		ret_rec->pdu = w->short_pdu;
	}
	count_departure(w, p->arrival);
	lane->head = (lane->head + 1) & (lane->cap - 1);
	lane->nr--;
	w->nr--;
	if (!lane->nr)
		w->heap[0] = w->heap[--w->nr_heap];
	if (w->nr_heap)
		sift_down(w, 0);
	return true;
}
