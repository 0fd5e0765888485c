/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts completed requests in maps, for iotape top; no ring.  Recording
 * (bpf/blk.bpf.c) knows nothing of it.
 *
 * An insert (I) or, without one, an issue (D) says whose request it is: these
 * happen in the context of whoever submits.  From the last issue to the
 * completion (C) is its time.  One look-up in a hash map for each request, at
 * its completion.
 */
#include <linux/bpf.h>

#include "bpf/kernel.h"
#include "bpf/top.h"

/* include/linux/blk_types.h, v6.18; the same since 4.10 */
#define OP_MASK		0xffu
#define OP_READ		0u
#define OP_WRITE	1u

const volatile struct top_cfg cfg = { 0 };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, TOP_BUCKETS);
	__type(key, __u32);
	__type(value, struct top_bucket);
} buckets SEC(".maps");

/* User space sets the size, and makes the row TOP_OTHERS. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 2);
	__type(key, struct top_key);
	__type(value, struct top_counts);
} rows SEC(".maps");

/* What a new row begins with: too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct top_counts);
} empty SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TOP_MISSED_MAX);
	__type(key, __u32);
	__type(value, __u64);
} missed SEC(".maps");

/* As ARG() of blk.bpf.c: one branch is left once loaded. */
#define CTX_LOAD(ctx, n)						\
	({								\
		__u64 v_;						\
		asm volatile("%0 = *(u64 *)(%1 + %2)"			\
			     : "=r"(v_) : "r"(ctx), "i"((n) * 8));	\
		v_;							\
	})
#define ARG_RQ(ctx, tp)							\
	((struct request *)(cfg.has_queue_arg[tp] ? CTX_LOAD(ctx, 1) :	\
						    CTX_LOAD(ctx, 0)))

static __always_inline bool is_wanted(__u32 device)
{
	if (!cfg.nr_devices)
		return true;
	for (__u32 i = 0; i < TOP_DEVICES && i < cfg.nr_devices; i++)
		if (cfg.devices[i] == device)
			return true;
	return false;
}

static __always_inline void miss(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&missed, &what);

	if (n)
		(*n)++;
}

/*
 * The verifier allows no arithmetic with a pointer but the difference of two,
 * which is a number: that of a request and its queue stays the same while it
 * is in flight.
 */
static __always_inline struct top_bucket *find_bucket(struct request *rq)
{
	__u64 distance = (__u64)rq - (__u64)rq->q;
	__u32 i;

	barrier_var(distance);
	/* Knuth, The Art of Computer Programming, volume 3, 6.4 */
	i = distance * 0x9e3779b97f4a7c15ull >> (64 - TOP_BUCKET_BITS);
	return bpf_map_lookup_elem(&buckets, &i);
}

static __always_inline struct top_slot *find_slot(struct top_bucket *b,
						  struct request *rq)
{
	for (__u32 i = 0; i < TOP_WAYS; i++)
		if (b->slots[i].rq == (__u64)rq)
			return &b->slots[i];
	return NULL;
}

/*
 * Two CPUs may take the same slot at once: then one request is counted
 * without time and process.  Atomic operations would say so, but the oldest
 * kernels that we load on do not have them.
 */
static __always_inline struct top_slot *take_slot(struct top_bucket *b,
						  struct request *rq)
{
	for (__u32 i = 0; i < TOP_WAYS; i++)
		if (!b->slots[i].rq) {
			b->slots[i].rq = (__u64)rq;
			return &b->slots[i];
		}
	miss(TOP_MISSED_SLOT);
	return NULL;
}

static __always_inline void fill_slot(struct top_slot *slot,
				      struct request *rq, __u32 device)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 comm[2];

	slot->key.device = device;
	slot->key.tgid = task->tgid;
	slot->key.cgroup = bio_cgroup(rq->bio);
	task_comm(task, comm);
	__builtin_memcpy(slot->comm, comm, sizeof(comm));
}

