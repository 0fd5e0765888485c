/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtqueues recorded: each event into the ring of its CPU.  An object of its
 * own, which shares the maps of the block programs: a kernel that does not
 * take it records the rest.
 */
#include <linux/bpf.h>

#include "bpf/note.bpf.h"
#include "bpf/virtio.bpf.h"

const volatile struct rec_cfg cfg = {};

#define EMIT(event, ...)						\
	((void)NOTE_EMIT(RING_DEVICE_VIRTIO, event, __VA_ARGS__))

/* A token is compared with others and means nothing else; mixing is one to
 * one (the finalizer of MurmurHash3). */
static __always_inline __u64 mix(__u64 x)
{
	x ^= virtio_cfg.key;
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	x ^= x >> 33;
	return x;
}

/* Before the first event of a queue; tried again where there was no room. */
static __noinline int describe(struct queue_state *q)
{
	if (!q->is_described &&
	    !note_emit(RING_DEVICE_VIRTIO, VIRTIO_EV_QUEUE, &q->about,
		       sizeof(q->about)))
		q->is_described = 1;
	return 0;
}

/* What a buffer of virtio_blk carries. */
struct block {
	__u64 disk;
	__u64 op;
	__u64 bytes;
	__u64 sector;
};

/* The token of virtio_blk lies behind its struct request: blk_mq_rq_to_pdu(),
 * include/linux/blk-mq.h. */
static __always_inline void find_block(const struct virtio_add *add,
				       struct block *b)
{
	struct request *rq = (void *)(add->token -
				      bpf_core_type_size(struct request));
	struct gendisk *disk;

	if (add->q->about.type != VIRTIO_ID_BLOCK)
		return;
	if (bpf_core_field_exists(rq->q->disk))
		disk = BPF_CORE_READ(rq, q, disk);
	else
		disk = BPF_CORE_READ((struct request___pre_v5_17 *)rq,
				     rq_disk);
	if (disk)
		b->disk = (__u64)BPF_CORE_READ(disk, major) << 20 |
			  (__u32)BPF_CORE_READ(disk, first_minor);
	b->op = BPF_CORE_READ(rq, cmd_flags) & 0xff;	/* REQ_OP_MASK */
	b->bytes = BPF_CORE_READ(rq, __data_len);
	b->sector = BPF_CORE_READ(rq, __sector);
}

static __always_inline void on_add(const struct virtio_add *add)
{
	const struct ring_virtio_queue *q = &add->q->about;
	struct block b = {};
	__u64 flags = (add->out.is_cut || add->in.is_cut ? 1 : 0) |
		      (add->is_ok ? 0 : 2);

	(void)describe(add->q);
	find_block(add, &b);
	EMIT(VIRTIO_EV_ADD, q->device, q->queue, flags, add->out_sgs,
	     add->in_sgs, add->out.entries, add->in.entries, b.disk, b.op,
	     b.bytes, b.sector, add->out.bytes, add->in.bytes,
	     mix(add->token));
}

static __always_inline void on_kick(struct queue_state *q, bool is_needed)
{
	(void)describe(q);
	EMIT(VIRTIO_EV_KICK, q->about.device, q->about.queue, is_needed);
}

static __always_inline void on_notify(struct queue_state *q, bool is_ok)
{
	(void)describe(q);
	EMIT(VIRTIO_EV_NOTIFY, q->about.device, q->about.queue, is_ok);
}

static __always_inline void on_get(struct queue_state *q, __u64 token,
				   __u32 len)
{
	(void)describe(q);
	EMIT(VIRTIO_EV_GET, q->about.device, q->about.queue, len, mix(token));
}
