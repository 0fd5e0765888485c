/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The processes of --pid have children.  Loaded only with that option.  User
 * space puts the processes into the map after these programs were attached,
 * and with them the children that they have by then.
 */
#include <linux/bpf.h>

#include "bpf/kernel.h"
#include "bpf/cfg.h"
#include "bpf/ring.bpf.h"
#include "bpf/filter.bpf.h"

/* Children that found no room in "processes". */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} no_process SEC(".maps");

/* (parent, child) */
SEC("tp_btf/sched_process_fork")
int iotape_fork(__u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0];
	struct task_struct *child = (void *)ctx[1];
	__u32 tgid = parent->tgid, new = child->tgid, zero = 0;
	__u64 *lost;
	__u8 one = 1;

	if (tgid == new || !bpf_map_lookup_elem(&processes, &tgid))
		return 0;
	if (!bpf_map_update_elem(&processes, &new, &one, 0))
		return 0;
	lost = bpf_map_lookup_elem(&no_process, &zero);
	if (lost)
		count_up(lost);
	return 0;
}

/* (task, ...): the last thread of a process, which need not be its first.
 * do_exit() has counted it off already. */
SEC("tp_btf/sched_process_exit")
int iotape_exit(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	__u32 tgid = task->tgid;

	if (!task->signal->live.counter)
		(void)bpf_map_delete_elem(&processes, &tgid);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
