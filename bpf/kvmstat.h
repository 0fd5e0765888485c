/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bpf/kvmstat.bpf.c counts, and src/record/kvmlive.c reads: keys and
 * values of its maps.  Not part of the recorder.
 */
#ifndef BPF_KVMSTAT_H
#define BPF_KVMSTAT_H

#include <linux/types.h>

#include "bpf/hist.h"

/* Programs for tracepoints of which only the number counts. */
#define KVMSTAT_SLOTS	128

/* Values of kvmstat_key.event above the slots. */
enum kvmstat_event_id {
	KVMSTAT_ENTRY = KVMSTAT_SLOTS,
	KVMSTAT_EXIT,
	KVMSTAT_USER,		/* kvm_userspace_exit */
};

struct kvmstat_key {
	__u32 event;		/* below KVMSTAT_SLOTS, or enum kvmstat_event_id */
	__u32 kind;		/* enum exit_kind of kvm_exit: its isa; 0 = the
				   kernel does not say the reason */
	__u32 reason;		/* 0 where kind is 0, except for KVMSTAT_USER */
	__u32 vm;		/* process id of the VMM; 0: a kernel thread */
	__u32 vcpu;		/* its number + 1; 0 = unknown */
};

/* ns from an exit to the next kvm_entry of its thread. */
struct kvmstat_times {
	__u64 unpaired;		/* exits that another one followed */
	__u64 nr;
	__u64 sum;
	__u64 min;
	__u64 max;
	__u32 cells[BPF_HIST_CELLS];
};

#define KVMSTAT_KEYS	16384	/* event x reason x VM x vCPU */
#define KVMSTAT_TIMES	4096	/* exit reason x VM x vCPU */
#define KVMSTAT_THREADS	16384	/* that run vCPUs */

/* Elements of the per-CPU array "missed". */
enum kvmstat_missed {
	KVMSTAT_MISSED_COUNT,	/* events that are not counted: no room */
	KVMSTAT_MISSED_TIME,	/* times that are not in: no room */
	KVMSTAT_MISSED_MAX
};

#endif
