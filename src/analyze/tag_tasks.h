/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the notes of a trace say about who does the I/O: threads, cgroups,
 * devices, virtual machines.  For the rules that make tags (tag_rules.h).
 *
 *	tag_tasks_note(&tasks, &rec);		each note, in order
 *	task = tag_tasks_find(&tasks, rec.pid);
 *
 * Unlike in blkparse a thread's newest name counts: a label says who it was
 * at that time.  Memory is bounded by the threads and cgroups of the trace.
 */
#ifndef ANALYZE_TAG_TASKS_H
#define ANALYZE_TAG_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "formats/note.h"
#include "src/base/map64.h"

#define TAG_TASKS_RECENT 64u
#define TAG_REGIONS	 64u

struct tag_task {
	uint64_t cgroup; /* of the process; 0 = unknown */
	uint32_t pid;	 /* thread */
	uint32_t tgid;	 /* 0 = unknown */
	char name[BLK_COMM_LEN + 1]; /* "" = unknown */
	/* the user's own; 0 again when the task changed */
	uint32_t label;
	uint64_t matches; /* conditions */
	uint64_t may;	  /* of the first 64 rules: those for this task */
	bool is_matched;
};

struct tag_cgroup {
	uint64_t id;
	char *path;
	/* the user's own */
	uint32_t label;
	uint64_t matches;
	bool is_matched;
};

struct tag_device {
	uint32_t device;
	uint64_t sectors; /* 0 = unknown */
	char *name;
	/* the user's own; 0 again when it got its name */
	uint32_t label;
	unsigned int region_shift;
	uint32_t regions[TAG_REGIONS];
};

struct tag_tasks {
	struct tag_task *tasks;
	size_t nr_tasks, cap_tasks;
	struct tag_cgroup *cgroups;
	size_t nr_cgroups, cap_cgroups;
	struct tag_device *devices;
	size_t nr_devices, cap_devices;
	struct map64 by_pid, by_cgroup, by_device; /* to index + 1 */
	uint32_t recent_tasks[TAG_TASKS_RECENT]; /* at pid % that: index + 1 */
	size_t recent_device; /* index + 1 of the last found */
	struct map64 charges; /* device and CPU to a cgroup id */
	struct map64 vms;     /* tgid to index + 1 in vm_names */
	char **vm_names;
	size_t nr_vms, cap_vms;
};

void tag_tasks_note(struct tag_tasks *t, const struct blk_rec *rec);

/* Never NULL: one that no note named is made.  Valid until the next call. */
struct tag_task *tag_tasks_find(struct tag_tasks *t, uint32_t pid);
struct tag_cgroup *tag_tasks_cgroup(struct tag_tasks *t, uint64_t id);
struct tag_device *tag_tasks_device(struct tag_tasks *t, uint32_t device);

/* The cgroup that an event is charged to; 0 = the trace does not say. */
uint64_t tag_tasks_charge(const struct tag_tasks *t,
			  const struct blk_rec *rec);

/*
 * The name of the virtual machine that a task works for; NULL = for none.
 * Found by the command line, the cgroup, or the name of the thread (QEMU, KVM,
 * firecracker, cloud-hypervisor, crosvm, lkvm, vhost).
 */
const char *tag_tasks_vm(struct tag_tasks *t, uint32_t pid);

void tag_tasks_release(struct tag_tasks *t);

#endif
