/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of iotape top: who did how much block I/O in an interval, by
 * device, process or cgroup.  Knows nothing of how it is counted, nor of
 * how it is shown.
 *
 *	nr = top_table(parts, nr_parts, TOP_BY_PROCESS, &rows);
 *	top_sort(rows, nr, TOP_SORT_READS, seconds);
 *	for (i = 0; i < nr; i++)
 *		show(top_rate(rows[i].ios[TOP_READ], seconds), ...);
 *	free(rows);
 *
 * A part is what one process did on one device in one cgroup.  A row of a
 * table is a sum of parts, as the same struct.
 */
#ifndef ANALYZE_TOP_H
#define ANALYZE_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/hist.h"

enum top_op {
	TOP_READ,
	TOP_WRITE,
	TOP_OTHER,	/* discards, flushes, passthrough, ... */
	TOP_OP_MAX
};

enum top_view {
	TOP_BY_DEVICE,
	TOP_BY_PROCESS,
	TOP_BY_CGROUP,
	TOP_VIEW_MAX
};

enum top_order {
	TOP_SORT_IOPS,		/* all operations */
	TOP_SORT_BYTES,		/* read and written */
	TOP_SORT_READS,		/* bytes read */
	TOP_SORT_WRITES,	/* bytes written */
	TOP_SORT_P50,
	TOP_SORT_P99,
	TOP_SORT_DEPTH,
	TOP_SORT_NAME,		/* of the key, ascending: number of the
				   device, process id, cgroup id */
	TOP_ORDER_MAX
};

#define TOP_COMM	16

struct top_row {
	uint32_t device;	/* major << 20 | minor; 0 in a table by
				   something else, as the next two */
	uint32_t tgid;		/* process id; 0 = unknown */
	uint32_t op;		/* operation of the block layer + 1, where they
				   are counted apart; 0 = all, or not known */
	uint64_t cgroup;	/* id; 0 = none */
	bool is_others;		/* those that there was no room for */
	char comm[TOP_COMM];	/* name of a thread; "" = unknown; with NUL */
	uint64_t ios[TOP_OP_MAX];	/* completed */
	uint64_t bytes[TOP_OP_MAX];
	uint64_t errors;	/* of ios */
	uint64_t untimed;	/* ios of which no issue was seen */
	uint64_t in_flight;	/* issued, not completed, at the end */
	uint64_t oldest_ns;	/* the longest time of these so far */
	struct hist times;	/* ns from issue (D) to completion (C) */
};

/*
 * Sums @parts up by what @view says; rows without any I/O, completed or in
 * flight, are left out.  In the order of the keys.  Returns their number;
 * the caller frees *ret_rows (NULL for none).
 */
size_t top_table(const struct top_row *parts, size_t nr, enum top_view view,
		 struct top_row **ret_rows);

/* All parts in one row. */
void top_total(const struct top_row *parts, size_t nr,
	       struct top_row *ret_total);

/* Largest first; rows that are equal stay in the order of their keys. */
void top_sort(struct top_row *rows, size_t nr, enum top_order order,
	      double seconds);

/* Names of command lines and JSON: "device", "iops", ...  The look-up returns
 * -ENOENT for others. */
const char *top_view_name(enum top_view view);
const char *top_order_name(enum top_order order);
int top_view_find(const char *name);
int top_order_find(const char *name);

uint64_t top_ios(const struct top_row *row);	/* of all operations */
uint64_t top_bytes(const struct top_row *row);

/* Per second; 0 for no time. */
double top_rate(uint64_t nr, double seconds);

/*
 * Requests in flight, the mean over the interval: the sum of the times of what
 * completed in it, divided by its length (Little's law; iostat's aqu-sz).
 */
double top_depth(const struct top_row *row, double seconds);

/*
 * What @now, a histogram that only grows, has more than @before.  Smallest and
 * largest are the limits of cells: those of an interval are not known.
 */
void top_hist_since(const struct hist *now, const struct hist *before,
		    struct hist *ret);

#endif
