/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The packets of a Perfetto trace: tracks, slices on them, counters.
 *
 * Field numbers are those of Perfetto's schema (protos/perfetto/trace/ in
 * https://github.com/google/perfetto, commit ec5d16b14b74, 2026): a Trace is
 * a row of TracePackets.
 *
 * Slices of a track have to be nested, but I/Os overlap.  So what overlaps is
 * spread over lanes: tracks of the same name below the same parent, which the
 * user interface shows as one.
 */
#ifndef ANALYZE_EXPORT_TRACK_H
#define ANALYZE_EXPORT_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/outbuf.h"

#define LANES_MAX 4096u

struct lane {
	uint64_t uuid;
	uint64_t end; /* ns; of its last slice */
};

struct track {
	uint64_t uuid;
	struct lane *lanes; /* owned */
	size_t nr, cap;
};

struct tracks {
	struct outbuf *out;
	uint64_t nr_uuids;
	bool has_begun;
};

enum track_unit {
	UNIT_NONE,
	UNIT_COUNT = 2,	    /* CounterDescriptor.UNIT_COUNT */
	UNIT_SIZE_BYTES = 3, /* CounterDescriptor.UNIT_SIZE_BYTES */
};

/* "sda" below @parent (0 = none).  @pid: it is a process; 0 = it is none. */
void track_begin(struct tracks *t, struct track *track, uint64_t parent,
		 const char *name, uint32_t pid);

/* Returns the uuid of a track for a counter. */
uint64_t track_counter(struct tracks *t, uint64_t parent, const char *name,
		       enum track_unit unit);

/* What the machine's clocks were at once; 0 = unknown.  ns. */
void track_clocks(struct tracks *t, uint64_t boottime, uint64_t realtime);

/*
 * The uuid of a lane that is free from @from on; it is taken until @to.  0
 * when there are LANES_MAX.
 */
uint64_t track_lane(struct tracks *t, struct track *track, const char *name,
		    uint64_t from, uint64_t to);

void track_release(struct track *track);

/* An annotation: text, or a number where text is NULL. */
struct track_note {
	const char *name;
	const char *text;
	uint64_t number;
};

struct track_slice {
	const char *name;
	uint64_t flow;	     /* begins here; 0 = none */
	uint64_t flow_end;   /* ends here; 0 = none */
	const struct track_note *notes;
	size_t nr_notes;
};

void track_slice_begin(struct tracks *t, uint64_t uuid, uint64_t time,
		       const struct track_slice *slice);
void track_slice_end(struct tracks *t, uint64_t uuid, uint64_t time);
void track_value(struct tracks *t, uint64_t uuid, uint64_t time,
		 uint64_t value);

#endif
