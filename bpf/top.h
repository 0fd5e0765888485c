/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bpf/top.bpf.c counts, and src/record/topcount.c reads: configuration,
 * keys and values of its maps.  Not part of the recorder.
 */
#ifndef BPF_TOP_H
#define BPF_TOP_H

#include <linux/types.h>

#include "bpf/cfg.h"
#include "formats/hist_layout.h"

#define TOP_DEVICES	16	/* as many may be chosen */

/* In .rodata. */
struct top_cfg {
	__u8 has_queue_arg[TP_MAX];	/* as in struct rec_cfg */
	__u32 nr_devices;		/* 0 = all */
	__u32 devices[TOP_DEVICES];	/* of disks: major << 20 | minor */
	__u8 has_ops;			/* rows have an operation: TOP_KEY_OP */
};

/* Operations, as far as they are counted apart. */
enum top_count_op {
	TOP_COUNT_READ,
	TOP_COUNT_WRITE,
	TOP_COUNT_OTHER,	/* discards, flushes, passthrough, ... */
	TOP_COUNT_OPS
};

/* Who did what where.  What views show are sums over these. */
struct top_key {
	__u32 device;
	__u32 tgid;		/* 0 = unknown: issued before we looked;
				   TOP_OTHERS */
	__u64 cgroup;		/* that the I/O is charged to; 0 = none */
};

/*
 * With has_ops, the tgid of a row is below it, and above it REQ_OP_* + 1; that
 * of a slot has none.  Process ids have at most 22 bits (PID_MAX_LIMIT,
 * include/linux/threads.h, v6.18), operations 8.
 */
#define TOP_KEY_OP	(1u << 22)

/* The row of those that found no other: device and cgroup are 0. */
#define TOP_OTHERS	0xffffffffu

/* Since the row was made, on one CPU. */
struct top_counts {
	__u64 ios[TOP_COUNT_OPS];	/* completed */
	__u64 bytes[TOP_COUNT_OPS];
	__u64 errors;			/* of ios */
	__u64 nr_timed;			/* ios whose issue was seen */
	__u64 sum_ns;			/* of their times from issue to
					   completion */
	char comm[16];			/* of a thread of the process; "" =
					   unknown */
	__u32 cells[HIST_CELLS];	/* of these times */
};

/*
 * Requests in flight, by pointer: a table of buckets that is never resized,
 * cheaper than a hash map, from which elements would be taken and put back
 * for each request.  The pool of requests of a queue is fixed, so that a
 * request finds its old slot again.
 */
#define TOP_BUCKET_BITS	14
#define TOP_BUCKETS	(1u << TOP_BUCKET_BITS)
#define TOP_WAYS	4	/* slots of a bucket */

struct top_slot {
	__u64 rq;		/* 0 = free */
	__u64 issued_ns;	/* CLOCK_MONOTONIC; 0 = inserted only */
	struct top_key key;
	char comm[16];
};

struct top_bucket {
	struct top_slot slots[TOP_WAYS];
};

/* Elements of the per-CPU array "missed". */
enum top_missed {
	TOP_MISSED_SLOT,	/* requests that found no slot: counted, but
				   without time and process */
	TOP_MISSED_MAX
};

#endif
