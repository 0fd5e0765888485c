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

/* The slots of this CPU; NULL = its events go into the ring (bpf/emit.bpf.h).
 * A CPU that was not online when it all began has none. */
static __always_inline void *slots_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return cfg.nr_slots ? bpf_map_lookup_elem(&slots, &cpu) : NULL;
}

/*
 * What a program does, by name(ctx, lines).  The way into the ring is a
 * function of its own: a program runs where the caches are full of other code,
 * and each line of it that lies between costs.  The compare-and-exchange must
 * not be in such a function: probe_drop_exchange() looks at programs only.
 */
#define RUN(name, ctx)							\
	({								\
		void *lines_ = slots_here();				\
									\
		lines_ ? name(ctx, lines_) : name##_ring(ctx);		\
	})
#define RING_WAY(name)							\
	__seldom int name##_ring(__u64 *ctx)				\
	{								\
		return name(ctx, NULL);					\
	}

#define PROGRAM(tp, name)						\
	RING_WAY(name)							\
	SEC("tp_btf/" #tp)						\
	int iotape_##name(__u64 *ctx)					\
	{								\
		return RUN(name, ctx);					\
	}

/* The program of a tracepoint, and its spare (bpf/spare.bpf.h), which is
 * attached behind it.  name##_id(ctx) says what the event is about. */
#define PROGRAM_AND_SPARE(tp, name, nr)					\
	RING_WAY(name)							\
	SEC("tp_btf/" #tp)						\
	int iotape_##name(__u64 *ctx)					\
	{								\
		struct spare_id id = name##_id(ctx);			\
									\
		spare_see(nr, &id);					\
		return RUN(name, ctx);					\
	}								\
	SEC("tp_btf/" #tp)						\
	int iotape_##name##_spare(__u64 *ctx)				\
	{								\
		struct spare_id id = name##_id(ctx);			\
									\
		return spare_is_missing(nr, &id) ? RUN(name, ctx) : 0;	\
	}

/* A pointer is soon used again, for I/O at another place. */
static __always_inline struct spare_id spare_id_of(const void *object,
						   __u64 sector, __u32 bytes)
{
	return (struct spare_id){
		.object = (__u64)object,
		.place = sector << 32 ^ sector >> 32 ^ bytes,
	};
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

static __always_inline int emit_rq(struct request *rq, void *lines, __u64 what,
				   enum event_stage stage)
{
	struct event e = { .what = what, .stage = stage, .lines = lines };

	fill_rq(&e, rq);
	return emit(&e, NULL, 0);
}

static __always_inline int emit_bio(struct bio *bio, void *lines, __u64 what,
				    enum event_stage stage)
{
	struct event e = { .what = what, .stage = stage, .lines = lines };

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

static __always_inline int rq_insert(__u64 *ctx, void *lines)
{
	return emit_rq((void *)ARG(ctx, TP_RQ_INSERT, 0), lines,
		       ENC_ACT(BLK_ACT_INSERT, BLK_TC_QUEUE), STAGE_RQ);
}
PROGRAM(block_rq_insert, rq_insert)

static __always_inline int rq_issue(__u64 *ctx, void *lines)
{
	return emit_rq((void *)ARG(ctx, TP_RQ_ISSUE, 0), lines,
		       ENC_ACT(BLK_ACT_ISSUE, BLK_TC_ISSUE), STAGE_RQ_ISSUE);
}
PROGRAM(block_rq_issue, rq_issue)

static __always_inline int rq_merge(__u64 *ctx, void *lines)
{
	return emit_rq((void *)ARG(ctx, TP_RQ_MERGE, 0), lines,
		       ENC_ACT(BLK_ACT_BACKMERGE, BLK_TC_QUEUE), STAGE_RQ);
}
PROGRAM(block_rq_merge, rq_merge)

static __always_inline int rq_requeue(__u64 *ctx, void *lines)
{
	return emit_rq((void *)ARG(ctx, TP_RQ_REQUEUE, 0), lines,
		       ENC_ACT(BLK_ACT_REQUEUE, BLK_TC_REQUEUE), STAGE_RQ);
}
PROGRAM(block_rq_requeue, rq_requeue)

static __always_inline struct spare_id rq_complete_id(__u64 *ctx)
{
	struct request *rq = (void *)ctx[0];

	return spare_id_of(rq, rq->__sector, ctx[2]);
}

static __always_inline int rq_complete(__u64 *ctx, void *lines)
{
	struct event e = {
		.what = ENC_ACT(BLK_ACT_COMPLETE, BLK_TC_COMPLETE),
		.stage = STAGE_RQ_END,
		.lines = lines,
	};

	fill_rq(&e, (struct request *)ctx[0]);
	e.error = cfg.has_errno[TP_RQ_COMPLETE] ? (__s32)ctx[1] :
						  status_errno(ctx[1]);
	e.bytes = ctx[2];
	return emit_end(&e);
}
PROGRAM_AND_SPARE(block_rq_complete, rq_complete, TP_RQ_COMPLETE)

static __always_inline int rq_remap(__u64 *ctx, void *lines)
{
	struct request *rq = (void *)ARG(ctx, TP_RQ_REMAP, 0);
	struct event e = { .what = ENC_ACT(BLK_ACT_REMAP, BLK_TC_QUEUE),
			   .stage = STAGE_RQ, .lines = lines };

	e.opf = rq->cmd_flags;
	e.device = rq_dev(rq);
	e.sector = rq->__sector;
	e.bytes = rq->__data_len;
	e.bio = rq->bio;
	e.rq = rq;
	return emit_remap(&e, e.device, ARG(ctx, TP_RQ_REMAP, 1),
			  ARG(ctx, TP_RQ_REMAP, 2));
}
PROGRAM(block_rq_remap, rq_remap)

static __always_inline int bio_queue(__u64 *ctx, void *lines)
{
	return emit_bio((void *)ARG(ctx, TP_BIO_QUEUE, 0), lines,
			ENC_ACT(BLK_ACT_QUEUE, BLK_TC_QUEUE), STAGE_BIO_BEGIN);
}
PROGRAM(block_bio_queue, bio_queue)

static __always_inline int bio_backmerge(__u64 *ctx, void *lines)
{
	return emit_bio((void *)ARG_MERGED_BIO(ctx, TP_BIO_BACKMERGE), lines,
			ENC_ACT(BLK_ACT_BACKMERGE, BLK_TC_QUEUE), STAGE_BIO);
}
PROGRAM(block_bio_backmerge, bio_backmerge)

static __always_inline int bio_frontmerge(__u64 *ctx, void *lines)
{
	return emit_bio((void *)ARG_MERGED_BIO(ctx, TP_BIO_FRONTMERGE), lines,
			ENC_ACT(BLK_ACT_FRONTMERGE, BLK_TC_QUEUE), STAGE_BIO);
}
PROGRAM(block_bio_frontmerge, bio_frontmerge)

/* Gone since 6.16, eeadd68e2a5f. */
static __always_inline int bio_bounce(__u64 *ctx, void *lines)
{
	return emit_bio((void *)ARG(ctx, TP_BIO_BOUNCE, 0), lines,
			ENC_ACT(BLK_ACT_BOUNCE, 0), STAGE_BIO);
}
PROGRAM(block_bio_bounce, bio_bounce)

/* (q, bio) on every kernel: here the queue is not optional. */
static __always_inline struct spare_id bio_complete_id(__u64 *ctx)
{
	struct bio *bio = (void *)ctx[1];

	return spare_id_of(bio, bio->bi_iter.bi_sector, bio->bi_iter.bi_size);
}

static __always_inline int bio_complete(__u64 *ctx, void *lines)
{
	struct bio *bio = (struct bio *)ctx[1];
	struct event e = {
		.what = ENC_ACT(BLK_ACT_COMPLETE, BLK_TC_COMPLETE),
		.stage = STAGE_BIO_END,
		.lines = lines,
	};

	e.device = queue_dev((struct request_queue *)ctx[0]);
	fill_bio(&e, bio);
	e.error = status_errno(bio->bi_status);
	return emit_end(&e);
}
PROGRAM_AND_SPARE(block_bio_complete, bio_complete, TP_BIO_COMPLETE)

static __always_inline int bio_remap(__u64 *ctx, void *lines)
{
	struct bio *bio = (void *)ARG(ctx, TP_BIO_REMAP, 0);
	struct event e = { .what = ENC_ACT(BLK_ACT_REMAP, BLK_TC_QUEUE),
			   .stage = STAGE_REMAP, .lines = lines };

	e.device = bio_dev(bio);
	fill_bio(&e, bio);
	e.error = status_errno(bio->bi_status);
	/* The disk, also when it goes to a partition: bio_dev() of the kernel,
	 * include/linux/bio.h, is disk_devt(). */
	return emit_remap(&e, e.device, ARG(ctx, TP_BIO_REMAP, 1),
			  ARG(ctx, TP_BIO_REMAP, 2));
}
PROGRAM(block_bio_remap, bio_remap)

static __always_inline int getrq(__u64 *ctx, void *lines)
{
	return emit_bio((void *)ARG(ctx, TP_GETRQ, 0), lines,
			ENC_ACT(BLK_ACT_GETRQ, BLK_TC_QUEUE), STAGE_BIO);
}
PROGRAM(block_getrq, getrq)

static __always_inline int split(__u64 *ctx, void *lines)
{
	struct bio *bio = (void *)ARG(ctx, TP_SPLIT, 0);
	__u64 pdu = encode_be64((__u32)ARG(ctx, TP_SPLIT, 1));
	struct event e = { .what = ENC_ACT(BLK_ACT_SPLIT, 0),
			   .stage = STAGE_BIO_SPLIT, .lines = lines };

	e.device = bio_dev(bio);
	fill_bio(&e, bio);
	e.error = status_errno(bio->bi_status);
	return emit(&e, &pdu, sizeof(pdu));
}
PROGRAM(block_split, split)

static __always_inline int plug(__u64 *ctx, void *lines)
{
	struct event e = { .what = ENC_ACT(BLK_ACT_PLUG, BLK_TC_QUEUE),
			   .lines = lines };

	e.device = queue_dev((struct request_queue *)ctx[0]);
	return emit(&e, NULL, 0);
}
PROGRAM(block_plug, plug)

static __always_inline int unplug(__u64 *ctx, void *lines)
{
	__u64 pdu = encode_be64((__u32)ctx[1]);
	struct event e = {
		.what = (__u8)ctx[2] ?
				ENC_ACT(BLK_ACT_UNPLUG_IO, BLK_TC_QUEUE) :
				ENC_ACT(BLK_ACT_UNPLUG_TIMER, BLK_TC_QUEUE),
		.lines = lines,
	};

	e.device = queue_dev((struct request_queue *)ctx[0]);
	return emit(&e, &pdu, sizeof(pdu));
}
PROGRAM(block_unplug, unplug)

/*
 * What the kernel's tracer writes in version 8 only (v6.19).  Kernels before
 * it have the tracepoints already.
 */
static __always_inline int zone_append(__u64 *ctx, void *lines)
{
	return emit_rq((void *)ctx[0], lines,
		       ENC_ACT(BLK_ACT_COMPLETE, BLK_TC_ZONE_APPEND), STAGE_RQ);
}
PROGRAM(blk_zone_append_update_request_bio, zone_append)

/* (q, zone number, sector, sectors) */
static __always_inline int emit_zone(const __u64 *ctx, void *lines, __u64 what)
{
	struct event e = { .what = what, .lines = lines };

	e.device = queue_dev((struct request_queue *)ctx[0]);
	e.sector = ctx[2];
	e.bytes = (__u32)ctx[3] << 9;
	return emit(&e, NULL, 0);
}

static __always_inline int zone_plug(__u64 *ctx, void *lines)
{
	return emit_zone(ctx, lines, ENC_ACT(BLK_ACT_ZONE_PLUG, BLK_TC_QUEUE));
}
PROGRAM(disk_zone_wplug_add_bio, zone_plug)

static __always_inline int zone_unplug(__u64 *ctx, void *lines)
{
	return emit_zone(ctx, lines, ENC_ACT(BLK_ACT_ZONE_UNPLUG, BLK_TC_QUEUE));
}
PROGRAM(blk_zone_wplug_bio, zone_unplug)

char LICENSE[] SEC("license") = "GPL";
