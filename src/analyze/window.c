/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One lane (a queue) for each CPU and device: inside it records are in order
 * already, so a record costs a look at the end of its lane and one step in a
 * heap of lanes.  A heap of all records was rejected: its depth is that of
 * the window.  Only what stands more than NEAR records too late goes into such
 * a heap: streams whose times jump back.
 *
 * Records stand in one pool; lanes and heaps hold their numbers in it.
 *
 * None of this is needed while the whole stream is in order, as dumps are:
 * until the first record that is not, they wait in a line (line.h).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/line.h"
#include "src/analyze/window.h"
#include "src/base/xalloc.h"

#define SHORT_PDU	LINE_PDU	/* remap, the longest usual payload */
#define NEAR		32u	/* steps back inside a lane */
#define MAX_LANES	4096u	/* further ones share: slower, still right */
#define NR_BUCKETS	(2 * MAX_LANES)

struct pending {
	struct blk_rec rec;
	uint8_t pdu[SHORT_PDU];	/* a longer one is allocated */
	uint32_t arrival;	/* number of its batch; wraps */
	uint32_t number;	/* in the stream; wraps */
};

struct lane {
	uint32_t *ring;		/* of the pool; cap is a power of two */
	size_t head;
	size_t nr;
	size_t cap;
	size_t heap_at;		/* where it is in window.heap */
	uint32_t device;
	uint32_t cpu;
};

/* The records that came at one time. */
struct arrival {
	uint64_t time_ms;
	size_t nr;		/* still in the window */
};

struct window {
	struct line *line;	/* all records; NULL = they are in lanes */
	struct pending *pool;
	uint32_t *unused;	/* of the pool, a stack */
	size_t nr_unused;
	size_t cap;		/* of both and of late */
	uint32_t *late;		/* heap of those that stood far too late */
	size_t nr_far;

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
	uint32_t next_number;
	bool keeps_order;
	uint8_t short_pdu[SHORT_PDU];	/* of the record popped last */
	uint8_t *long_pdu;
};

struct window *window_new(uint64_t wait_ms, bool keeps_order)
{
	struct window *w = xcalloc(1, sizeof(*w));

	w->wait_ms = wait_ms;
	w->keeps_order = keeps_order;
	/* a live stream has to know when each record came */
	if (wait_ms == WINDOW_FOREVER)
		w->line = line_new(keeps_order);
	return w;
}

static uint32_t *at(const struct lane *lane, size_t i)
{
	return &lane->ring[(lane->head + i) & (lane->cap - 1)];
}

static const struct pending *pending(const struct window *w,
				     const struct lane *lane, size_t i)
{
	return &w->pool[*at(lane, i)];
}

static bool is_long(const struct blk_rec *rec)
{
	return rec->pdu_len > SHORT_PDU;
}

static void free_long(const struct pending *p)
{
	if (is_long(&p->rec))
		free((void *)p->rec.pdu);
}

void window_free(struct window *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->nr_lanes; i++) {
		struct lane *lane = &w->lanes[i];

		for (size_t k = 0; k < lane->nr; k++)
			free_long(pending(w, lane, k));
		free(lane->ring);
	}
	for (size_t i = 0; i < w->nr_far; i++)
		free_long(&w->pool[w->late[i]]);
	line_free(w->line);
	free(w->pool);
	free(w->unused);
	free(w->late);
	free(w->lanes);
	free(w->heap);
	free(w->arrivals);
	free(w->long_pdu);
	free(w);
}

/* ---- the pool ------------------------------------------------------------ */

static void grow_pool(struct window *w)
{
	size_t cap = w->cap ? 2 * w->cap : 1024;

	w->pool = xreallocarray(w->pool, cap, sizeof(*w->pool));
	w->unused = xreallocarray(w->unused, cap, sizeof(*w->unused));
	w->late = xreallocarray(w->late, cap, sizeof(*w->late));
	for (size_t i = cap; i > w->cap; i--)
		w->unused[w->nr_unused++] = (uint32_t)i - 1;
	w->cap = cap;
}

