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
 * How it knows: the first program pushes what its event is about on a stack of
 * the CPU, and the spare, which comes next for the same event, takes it off.
 * Where it is not on the stack, the first program was skipped.  Interrupts
 * nest: what they push they take off before the interrupted program goes on.
 * While a spare is looking, nothing is pushed, since it would not be run for
 * that event.  Only in the few instructions around that something can be left
 * behind; the stack is a ring, so new entries overwrite the oldest ones.
 *
 * Both see all events, also those that the filters drop, so that what both
 * miss is the kernel's count for the first one less spare_stack.covered.
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
 * itself run inside.  A spare that looks in between finds no event there.
 */
static __always_inline void spare_push(struct spare_stack *s,
				       const struct spare_id *id)
{
	__u32 top = s->top;
	struct spare_id *slot = &s->ids[top & (SPARE_DEPTH - 1)];

	if (s->is_looking)
		return;
	s->top = top + 1;
	barrier();
	slot->place = id->place;
	slot->object = id->object;
}

/* Whether @id was on the stack; it, and what is above it, is taken off. */
static __always_inline bool spare_pop(struct spare_stack *s,
				      const struct spare_id *id)
{
	__u32 top = s->top;

	for (__u32 i = 0; i < SPARE_DEPTH; i++) {
		struct spare_id *slot = &s->ids[--top & (SPARE_DEPTH - 1)];

		if (slot->object != id->object || slot->place != id->place)
			continue;
		slot->object = 0;
		barrier();
		s->top = top;
		return true;
	}
	return false;
}

/* The first program of tracepoint @tp begins with this for the event @id. */
static __always_inline void spare_see(__u32 tp, const struct spare_id *id)
{
	struct spare_stack *s = bpf_map_lookup_elem(&spares, &tp);

	if (s)
		spare_push(s, id);
}

/*
 * Whether the first program of tracepoint @tp did not see @id, and the spare
 * has to do it.  Kernels before the rule above run a spare inside a spare, but
 * they do not skip the first program either.
 */
static __always_inline bool spare_is_missing(__u32 tp,
					     const struct spare_id *id)
{
	struct spare_stack *s = bpf_map_lookup_elem(&spares, &tp);
	bool is_missing;

	if (!s || s->is_looking)
		return false;
	s->is_looking = 1;
	barrier();
	is_missing = !spare_pop(s, id);
	barrier();
	s->is_looking = 0;
	s->covered += is_missing;
	return is_missing;
}

#endif
