/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace over time, beyond what series.h holds: what the graphs want that
 * are drawn only where they are asked for.  One pass over the records; memory
 * is bounded (about 2 MB, and 0.5 MB for each of DETAIL_DEVICES devices).
 *
 *	_cleanup_(detail_freep) struct detail *d = detail_new(NULL);
 *	while (... records ...)
 *		detail_add(d, recs, nr);
 *	detail_finish(d);
 *	const struct fold *t = detail_times(d);
 *	for (uint64_t i = t->lo; fold_count(t) && i <= t->hi; i++)
 *		use(detail_bucket(d, i), i << t->shift);
 *
 * Times are ns, those of the records.  I/Os and requests are those of life.h,
 * and what they are counted as is what iotape stat counts (stats.h): sums over
 * all buckets equal its totals.
 */
#ifndef ANALYZE_DETAIL_H
#define ANALYZE_DETAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/blk.h"
#include "formats/exit_names.h"
#include "src/analyze/dist.h"
#include "src/analyze/fold.h"
#include "src/analyze/raster.h"
#include "src/base/cleanup.h"

#define DETAIL_BUCKET_BITS 9	/* 256 to 512 buckets */
#define DETAIL_ROW_BITS	   7	/* 64 to 128 rows of offsets */
#define DETAIL_DEVICES	   32	/* more have no cells */
#define DETAIL_DEPTH_BITS  4	/* depths below 16 have a cell each, then 16
				   cells are a power of two */
#define DETAIL_DEPTHS	   208	/* cells: up to 65535; more are the last */
#define DETAIL_LANES	   1024 /* CPUs, or reasons; more are not counted */
#define DETAIL_QUEUE_UNIT  64	/* bytes: a cell holds 256 GiB of them */

/* Parts of the time from Q to C. */
enum detail_phase {
	DETAIL_Q2G,
	DETAIL_G2I,
	DETAIL_I2D,		/* until the first issue */
	DETAIL_D2C,		/* from the last issue */
	DETAIL_PHASES,
};

/* Parts of the way of a virtual machine's I/O: vmpath.h, vmguest.h. */
enum detail_step {
	DETAIL_KICK_Q,		/* on a host */
	DETAIL_HOST_Q_D,
	DETAIL_HOST_D_C,
	DETAIL_C_IRQ,
	DETAIL_IRQ_INJ,
	DETAIL_GUEST_Q_D,	/* in a guest */
	DETAIL_D_ADD,
	DETAIL_ADD_GET,
	DETAIL_GET_C,
	DETAIL_STEPS,
};

struct detail_bucket {
	/* of I/Os that ended here with both Q and C; sums, ns */
	uint64_t q2c_ns;
	uint64_t phase_ns[DETAIL_PHASES];
	uint64_t nr;
	/* of parts that ended here; only with detail_options.has_path */
	uint64_t step_ns[DETAIL_STEPS];
	uint64_t step_nr[DETAIL_STEPS];
	/* ns that requests of all devices were in flight at that depth */
	uint64_t depth_ns[DETAIL_DEPTHS];
};

/* I/Os of a piece of a device in a bucket of time, reads and writes. */
struct detail_cell {
	uint32_t nr;
	float sum_ns;		/* of their latencies */
};

struct detail_device {
	uint32_t device;
	struct fold rows;	/* sectors */
	struct detail_cell *cells;	/* [slot of the bucket][row slot];
					   owned */
	uint64_t first, end;	/* sectors: lowest, one behind the highest */
	uint64_t nr;
};

/* Events over time of one CPU, of one reason, or of one virtqueue. */
struct detail_lane {
	uint32_t key;		/* the CPU; the reason; the virtqueue: device
				   << 16 | index */
	char name[32];		/* of a virtqueue; "" = unknown */
	enum exit_kind kind;	/* of reasons */
	uint64_t nr;
	uint32_t *cells;	/* [slot of the bucket]; owned */
};

enum detail_lanes {
	DETAIL_CPUS,		/* C by the CPU that it happened on */
	DETAIL_EXITS,		/* KVM_EXIT by reason */
	DETAIL_QUEUES,		/* bytes put into a virtqueue, in units of
				   DETAIL_QUEUE_UNIT, rounded up */
	DETAIL_LANE_KINDS,
};

struct detail_options {
	uint64_t from_ns, to_ns;	/* as in struct series_options */
	bool has_path;			/* fill step_ns and step_nr */
};

struct detail;

/* @opts NULL = all of it; copied. */
struct detail *detail_new(const struct detail_options *opts);
void detail_free(struct detail *d);
DEFINE_CLEANUP(struct detail, detail_free)

/* Records in the order of their times, payloads as in the file. */
void detail_add(struct detail *d, const struct blk_rec *recs, size_t nr);

/* The rest is for after it. */
void detail_finish(struct detail *d);

/* Time of the first block event, else of the first KVM event; 0 = neither. */
uint64_t detail_first(const struct detail *d);
uint64_t detail_last(const struct detail *d);

const struct fold *detail_times(const struct detail *d);
/* @cell is its number, from lo to hi of detail_times. */
const struct detail_bucket *detail_bucket(const struct detail *d,
					  uint64_t cell);

/* In the order in which they were first seen.  Borrowed. */
const struct detail_device *detail_devices(const struct detail *d,
					   size_t *ret_nr);
/* CPUs by number; reasons and queues by count, highest first.  Borrowed. */
const struct detail_lane *detail_lanes(const struct detail *d,
				       enum detail_lanes which,
				       size_t *ret_nr);

/* Sizes of I/Os in bytes, as iotape stat has them. */
const struct dist *detail_sizes(const struct detail *d, enum io_op op);
/* Absolute distances of requests in sectors: as in struct stats_device, of
   all devices. */
const struct dist *detail_seeks(const struct detail *d, enum io_op op);

/* The largest number of requests in flight. */
uint32_t detail_depth_max(const struct detail *d);
/* The depths from @low to below @high of a cell. */
uint32_t detail_depth_low(unsigned int cell);
uint32_t detail_depth_high(unsigned int cell);

#endif
