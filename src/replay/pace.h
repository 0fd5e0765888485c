/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which I/O of a plan is to be issued next, and when.
 *
 *	pace_init(&pace, &plan, PACE_TIMED, speed);
 *	pace_start(&pace, now);
 *	while (pace_next(&pace, &due, &i) && due <= now)
 *		issue(pace_take(&pace));
 *	pace_done(&pace, i, now);	when it has ended
 *	pace_release(&pace);
 *
 * Times are ns of one clock, whichever it is.  No system calls.
 */
#ifndef REPLAY_PACE_H
#define REPLAY_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/replay/plan.h"

enum pace_mode {
	PACE_TIMED,		/* each at its time in the trace */
	PACE_ASAP,		/* in that order, without waiting */
	PACE_CLOSED,		/* closed-loop: each stream with as many in
				   flight as in the trace, without waiting */
	PACE_DEPENDENCIES,	/* each when those have ended that it waited
				   for in its stream, and as much later as it
				   was; those that waited for none at their
				   times */
	PACE_MODE_MAX
};

/* "timed", "asap", "closed-loop", "dependencies". */
const char *pace_mode_name(enum pace_mode mode);

/* Returns 0, or -EINVAL for another name. */
int pace_mode_from_name(const char *name, enum pace_mode *ret_mode);

/* True if it wants the ends of the I/Os in the trace. */
bool pace_mode_needs_ends(enum pace_mode mode);

struct pace_due {
	uint64_t time;
	uint32_t io;
};

struct pace_stream {
	uint32_t next;		/* I/O that still waits; PLAN_NONE = none */
	uint32_t done;		/* the need that is met */
};

struct pace {
	const struct plan *plan;	/* borrowed */
	struct pace_stream *streams;	/* owned; NULL if in the trace's order */
	uint8_t *ended;		/* owned; by the streams' base + rank */
	struct pace_due *heap;	/* owned; the earliest first */
	size_t nr_heap, cap_heap;
	size_t cursor;		/* of PACE_TIMED and PACE_ASAP */
	uint64_t start;
	double speed;
	enum pace_mode mode;
};

/* @speed: above 0; 2 = twice as fast. */
void pace_init(struct pace *pace, const struct plan *plan,
	       enum pace_mode mode, double speed);
void pace_release(struct pace *pace);

/* Begins the plan at @now, also once more. */
void pace_start(struct pace *pace, uint64_t now);

/* What can be issued next, and from when on.  False: nothing, until another
 * I/O has ended, or at the end. */
bool pace_next(const struct pace *pace, uint64_t *ret_due, uint32_t *ret_io);

/* Takes what pace_next returned. */
void pace_take(struct pace *pace);

/* I/O @io, which was taken, has ended. */
void pace_done(struct pace *pace, uint32_t io, uint64_t now);

#endif
