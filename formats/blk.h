/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One blktrace record: bytes to struct, struct to bytes, and what its numbers
 * mean.  Versions 7 and 8, either byte order, any alignment.
 *
 *	struct blk_rec rec;
 *	enum blk_bad bad;
 *	ssize_t n = blk_decode(buf, len, &rec, &bad);
 *	if (n < 0)
 *		printf("%s\n", blk_bad_text(bad));
 *	else
 *		buf += n;
 *
 * Everything here is pure: no I/O, no allocation, no state; safe from any
 * thread.  Layout and constants: formats/blk_abi.h.
 */
#ifndef FORMATS_BLK_H
#define FORMATS_BLK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "formats/blk_abi.h"

#define BLK_V7_SIZE	sizeof(struct blk_io_trace_v7)
#define BLK_V8_SIZE	sizeof(struct blk_io_trace_v8)
#define BLK_REC_MAX	(BLK_V8_SIZE + UINT16_MAX)	/* header + payload */

/*
 * A record in memory, whatever its version was.  Numbers are in the byte
 * order of this machine; the payload is as it stands in the file.
 */
struct blk_rec {
	uint64_t time;		/* ns, CLOCK_MONOTONIC (or since the start of
				   a merged dump) */
	uint64_t sector;	/* 512-byte units, on the whole disk */
	uint64_t action;	/* code in bits 0-15, categories from bit 16 */
	const uint8_t *pdu;	/* borrowed: lives as long as the decoded
				   bytes; NULL when pdu_len is 0 */
	uint32_t sequence;	/* per device and CPU, from 1; 0 in notes */
	uint32_t bytes;
	uint32_t pid;		/* thread id */
	uint32_t device;	/* major << 20 | minor */
	uint32_t cpu;
	uint16_t error;		/* negative errno cut to 16 bits; 0 = none */
	uint16_t pdu_len;	/* bytes at @pdu */
	uint8_t version;	/* 7 or 8: what it was decoded from */
	bool is_swapped;	/* it came in the other byte order, and so do
				   the host-order numbers in its payload */
};

/* Why bytes are not a record. */
enum blk_bad {
	BLK_BAD_NONE,
	BLK_BAD_SHORT,		/* the bytes end inside it: give more */
	BLK_BAD_MAGIC,
	BLK_BAD_VERSION,
	BLK_BAD_MAX
};

/* One line for people, never NULL. */
const char *blk_bad_text(enum blk_bad bad);

/*
 * Decodes the record at @buf.  Returns its size in bytes, payload included,
 * or -EAGAIN (BLK_BAD_SHORT) or -EBADMSG (the others) with the reason in
 * *@ret_bad, which may be NULL.  *@ret_rec is untouched on failure.
 */
ssize_t blk_decode(const void *buf, size_t len, struct blk_rec *ret_rec,
		   enum blk_bad *ret_bad);

/*
 * The same for what nearly every record is: version 7 in this machine's byte
 * order.  Returns 0 if it is another, damaged or not whole.
 */
static inline size_t blk_decode_native(const void *buf, size_t len,
				       struct blk_rec *ret_rec)
{
	/* at any address; a copy would be read before it has arrived */
	const struct {
		struct blk_io_trace_v7 t;
	} __attribute__((packed, may_alias)) *b = buf;

	if (len < BLK_V7_SIZE ||
	    b->t.magic != (BLK_IO_TRACE_MAGIC | BLK_IO_TRACE_VERSION) ||
	    len - BLK_V7_SIZE < b->t.pdu_len)
		return 0;
	*ret_rec = (struct blk_rec){
		.time = b->t.time, .sector = b->t.sector,
		.action = b->t.action,
		.pdu = b->t.pdu_len ? (const uint8_t *)buf + BLK_V7_SIZE : NULL,
		.sequence = b->t.sequence, .bytes = b->t.bytes,
		.pid = b->t.pid, .device = b->t.device, .cpu = b->t.cpu,
		.error = b->t.error, .pdu_len = b->t.pdu_len,
		.version = BLK_IO_TRACE_VERSION,
	};
	return BLK_V7_SIZE + b->t.pdu_len;
}

/* True if a record header of a version that we know could begin at @buf. */
bool blk_is_header(const void *buf, size_t len);

/*
 * Writes @rec as version 7 or 8 into @buf, in this machine's byte order, or
 * in the other one if @swap.  The payload is copied as it is.  Version 7 has
 * no room for the categories above bit 15: they are left out.
 * Returns the size in bytes, or -ENOSPC if @size is too small, or -EINVAL for
 * another version.
 */
ssize_t blk_encode(const struct blk_rec *rec, unsigned int version, bool swap,
		   void *buf, size_t size);

/*
 * The same for what most records are: version 7, in this machine's byte order.
 * @buf has room for BLK_V7_SIZE; @pdu_len bytes of payload go behind it.
 */
