/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtqueues counted in the kernel, for a live iotape virtiostat.  User space
 * begins a new period by changing "period", and then reads and removes what
 * was counted in the one before.
 */
#include <linux/bpf.h>

#include "bpf/hist.h"
#include "bpf/virtio.bpf.h"

#define NR_COUNTS	1024	/* two for each queue */

__u32 period = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NR_COUNTS);
	__type(key, struct virtio_period);
	__type(value, struct virtio_count);
} counts SEC(".maps");

/* What a new element of "counts" is made of; it is too large for a stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct virtio_count);
} empty SEC(".maps");

struct flight {
	__u64 queue;
	__u64 token;
};

/* When a buffer was added; user space makes it small without has_latency. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flight);
	__type(value, __u64);
} flights SEC(".maps");

static __always_inline struct virtio_count *find_count(struct queue_state *q)
{
	struct virtio_period key = { .queue = q->queue, .parity = period & 1 };
	struct virtio_count *c = bpf_map_lookup_elem(&counts, &key), *zero;
	__u32 first = 0;

	if (c)
		return c;
	zero = bpf_map_lookup_elem(&empty, &first);
	if (!zero)
		return NULL;
	(void)bpf_map_update_elem(&counts, &key, zero, BPF_NOEXIST);
	c = bpf_map_lookup_elem(&counts, &key);
	if (c)
		c->id = q->about;
	else
		virtio_count_lost(VIRTIO_LOST_ROOM);
	return c;
}

#define ADD(field, n)	count_add(&(field), n)

static __always_inline void begin_flight(struct queue_state *q, __u64 token)
{
	struct flight key = { .queue = q->queue, .token = token };
	__u64 now = bpf_ktime_get_ns();

	/* It came back, and we did not see it. */
	if (bpf_map_lookup_elem(&flights, &key)) {
		virtio_count_lost(VIRTIO_LOST_RETURN);
		ADD(q->in_flight, -1);
	}
	if (bpf_map_update_elem(&flights, &key, &now, BPF_ANY))
		virtio_count_lost(VIRTIO_LOST_ROOM);
}

static __always_inline void on_add(const struct virtio_add *add)
{
	struct virtio_count *c = find_count(add->q);

	if (!c)
		return;
	if (!add->is_ok) {
		ADD(c->failed, 1);
		return;
	}
	ADD(c->adds, 1);
	ADD(c->cut, add->out.is_cut || add->in.is_cut);
	ADD(c->in_sgs, add->in_sgs);
	ADD(c->out_sgs, add->out_sgs);
	ADD(c->in_bytes, add->in.bytes);
	ADD(c->out_bytes, add->out.bytes);
	if (!virtio_cfg.has_latency)
		return;
	begin_flight(add->q, add->token);
	ADD(add->q->in_flight, 1);
	c->in_flight = add->q->in_flight;
	if (c->in_flight > c->max_in_flight)
		c->max_in_flight = c->in_flight;
}

static __always_inline void on_kick(struct queue_state *q, bool is_needed)
{
	struct virtio_count *c = find_count(q);

	(void)is_needed;
	if (c)
		ADD(c->kicks, 1);
}

static __always_inline void on_notify(struct queue_state *q, bool is_ok)
{
	struct virtio_count *c = find_count(q);

	if (c)
		ADD(c->notifies, is_ok);
}

static __always_inline void end_flight(struct queue_state *q, __u64 token,
				       struct virtio_count *c)
{
	struct flight key = { .queue = q->queue, .token = token };
	__u64 *start = bpf_map_lookup_elem(&flights, &key), ns, cell;

	if (!start) {
		ADD(c->unpaired, 1);
		return;
	}
	ns = bpf_ktime_get_ns() - *start;
	(void)bpf_map_delete_elem(&flights, &key);
	ADD(q->in_flight, -1);
	c->in_flight = q->in_flight;
	ADD(c->lat_sum, ns);
	if (ns > c->lat_max)
		c->lat_max = ns;
	if (!c->lat_min || ns < c->lat_min)
		c->lat_min = ns;
	cell = bpf_hist_cell(ns);
	barrier_var(cell);	/* what is compared is what is added */
	if (cell < BPF_HIST_CELLS)
		ADD(c->cells[cell], 1);
}

static __always_inline void on_get(struct queue_state *q, __u64 token,
				   __u32 len)
{
	struct virtio_count *c = find_count(q);

	if (!c)
		return;
	ADD(c->gets, 1);
	ADD(c->used_bytes, len);
	if (virtio_cfg.has_latency)
		end_flight(q, token, c);
}
