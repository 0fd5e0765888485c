/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of an event of block I/O to user space: a slot of one cache line, in
 * an array of this CPU that user space has mapped.
 *
 *	slot = slot_take(lines, head, &pos);	NULL = no room
 *	... fill it, its time too ...
 *	slot_give(slot, pos);
 *
 * bpf_ringbuf_reserve() and bpf_ringbuf_submit() are two calls, a lock and a
 * header for each event; with them a program takes 33 ns longer (tests/bench/
 * run.sh).  Only programs of this CPU write here, but an interrupt may run one
 * inside another: a slot is taken by compare-and-exchange (BPF since 5.12,
 * 5ffa25502b5a; src/record/probe.h says whether the kernel has it), and is
 * whole once its stamp is that of its place.  All slots are of one size, so
 * what lies in the place of a stamp was always a stamp, and an older one is
 * smaller.
 */
#ifndef BPF_SLOT_BPF_H
#define BPF_SLOT_BPF_H

#include "bpf/kernel.h"
#include "bpf/cfg.h"
#include "bpf/ring.bpf.h"

/* An interrupt between look and exchange makes one more necessary. */
#define SLOT_TRIES	8

/* For each CPU one; user space makes them and sets all max_entries. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(map_flags, BPF_F_MMAPABLE);
		__uint(max_entries, SLOT_FIRST + 1);
		__uint(key_size, sizeof(__u32));
		__uint(value_size, sizeof(union slot_line));
	});
} slots SEC(".maps") __weak;

static __always_inline union slot_line *slot_line(void *lines, __u32 i)
{
	return bpf_map_lookup_elem(lines, &i);
}

/* Looks where the consumer is.  Returns whether there is room at @pos. */
__seldom bool slot_look_for_room(void *lines, struct slot_head *h,
				 __u64 pos)
{
	union slot_line *tail = slot_line(lines, SLOT_TAIL);

	if (!tail)
		return false;
	h->room_end = *(volatile __u64 *)&tail->tail.consumer + cfg.nr_slots;
	return pos < h->room_end;
}

static __always_inline struct ring_slot *
slot_take(void *lines, struct slot_head *h, __u64 *ret_pos)
{
	for (int i = 0; i < SLOT_TRIES; i++) {
		__u64 pos = *(volatile __u64 *)&h->producer;

		if (pos >= h->room_end && !slot_look_for_room(lines, h, pos))
			return NULL;
		if (__sync_val_compare_and_swap(&h->producer, pos, pos + 1) !=
		    pos)
			continue;
		*ret_pos = pos;
		return &slot_line(lines, SLOT_FIRST +
					 (pos & (cfg.nr_slots - 1)))->slot;
	}
	return NULL;
}

/* Stores of others are seen in their order on x86; elsewhere an exchange is
 * the one barrier that BPF has in all kernels. */
static __always_inline void slot_give(struct ring_slot *slot, __u64 pos)
{
#ifdef __TARGET_ARCH_x86
	barrier();
	*(volatile __u64 *)&slot->stamp = pos + 1;
#else
	(void)__sync_lock_test_and_set(&slot->stamp, pos + 1);
#endif
}

/*
 * The reader looks by itself every few milliseconds, and is woken through the
 * ring of this CPU once in a quarter of the slots.  Where that has no room,
 * what fills it wakes the reader: ring_submit(), task_wake_flags().
 */
__seldom int slot_wake(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu), *p;

	if (!ring)
		return 0;
	p = bpf_ringbuf_reserve(ring, 8, 0);
	if (p)
		bpf_ringbuf_discard(p, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* An event of @device found no room. */
__seldom int slot_count_lost(struct slot_head *h, __u32 device)
{
	struct disk_state *disk = disk_find(device);

	if (disk)
		count_up(&disk->lost);
	h->has_lost = 1;
	return 0;
}

/* How many did so far. */
__seldom __u32 slot_nr_lost(__u32 device)
{
	struct disk_state *disk = disk_find(device);

	return disk ? disk->lost : 0;
}

#endif
