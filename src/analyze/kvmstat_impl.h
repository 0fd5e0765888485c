/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inside of src/analyze/kvmstat.h: kvmstat.c counts and pairs,
 * kvmstat_named.c finds the VMs with the name that is wanted.
 *
 * A VM's name may come after its first events, since another CPU's file has
 * it.  So where a name is wanted, each VM has a kvmstat of its own until its
 * name is settled, and then becomes part of the whole, or is thrown away.
 */
#ifndef ANALYZE_KVMSTAT_IMPL_H
#define ANALYZE_KVMSTAT_IMPL_H

#include "formats/note.h"
#include "src/analyze/kvmstat.h"
#include "src/base/map64.h"

/* Of VMs whose names are not settled, all together: they do not take from what
 * the VMs that are wanted may have. */
#define KVMSTAT_NAMED_REASONS	32768u

#define KVMSTAT_NR_EVENTS	(NOTE_KVM_EOI - NOTE_KVM_ENTRY + 1)

enum open_kind {
	OPEN_EXIT,		/* a KVM_EXIT without its KVM_ENTRY */
	OPEN_USER,		/* a KVM_USERSPACE_EXIT */
	OPEN_MAX
};

/* A thread that runs a vCPU. */
struct thread {
	uint32_t tid;		/* 0 = free */
	uint32_t vm;
	uint32_t vcpu;		/* number + 1, as last said; 0 = unknown */
	uint32_t nr_losses;	/* of the kvmstat, when something was opened */
	struct {
		struct kvmstat_reason *reason;	/* NULL = nothing is open */
		uint64_t time;
	} open[OPEN_MAX];
};

/* How a VM got its name, and what it did until that is settled. */
struct kvmstat_naming {
	struct kvmstat *own;	/* owned; NULL = nothing */
	bool is_said;		/* by its command line or main thread: not by
				   the first thread of it that was named */
};

struct kvmstat {
	struct kvmstat_event *events;	/* those of records first */
	size_t nr_events, cap_events;
	struct kvmstat_vm *vms;
	size_t nr_vms, cap_vms;
	struct map64 by_pid;	/* of a VM -> index of vms + 1 */
	const char *vm_name;	/* NULL = all */
	struct kvmstat_naming *naming;	/* with vm_name: of vms[i] */
	size_t cap_naming;
	size_t nr_own;		/* of naming[].own that are there; they share: */
	uint32_t named_reasons;	/* left */
	uint32_t named_times;	/* left, of vCPUs */
	uint64_t vms_left_out;	/* events */
	struct thread *threads;	/* a hash table, at most half full */
	size_t nr_threads;
	size_t nr_slots;	/* a power of two */
	uint32_t nr_reasons;
	uint32_t own_left;
	uint32_t *reasons_left;	/* own_left, or borrowed */
	struct map64 by_reason;	/* key_of -> index of its event's reasons + 1 */
	uint64_t no_reason;	/* exits beyond KVMSTAT_REASONS */
	uint32_t own_losses;
	uint32_t *nr_losses;	/* own_losses, or borrowed */
	struct kvmstat_vcpus vcpus;
	uint64_t first, last;	/* times of events */
	uint64_t start, end;	/* of the recording, as its clocks say */
	uint64_t lost;
	uint32_t vm;
	bool has_vcpus;		/* they are wanted */
	bool has_records;	/* of KVM, whatever the filters */
};

/* In kvmstat.c. */
struct kvmstat_vm *kvmstat_vm_of(struct kvmstat *st, uint32_t pid);
/* NULL: there are too many others. */
struct kvmstat_reason *kvmstat_reason_of(struct kvmstat *st,
					 struct kvmstat_event *e,
					 enum exit_kind kind, uint32_t reason);
void kvmstat_count(struct kvmstat *st, struct kvmstat_vm *vm,
		   const struct blk_rec *rec, const struct note *note);
/* What is open will not be paired any more. */
void kvmstat_give_up(struct kvmstat *st);

/* In kvmstat_named.c.  What a PROCESS record says of a VMM. */
void kvmstat_take_process(struct kvmstat *st,
			  const struct note_process *process);
/* An event of a VM, with vm_name: counts by itself until the name is settled. */
void kvmstat_count_named(struct kvmstat *st, struct kvmstat_vm *vm,
			 const struct blk_rec *rec, const struct note *note);
void kvmstat_settle_all(struct kvmstat *st);
void kvmstat_free_named(struct kvmstat *st);

#endif
