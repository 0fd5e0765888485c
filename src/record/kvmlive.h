/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's events counted in the kernel: bpf/kvmstat.bpf.c loaded, attached, read.
 *
 *	struct kvmlive *live;
 *	r = kvmlive_open(&live, &err);		counts from here on
 *	r = kvmlive_read(live, &err);
 *	for (i = 0; i < kvmlive_rows(live, &rows); i++)
 *		use(&rows[i]);
 *	kvmlive_free(live);
 *
 * Tracepoints are found in BTF and need no tracefs, except for kvm_exit, whose
 * reason only the classic tracepoint has.  One thread.
 */
#ifndef RECORD_KVMLIVE_H
#define RECORD_KVMLIVE_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/kvmstat.h"
#include "src/base/err.h"

struct kvmlive;

/* An event, for one exit reason, VM and vCPU. */
struct kvmlive_row {
	const char *event;	/* "kvm_exit"; borrowed from the kvmlive */
	uint32_t kind;		/* of the reason, as kvmstat_key.kind */
	uint32_t reason;
	uint32_t vm;		/* process id; 0 = a kernel thread */
	uint32_t vcpu;		/* number + 1; 0 = unknown */
	uint64_t nr;
	const struct kvmstat_times *times;	/* NULL = none; borrowed until
						   the next read */
};

int kvmlive_open(struct kvmlive **ret, struct err *err);
void kvmlive_free(struct kvmlive *live);	/* detaches; NULL is fine */

/* The tracepoints that are counted, sorted by name, without "" ones.  Borrowed.
 * Their number. */
size_t kvmlive_events(const struct kvmlive *live, const char *const **ret);

/* Why a tracepoint is not counted; "" = all are.  Borrowed. */
const char *kvmlive_why_less(const struct kvmlive *live);

/* Reads all counts and times of now. */
int kvmlive_read(struct kvmlive *live, struct err *err);

/* What the last read found.  Borrowed until the next one.  Their number. */
size_t kvmlive_rows(const struct kvmlive *live,
		    const struct kvmlive_row **ret);

/* All counts begin with 0 again. */
void kvmlive_reset(struct kvmlive *live);

/*
 * Events that are in no count since there was no room, or since the kernel
 * did not run a program inside itself, and times that had no room.
 */
uint64_t kvmlive_missed(const struct kvmlive *live, uint64_t *ret_times);

#endif
