/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two traces compared: how much the median and the 99th percentile of the
 * latency changed, and how sure that is.
 *
 *	struct diff_side *a = diff_side_new(), *b = diff_side_new();
 *	diff_side_add(a, recs, nr);	each record of A, in time order; B too
 *	diff_side_finish(a);
 *	diff_compare(a, b, &table);
 *
 * The latency is that from D to C of a request, and from Q to C of an I/O of a
 * device that has no D; the same that iotape stat has.
 *
 * The interval comes from a block bootstrap, for I/Os that are close in time
 * are not independent, and an interval that takes them so is far too narrow.
 * A trace is cut into blocks of DIFF_BLOCK_NS by the time of C since the first
 * event; when there are more than DIFF_BLOCKS, pairs are joined.
 * DIFF_RESAMPLES times as many blocks as the trace has are drawn from it with
 * replacement, from A and from B independently, and the percentiles of those
 * are compared.  The interval is from the 2.5th to the 97.5th percentile of
 * the changes.  Numbers are drawn by SplitMix64 (Steele, Lea, Flood, "Fast
 * Splittable Pseudorandom Number Generators", 2014) with a fixed seed, so that
 * the same traces give the same interval:  block = high 64 bits of
 * (number * blocks), all of A's and then all of B's for each resample.
 * (Politis, Romano, "A Circular Block-Resampling Procedure", 1992, is on why
 * blocks; those here do not overlap.)
 *
 * A latency is known to 1 / 2^DIFF_BITS of its value.
 */
#ifndef ANALYZE_DIFF_H
#define ANALYZE_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/raster.h"
#include "src/base/cleanup.h"

#define DIFF_BLOCK_NS	UINT64_C(1000000000)
#define DIFF_BLOCKS	1024u
#define DIFF_BLOCKS_MIN	5	/* fewer on a side: there is no interval */
#define DIFF_RESAMPLES	1000
#define DIFF_SEED	UINT64_C(1)
#define DIFF_BITS	7

enum diff_what {
	DIFF_P50,
	DIFF_P99,
	DIFF_WHATS,
};

struct diff_change {
	uint64_t a_ns, b_ns;
	double change;		/* b / a - 1; 0 if a is 0 */
	double low, high;	/* of the change, 95 % */
	bool has_interval;
};

struct diff_row {
	uint64_t nr_a, nr_b;	/* requests */
	struct diff_change of[DIFF_WHATS];	/* zeroed when a side is empty */
};

struct diff_table {
	struct diff_row rows[IO_OP_MAX];
	size_t blocks_a, blocks_b;
	uint64_t block_ns_a, block_ns_b;
};

struct diff_side;

struct diff_side *diff_side_new(void);
void diff_side_free(struct diff_side *s);
DEFINE_CLEANUP(struct diff_side, diff_side_free)

void diff_side_add(struct diff_side *s, const struct blk_rec *recs, size_t nr);
void diff_side_finish(struct diff_side *s);

/* One latency, for those that have no records.  @ns: of C, since the first
   event of the trace. */
void diff_side_latency(struct diff_side *s, enum io_op op, uint64_t ns,
		       uint64_t latency_ns);

/* Events that the trace says were lost: no latency crosses such a place. */
uint64_t diff_side_lost(const struct diff_side *s);

void diff_compare(const struct diff_side *a, const struct diff_side *b,
		  struct diff_table *ret_table);

/* "reads", "writes", "other": also in JSON. */
const char *diff_op_name(enum io_op op);
/* "p50", "p99" */
const char *diff_what_name(enum diff_what what);

#endif
