/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clocks of several traces: what has to be added to the times of each to
 * put it on the clock of the first one, and how wrong that may be.
 *
 *	align_clock(&clocks[i], &note.clock);		each CLOCK note
 *	align_timestamp(&clocks[i], rec.time, realtime);	of blktrace
 *	r = align_solve(ALIGN_WALL, sides, nr, maps, &err);
 *	t = align_time(&maps[i], t);
 *
 * Between CLOCK_REALTIME (or CLOCK_TAI) and CLOCK_MONOTONIC of one machine
 * there is a constant: NTP and PTP slow down or speed up both alike.  It
 * changes only when somebody sets the clock.  So one constant per trace is
 * right as far as its anchors agree, and half of what they differ by is a
 * bound of its error; a line through first and last anchor was rejected, for
 * it would make a drift of a step.  What the anchors cannot say is how far
 * the clocks of the machines were apart; the kernels' own estimates are added
 * for that.
 *
 * Pure.  Times are ns.
 */
#ifndef ANALYZE_ALIGN_H
#define ANALYZE_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/note.h"
#include "src/base/err.h"

enum align_mode {
	ALIGN_WALL,	/* CLOCK_REALTIME */
	ALIGN_PTP,	/* CLOCK_TAI of synchronised clocks */
	ALIGN_ANCHOR,	/* instants that the traces share */
	ALIGN_MODE_MAX
};

/* "wall", "ptp", "anchor". */
const char *align_mode_name(enum align_mode mode);

/* Returns 0, or -EINVAL for another name. */
int align_mode_from_name(const char *name, enum align_mode *ret_mode);

/* A clock less CLOCK_MONOTONIC, over all anchors. */
struct align_span {
	int64_t least, most;
};

/* What the anchors of a trace say; {0} before the first one. */
struct align_clocks {
	uint64_t nr;		/* CLOCK notes */
	uint64_t nr_synced;	/* of these */
	uint64_t nr_rated;	/* of these, that say width and errors */
	uint64_t nr_stamps;	/* timestamps of the kernel */
	struct align_span wall, tai, stamp;
	uint64_t width;		/* the largest */
	uint64_t max_error, est_error;	/* the largest; 0 = not known */
	uint64_t first, last;	/* CLOCK_MONOTONIC of the anchors */
};

void align_clock(struct align_clocks *clocks, const struct note *note);

/* CLOCK_REALTIME was @realtime at @time. */
void align_timestamp(struct align_clocks *clocks, uint64_t time,
		     uint64_t realtime);

/* Instants that all traces share, on the clock of one: ns; in order. */
struct align_points {
	unsigned int nr;	/* 0 to 2 */
	uint64_t at[2];
	uint64_t error;		/* of each, at most; 0 = not known */
};

/* A trace, for align_solve.  All borrowed. */
struct align_side {
	const char *name;	/* for messages */
	const struct align_clocks *clocks;
	struct align_points points;	/* of ALIGN_ANCHOR */
};

struct align_map {
	uint64_t at;
	int64_t offset;		/* is added at that time */
	double rate;		/* and this much more per ns behind it */
	bool has_error;		/* else unknown: clocks that nobody
				   synchronised, times that somebody gave */
	uint64_t error;		/* at most this much wrong, against the first
				   trace; without has_error: by reading the
				   clocks alone */
	uint64_t likely;	/* probably */
	uint64_t step;		/* by how much the clock was set meanwhile */
};

/*
 * One map for each side; that of the first adds nothing.  Returns 0, or
 * -ENODATA when a trace does not say what @mode needs, -EINVAL for points that
 * cannot be.
 */
int align_solve(enum align_mode mode, const struct align_side *sides,
		size_t nr, struct align_map *ret_maps, struct err *err);

/* Does not go below 0 nor above UINT64_MAX: the order of times stays. */
uint64_t align_time(const struct align_map *map, uint64_t time);

/* The same before it is put into 64 bits without a sign. */
int64_t align_time_signed(const struct align_map *map, uint64_t time);

#endif
