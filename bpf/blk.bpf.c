/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The block layer's tracepoints, one program each.  They record what
 * kernel/trace/blktrace.c records at the same tracepoint (v6.18).
 */
#include <linux/bpf.h>

#include "bpf/kernel.h"
#include "bpf/cfg.h"
#include "bpf/encode.h"
#include "bpf/event.h"
#include "bpf/emit.bpf.h"
#include "bpf/spare.bpf.h"

const volatile struct rec_cfg cfg = { 0 };

/*
 * Argument @n, behind the request queue that old prototypes begin with.  The
 * condition is constant once loaded: the verifier sees one branch.  Written
 * in C, the compiler makes one load with a computed address of the two, and
 * the verifier refuses that.
 */
#define CTX_LOAD(ctx, n)						\
	({								\
		__u64 v_;						\
		asm volatile("%0 = *(u64 *)(%1 + %2)"			\
			     : "=r"(v_) : "r"(ctx), "i"((n) * 8));	\
		v_;							\
	})
#define ARG(ctx, tp, n)							\
	(cfg.has_queue_arg[tp] ? CTX_LOAD(ctx, (n) + 1) : CTX_LOAD(ctx, n))
/* (q, rq, bio) before 5.11, e8a676d61c07: two more arguments than now. */
#define ARG_MERGED_BIO(ctx, tp)						\
	(cfg.has_queue_arg[tp] ? CTX_LOAD(ctx, 2) : CTX_LOAD(ctx, 0))

static __always_inline __s32 status_errno(__u8 status)
{
	return cfg.status_errno[status & (CFG_NR_STATUS - 1)];
}

/* A completion; with a latency threshold, it says how long it took. */
static __always_inline int emit_end(struct event *e)
{
	if (cfg.filter.than_ns)
		return emit(e, &e->took_ns, sizeof(e->took_ns));
	return emit(e, NULL, 0);
}

