/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Issues the I/Os of a plan with io_uring, from one thread, and measures how
 * close to their times that was.
 *
 *	struct engine_result res;
 *	r = engine_run(&plan, &options, &res, &err);
 *	... res ...
 *	engine_result_release(&res);
 *
 * While the next I/O is near, the thread spins: one CPU is busy.
 */
#ifndef REPLAY_ENGINE_H
#define REPLAY_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/dist.h"
#include "src/base/err.h"
#include "src/replay/pace.h"
#include "src/replay/place.h"
#include "src/replay/plan.h"
#include "src/replay/target.h"

#define ENGINE_DEPTH	1024u	/* default of engine_options.depth */
#define ENGINE_DEPTH_MAX 16384u
#define ENGINE_NO_TARGET UINT16_MAX

/* The I/Os of a recorded device. */
struct engine_device {
	uint16_t target;	/* index; ENGINE_NO_TARGET = left out */
	struct place place;
};

/* What it points to is borrowed for the call. */
struct engine_options {
	struct target *targets;
	size_t nr_targets;
	const struct engine_device *devices;	/* for each of plan.devs */
	const volatile int *stop;	/* ends early when not 0; NULL = no */
	enum pace_mode mode;
	double speed;		/* above 0; 2 = twice as fast */
	uint32_t iterations;	/* at least 1 */
	uint32_t depth;		/* I/Os in flight at most */
	unsigned int cpus;	/* threads that take turns, each on its own;
				   0 and 1: the caller's thread */
	int priority;		/* of SCHED_FIFO, of these; 0 = the caller's */
	unsigned int compressible;	/* percent of what is written */
	bool has_writes;	/* else writes become reads, and the rest that
				   changes data is left out */
};

struct engine_result {
	struct dist error;	/* ns from the time when an I/O was due until
				   the kernel had taken it; empty for
				   PACE_ASAP, which knows no times */
	struct dist latency;	/* ns from then until its end was seen */
	uint64_t begin, end;	/* CLOCK_MONOTONIC, ns */
	uint64_t nr_issued[LIFE_OP_MAX];	/* as they were issued */
	uint64_t bytes[LIFE_OP_MAX];
	uint64_t nr_fua;	/* of the writes */
	uint64_t nr_preflush;	/* flushes in front of writes, not in
				   nr_issued */
	uint64_t nr_write_as_read;
	uint64_t nr_left_out;	/* they change data, and has_writes is off */
	uint64_t nr_no_target;
	uint64_t nr_moved, nr_aligned, nr_cut;	/* src/replay/place.h */
	uint64_t nr_no_place;	/* PLACE_EXACT: left out */
	uint64_t nr_by_ioctl;	/* discards; others waited for them */
	uint64_t nr_held;	/* due, but the depth was reached */
	uint64_t nr_late;	/* issued more than 1 ms after it was due */
	uint64_t nr_close;	/* issued at most 50 us after it was due */
	uint64_t nr_short;	/* ended with fewer bytes */
	uint64_t nr_failed;
	uint64_t nr_unsupported;	/* of these, -EOPNOTSUPP */
	int first_error;	/* negative errno; 0 = none */
	uint32_t max_depth;
	double mean_depth;	/* over the time when any was in flight */
	bool is_stopped;	/* options.stop became set */
};

#define ENGINE_CLOSE_NS	50000u		/* engine_result.nr_close */
#define ENGINE_LATE_NS	1000000u	/* engine_result.nr_late */

/* Returns 0, or a negative errno when the ring cannot be had or fails; that an
 * I/O fails is a number in the result. */
int engine_run(const struct plan *plan, const struct engine_options *opts,
	       struct engine_result *ret, struct err *err);
void engine_result_release(struct engine_result *res);

#endif
