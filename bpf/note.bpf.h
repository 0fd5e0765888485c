/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events that are no block I/O (KVM, virtio) into the ring: user space makes
 * a private record of each.
 */
#ifndef BPF_NOTE_BPF_H
#define BPF_NOTE_BPF_H

#include "bpf/kernel.h"
#include "bpf/cfg.h"
#include "bpf/ring.bpf.h"
#include "bpf/task.bpf.h"

/*
 * Reserve, fill, submit.  @device is one of RING_DEVICE_*; @pdu_size, a
 * multiple of 8, is known at compile time.  0, or -1 when there was no room.
 */
static __always_inline int note_emit(__u32 device, __u32 event,
				     const void *pdu, __u32 pdu_size)
{
	struct disk_state *state = disk_find(device);
	struct task_struct *task;
	struct ring_event *ev;
	__u64 comm[2];

	if (!state)
		return -1;
	task = bpf_get_current_task_btf();
	task_comm(task, comm);
	(void)task_see(task, comm);
	ev = ring_reserve(state, pdu_size);
	if (!ev)
		return -1;
	ev->time = bpf_ktime_get_ns();
	ev->sector = 0;
	ev->action = event;
	ev->bytes = 0;
	ev->device = device;
	ev->pid = task->pid;
	ev->tgid = task->mm ? task->tgid : 0;
	ev->lost = state->lost;
	ev->error = 0;
	ev->pdu_len = pdu_size;
	__builtin_memcpy(ev->comm, comm, sizeof(ev->comm));
	ev->cgroup = 0;
	__builtin_memcpy(ev->pdu, pdu, pdu_size);
	ring_submit(state, ev, pdu_size);
	return 0;
}

/* The same with a u64 for each field. */
#define NOTE_EMIT(device, event, ...)					\
	({								\
		const __u64 v_[] = { __VA_ARGS__ };			\
		_Static_assert(sizeof(v_) <= RING_NOTE_MAX * 8, "");	\
		note_emit(device, event, v_, sizeof(v_));		\
	})

#endif
