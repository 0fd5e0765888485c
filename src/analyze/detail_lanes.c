/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

/*
 * Counts over time of each CPU, of each reason of KVM's exits, and of each
 * virtqueue.
 */
#include <stdio.h>
#include <stdlib.h>

#include "src/analyze/detail_impl.h"
#include "src/base/xalloc.h"

struct lanes {
	struct detail_lane *list;
	size_t nr, cap;
	size_t last;		/* the one used last */
};

struct all_lanes {
	struct detail *detail;
	struct lanes of[DETAIL_LANE_KINDS];
};

static void *make(struct detail *d)
{
	struct all_lanes *a = xcalloc(1, sizeof(*a));

	a->detail = d;
	return a;
}

static void release(void *state)
{
	struct all_lanes *a = state;

	for (int k = 0; k < DETAIL_LANE_KINDS; k++) {
		for (size_t i = 0; i < a->of[k].nr; i++)
			free(a->of[k].list[i].cells);
		free(a->of[k].list);
	}
	free(a);
}

static void merge_counts(void *to, void *from, size_t size)
{
	(void)size;
	*(uint32_t *)to += *(uint32_t *)from;
}

static void halve(void *state, const struct fold *before)
{
	struct all_lanes *a = state;

	for (int k = 0; k < DETAIL_LANE_KINDS; k++)
		for (size_t i = 0; i < a->of[k].nr; i++)
			fold_halve(before, a->of[k].list[i].cells,
				   sizeof(uint32_t), merge_counts);
}

static struct detail_lane *find_lane(struct lanes *l, enum exit_kind kind,
				     uint32_t key)
{
	struct detail_lane *lane;

	if (l->nr && l->list[l->last].key == key &&
	    l->list[l->last].kind == kind)
		return &l->list[l->last];
	for (size_t i = 0; i < l->nr; i++) {
		if (l->list[i].key == key && l->list[i].kind == kind) {
			l->last = i;
			return &l->list[i];
		}
	}
	if (l->nr == DETAIL_LANES)
		return NULL;
	l->list = xgrow(l->list, l->nr, &l->cap, sizeof(*l->list));
	lane = &l->list[l->nr++];
	*lane = (struct detail_lane){ .key = key, .kind = kind };
	lane->cells = xcalloc(1u << DETAIL_BUCKET_BITS, sizeof(*lane->cells));
	return lane;
}

static void count(struct all_lanes *a, enum detail_lanes which,
		  enum exit_kind kind, uint32_t key, uint64_t time,
		  uint32_t weight)
{
	struct detail_lane *lane = find_lane(&a->of[which], kind, key);

	if (!lane)
		return;
	lane->cells[detail_slot(a->detail, time)] += weight;
	lane->nr += weight;
}

static uint32_t queue_key(uint32_t device, uint32_t queue)
{
	return device << 16 | (queue & 0xffff);
}

static void count_queue(struct all_lanes *a, const struct note_virtio_add *n,
			uint64_t time)
{
	uint64_t bytes = n->in_bytes + n->out_bytes;
	uint64_t units = (bytes + DETAIL_QUEUE_UNIT - 1) / DETAIL_QUEUE_UNIT;

	if (!(n->flags & NOTE_VIRTIO_FAILED) && detail_begin_note(a->detail, time))
		count(a, DETAIL_QUEUES, EXIT_USERSPACE,
		      queue_key(n->device, n->queue), time,
		      units > UINT32_MAX ? UINT32_MAX : (uint32_t)units);
}

static void name_queue(struct all_lanes *a, const struct note_virtio_queue *n)
{
	struct detail_lane *lane = find_lane(&a->of[DETAIL_QUEUES],
					     EXIT_USERSPACE,
					     queue_key(n->device, n->queue));

	if (lane)
		(void)snprintf(lane->name, sizeof(lane->name), "%s", n->name);
}

static void on_note(void *state, const struct blk_rec *rec,
		    const struct note *note)
{
	struct all_lanes *a = state;
	enum exit_kind kind;
	uint32_t reason;

	if (note->id == NOTE_KVM_EXIT && exit_of_note(note, &kind, &reason)) {
		if (detail_begin_note(a->detail, rec->time))
			count(a, DETAIL_EXITS, kind, reason, rec->time, 1);
	} else if (note->id == NOTE_VIRTIO_ADD) {
		count_queue(a, &note->virtio_add, rec->time);
	} else if (note->id == NOTE_VIRTIO_QUEUE) {
		name_queue(a, &note->virtio_queue);
	}
}

static void on_event(void *state, const struct blk_rec *rec)
{
	struct all_lanes *a = state;

	if (blk_code(rec) == BLK_ACT_COMPLETE &&
	    detail_shows(a->detail, rec->time))
		count(a, DETAIL_CPUS, EXIT_USERSPACE, rec->cpu, rec->time, 1);
}

static int by_key(const void *a, const void *b)
{
	const struct detail_lane *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int by_count(const void *a, const void *b)
{
	const struct detail_lane *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? 1 : -1;
	return x->kind != y->kind ? (int)x->kind - (int)y->kind : by_key(a, b);
}

static void finish(void *state)
{
	static int (*const orders[])(const void *, const void *) = {
		[DETAIL_CPUS] = by_key, [DETAIL_EXITS] = by_count,
		[DETAIL_QUEUES] = by_count,
	};
	struct all_lanes *a = state;

	for (int k = 0; k < DETAIL_LANE_KINDS; k++)
		if (a->of[k].nr)
			qsort(a->of[k].list, a->of[k].nr,
			      sizeof(struct detail_lane), orders[k]);
}

const struct detail_part detail_part_lanes = {
	.make = make, .free = release, .note = on_note, .event = on_event,
	.halve = halve, .finish = finish,
};

const struct detail_lane *detail_lanes(const struct detail *d,
				       enum detail_lanes which, size_t *ret_nr)
{
	const struct all_lanes *a = detail_state(d, &detail_part_lanes);

	*ret_nr = a->of[which].nr;
	return a->of[which].list;
}
