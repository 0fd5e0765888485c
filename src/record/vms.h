/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The virtual machines that run here: processes that have a file of /dev/kvm's
 * "kvm-vm" open, or, where we may not look, whose command line is a VMM's.
 * @proc is the root of procfs, so that tests can bring their own.
 *
 *	r = vms_find("/proc", "web", &pid, &err);
 */
#ifndef RECORD_VMS_H
#define RECORD_VMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/vmname.h"
#include "src/base/err.h"

struct vms_vm {
	uint32_t pid;
	char name[VMNAME_MAX];
};

/* By process id; *ret is the caller's to free.  Their number. */
size_t vms_list(const char *proc, struct vms_vm **ret);

/* The VM's name, or else the process's; "" when it is gone. */
void vms_name(const char *proc, uint32_t pid, char ret_name[VMNAME_MAX]);

bool vms_is_running(const char *proc, uint32_t pid);

/*
 * Whether the process is known to run no VM now: it may yet make one.  False
 * where its open files may not be looked at.
 */
bool vms_is_none(const char *proc, uint32_t pid);

/*
 * @what: a process id, which need not be a VM (yet), or a VM's name.
 * -ESRCH: there is no such process or VM; -EEXIST: several have the name.
 */
int vms_find(const char *proc, const char *what, uint32_t *ret_pid,
	     struct err *err);

#endif
