/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's own counters: <debugfs>/kvm/<pid>-<fd>/<field>, one folder for each VM.
 *
 *	r = kvmdebugfs_open(NULL, &d, &err);
 *	kvmdebugfs_reset(d, false);		count from now on
 *	kvmdebugfs_read(d);
 *	for (i = 0; i < kvmdebugfs_values(d, &values); i++)
 *		use(&values[i]);
 *
 * Values are since the reset, or since the VM was first seen.
 */
#ifndef RECORD_KVMDEBUGFS_H
#define RECORD_KVMDEBUGFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"

struct kvmdebugfs;

struct kvmdebugfs_value {
	const char *field;	/* "exits"; borrowed */
	uint32_t vm;		/* process id */
	int64_t value;		/* some fields fall as well */
};

/* @dir: NULL = "kvm" in the debugfs that /proc/mounts has.  Errors: debugfs is
 * not mounted, or is shut, or has no kvm. */
int kvmdebugfs_open(const char *dir, struct kvmdebugfs **ret, struct err *err);
void kvmdebugfs_free(struct kvmdebugfs *d);	/* NULL is fine */

/* All fields of this kernel, sorted.  Borrowed. */
size_t kvmdebugfs_fields(const struct kvmdebugfs *d,
			 const char *const **ret);

void kvmdebugfs_read(struct kvmdebugfs *d);

/* A row for each field of each VM that is there.  Borrowed until the next
 * read. */
size_t kvmdebugfs_values(const struct kvmdebugfs *d,
			 const struct kvmdebugfs_value **ret);

/* Counts from now on; @is_past: from the VM's beginning. */
void kvmdebugfs_reset(struct kvmdebugfs *d, bool is_past);

#endif