static bool is_before(const struct window *w, const struct pending *a,
		      const struct pending *b)
{
	if (a->rec.time != b->rec.time)
		return a->rec.time < b->rec.time;
	if (!w->keeps_order && a->rec.device != b->rec.device)
		return a->rec.device < b->rec.device;
	if (!w->keeps_order && a->rec.sequence != b->rec.sequence)
		return a->rec.sequence < b->rec.sequence;
	if (!w->keeps_order && a->rec.cpu != b->rec.cpu)
		return a->rec.cpu < b->rec.cpu;
	return (int32_t)(a->number - b->number) < 0;
}

/* ---- the heap of late records -------------------------------------------- */

static bool late_is_before(const struct window *w, uint32_t a, uint32_t b)
{
	return is_before(w, &w->pool[a], &w->pool[b]);
}

static void late_push(struct window *w, uint32_t new)
{
	size_t i = w->nr_far++;

	for (; i && late_is_before(w, new, w->late[(i - 1) / 2]);
	     i = (i - 1) / 2)
		w->late[i] = w->late[(i - 1) / 2];
	w->late[i] = new;
}

static void late_pop(struct window *w)
{
	uint32_t last = w->late[--w->nr_far];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < w->nr_far; i = child) {
		if (child + 1 < w->nr_far &&
		    late_is_before(w, w->late[child + 1], w->late[child]))
			child++;
		if (!late_is_before(w, w->late[child], last))
			break;
		w->late[i] = w->late[child];
	}
	w->late[i] = last;
}

/* ---- the heap of lanes --------------------------------------------------- */

static bool lane_is_before(const struct window *w, uint32_t a, uint32_t b)
{
	return late_is_before(w, *at(&w->lanes[a], 0), *at(&w->lanes[b], 0));
}

static void put_lane(struct window *w, size_t i, uint32_t lane)
{
	w->heap[i] = lane;
	w->lanes[lane].heap_at = i;
}

