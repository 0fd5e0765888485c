/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's counters of one VM, asked from its QEMU (7.1 or newer): the command
 * query-stats on a QMP socket.  For machines where debugfs is shut.
 *
 *	r = qmp_open("/run/vm.qmp", &q, &err);
 *	r = qmp_read(q, &err);
 *	for (i = 0; i < qmp_values(q, &values); i++)
 *		use(&values[i]);
 *
 * Values of all vCPUs are added up.  Histograms and truth values are left
 * out, as kvm_stat has none.
 */
#ifndef RECORD_QMP_H
#define RECORD_QMP_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"

#define QMP_NAME_MAX	64

struct qmp;

struct qmp_value {
	char name[QMP_NAME_MAX];	/* "exits" */
	int64_t value;			/* since the VM's beginning */
};

/* Waits at most 5 s for each answer. */
int qmp_open(const char *path, struct qmp **ret, struct err *err);
void qmp_free(struct qmp *q);		/* NULL is fine */

/* The process at the other end; 0 = unknown. */
uint32_t qmp_pid(const struct qmp *q);

int qmp_read(struct qmp *q, struct err *err);

/* What the last read found.  Borrowed until the next one.  Their number. */
size_t qmp_values(const struct qmp *q, const struct qmp_value **ret);

struct qmp_values {
	struct qmp_value *values;	/* owned: free() */
	size_t nr, cap;
};

/*
 * Adds each {"name": ..., "value": number} of an answer.  -EBADMSG: @json is
 * no JSON, or nested deeper than any answer.  For unit tests.
 */
int qmp_parse(const char *json, struct qmp_values *values);

#endif
