/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts and times of the KVM records of a trace.
 *
 *	struct kvmstat *st = kvmstat_new(0, NULL);
 *	kvmstat_add(st, rec);			each record, in time order
 *	kvmstat_end(st);
 *	nr = kvmstat_events(st, &events);
 *	... events[i].reasons ...
 *	kvmstat_free(st);
 *
 * A time of an exit is from its KVM_EXIT, or KVM_USERSPACE_EXIT, to the next
 * KVM_ENTRY of the same thread.  Exits that cannot be paired like that are
 * counted: two without an entry in between, those open at the end, and those
 * that were open where events were lost.
 *
 * A live count (src/cmd/kvmstat_live.c) fills the same struct with
 * kvmstat_put instead of kvmstat_add.
 */
#ifndef ANALYZE_KVMSTAT_H
#define ANALYZE_KVMSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "formats/exit_names.h"
#include "src/analyze/hist.h"
#include "src/analyze/kvmstat_vcpu.h"
#include "src/analyze/vmname.h"

struct kvmstat;

#define KVMSTAT_REASONS	4096	/* of all events; processors have some 100 */

/* The exits of an event with the same reason. */
struct kvmstat_reason {
	const char *event;	/* "kvm_exit"; of the kvmstat */
	uint32_t id;		/* from 1, in the order in which they came */
	enum exit_kind kind;
	uint32_t reason;
	uint64_t nr;
	uint64_t nr_unpaired;
	struct hist times;	/* ns */
};

struct kvmstat_event {
	const char *name;	/* "kvm_exit" */
	uint64_t nr;
	struct kvmstat_reason **reasons;	/* most frequent first, after
						   kvmstat_end; owned here */
	size_t nr_reasons;
	size_t cap_reasons;
};

struct kvmstat_vm {
	uint32_t pid;		/* of its VMM; 0 = kernel threads */
	char name[VMNAME_MAX];	/* "" = not known */
	uint64_t nr;		/* events */
};

/*
 * @vm: only this VM's events (process id); 0 = all.  @name: only those of VMs
 * with this name; NULL = all; borrowed.  A name holds for the events before it
 * too, since it may stand in another CPU's file, unless the VM had one before.
 * Until a VM's name is known its events are counted apart, for as many as
 * KVMSTAT_NAMED_VMS.  Never NULL.
 */
#define KVMSTAT_NAMED_VMS	4096

struct kvmstat *kvmstat_new(uint32_t vm, const char *name);
void kvmstat_free(struct kvmstat *st);	/* NULL is fine */

/* Keep times by vCPU as well.  Before anything is added. */
void kvmstat_want_vcpus(struct kvmstat *st);

/* Each new reason takes one of *@left, which several kvmstats may share, instead
 * of its own KVMSTAT_REASONS.  Borrowed.  Before anything is added. */
void kvmstat_share_reasons(struct kvmstat *st, uint32_t *left);

/* Records that are not about KVM are looked over. */
void kvmstat_add(struct kvmstat *st, const struct blk_rec *rec);
void kvmstat_end(struct kvmstat *st);

/*
 * Adds @nr events of @event (copied) that were counted elsewhere; @vm is
 * counted, but no filter.  @has_reason: they have this one, with @nr_unpaired
 * and @times (NULL = none).  Before kvmstat_end.
 */
struct kvmstat_count {
	const char *event;
	uint64_t nr;
	uint64_t nr_unpaired;
	uint32_t vm;
	uint32_t vcpu;		/* number + 1; 0 = unknown */
	bool has_reason;
	enum exit_kind kind;
	uint32_t reason;
	const struct hist *times;
};

void kvmstat_put(struct kvmstat *st, const struct kvmstat_count *count);

/* Says what a VM is called. */
void kvmstat_name_vm(struct kvmstat *st, uint32_t vm, const char *name);

/* The VMs of the events that passed the filters, and others, with 0 events; in
 * the order in which they came.  After kvmstat_end.  Borrowed.  Their number. */
size_t kvmstat_vms(const struct kvmstat *st, const struct kvmstat_vm **ret);

/* All events, also those that did not happen.  Borrowed.  Their number. */
size_t kvmstat_events(const struct kvmstat *st,
		      const struct kvmstat_event **ret_events);

/*
 * Times by VM, vCPU and reason, after kvmstat_end; none unless they were
 * wanted.  The vCPU of an exit is what its thread last said it runs, at the
 * latest in the entry that ends the time.  Borrowed until the next call of any
 * function.  Their number.
 */
size_t kvmstat_by_vcpu(struct kvmstat *st,
		       const struct kvmstat_vcpu *const **ret);

/* Times that are in none of those: more than KVMSTAT_VCPU_TIMES. */
uint64_t kvmstat_vcpus_left_out(const struct kvmstat *st);

/* Events of VMs above KVMSTAT_NAMED_VMS. */
uint64_t kvmstat_vms_left_out(const struct kvmstat *st);

/* Exits that are only counted by their event: there were too many reasons. */
uint64_t kvmstat_no_reason(const struct kvmstat *st);

/* ns from the first to the last clock of the recording, or where it has none,
 * from the first to the last event. */
uint64_t kvmstat_duration(const struct kvmstat *st);

/* Whether no record of KVM was added, nor any count put: of no VM at all. */
bool kvmstat_is_empty(const struct kvmstat *st);

/* Events that the trace says were lost. */
uint64_t kvmstat_lost(const struct kvmstat *st);

#endif
