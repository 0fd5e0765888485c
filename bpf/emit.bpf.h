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
#include "bpf/spare.bpf.h"
#include "bpf/task.bpf.h"

/* bpf/spare.bpf.h */
static __always_inline bool is_mine(const struct event *e)
{
	struct spare_id id = {
		.object = (__u64)e->object,
		.place = e->sector << 32 ^ e->sector >> 32 ^ e->bytes,
	};

	return spare_is_mine(e->tp, &id, e->is_spare);
}

static __always_inline bool is_in_range(const struct disk_state *disk,
					const struct event *e)
{
	return !e->sector ||
	       (e->sector >= disk->start && e->sector <= disk->end);
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

/* Take a slot of @lines, fill, give. */
static __always_inline int emit_slot(void *lines, __u32 cpu,
				     const struct event *e, __u64 action,
				     const void *pdu, __u32 pdu_size)
{
	__u32 i = disk_number(e->device);
	struct task_struct *task;
	struct ring_slot *slot;
	struct disk_state *disk;
	union slot_line *head;
	__u64 comm[2], key, pos;
	__u16 nameless = 0;

	if (i == (__u32)-1)
		return 0;
	if (cfg.has_range) {
		disk = bpf_map_lookup_elem(&disks, &i);
		if (!disk || !is_in_range(disk, e))
			return 0;
	}
	head = slot_line(lines, SLOT_HEAD);
	if (!head)
		return 0;
	task = bpf_get_current_task_btf();
	task_comm(task, comm);
	key = task_key(comm, task->pid, task->tgid);
	if (head->head.task != key) {
		if (task_see(task, comm))
			head->head.task = key;
		else
			nameless = SLOT_NAMELESS;
	}
	slot = slot_take(lines, &head->head, &pos);
	if (!slot) {
		slot_count_lost(&head->head, i);
		return 0;
	}
	slot->time = bpf_ktime_get_ns();
	slot->pid = task->pid;
	slot->lost = slot_nr_lost(&head->head, i);
	slot->pdu_len = pdu_size | nameless;
	fill_slot(slot, e, action, pdu, pdu_size);
	slot_give(slot, pos);
	slot_wake(cpu, pos);
	return 0;
}

/*
 * Filter, and on to user space.  @pdu has @pdu_size bytes; both are known at
 * compile time.
 */
static __always_inline int emit(struct event *e, const void *pdu,
				__u32 pdu_size)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *lines = NULL;
	__u64 action;

	if (e->object && !is_mine(e))
		return 0;
	/* Before all else, so that nothing is kept for it when it is off. */
	if (cfg.filter.is_on && !filter_wants(e))
		return 0;
	action = encode_action(e->opf, e->what) |
		 BLK_TC_ACT(cfg.op_tc[e->opf & (CFG_NR_OPS - 1)]);
	if (!(action & cfg.act_mask))
		return 0;
	if (cfg.nr_slots)
		lines = bpf_map_lookup_elem(&slots, &cpu);
	/* a CPU that was not online when it all began has no slots */
	if (lines)
		return emit_slot(lines, cpu, e, action, pdu, pdu_size);
	return emit_ring(e, action, pdu, pdu_size);
}

#endif
