/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A loop that one thread at a time runs, in turns, each on a CPU of its own:
 * so a loop that never sleeps leaves each CPU to others for most of the time.
 *
 *	r = turns_run(&opts, step, ctx, &err);	until step(ctx) is not 0
 *
 * For threads of a real-time class.  Linux gives what is of no such class 5 %
 * of each CPU, at a stretch: a thread that spins is stopped for 50 ms in each
 * second (sched_rt_runtime_us; from v6.12 on the fair server).  Two that take
 * turns on two CPUs never use one up, and are never stopped.
 *
 * Who has the turn keeps it until the next one is awake, so that there is no
 * gap between two turns, however late a thread wakes up.  What step() does is
 * seen by the next thread that calls it.
 */
#ifndef REPLAY_TURNS_H
#define REPLAY_TURNS_H

#include <stdint.h>

#include "src/base/err.h"

#define TURNS_MAX	64u
#define TURNS_NS	500000u	/* default of turns_options.ns */

struct turns_options {
	unsigned int nr;	/* threads, 1 to TURNS_MAX; with 1, step() is
				   called by the caller's thread */
	uint64_t ns;		/* of a turn; 0 = TURNS_NS */
	int priority;		/* of SCHED_FIFO; 0 = as the caller */
};

/* The CPUs that this process may run on; at most TURNS_MAX. */
unsigned int turns_cpus(void);

/*
 * Returns what step() returned, or a negative errno when a thread cannot be
 * had.  Where one cannot be pinned or have its priority it runs without.
 * step() must return from time to time; where it sleeps, so does the next one.
 */
int turns_run(const struct turns_options *opts, int (*step)(void *ctx),
	      void *ctx, struct err *err);

#endif
