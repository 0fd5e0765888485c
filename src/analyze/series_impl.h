/* SPDX-License-Identifier: GPL-2.0 */
/* What series.c and series_part.c share. */
#ifndef ANALYZE_SERIES_IMPL_H
#define ANALYZE_SERIES_IMPL_H

#include "src/analyze/series.h"

struct series {
	struct series_options opts;
	struct fold times;
	struct series_bucket *buckets;	/* times.nr, at fold_slot() */
	struct series_device *devices;
	size_t nr_devices, cap_devices;
	size_t last_device;		/* index of the one used last */
	struct inflight *inflight[SERIES_PHASES];
	const struct inflight_stats *pairing[SERIES_PHASES];	/* of those */
	struct series_totals totals;	/* sums: from series_finish on */
	uint64_t origin;		/* time of the first event */
	uint64_t first, last;		/* of those in the part shown */
	uint64_t depth_time;		/* depth is booked up to here */
	uint64_t lost_from, lost_to;	/* not marked yet: until the next event */
	uint64_t nr_lost;
	bool is_lost;
	bool has_event;
	bool has_shown;
};

/* Adds @from to @to, and takes over its histograms. */
void series_merge_buckets(void *to, void *from, size_t size);

/* NULL when there are too many. */
struct series_device *series_find_device(struct series *s, uint32_t device);

/* The same device of the whole; NULL without one. */
const struct series_device *series_whole_device(const struct series *s,
						uint32_t device);

/* What the raster of a device shows from now on: it is empty then. */
void series_set_act(struct series_device *d, enum series_act act);

/* An event of the part that is shown: the range of times grows. */
void series_show_time(struct series *s, uint64_t time);

/* The bucket of a time; the range of buckets grows to it. */
struct series_bucket *series_bucket_at(struct series *s, uint64_t time);

/* Books the I/Os in flight from the last time to @time. */
void series_book_depth(struct series *s, uint64_t time);

/* A part ends when its whole does; others stay. */
void series_end_part(struct series *s);

#endif