static void sift_up(struct window *w, size_t i)
{
	uint32_t lane = w->heap[i];

	while (i && lane_is_before(w, lane, w->heap[(i - 1) / 2])) {
		put_lane(w, i, w->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put_lane(w, i, lane);
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
		put_lane(w, i, w->heap[child]);
		i = child;
	}
	put_lane(w, i, lane);
}

/* The lane has a new first record. */
static void heap_fix(struct window *w, uint32_t lane, bool was_empty)
{
	if (was_empty)
		put_lane(w, w->nr_heap++, lane);
	sift_up(w, w->lanes[lane].heap_at);
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
	uint32_t *ring = xreallocarray(NULL, cap, sizeof(*ring));

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

static uint32_t count_arrival(struct window *w, uint64_t now_ms)
{
	if (w->next_arrival == w->first_arrival ||
	    arrival(w, w->next_arrival - 1)->time_ms != now_ms) {
		if (w->next_arrival - w->first_arrival == w->arrivals_cap)
			w->arrivals = xgrow_ring(w->arrivals,
						 &w->arrivals_cap,
						 sizeof(*w->arrivals),
						 w->first_arrival,
						 w->next_arrival);
		*arrival(w, w->next_arrival++) =
			(struct arrival){ .time_ms = now_ms };
	}
	arrival(w, w->next_arrival - 1)->nr++;
	return (uint32_t)(w->next_arrival - 1);
}

static void count_departure(struct window *w, uint64_t number)
{
	arrival(w, number)->nr--;
	while (w->first_arrival < w->next_arrival &&
	       !arrival(w, w->first_arrival)->nr)
		w->first_arrival++;
}

/* ---- in and out ---------------------------------------------------------- */

static void keep_long_pdu(struct pending *p)
{
	uint8_t *copy;

	if (!is_long(&p->rec))
		return;
	copy = xmalloc(p->rec.pdu_len);
	memcpy(copy, p->rec.pdu, p->rec.pdu_len);
	p->rec.pdu = copy;
}

static uint32_t add_to_pool(struct window *w, const struct blk_rec *rec,
			    uint64_t now_ms)
{
	struct pending *p;
	uint32_t new;

	if (!w->nr_unused)
		grow_pool(w);
	new = w->unused[--w->nr_unused];
	p = &w->pool[new];
	p->rec = *rec;
	p->number = w->next_number++;
	p->arrival = count_arrival(w, now_ms);
	if (is_long(rec))
		keep_long_pdu(p);
	else if (rec->pdu_len)
		memcpy(p->pdu, rec->pdu, rec->pdu_len);
	return new;
}

static __attribute__((noinline)) void
push_to_lane(struct window *w, const struct blk_rec *rec, uint64_t now_ms)
{
	uint32_t nr = find_lane(w, rec);
	uint32_t new = add_to_pool(w, rec, now_ms);
	struct lane *lane = &w->lanes[nr];
	size_t i = lane->nr, steps = 0;

	w->last_lane = nr;
	while (i && rec->time < pending(w, lane, i - 1)->rec.time) {
		if (++steps > NEAR) {
			w->nr_late++;
			late_push(w, new);
			return;
		}
		i--;
	}
	w->nr_late += steps > 0;
	if (lane->nr == lane->cap)
		grow_lane(lane);
	for (size_t k = lane->nr; k > i; k--)
		*at(lane, k) = *at(lane, k - 1);
	*at(lane, i) = new;
	lane->nr++;
	if (!i)
		heap_fix(w, nr, lane->nr == 1);
}

/* From here on records are sorted. */
static void leave_line(struct window *w, uint64_t now_ms)
{
	struct blk_rec rec;

	while (line_pop(w->line, &rec))
		push_to_lane(w, &rec, now_ms);
	line_free(w->line);
	w->line = NULL;
}

void window_push(struct window *w, const struct blk_rec *rec, uint64_t now_ms)
{
	w->nr++;
	w->long_bytes += is_long(rec) ? rec->pdu_len : 0;
	if (w->line && line_push(w->line, rec))
		return;
	if (w->line)
		leave_line(w, now_ms);
	push_to_lane(w, rec, now_ms);
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

/* Takes the first record of the first lane out of it. */
static void lane_pop(struct window *w)
{
	struct lane *lane = &w->lanes[w->heap[0]];

	lane->head = (lane->head + 1) & (lane->cap - 1);
	lane->nr--;
	if (!lane->nr && --w->nr_heap)
		put_lane(w, 0, w->heap[w->nr_heap]);
	if (w->nr_heap)
		sift_down(w, 0);
}

/* Takes the number of the earliest record out of lanes or heap. */
static uint32_t pop_first(struct window *w)
{
	uint32_t first;

	if (!w->nr_heap ||
	    (w->nr_far &&
	     late_is_before(w, w->late[0],
			    *at(&w->lanes[w->heap[0]], 0)))) {
		first = w->late[0];
		late_pop(w);
	} else {
		first = *at(&w->lanes[w->heap[0]], 0);
		lane_pop(w);
	}
	return first;
}

static __attribute__((noinline)) void
pop_from_lane(struct window *w, struct blk_rec *ret_rec)
{
	uint32_t first = pop_first(w);
	const struct pending *p = &w->pool[first];

	*ret_rec = p->rec;
	free(w->long_pdu);
	w->long_pdu = NULL;
	if (is_long(&p->rec)) {
		w->long_pdu = (uint8_t *)p->rec.pdu;
	} else if (p->rec.pdu_len) {
		memcpy(w->short_pdu, p->pdu, SHORT_PDU);
		ret_rec->pdu = w->short_pdu;
	}
	count_departure(w, p->arrival);
	w->unused[w->nr_unused++] = first;
}

bool window_pop(struct window *w, uint64_t now_ms, bool force,
		struct blk_rec *ret_rec)
{
	if (!w->nr ||
	    !(force || window_is_full(w) || now_ms >= window_due_ms(w)))
		return false;
	if (w->line)
		(void)line_pop(w->line, ret_rec);
	else
		pop_from_lane(w, ret_rec);
	w->long_bytes -= is_long(ret_rec) ? ret_rec->pdu_len : 0;
	w->nr--;
	return true;
}
