/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of an event of block I/O: filtered, and put into a slot
 * (bpf/slot.bpf.h), or into the ring where there are no slots: on kernels
 * without atomic exchange in BPF, on a CPU that was not online, and when the
 * cgroup of each event is wanted, for which a slot has no room.
 */
#ifndef BPF_EMIT_BPF_H
#define BPF_EMIT_BPF_H

#include "bpf/kernel.h"
#include "bpf/cfg.h"
#include "bpf/encode.h"
#include "bpf/event.h"
#include "bpf/filter.bpf.h"
#include "bpf/ring.bpf.h"
#include "bpf/slot.bpf.h"
#include "bpf/task.bpf.h"

/* Whether the event's disk is recorded, and there its sector. */
static __always_inline bool is_wanted_place(const struct event *e)
{
	__u32 i = disk_number(e->device);
	struct disk_state *disk;

	if (i == (__u32)-1)
		return false;
	if (!cfg.has_range)
		return true;
	disk = bpf_map_lookup_elem(&disks, &i);
	return disk && is_in_range(disk, e);
}

static __always_inline void fill_slot(struct ring_slot *slot,
				      const struct event *e, __u64 action,
				      const void *pdu, __u32 pdu_size)
{
	slot->sector = e->sector;
	slot->action = action;
	slot->bytes = e->bytes;
	slot->device = e->device;
	slot->error = e->error;
	if (pdu_size == sizeof(slot->pdu)) {
		slot->pdu = *(const __u64 *)pdu;
	} else if (pdu_size) {
		slot->device_from = *(const __u32 *)pdu;
		slot->pdu = ((const __u64 *)pdu)[1];
	}
}

/* Reserve, fill, submit. */
static __always_inline int emit_ring(const struct event *e, __u64 action,
				     const void *pdu, __u32 pdu_size)
{
	struct disk_state *disk = disk_find(e->device);
	struct task_struct *task;
	struct ring_event *ev;
	__u64 comm[2];

	if (!disk || !is_in_range(disk, e))
		return 0;
	task = bpf_get_current_task_btf();
	task_comm(task, comm);
	(void)task_see(task, comm);
	ev = ring_reserve(disk, pdu_size);
	if (!ev)
		return 0;
	ev->time = bpf_ktime_get_ns();
	ev->sector = e->sector;
	ev->action = action;
	ev->bytes = e->bytes;
	ev->device = e->device;
	ev->pid = task->pid;
	ev->tgid = task->tgid;
	ev->lost = disk->lost;
	ev->error = e->error;
	ev->pdu_len = pdu_size;
	__builtin_memcpy(ev->comm, comm, sizeof(ev->comm));
	ev->cgroup = cfg.has_cgroup ? bio_cgroup(e->bio) : 0;
	if (pdu_size)
		__builtin_memcpy(ev->pdu, pdu, pdu_size);
	ring_submit(disk, ev, pdu_size);
	return 0;
}

/* Take a slot, fill it, give it. */
static __always_inline int emit_slot(const struct event *e, __u64 action,
				     const void *pdu, __u32 pdu_size)
{
	struct task_struct *task;
	struct ring_slot *slot;
	union slot_line *head;
	__u64 comm[2], pos;

	if (!is_wanted_place(e))
		return 0;
	head = slot_line(e->lines, SLOT_HEAD);
	if (!head)
		return 0;
	slot = slot_take(e->lines, &head->head, &pos);
	if (!slot)
		return slot_count_lost(&head->head, e->device);
	fill_slot(slot, e, action, pdu, pdu_size);
	slot->lost = head->head.has_lost ? slot_nr_lost(e->device) : 0;
	slot->pdu_len = pdu_size;
	task = bpf_get_current_task_btf();
	slot->pid = task->pid;
	task_comm(task, comm);
	if (head->head.task != task_key(comm, task->pid, task->tgid))
		slot->pdu_len |= task_look(&head->head);
	slot->time = bpf_ktime_get_ns();
	slot_give(slot, pos);
	if (!((pos + 1) & (cfg.nr_slots / 4 - 1)))
		return slot_wake();
	return 0;
}

/*
 * Filter, and on to user space.  @pdu has @pdu_size bytes; both are known at
 * compile time.
 */
static __always_inline int emit(struct event *e, const void *pdu,
				__u32 pdu_size)
{
	__u64 action;

	/* Before all else, so that nothing is kept for it when it is off. */
	if (cfg.filter.is_on && !filter_wants(e))
		return 0;
	action = encode_action(e->opf, cfg.op_tc[e->opf & (CFG_NR_OPS - 1)],
			       e->what);
	if (!(action & cfg.act_mask))
		return 0;
	return e->lines ? emit_slot(e, action, pdu, pdu_size) :
			  emit_ring(e, action, pdu, pdu_size);
}

#endif
