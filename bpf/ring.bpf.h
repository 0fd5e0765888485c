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
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct disk_state);
} disks SEC(".maps") __weak;

/* Device number to index in disks, where there are many of them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} disk_index SEC(".maps") __weak;

/* Events on a CPU that has no ring: one that came, and for which there was no
 * memory. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} no_ring SEC(".maps") __weak;

/* The index of a recorded disk; -1 for other devices. */
static __always_inline __u32 disk_number(__u32 device)
{
	__u32 nr = cfg.nr_disks, *index;

	if (nr <= CFG_NR_DEVICES) {
		for (__u32 i = 0; i < CFG_NR_DEVICES; i++)
			if (i < nr && cfg.devices[i] == device)
				return i;
		return -1;
	}
	index = bpf_map_lookup_elem(&disk_index, &device);
	return index ? *index : -1;
}

/* The state of a recorded disk on this CPU, or NULL for other devices. */
static __always_inline struct disk_state *disk_find(__u32 device)
{
	__u32 i = disk_number(device);

	return bpf_map_lookup_elem(&disks, &i);
}

static __always_inline void count_no_ring(void)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&no_ring, &zero);

	if (n)
		count_up(n);
}

/*
 * Room for an event with @pdu_size (a constant) bytes of payload; NULL when
 * there is none, and then it has been counted.
 */
static __always_inline struct ring_event *
ring_reserve(struct disk_state *disk, __u32 pdu_size)
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
		count_up(&disk->lost);
	return ev;
}

/*
 * Hands the event over.  The reader looks by itself every few milliseconds;
 * it is woken only once in wake_bytes of data, which is far less often than
 * bpf_ringbuf_query() would have to be asked.
 */
static __always_inline void ring_submit(struct disk_state *disk,
					struct ring_event *ev, __u32 pdu_size)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	disk->written += sizeof(*ev) + pdu_size;
	if (disk->written >= cfg.wake_bytes) {
		disk->written = 0;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(ev, flags);
}

#endif
