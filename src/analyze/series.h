/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace over time: bytes, I/Os, latency, I/Os in flight, lost events, and
 * where on each device I/O happened.  One pass over the records, without
 * knowing beforehand how long the trace is, how large its devices are or how
 * many; memory is bounded whatever the trace is (a few MB, and 6 MB for each
 * of the first devices).
 *
 *	_cleanup_(series_freep) struct series *s = series_new(NULL);
 *	while (... records ...)
 *		series_add(s, recs, nr);
 *	series_finish(s);
 *	for (size_t i = 0; i < series_count(s); i++)
 *		use(series_bucket(s, i), series_time(s, i));
 *
 * Times are those of the records.  What a plot shows it takes from here; the
 * choice between Q, D and C is its own (SERIES_ACTS are kept apart).
 */
#ifndef ANALYZE_SERIES_H
#define ANALYZE_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/fold.h"
#include "src/analyze/hist.h"
#include "src/analyze/inflight.h"
#include "src/analyze/raster.h"

#define SERIES_BUCKET_BITS	11	/* buckets of time: 1024 to 2048 are
					   used by any trace over 2 ms */
#define SERIES_DEVICES_MAX	32	/* devices with a raster */
#define SERIES_DEVICES_FINE	4	/* with one of full resolution */
#define SERIES_NAME_MAX		32

enum series_act {
	SERIES_QUEUE,
	SERIES_ISSUE,
	SERIES_COMPLETE,
	SERIES_ACTS,
};

/*
 * From which event a latency is measured to C.  A device that has no issues
 * (dm, md) is measured from Q; both are never mixed.
 */
enum series_phase {
	SERIES_D2C,
	SERIES_Q2C,
	SERIES_PHASES,
};

struct series_bucket {
	uint64_t nr[SERIES_ACTS][IO_OP_MAX];	/* I/Os */
	uint64_t bytes[SERIES_ACTS][IO_OP_MAX];
	struct hist *lat[SERIES_PHASES];	/* ns, in the bucket of C; NULL
						   = none ended here; owned */
	uint64_t depth_ns[SERIES_PHASES];	/* sum over I/Os of the time
						   that each was in flight */
	uint32_t depth_max[SERIES_PHASES];
	uint32_t is_lost;	/* events are missing somewhere in here */
	uint64_t nr_lost;	/* those that were found missing here */
};

struct series_device {
	uint32_t device;	/* major << 20 | minor */
	enum series_act act;	/* what the raster shows: Q, else D, else C */
	bool has_issue;
	bool is_upper;		/* dm, md: what it does, another device in the
				   trace does again.  Not counted in rates */
	char name[SERIES_NAME_MAX];	/* "" = unknown */
	struct raster *raster;	/* NULL: beyond SERIES_DEVICES_MAX */
};

struct series_options {
	uint64_t from_ns, to_ns;	/* only events of this part, since the
					   first event; 0, 0 = all */
	uint64_t first_sector, end_sector;	/* rasters only show this
					   part; 0, 0 = all */
	int act;		/* an enum series_act for the rasters; -1 =
				   Q, else D, else C, for each device */
	const struct series *whole;	/* this one is a part of it: it is given
				   some of its records, each after the whole
				   was.  Borrowed for all its life; NULL = it
				   is no part */
	unsigned int row_bits;	/* rows of the first devices' rasters: half of
				   2^row_bits to all of them; 0 = 10 */
	unsigned int bucket_bits;	/* 0 = SERIES_BUCKET_BITS */
};

struct series_totals {
	uint64_t nr[SERIES_ACTS][IO_OP_MAX];
	uint64_t bytes[SERIES_ACTS][IO_OP_MAX];
	struct hist lat[SERIES_PHASES];	/* ns, all operations */
	struct hist lat_op[SERIES_PHASES][IO_OP_MAX];
	uint64_t nr_records;	/* all that were given, notes too */
	uint64_t nr_lost;	/* by the loss notes */
	uint64_t nr_no_raster;	/* I/Os of devices beyond the limit */
};

struct series;

/* @opts NULL = all of it; copied. */
struct series *series_new(const struct series_options *opts);
void series_free(struct series *s);
DEFINE_CLEANUP(struct series, series_free)

/* Records in the order of their times, payloads as in the file. */
void series_add(struct series *s, const struct blk_rec *recs, size_t nr);

/* A name for a device that no note has named.  Cut to SERIES_NAME_MAX. */
void series_name_device(struct series *s, uint32_t device, const char *name);

/* The end of the trace; first of the whole, then of its parts.  The rest is
   for after it. */
void series_finish(struct series *s);

/* The one that it is a part of, or itself. */
const struct series *series_whole(const struct series *s);

/* Whether an I/O is in flight in it that @rec, a C, completes. */
bool series_awaits(struct series *s, const struct blk_rec *rec);

/*
 * Adds all of @from to @s: parts of the same whole, with the same options.
 * What is in flight in @from is in flight in @s then.  @from may only be freed.
 */
void series_absorb(struct series *s, struct series *from);

/* Times of the first event and of the last one, in ns; 0, 0 without any.
   With from_ns: the first event of the trace, not of the part. */
uint64_t series_first(const struct series *s);
uint64_t series_last(const struct series *s);

/*
 * Buckets, all of the same width, in order and without holes; empty ones are
 * zeroed.  The time is that of a bucket's begin; the first bucket begins
 * before the first event and the last one ends after the last.
 */
size_t series_count(const struct series *s);
uint64_t series_width(const struct series *s);
uint64_t series_time(const struct series *s, size_t i);
const struct series_bucket *series_bucket(const struct series *s, size_t i);

/* The fold of the buckets: columns of the rasters. */
const struct fold *series_fold(const struct series *s);

/* In the order in which they were first seen.  Borrowed. */
const struct series_device *series_devices(const struct series *s,
					   size_t *ret_nr);

const struct series_totals *series_totals(const struct series *s);
const struct inflight_stats *series_pairing(const struct series *s,
					    enum series_phase phase);

#endif
