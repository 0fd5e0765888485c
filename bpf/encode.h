/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the numbers of a bio or a request to the numbers of a record, as
 * __blk_add_trace() does it (kernel/trace/blktrace.c, v6.18).  Pure; compiled
 * for BPF, and for the host by src/record/probe.c and the unit test.
 */
#ifndef BPF_ENCODE_H
#define BPF_ENCODE_H

#include <linux/types.h>

#include "formats/blk_abi.h"

/* include/linux/blk_types.h, v6.18; these numbers are the same since 4.10. */
#define ENC_OP_MASK		0xffu
#define ENC_OP_FLUSH		2u
#define ENC_OP_DISCARD		3u
#define ENC_OP_SECURE_ERASE	5u
/* DRV_IN 34 and DRV_OUT 35; SCSI_IN 32 and SCSI_OUT 33 until 5.14 */
#define ENC_OP_PASSTHROUGH	32u
#define ENC_OP_LAST		35u

#define ENC_REQ_SYNC		(1u << 11)
#define ENC_REQ_META		(1u << 12)
#define ENC_REQ_FUA		(1u << 17)
#define ENC_REQ_PREFLUSH	(1u << 18)
#define ENC_REQ_RAHEAD		(1u << 19)

#define ENC_ACT(code, tc)	((__u64)(code) | BLK_TC_ACT(tc))

/* The categories that follow from the operation, without those of version 8:
 * user space makes a table of it (rec_cfg.op_tc). */
static inline __u32 encode_op(__u32 op)
{
	__u32 tc = op & 1 ? BLK_TC_WRITE : BLK_TC_READ;

	if (op == ENC_OP_DISCARD || op == ENC_OP_SECURE_ERASE)
		tc |= BLK_TC_DISCARD;
	if (op == ENC_OP_FLUSH)
		tc |= BLK_TC_FLUSH;
	return tc;
}

/* Where a flag of a bio is a category, @shift bits below. */
#define ENC_FLAG(opf, flag, shift, tc)					\
	({								\
		_Static_assert((flag) >> (shift) == (tc), #flag);	\
		(opf) >> (shift) & (tc);				\
	})

/* The categories that follow from the flags. */
static inline __u32 encode_flags(__u32 opf)
{
	return ENC_FLAG(opf, ENC_REQ_SYNC | ENC_REQ_RAHEAD, 8,
			BLK_TC_SYNC | BLK_TC_AHEAD) |
	       ENC_FLAG(opf, ENC_REQ_META, 0, BLK_TC_META) |
	       ENC_FLAG(opf, ENC_REQ_PREFLUSH, 16, BLK_TC_FLUSH) |
	       ENC_FLAG(opf, ENC_REQ_FUA, 2, BLK_TC_FUA);
}

/* The action word of an event with code and category @what, on @opf, whose
 * operation has the categories @op_tc. */
static inline __u64 encode_action(__u32 opf, __u32 op_tc, __u64 what)
{
	return what | BLK_TC_ACT(op_tc | encode_flags(opf));
}

/* A request that carries a command of the device, not of a file system. */
static inline int encode_is_passthrough(__u32 opf)
{
	__u32 op = opf & ENC_OP_MASK;

	return op >= ENC_OP_PASSTHROUGH && op <= ENC_OP_LAST;
}

/* blk_rq_trace_sector(): passthrough and flush have none. */
static inline __u64 encode_rq_sector(__u32 opf, __u64 sector)
{
	return encode_is_passthrough(opf) || sector == ~0ull ? 0 : sector;
}

static inline __u32 encode_be32(__u32 v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap32(v);
#else
	return v;
#endif
}

static inline __u64 encode_be64(__u64 v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_bswap64(v);
#else
	return v;
#endif
}

#endif