/* @now: 0 = it is inserted, not issued. */
static __always_inline int begin(struct request *rq, __u64 now)
{
	__u32 device = rq_dev(rq);
	struct top_bucket *b;
	struct top_slot *slot;
	bool is_known;

	if (!is_wanted(device))
		return 0;
	b = find_bucket(rq);
	if (!b)
		return 0;
	slot = find_slot(b, rq);
	/* Not of an I/O before, whose completion no program saw. */
	is_known = now && slot && !slot->issued_ns;
	if (!slot)
		slot = take_slot(b, rq);
	if (!slot)
		return 0;
	if (!is_known)
		fill_slot(slot, rq, device);
	slot->issued_ns = now;
	return 0;
}

SEC("tp_btf/block_rq_insert")
int top_rq_insert(__u64 *ctx)
{
	return begin(ARG_RQ(ctx, TP_RQ_INSERT), 0);
}

SEC("tp_btf/block_rq_issue")
int top_rq_issue(__u64 *ctx)
{
	return begin(ARG_RQ(ctx, TP_RQ_ISSUE), bpf_ktime_get_ns());
}

/* It will be issued again, by some worker thread. */
SEC("tp_btf/block_rq_requeue")
int top_rq_requeue(__u64 *ctx)
{
	struct request *rq = ARG_RQ(ctx, TP_RQ_REQUEUE);
	struct top_bucket *b = find_bucket(rq);
	struct top_slot *slot = b ? find_slot(b, rq) : NULL;

	if (slot)
		slot->issued_ns = 0;
	return 0;
}

/* It became part of another one, and never completes. */
SEC("tp_btf/block_rq_merge")
int top_rq_merge(__u64 *ctx)
{
	struct request *rq = ARG_RQ(ctx, TP_RQ_MERGE);
	struct top_bucket *b = find_bucket(rq);
	struct top_slot *slot = b ? find_slot(b, rq) : NULL;

	if (slot)
		slot->rq = 0;
	return 0;
}

static __noinline struct top_counts *make_row(const struct top_key *key)
{
	struct top_key others = { .tgid = TOP_OTHERS };
	__u32 zero = 0;
	void *init = bpf_map_lookup_elem(&empty, &zero);
	struct top_counts *c;

	if (init && key)
		(void)bpf_map_update_elem(&rows, key, init, BPF_NOEXIST);
	c = key ? bpf_map_lookup_elem(&rows, key) : NULL;
	return c ? c : bpf_map_lookup_elem(&rows, &others);
}

static __always_inline void add_time(struct top_counts *c, __u64 ns)
{
	__u32 cell = hist_layout_cell(ns);

	c->nr_timed++;
	c->sum_ns += ns;
	if (cell < HIST_CELLS)
		c->cells[cell]++;
}

static __always_inline __u32 count_op(__u32 opf)
{
	__u32 op = opf & OP_MASK;

	return op == OP_READ ? TOP_COUNT_READ :
	       op == OP_WRITE ? TOP_COUNT_WRITE : TOP_COUNT_OTHER;
}

/* (rq, error, nr_bytes) */
SEC("tp_btf/block_rq_complete")
int top_rq_complete(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	__u32 bytes = ctx[2], op = count_op(rq->cmd_flags);
	struct top_bucket *b = find_bucket(rq);
	struct top_slot *slot = b ? find_slot(b, rq) : NULL;
	struct top_key key = { 0 };
	struct top_counts *c;

	if (slot) {
		key = slot->key;
	} else {
		key.device = rq_dev(rq);
		if (!is_wanted(key.device))
			return 0;
		key.cgroup = bio_cgroup(rq->bio);
	}
	if (cfg.has_ops)
		key.tgid |= TOP_KEY_OP * ((rq->cmd_flags & OP_MASK) + 1);
	c = bpf_map_lookup_elem(&rows, &key);
	if (!c)
		c = make_row(&key);
	if (!c)
		return 0;
	c->bytes[op] += bytes;
	if (bytes < rq->__data_len)
		return 0;	/* the rest of it comes */
	c->ios[op]++;
	c->errors += !!(__u32)ctx[1];
	if (!slot)
		return 0;
	if (!c->comm[0])
		__builtin_memcpy(c->comm, slot->comm, sizeof(c->comm));
	if (slot->issued_ns)
		add_time(c, bpf_ktime_get_ns() - slot->issued_ns);
	slot->rq = 0;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
