/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events in an interrupt that came while a program ran.
 *
 * The kernel does not run a tracing program on a CPU where it is running
 * already (05b24ff9b2cf, 6.1), so a completion in an interrupt is skipped
 * when it comes inside the program for another completion.  blktrace has no
 * such gap.  Therefore tracepoints that also fire in interrupts have a second
 * program, the spare, attached behind the first one.  It does the same, but
 * only for events that the first one did not see.
 *
 * How it knows: for each event that passes the filters the first program
 * pushes the event's pointer (request or bio) on a little stack of the CPU,
 * and the spare, which comes next for the same event, takes it off.  Where it
 * is not on the stack, the first program was skipped.  Interrupts nest: what
 * they push they take off before the interrupted program goes on.  Only a
 * spare that was skipped itself leaves a pointer behind, which goes with the
 * one below it, or when the stack is full.
 *
 * What both programs miss is told by the kernel's counters:
 * session_recursion_misses().
 */
#ifndef BPF_SPARE_BPF_H
#define BPF_SPARE_BPF_H

#include "bpf/kernel.h"
#include "bpf/cfg.h"

/* One stack for each tracepoint. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TP_MAX);
	__type(key, __u32);
	__type(value, struct spare_stack);
} spares SEC(".maps") __weak;

/*
 * The room is taken before it is filled, for kernels that let the program
 * itself run inside.  A spare that looks in between finds 0 there.
 */
static __always_inline void spare_push(struct spare_stack *s, __u64 id)
{
	__u32 depth = s->depth;

	if (depth >= SPARE_DEPTH)
		depth = 0;	/* full of what skipped spares left */
	s->depth = depth + 1;
	barrier();
	s->ids[depth & (SPARE_DEPTH - 1)] = id;
}

/* Whether @id was on the stack; it, and what is above it, is taken off. */
static __always_inline bool spare_pop(struct spare_stack *s, __u64 id)
{
	__u32 top = s->depth;

	for (__u32 i = 0; i < SPARE_DEPTH && top > 0; i++) {
		top--;
		if (s->ids[top & (SPARE_DEPTH - 1)] != id)
			continue;
		s->ids[top & (SPARE_DEPTH - 1)] = 0;
		barrier();
		s->depth = top;
		return true;
	}
	return false;
}

/*
 * Whether the event @id of tracepoint @tp is to be recorded by this program,
 * the first one or the @is_spare.
 */
static __always_inline bool spare_is_mine(__u32 tp, __u64 id, bool is_spare)
{
	struct spare_stack *s = bpf_map_lookup_elem(&spares, &tp);

	if (!s)
		return !is_spare;
	if (!is_spare) {
		spare_push(s, id);
		return true;
	}
	if (spare_pop(s, id))
		return false;
	s->recorded++;
	return true;
}

#endif
