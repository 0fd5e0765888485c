/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block I/O counted in the kernel for iotape top: bpf/top.bpf.c loaded,
 * attached, read.
 *
 *	struct topcount *tc;
 *	r = topcount_open(&opts, &tc, &err);	counts from here on
 *	...
 *	r = topcount_read(tc, &snap, &err);
 *	use(snap.parts, snap.nr, snap.seconds);	until the next read
 *	topcount_free(tc);
 *
 * Counted are requests, as they complete; of devices without requests of their
 * own (dm, md, zram), the disks below are seen.  Counting ends with the
 * process, however that ends.  One thread.
 */
#ifndef RECORD_TOPCOUNT_H
#define RECORD_TOPCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/top.h"
#include "src/analyze/top.h"
#include "src/base/err.h"

struct topcount;

struct topcount_options {
	uint32_t devices[TOP_DEVICES];	/* of disks: major << 20 | minor */
	size_t nr_devices;	/* 0 = all */
	bool has_ops;		/* rows are apart by operation; what is in
				   flight is in rows without one */
};

/* What happened between two reads; the first one begins with topcount_open. */
struct topcount_snapshot {
	const struct top_row *parts;	/* src/analyze/top.h; borrowed until
					   the next read */
	size_t nr;
	double seconds;		/* the length of the interval */
	uint64_t missed;	/* completions in it that no program saw, on
				   all devices: they came inside the program
				   for another one */
	uint64_t no_slot;	/* I/Os in it without time and process, since
				   the table of those in flight was full */
};

/* Errors have the sentence of probe_explain(). */
int topcount_open(const struct topcount_options *opts, struct topcount **ret,
		  struct err *err);
void topcount_free(struct topcount *tc);	/* detaches; NULL is fine */

int topcount_read(struct topcount *tc, struct topcount_snapshot *ret_snap,
		  struct err *err);

/*
 * Gives up the capabilities that reading does not need, for good.  Those to
 * find the paths of cgroups are kept where they are had.
 */
int topcount_drop_rights(struct topcount *tc, struct err *err);

#endif
