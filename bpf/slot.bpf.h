/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of an event of block I/O to user space: a slot of one cache line, in
 * an array of this CPU that user space has mapped.
 *
 *	h = slot_head(cpu, &lines);
 *	slot = slot_take(lines, h, &pos);	NULL = no room
 *	... fill it, its time first ...
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

/* Whether there is room behind @pos: looks at the consumer if need be. */
static __always_inline bool slot_has_room(void *lines, struct slot_head *h,
					  __u64 pos)
{
	union slot_line *tail;

	if (pos < h->room_end)
		return true;
	tail = slot_line(lines, SLOT_TAIL);
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

		if (!slot_has_room(lines, h, pos))
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
static __always_inline void slot_wake(__u32 cpu, __u64 pos)
{
	void *ring, *p;

	if ((pos + 1) & (cfg.nr_slots / 4 - 1))
		return;
	ring = bpf_map_lookup_elem(&rings, &cpu);
	if (!ring)
		return;
	p = bpf_ringbuf_reserve(ring, 8, 0);
	if (p)
		bpf_ringbuf_discard(p, BPF_RB_FORCE_WAKEUP);
}

/* An event of the disk @i found no room. */
static __always_inline void slot_count_lost(struct slot_head *h, __u32 i)
{
	struct disk_state *disk = bpf_map_lookup_elem(&disks, &i);

	if (disk)
		__sync_fetch_and_add(&disk->lost, 1);
	h->has_lost = 1;
}

/* How many did so far. */
static __always_inline __u32 slot_nr_lost(const struct slot_head *h, __u32 i)
{
	struct disk_state *disk;

	if (!h->has_lost)
		return 0;
	disk = bpf_map_lookup_elem(&disks, &i);
	return disk ? disk->lost : 0;
}

#endif
