/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes of a blktrace record, version 7 and version 8, and the numbers in
 * them.  Freestanding: BPF programs include it as well.
 *
 * Sources: include/uapi/linux/blktrace_api.h of Linux v6.18 (version 7) and of
 * Linux v6.19 (version 8, struct blk_io_trace2).
 *
 * An action word holds the action code in its low 16 bits and one bit for each
 * category above them: 16 categories in version 7 (a 32-bit word), 23 in
 * version 8 (a 64-bit word).
 */
#ifndef FORMATS_BLK_ABI_H
#define FORMATS_BLK_ABI_H

#include <linux/types.h>

#define BLK_IO_TRACE_MAGIC	0x65617400u	/* low byte: the version */
#define BLK_IO_TRACE_VERSION	7
#define BLK_IO_TRACE2_VERSION	8

#define BLK_TC_SHIFT		16

/* Categories.  These are bits of a 16-bit mask, as blktrace -A takes them. */
#define BLK_TC_READ		0x0001u
#define BLK_TC_WRITE		0x0002u
#define BLK_TC_FLUSH		0x0004u
#define BLK_TC_SYNC		0x0008u
#define BLK_TC_QUEUE		0x0010u
#define BLK_TC_REQUEUE		0x0020u
#define BLK_TC_ISSUE		0x0040u
#define BLK_TC_COMPLETE		0x0080u
#define BLK_TC_FS		0x0100u
#define BLK_TC_PC		0x0200u
#define BLK_TC_NOTIFY		0x0400u
#define BLK_TC_AHEAD		0x0800u
#define BLK_TC_META		0x1000u
#define BLK_TC_DISCARD		0x2000u
#define BLK_TC_DRV_DATA		0x4000u
#define BLK_TC_FUA		0x8000u
/* Version 8 only. */
#define BLK_TC_ZONE_APPEND	0x010000u
#define BLK_TC_ZONE_RESET	0x020000u
#define BLK_TC_ZONE_RESET_ALL	0x040000u
#define BLK_TC_ZONE_FINISH	0x080000u
#define BLK_TC_ZONE_OPEN	0x100000u
#define BLK_TC_ZONE_CLOSE	0x200000u
#define BLK_TC_WRITE_ZEROES	0x400000u

#define BLK_TC_ALL_V7		0xffffu

#define BLK_TC_ACT(tc)		((__u64)(tc) << BLK_TC_SHIFT)

/* Action codes: the low 16 bits, without the cgroup flag. */
enum blk_act {
	BLK_ACT_QUEUE		= 1,
	BLK_ACT_BACKMERGE	= 2,
	BLK_ACT_FRONTMERGE	= 3,
	BLK_ACT_GETRQ		= 4,
	BLK_ACT_SLEEPRQ		= 5,
	BLK_ACT_REQUEUE		= 6,
	BLK_ACT_ISSUE		= 7,
	BLK_ACT_COMPLETE	= 8,
	BLK_ACT_PLUG		= 9,
	BLK_ACT_UNPLUG_IO	= 10,
	BLK_ACT_UNPLUG_TIMER	= 11,
	BLK_ACT_INSERT		= 12,
	BLK_ACT_SPLIT		= 13,
	BLK_ACT_BOUNCE		= 14,
	BLK_ACT_REMAP		= 15,
	BLK_ACT_ABORT		= 16,
	BLK_ACT_DRV_DATA	= 17,
	BLK_ACT_ZONE_PLUG	= 18,	/* v6.19, version 8 only */
	BLK_ACT_ZONE_UNPLUG	= 19,	/* v6.19, version 8 only */
	BLK_ACT_MAX
};

/*
 * Set in the code of an event or a notify record: the payload begins with the
 * 8-byte id of a cgroup, in the byte order of the recording machine.
 */
#define BLK_ACT_CGROUP		0x100u
#define BLK_ACT_CODE_MASK	0xffffu

/* Notify codes of the kernel.  Their category is BLK_TC_NOTIFY, exactly. */
enum blk_notify {
	BLK_TN_PROCESS		= 0,
	BLK_TN_TIMESTAMP	= 1,
	BLK_TN_MESSAGE		= 2,
};

#define BLK_COMM_LEN		16	/* payload of BLK_TN_PROCESS */
#define BLK_MAX_MESSAGE		128	/* payload of BLK_TN_MESSAGE, at most */

/*
 * struct blk_io_trace: 48 bytes, in the byte order of the recording machine,
 * followed by pdu_len bytes of payload.  The next record begins right there,
 * so none of them is aligned.
 */
struct blk_io_trace_v7 {
	__u32 magic;
	__u32 sequence;		/* per device and CPU, from 1 */
	__u64 time;		/* ns, CLOCK_MONOTONIC */
	__u64 sector;		/* of 512 bytes, on the whole disk */
	__u32 bytes;
	__u32 action;
	__u32 pid;		/* thread id */
	__u32 device;		/* major << 20 | minor */
	__u32 cpu;
	__u16 error;		/* negative errno, cut to 16 bits */
	__u16 pdu_len;
};

/* struct blk_io_trace2: 64 bytes; the fields have another order. */
struct blk_io_trace_v8 {
	__u32 magic;
	__u32 sequence;
	__u64 time;
	__u64 sector;
	__u32 bytes;
	__u32 pid;
	__u64 action;
	__u32 device;
	__u32 cpu;
	__u16 error;
	__u16 pdu_len;
	__u8 pad[12];
};

/* Payload of a remap (A): big-endian, whatever the machine is. */
struct blk_io_trace_remap_be {
	__u32 device_from;
	__u32 device_to;
	__u64 sector_from;
};

_Static_assert(sizeof(struct blk_io_trace_v7) == 48, "v7 is 48 bytes");
_Static_assert(sizeof(struct blk_io_trace_v8) == 64, "v8 is 64 bytes");
_Static_assert(sizeof(struct blk_io_trace_remap_be) == 16, "remap is 16");

#endif