/* The program for a tracepoint, and the one that is attached behind it. */
#define PROGRAM_AND_SPARE(name, tp)					\
	SEC("tp_btf/block_" #name)					\
	int iotape_##name(__u64 *ctx)					\
	{								\
		return name(ctx, false);				\
	}								\
	SEC("tp_btf/block_" #name)					\
	int iotape_##name##_spare(__u64 *ctx)				\
	{								\
		return spare_begin(tp) ? name(ctx, true) : 0;		\
	}

static __always_inline void fill_rq(struct event *e, struct request *rq)
{
	e->opf = rq->cmd_flags;
	e->device = rq_dev(rq);
	e->sector = encode_rq_sector(e->opf, rq->__sector);
	e->bytes = rq->__data_len;
	e->bio = rq->bio;
	e->rq = rq;
	e->what |= BLK_TC_ACT(encode_is_passthrough(e->opf) ? BLK_TC_PC :
							       BLK_TC_FS);
}

static __always_inline void fill_bio(struct event *e, struct bio *bio)
{
	e->opf = bio->bi_opf;
	e->sector = bio->bi_iter.bi_sector;
	e->bytes = bio->bi_iter.bi_size;
	e->bio = bio;
}

static __always_inline int emit_rq(struct request *rq, __u64 what,
				   enum event_stage stage)
{
	struct event e = { .what = what, .stage = stage };

	fill_rq(&e, rq);
	return emit(&e, NULL, 0);
}

static __always_inline int emit_bio(struct bio *bio, __u64 what,
				    enum event_stage stage)
{
	struct event e = { .what = what, .stage = stage };

	e.device = bio_dev(bio);
	fill_bio(&e, bio);
	return emit(&e, NULL, 0);
}

static __always_inline int emit_remap(struct event *e, __u32 to, __u32 from,
				      __u64 from_sector)
{
	struct blk_io_trace_remap_be pdu = {
		.device_from = encode_be32(from),
		.device_to = encode_be32(to),
		.sector_from = encode_be64(from_sector),
	};

	return emit(e, &pdu, sizeof(pdu));
}

SEC("tp_btf/block_rq_insert")
int iotape_rq_insert(__u64 *ctx)
{
	return emit_rq((void *)ARG(ctx, TP_RQ_INSERT, 0),
		       ENC_ACT(BLK_ACT_INSERT, BLK_TC_QUEUE), STAGE_RQ);
}

SEC("tp_btf/block_rq_issue")
int iotape_rq_issue(__u64 *ctx)
{
	return emit_rq((void *)ARG(ctx, TP_RQ_ISSUE, 0),
		       ENC_ACT(BLK_ACT_ISSUE, BLK_TC_ISSUE), STAGE_RQ_ISSUE);
}

SEC("tp_btf/block_rq_merge")
int iotape_rq_merge(__u64 *ctx)
{
	return emit_rq((void *)ARG(ctx, TP_RQ_MERGE, 0),
		       ENC_ACT(BLK_ACT_BACKMERGE, BLK_TC_QUEUE), STAGE_RQ);
}

SEC("tp_btf/block_rq_requeue")
int iotape_rq_requeue(__u64 *ctx)
{
	return emit_rq((void *)ARG(ctx, TP_RQ_REQUEUE, 0),
		       ENC_ACT(BLK_ACT_REQUEUE, BLK_TC_REQUEUE), STAGE_RQ);
}

static __always_inline int rq_complete(__u64 *ctx, bool is_spare)
{
	struct event e = {
		.what = ENC_ACT(BLK_ACT_COMPLETE, BLK_TC_COMPLETE),
		.stage = STAGE_RQ_END,
		.object = (void *)ctx[0],
		.tp = TP_RQ_COMPLETE,
		.is_spare = is_spare,
	};

	fill_rq(&e, (struct request *)ctx[0]);
	e.error = cfg.has_errno[TP_RQ_COMPLETE] ? (__s32)ctx[1] :
						  status_errno(ctx[1]);
	e.bytes = ctx[2];
	return emit_end(&e);
}
PROGRAM_AND_SPARE(rq_complete, TP_RQ_COMPLETE)

SEC("tp_btf/block_rq_remap")
int iotape_rq_remap(__u64 *ctx)
{
	struct request *rq = (void *)ARG(ctx, TP_RQ_REMAP, 0);
	struct event e = { .what = ENC_ACT(BLK_ACT_REMAP, BLK_TC_QUEUE),
			   .stage = STAGE_RQ };

	e.opf = rq->cmd_flags;
	e.device = rq_dev(rq);
	e.sector = rq->__sector;
	e.bytes = rq->__data_len;
	e.bio = rq->bio;
	e.rq = rq;
	return emit_remap(&e, e.device, ARG(ctx, TP_RQ_REMAP, 1),
			  ARG(ctx, TP_RQ_REMAP, 2));
}

SEC("tp_btf/block_bio_queue")
int iotape_bio_queue(__u64 *ctx)
{
	return emit_bio((void *)ARG(ctx, TP_BIO_QUEUE, 0),
			ENC_ACT(BLK_ACT_QUEUE, BLK_TC_QUEUE), STAGE_BIO_BEGIN);
}

SEC("tp_btf/block_bio_backmerge")
int iotape_bio_backmerge(__u64 *ctx)
{
	return emit_bio((void *)ARG_MERGED_BIO(ctx, TP_BIO_BACKMERGE),
			ENC_ACT(BLK_ACT_BACKMERGE, BLK_TC_QUEUE), STAGE_BIO);
}

SEC("tp_btf/block_bio_frontmerge")
int iotape_bio_frontmerge(__u64 *ctx)
{
	return emit_bio((void *)ARG_MERGED_BIO(ctx, TP_BIO_FRONTMERGE),
			ENC_ACT(BLK_ACT_FRONTMERGE, BLK_TC_QUEUE), STAGE_BIO);
}

/* Gone since 6.16, eeadd68e2a5f. */
SEC("tp_btf/block_bio_bounce")
int iotape_bio_bounce(__u64 *ctx)
{
	return emit_bio((void *)ARG(ctx, TP_BIO_BOUNCE, 0),
			ENC_ACT(BLK_ACT_BOUNCE, 0), STAGE_BIO);
}

/* (q, bio) on every kernel: here the queue is not optional. */
static __always_inline int bio_complete(__u64 *ctx, bool is_spare)
{
	struct bio *bio = (struct bio *)ctx[1];
	struct event e = {
		.what = ENC_ACT(BLK_ACT_COMPLETE, BLK_TC_COMPLETE),
		.stage = STAGE_BIO_END,
		.object = bio,
		.tp = TP_BIO_COMPLETE,
		.is_spare = is_spare,
	};

	e.device = queue_dev((struct request_queue *)ctx[0]);
	fill_bio(&e, bio);
	e.error = status_errno(bio->bi_status);
	return emit_end(&e);
}
PROGRAM_AND_SPARE(bio_complete, TP_BIO_COMPLETE)

SEC("tp_btf/block_bio_remap")
int iotape_bio_remap(__u64 *ctx)
{
	struct bio *bio = (void *)ARG(ctx, TP_BIO_REMAP, 0);
	struct event e = { .what = ENC_ACT(BLK_ACT_REMAP, BLK_TC_QUEUE),
			   .stage = STAGE_REMAP };

	e.device = bio_dev(bio);
	fill_bio(&e, bio);
	e.error = status_errno(bio->bi_status);
	/* The disk, also when it goes to a partition: bio_dev() of the kernel,
	 * include/linux/bio.h, is disk_devt(). */
	return emit_remap(&e, e.device, ARG(ctx, TP_BIO_REMAP, 1),
			  ARG(ctx, TP_BIO_REMAP, 2));
}

SEC("tp_btf/block_getrq")
int iotape_getrq(__u64 *ctx)
{
	return emit_bio((void *)ARG(ctx, TP_GETRQ, 0),
			ENC_ACT(BLK_ACT_GETRQ, BLK_TC_QUEUE), STAGE_BIO);
}

SEC("tp_btf/block_split")
int iotape_split(__u64 *ctx)
{
	struct bio *bio = (void *)ARG(ctx, TP_SPLIT, 0);
	__u64 pdu = encode_be64((__u32)ARG(ctx, TP_SPLIT, 1));
	struct event e = { .what = ENC_ACT(BLK_ACT_SPLIT, 0),
			   .stage = STAGE_BIO_SPLIT };

	e.device = bio_dev(bio);
	fill_bio(&e, bio);
	e.error = status_errno(bio->bi_status);
	return emit(&e, &pdu, sizeof(pdu));
}

SEC("tp_btf/block_plug")
int iotape_plug(__u64 *ctx)
{
	struct event e = { .what = ENC_ACT(BLK_ACT_PLUG, BLK_TC_QUEUE) };

	e.device = queue_dev((struct request_queue *)ctx[0]);
	return emit(&e, NULL, 0);
}

SEC("tp_btf/block_unplug")
int iotape_unplug(__u64 *ctx)
{
	__u64 pdu = encode_be64((__u32)ctx[1]);
	struct event e = {
		.what = (__u8)ctx[2] ?
				ENC_ACT(BLK_ACT_UNPLUG_IO, BLK_TC_QUEUE) :
				ENC_ACT(BLK_ACT_UNPLUG_TIMER, BLK_TC_QUEUE),
	};

	e.device = queue_dev((struct request_queue *)ctx[0]);
	return emit(&e, &pdu, sizeof(pdu));
}

/*
 * What the kernel's tracer writes in version 8 only (v6.19).  Kernels before
 * it have the tracepoints already.
 */
SEC("tp_btf/blk_zone_append_update_request_bio")
int iotape_zone_append(__u64 *ctx)
{
	return emit_rq((void *)ctx[0],
		       ENC_ACT(BLK_ACT_COMPLETE, BLK_TC_ZONE_APPEND), STAGE_RQ);
}

/* (q, zone number, sector, sectors) */
static __always_inline int emit_zone(const __u64 *ctx, __u64 what)
{
	struct event e = { .what = what };

	e.device = queue_dev((struct request_queue *)ctx[0]);
	e.sector = ctx[2];
	e.bytes = (__u32)ctx[3] << 9;
	return emit(&e, NULL, 0);
}

SEC("tp_btf/disk_zone_wplug_add_bio")
int iotape_zone_plug(__u64 *ctx)
{
	return emit_zone(ctx, ENC_ACT(BLK_ACT_ZONE_PLUG, BLK_TC_QUEUE));
}

SEC("tp_btf/blk_zone_wplug_bio")
int iotape_zone_unplug(__u64 *ctx)
{
	return emit_zone(ctx, ENC_ACT(BLK_ACT_ZONE_UNPLUG, BLK_TC_QUEUE));
}

char LICENSE[] SEC("license") = "GPL";
