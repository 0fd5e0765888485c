/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests by interval and device, as blkiomon counts them.
 *
 *	m = monitor_new(interval_ns, on_interval, ctx);
 *	monitor_add(m, &rec);		for each record, in time order
 *	monitor_end(m);			the last interval
 *	monitor_free(m);
 *
 * A request belongs to the interval in which it ends.  Intervals begin at the
 * first event; those without a request are left out.  What lost events tear
 * apart is not counted (src/analyze/life.h).
 */
#ifndef ANALYZE_MONITOR_H
#define ANALYZE_MONITOR_H

#include <stdint.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"

#define MONITOR_SIZES	16	/* buckets: 0, 1 KiB, 2 KiB, ..., more */
#define MONITOR_TIMES	25	/* 0, 8 us, 16 us, ..., more */

struct monitor_sum {
	uint64_t nr, min, max, sum;	/* min and max: 0 when nr is 0 */
	double squares;
};

enum monitor_kind {
	MONITOR_READ,
	MONITOR_WRITE,		/* all that is no read */
	MONITOR_KIND_MAX
};

struct monitor_device {
	uint32_t device;
	uint64_t nr;
	struct monitor_sum size[MONITOR_KIND_MAX];	/* bytes */
	struct monitor_sum d2c[MONITOR_KIND_MAX];	/* whole us */
	struct monitor_sum rate[MONITOR_KIND_MAX];	/* bytes per ms */
	uint32_t sizes[MONITOR_SIZES];
	uint32_t times[MONITOR_TIMES];
};

/* The highest value of a bucket but the last: 0, step, 2 steps, 4 steps... */
static inline uint64_t monitor_limit(unsigned int bucket, uint64_t step)
{
	return bucket ? step << (bucket - 1) : 0;
}

/*
 * An interval has ended: @end in ns since the first event, @wall its end as
 * CLOCK_REALTIME or 0 when that is not known.  Called for each device.
 */
typedef void monitor_fn(void *ctx, uint64_t end, uint64_t wall,
			const struct monitor_device *dev);

struct monitor;

struct monitor *monitor_new(uint64_t interval_ns, monitor_fn *fn, void *ctx);
void monitor_add(struct monitor *m, const struct blk_rec *rec);
void monitor_end(struct monitor *m);
void monitor_free(struct monitor *m);
DEFINE_CLEANUP(struct monitor, monitor_free)

#endif
