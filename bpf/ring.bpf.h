/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps, and the way of an event into the ring of its CPU.  Each event
 * that finds no room is counted, by device and CPU.
 */
#ifndef BPF_RING_BPF_H
#define BPF_RING_BPF_H

#include "bpf/kernel.h"
#include "bpf/cfg.h"

/* Written by user space before the programs are loaded. */
extern const volatile struct rec_cfg cfg;

/* One ring for each CPU; user space makes them and sets max_entries. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, 4096);
	});
} rings SEC(".maps") __weak;

/* The recorded disks; user space sets max_entries. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct disk_state);
} disks SEC(".maps") __weak;

/* Events on a CPU that has no ring (it came after the start). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} no_ring SEC(".maps") __weak;

static __always_inline void count_no_ring(void)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&no_ring, &zero);

	if (n)
		__sync_fetch_and_add(n, 1);
}

/*
 * Room for an event with @pdu_size (a constant) bytes of payload; NULL when
 * there is none, and then it has been counted.
 */
static __always_inline struct ring_event *
ring_reserve(struct disk_state *disk, void **ret_ring, __u32 pdu_size)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct ring_event *ev;

	if (!ring) {
		count_no_ring();
		return NULL;
	}
	ev = bpf_ringbuf_reserve(ring, sizeof(*ev) + pdu_size, 0);
	if (!ev)
		__sync_fetch_and_add(&disk->lost, 1);
	*ret_ring = ring;
	return ev;
}

/*
 * Hands the event over.  The reader looks by itself every few milliseconds;
 * it is woken only when the ring passes the fill mark, and only by the events
 * that are near it, so that a late reader is not woken for each of them.
 */
static __always_inline void ring_submit(void *ring, struct ring_event *ev)
{
	__u64 avail = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
	__u64 wake = cfg.wake_bytes;

	bpf_ringbuf_submit(ev, avail >= wake && avail < wake + 4096 ?
				       BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

#endif