static inline void blk_encode_native(const struct blk_rec *rec, void *buf)
{
	struct {
		struct blk_io_trace_v7 t;
	} __attribute__((packed, may_alias)) *b = buf;

	b->t = (struct blk_io_trace_v7){
		.magic = BLK_IO_TRACE_MAGIC | BLK_IO_TRACE_VERSION,
		.sequence = rec->sequence, .time = rec->time,
		.sector = rec->sector, .bytes = rec->bytes,
		.action = (uint32_t)rec->action, .pid = rec->pid,
		.device = rec->device, .cpu = rec->cpu, .error = rec->error,
		.pdu_len = rec->pdu_len,
	};
}

/* Bytes that a decoded record took, its payload included. */
static inline size_t blk_size(const struct blk_rec *rec)
{
	return (rec->version == BLK_IO_TRACE2_VERSION ? BLK_V8_SIZE :
		BLK_V7_SIZE) + rec->pdu_len;
}

/* The code of an action word, without the cgroup flag. */
static inline unsigned int blk_code(const struct blk_rec *rec)
{
	return rec->action & BLK_ACT_CODE_MASK & ~BLK_ACT_CGROUP;
}

/* The categories (BLK_TC_*) of a record. */
static inline uint64_t blk_categories(const struct blk_rec *rec)
{
	return rec->action >> BLK_TC_SHIFT;
}

static inline bool blk_has(const struct blk_rec *rec, uint32_t tc)
{
	return blk_categories(rec) & tc;
}

/* A notify record: of the kernel (process, timestamp, message) or private. */
static inline bool blk_is_notify(const struct blk_rec *rec)
{
	return blk_has(rec, BLK_TC_NOTIFY);
}

static inline unsigned int blk_major(uint32_t device)
{
	return device >> 20;
}

static inline unsigned int blk_minor(uint32_t device)
{
	return device & 0xfffff;
}

static inline uint32_t blk_dev(unsigned int major, unsigned int minor)
{
	return major << 20 | (minor & 0xfffff);
}

/* What the payload of an action is (column PDU of formats/events.def). */
enum blk_pdu_kind {
	BLK_PDU_NONE,
	BLK_PDU_U64_BE,
	BLK_PDU_REMAP,
	BLK_PDU_CDB,
	BLK_PDU_OPAQUE,
};

/* A row of formats/events.def. */
struct blk_event {
	enum blk_act code;
	const char *letter;	/* blkparse's; "" = it has none */
	const char *name;
	uint32_t category;	/* BLK_TC_*, or 0 */
	enum blk_pdu_kind pdu;
	const char *help;
};

/* The row for an action code (without the cgroup flag), or NULL. */
const struct blk_event *blk_event(unsigned int code);

/* The payload behind the cgroup id, if there is one.  Borrowed. */
const uint8_t *blk_payload(const struct blk_rec *rec, size_t *ret_len);

/* The cgroup id of a flagged record.  Returns 0, or -ENODATA. */
int blk_cgroup_id(const struct blk_rec *rec, uint64_t *ret_id);

struct blk_remap {
	uint32_t device_from;
	uint32_t device_to;
	uint64_t sector_from;
};

/* Payload of A.  Returns 0, or -ENODATA if it is too short. */
int blk_get_remap(const struct blk_rec *rec, struct blk_remap *ret_remap);

/* Payload of U, UT (requests) and X (sector).  Returns 0 or -ENODATA. */
int blk_get_u64(const struct blk_rec *rec, uint64_t *ret_value);

/* Payload of a timestamp note: CLOCK_REALTIME.  Returns 0 or -ENODATA. */
int blk_get_timestamp(const struct blk_rec *rec, uint64_t *ret_sec,
		      uint32_t *ret_nsec);

#define BLK_RWBS_MAX	12

/*
 * What the I/O is, in blkparse's letters ("WFS": write, FUA, sync).  At most
 * 6 characters and a NUL, 8 for the operations that only version 8 tells apart
 * ("ZRAS": reset of all zones, sync; "WZ": write zeroes).  Returns their
 * number.
 */
unsigned int blk_rwbs(const struct blk_rec *rec, char ret_text[BLK_RWBS_MAX]);

/*
 * A category mask (BLK_TC_*, 16 bits) from a name as blktrace -a takes it:
 * read, write, flush, sync, queue, requeue, issue, complete, fs, pc, notify,
 * ahead, meta, discard, drv_data, fua; any case, with or without "BLK_TC_".
 * Returns 0, or -EINVAL for another name.
 */
int blk_mask_from_name(const char *name, uint32_t *ret_mask);

/* As blktrace -A takes it: hexadecimal, 1 to ffff.  0 or -EINVAL. */
int blk_mask_from_hex(const char *text, uint32_t *ret_mask);

/* The lower-case name of category bit @bit (0 to 22), or NULL. */
const char *blk_mask_name(unsigned int bit);

#endif
