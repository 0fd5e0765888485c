/* SPDX-License-Identifier: GPL-2.0 */
/* The inside of src/record/trace.h: trace.c and trace_end.c. */
#ifndef RECORD_TRACE_IMPL_H
#define RECORD_TRACE_IMPL_H

#include "src/record/trace.h"

/* A private record in the file of @cpu. */
int trace_put_note(struct trace *trace, unsigned int cpu, uint64_t time,
		   uint32_t pid, const struct note *note, struct err *err);

/* In the file of CPU 0.  @time (ns): 0 = that of the clock.  @clock: what the
 * clocks show; NULL = they are read. */
int trace_put_clock(struct trace *trace, uint32_t flags, uint64_t time,
		    const struct note_clock *clock, struct err *err);

#endif
