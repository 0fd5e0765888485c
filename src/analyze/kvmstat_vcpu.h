/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times of exits by vCPU, for src/analyze/kvmstat.c.
 *
 *	struct kvmstat_vcpus v = { 0 };
 *	times = kvmstat_vcpus_get(&v, reason, vm, vcpu);
 *	if (times)
 *		hist_add(&times->times, ns);
 *	nr = kvmstat_vcpus_sorted(&v, &list);
 *	kvmstat_vcpus_release(&v);
 *
 * Bounded: a trace may name any number of vCPUs, but KVMSTAT_VCPU_TIMES
 * histograms (some 3 KB each) are kept, and what found no room is counted.
 */
#ifndef ANALYZE_KVMSTAT_VCPU_H
#define ANALYZE_KVMSTAT_VCPU_H

#include <stddef.h>
#include <stdint.h>

#include "src/analyze/hist.h"
#include "src/base/map64.h"

#define KVMSTAT_VCPU_TIMES	16384	/* exit reasons x vCPUs */

struct kvmstat_reason;

/* The exits of one reason on one vCPU. */
struct kvmstat_vcpu {
	const struct kvmstat_reason *reason;	/* borrowed from the kvmstat */
	uint32_t vm;		/* process id of the VMM; 0 = unknown */
	uint32_t vcpu;		/* number + 1; 0 = unknown */
	uint64_t nr_unpaired;
	struct hist times;	/* ns */
};

/* A zeroed struct is an empty one. */
struct kvmstat_vcpus {
	struct kvmstat_vcpu **list;	/* owned, as are its elements */
	size_t nr, cap;
	const struct kvmstat_vcpu **view;	/* owned; of the last call */
	struct map64 vcpus;	/* vm << 32 | vcpu: 1, 2, ... */
	struct map64 index;	/* reason's id << 32 | that number: index in
				   list + 1 */
	uint32_t *left;		/* borrowed: a new one takes one of it; NULL =
				   KVMSTAT_VCPU_TIMES are all */
	uint64_t left_out;	/* calls of get that found no room */
};

/* NULL: no room. */
struct kvmstat_vcpu *kvmstat_vcpus_get(struct kvmstat_vcpus *v,
				       const struct kvmstat_reason *reason,
				       uint32_t vm, uint32_t vcpu);

/* By VM, vCPU, event, and then the most frequent first; borrowed until the
 * next get.  Their number. */
size_t kvmstat_vcpus_sorted(struct kvmstat_vcpus *v,
			    const struct kvmstat_vcpu *const **ret);

void kvmstat_vcpus_release(struct kvmstat_vcpus *v);

#endif
