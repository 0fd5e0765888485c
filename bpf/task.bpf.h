/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who a thread is: command line and cgroup, taken where it does its I/O.
 * User space would look in /proc some milliseconds later, when a short-lived
 * process is gone.
 *
 * A thread is described when it is not in the CPU's little cache of threads
 * described before: once for each CPU it runs on, and again when it changed
 * its name.  A description that finds no room in the ring is no lost event:
 * user space has what was said of the thread before, or looks in /proc then
 * (tasks_find(), src/record/tasks.h).
 */
#ifndef BPF_TASK_BPF_H
#define BPF_TASK_BPF_H

#include "bpf/kernel.h"
#include "bpf/cfg.h"
#include "bpf/ring.bpf.h"
#include "bpf/slot.bpf.h"

struct task_cache {
	__u64 key[TASK_SLOTS];	/* of thread and name; 0 = free */
	__u64 written;		/* bytes of descriptions since a wake-up */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct task_cache);
} task_caches SEC(".maps") __weak;

/*
 * Of a thread and its name; not 0.  Multiplications by odd numbers (2^64/phi,
 * and the first one of MurmurHash3's finalizer) lose no bit, and neither does
 * the shift: each half of the name counts in full.  Two threads of one name
 * never have the same key.
 */
static __always_inline __u64 task_key(const __u64 comm[2], __u32 pid,
				      __u32 tgid)
{
	__u64 h = comm[0] * 0x9e3779b97f4a7c15ull;

	h = (h ^ h >> 32 ^ comm[1]) * 0xff51afd7ed558ccdull;
	return (h ^ (__u64)tgid << 32 ^ (__u64)pid << 1) | 1;
}

/* The cgroup of the hierarchy that I/O is charged in. */
static __always_inline __u64 task_cgroup(struct task_struct *task)
{
	struct cgroup_subsys_state *css;

	if (!bpf_core_field_exists(task->cgroups))
		return 0;
	if (!cfg.is_cgroup_v1)
		return task->cgroups->dfl_cgrp->kn->id;
	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, io_cgrp_id))
		return 0;
	css = BPF_CORE_READ(task, cgroups,
			    subsys[bpf_core_enum_value(enum cgroup_subsys_id,
						       io_cgrp_id)]);
	return BPF_CORE_READ(css, cgroup, kn, id);
}

/* Words with NULs between them, as in /proc/PID/cmdline. */
static __always_inline void task_cmdline(struct task_struct *task,
					 struct ring_task *t)
{
	struct mm_struct *mm = task->mm;
	__u64 start, len;

	t->cmdline_len = 0;
	if (!mm)
		return;
	start = mm->arg_start;
	len = mm->arg_end - start;
	if (len > sizeof(t->cmdline))
		len = sizeof(t->cmdline);
	if (!bpf_probe_read_user(t->cmdline, len, (void *)start))
		t->cmdline_len = len;
}

/*
 * How to submit a description.  As in ring_submit(), the reader is woken once
 * in wake_bytes of them: they may be all that the ring is for.
 */
static __always_inline __u64 task_wake_flags(struct task_cache *c)
{
	c->written += sizeof(struct ring_event) + sizeof(struct ring_task);
	if (c->written < cfg.wake_bytes)
		return BPF_RB_NO_WAKEUP;
	c->written = 0;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline bool task_describe(struct task_struct *task,
					  const __u64 comm[2],
					  struct task_cache *c)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct ring_event *ev;

	if (!ring)
		return false;
	ev = bpf_ringbuf_reserve(ring, sizeof(*ev) + sizeof(struct ring_task),
				 0);
	if (!ev)
		return false;
	__builtin_memset(ev, 0, sizeof(*ev));
	ev->time = bpf_ktime_get_ns();
	ev->device = RING_DEVICE_TASK;
	ev->pid = task->pid;
	ev->tgid = task->tgid;
	ev->cgroup = task_cgroup(task);
	ev->pdu_len = sizeof(struct ring_task);
	__builtin_memcpy(ev->comm, comm, sizeof(ev->comm));
	task_cmdline(task, (struct ring_task *)ev->pdu);
	bpf_ringbuf_submit(ev, task_wake_flags(c));
	return true;
}

/* The last event's thread may be the one whose place another one took: the
 * next event looks again. */
static __always_inline void task_forget_last(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	union slot_line *head;
	void *lines;

	if (!cfg.nr_slots)
		return;
	lines = bpf_map_lookup_elem(&slots, &cpu);
	if (!lines)
		return;
	head = slot_line(lines, SLOT_HEAD);
	if (head)
		head->head.task = 0;
}

/*
 * Describes a thread that was not described yet on this CPU.  False: there was
 * no room for that.  It is remembered only behind its description, so that an
 * interrupt in between has one of its own before its events.
 */
static __always_inline bool task_see(struct task_struct *task,
				     const __u64 comm[2])
{
	__u64 key = task_key(comm, task->pid, task->tgid);
	__u32 zero = 0;
	struct task_cache *c = bpf_map_lookup_elem(&task_caches, &zero);
	__u64 *slot;

	if (!c)
		return false;
	slot = &c->key[TASK_SLOT(task->pid)];
	if (*slot == key)
		return true;
	if (!task_describe(task, comm, c))
		return false;
	*slot = key;
	task_forget_last();
	return true;
}

/*
 * The same for an event in a slot, whose thread is not that of the last one.
 * Returns what its pdu_len says of that: 0 or SLOT_NAMELESS.
 */
__seldom __u32 task_look(struct slot_head *h)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 comm[2];

	task_comm(task, comm);
	if (!task_see(task, comm))
		return SLOT_NAMELESS;
	h->task = task_key(comm, task->pid, task->tgid);
	return 0;
}

#endif
