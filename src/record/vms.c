/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/vms.h"

#define PATH_SIZE	4096
#define CMDLINE_MAX	65536	/* longer ones are cut */

static void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

/* The whole of a small file; *ret_len bytes, never NULL. */
static char *read_small(const char *proc, uint32_t pid, const char *name,
			size_t *ret_len)
{
	char *buf = xcalloc(1, CMDLINE_MAX + 1), path[PATH_SIZE];
	_cleanup_(fclosep) FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "%s/%u/%s", proc, pid, name);
	f = fopen(path, "re");
	*ret_len = f ? fread(buf, 1, CMDLINE_MAX, f) : 0;
	return buf;
}

static bool parse_cmdline(const char *proc, uint32_t pid,
			  char ret_name[VMNAME_MAX])
{
	size_t len;
	_cleanup_(freep) char *line = read_small(proc, pid, "cmdline", &len);

	return vmname_parse(line, len, ret_name);
}

void vms_name(const char *proc, uint32_t pid, char ret_name[VMNAME_MAX])
{
	size_t len;
	_cleanup_(freep) char *comm = NULL;

	if (parse_cmdline(proc, pid, ret_name))
		return;
	comm = read_small(proc, pid, "comm", &len);
	comm[strcspn(comm, "\n")] = '\0';
	(void)snprintf(ret_name, VMNAME_MAX, "%s", comm);
}

/* KVM_CREATE_VM's file: anon_inode_getfile() in virt/kvm/kvm_main.c, v6.12.
 * 1, 0, or -errno: its files may not be looked at. */
static int find_vm_file(const char *proc, uint32_t pid)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	char path[PATH_SIZE], target[64];
	const struct dirent *e;
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/%u/fd", proc, pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target,
				       sizeof(target) - 1);

		if (n < 0) {
			if (errno == EACCES || errno == EPERM)
				r = -errno;
			continue;
		}
		target[n] = '\0';
		if (!strcmp(target, "anon_inode:kvm-vm"))
			return 1;
	}
	return r;
}

/* 0 when it is no process id. */
static uint32_t to_pid(const char *text)
{
	unsigned long v;

	if (!*text || strlen(text) > 10 ||
	    strspn(text, "0123456789") != strlen(text))
		return 0;
	v = strtoul(text, NULL, 10);
	return v <= INT32_MAX ? (uint32_t)v : 0;
}

static int compare_pids(const void *a, const void *b)
{
	const struct vms_vm *x = a, *y = b;

	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

size_t vms_list(const char *proc, struct vms_vm **ret)
{
	_cleanup_(closedirp) DIR *dir = opendir(proc);
	struct vms_vm *vms = NULL;
	size_t nr = 0, cap = 0;
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct vms_vm vm = { .pid = to_pid(e->d_name) };

		if (!vm.pid)
			continue;
		if (!parse_cmdline(proc, vm.pid, vm.name)) {
			if (find_vm_file(proc, vm.pid) <= 0)
				continue;
			vms_name(proc, vm.pid, vm.name);
		}
		vms = xgrow(vms, nr, &cap, sizeof(*vms));
		vms[nr++] = vm;
	}
	if (nr)
		qsort(vms, nr, sizeof(*vms), compare_pids);
	*ret = vms;
	return nr;
}

bool vms_is_running(const char *proc, uint32_t pid)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%u", proc, pid);
	return !access(path, F_OK);
}

bool vms_is_none(const char *proc, uint32_t pid)
{
	char name[VMNAME_MAX];

	return !parse_cmdline(proc, pid, name) && !find_vm_file(proc, pid);
}

static int find_name(const char *proc, const char *name, uint32_t *ret_pid,
		     struct err *err)
{
	_cleanup_(freep) struct vms_vm *vms = NULL;
	size_t nr = vms_list(proc, &vms);
	uint32_t found = 0;

	for (size_t i = 0; i < nr; i++) {
		if (strcmp(vms[i].name, name) != 0)
			continue;
		if (found)
			return err_set(err, -EEXIST,
				       "%s: more than one VM has this name:"
				       " processes %u and %u", name, found,
				       vms[i].pid);
		found = vms[i].pid;
	}
	if (!found)
		return err_set(err, -ESRCH, "%s: no VM has this name", name);
	*ret_pid = found;
	return 0;
}

int vms_find(const char *proc, const char *what, uint32_t *ret_pid,
	     struct err *err)
{
	uint32_t pid = to_pid(what);

	if (!pid)
		return find_name(proc, what, ret_pid, err);
	if (!vms_is_running(proc, pid))
		return err_set(err, -ESRCH, "%s: there is no such process",
			       what);
	*ret_pid = pid;
	return 0;
}
