/* SPDX-License-Identifier: GPL-2.0 */
/* The inside of src/record/trace.h: trace.c, trace_end.c, trace_slots.c. */
#ifndef RECORD_TRACE_IMPL_H
#define RECORD_TRACE_IMPL_H

#include <string.h>

#include "src/record/trace.h"

/* Whether the last event of @lane that was looked at is of this thread, whose
 * name in the trace still holds. */
static inline bool trace_last_is(const struct trace *trace,
				 const struct lane *lane, uint32_t pid,
				 uint32_t tgid, const char comm[16])
{
	return lane->naming == trace->naming && lane->pid == pid &&
	       lane->tgid == tgid &&
	       !memcmp(lane->comm, comm, sizeof(lane->comm));
}

/* A private record in the file of @cpu. */
int trace_put_note(struct trace *trace, unsigned int cpu, uint64_t time,
		   uint32_t pid, const struct note *note, struct err *err);

/* In the file of CPU 0.  @time (ns): 0 = that of the clock.  @clock: what the
 * clocks show; NULL = they are read. */
int trace_put_clock(struct trace *trace, uint32_t flags, uint64_t time,
		    const struct note_clock *clock, struct err *err);

#endif
