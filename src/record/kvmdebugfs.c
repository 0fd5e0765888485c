/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/kvmdebugfs.h"

#define PATH_SIZE	4096

/* The folder of a VM. */
struct vm {
	char *name;		/* "1234-11" */
	uint32_t pid;
	bool is_there;
	int64_t *base;		/* of each field */
};

struct kvmdebugfs {
	char *dir;
	const char **fields;	/* owned, as are the strings */
	size_t nr_fields, cap_fields;
	struct vm *vms;
	size_t nr_vms, cap_vms;
	struct kvmdebugfs_value *values;
	size_t nr_values, cap_values;
};

static void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

/* Where debugfs is; NULL = it is not mounted. */
static char *find_debugfs(void)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/mounts", "re");
	char dev[256], dir[PATH_SIZE], type[64];

	while (f && fscanf(f, "%255s %4095s %63s%*[^\n]", dev, dir, type) == 3)
		if (!strcmp(type, "debugfs"))
			return xstrdup(dir);
	return NULL;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Times among the counts, which kvm_stat leaves out as well: they would be
 * all that its screen shows, and its sum. */
static bool is_left_out(const char *name)
{
	static const char *const names[] = {
		"halt_poll_fail_ns", "halt_poll_success_ns", "halt_wait_ns",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static int list_fields(struct kvmdebugfs *d, struct err *err)
{
	_cleanup_(closedirp) DIR *dir = opendir(d->dir);
	const struct dirent *e;

	if (!dir)
		return err_set_errno(err, -errno, errno == ENOENT ?
				     "%s: is the module kvm loaded?" : "%s",
				     d->dir);
	while ((e = readdir(dir))) {
		struct stat st;

		if (fstatat(dirfd(dir), e->d_name, &st, 0) ||
		    !S_ISREG(st.st_mode) || is_left_out(e->d_name))
			continue;
		d->fields = xgrow(d->fields, d->nr_fields, &d->cap_fields,
				  sizeof(*d->fields));
		d->fields[d->nr_fields++] = xstrdup(e->d_name);
	}
	if (d->nr_fields)
		qsort(d->fields, d->nr_fields, sizeof(*d->fields),
		      compare_names);
	return 0;
}

/* A kernel that is locked down lists its files, but opens few of them. */
static int try_fields(const struct kvmdebugfs *d, struct err *err)
{
	for (size_t i = 0; i < d->nr_fields; i++) {
		_cleanup_(freep) char *path =
			xasprintf("%s/%s", d->dir, d->fields[i]);
		_cleanup_(fclosep) FILE *f = fopen(path, "re");

		if (!f)
			return err_set_errno(err, -errno, "KVM's own counters"
					     " are not to be had: debugfs is"
					     " shut, %s", path);
	}
	return 0;
}

int kvmdebugfs_open(const char *dir, struct kvmdebugfs **ret, struct err *err)
{
	_cleanup_(freep) char *root = dir ? NULL : find_debugfs();
	struct kvmdebugfs *d;
	int r;

	if (!dir && !root)
		return err_set(err, -ENOENT,
			       "debugfs is not mounted (or this kernel has"
			       " none): KVM's own counters are not to be had;"
			       " mount -t debugfs debugfs /sys/kernel/debug");
	d = xcalloc(1, sizeof(*d));
	d->dir = dir ? xstrdup(dir) : xasprintf("%s/kvm", root);
	r = list_fields(d, err);
	if (!r)
		r = try_fields(d, err);
	if (r) {
		kvmdebugfs_free(d);
		return r;
	}
	*ret = d;
	return 0;
}

void kvmdebugfs_free(struct kvmdebugfs *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->nr_fields; i++)
		free((char *)(uintptr_t)d->fields[i]);
	for (size_t i = 0; i < d->nr_vms; i++) {
		free(d->vms[i].name);
		free(d->vms[i].base);
	}
	free(d->fields);
	free(d->vms);
	free(d->values);
	free(d->dir);
	free(d);
}

size_t kvmdebugfs_fields(const struct kvmdebugfs *d,
			 const char *const **ret)
{
	*ret = d->fields;
	return d->nr_fields;
}

static int64_t read_field(const struct kvmdebugfs *d, const struct vm *vm,
			  size_t field)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[PATH_SIZE];
	int64_t v = 0;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", d->dir, vm->name,
		       d->fields[field]);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%" SCNd64, &v) != 1)
		return 0;
	return v;
}

/* The VM of a folder; a new one counts from now on. */
static void see_vm(struct kvmdebugfs *d, const char *name)
{
	char *end;
	unsigned long pid = strtoul(name, &end, 10);
	struct vm vm = { .is_there = true };

	if (!pid || *end != '-' || pid > INT32_MAX)
		return;
	for (size_t i = 0; i < d->nr_vms; i++)
		if (!strcmp(d->vms[i].name, name)) {
			d->vms[i].is_there = true;
			return;
		}
	vm.pid = (uint32_t)pid;
	vm.name = xstrdup(name);
	vm.base = xcalloc(d->nr_fields + 1, sizeof(*vm.base));
	for (size_t i = 0; i < d->nr_fields; i++)
		vm.base[i] = read_field(d, &vm, i);
	d->vms = xgrow(d->vms, d->nr_vms, &d->cap_vms, sizeof(*d->vms));
	d->vms[d->nr_vms++] = vm;
}

static void see_vms(struct kvmdebugfs *d)
{
	_cleanup_(closedirp) DIR *dir = opendir(d->dir);
	const struct dirent *e;

	for (size_t i = 0; i < d->nr_vms; i++)
		d->vms[i].is_there = false;
	while (dir && (e = readdir(dir)))
		see_vm(d, e->d_name);
}

void kvmdebugfs_read(struct kvmdebugfs *d)
{
	see_vms(d);
	d->nr_values = 0;
	for (size_t i = 0; i < d->nr_vms; i++) {
		const struct vm *vm = &d->vms[i];

		for (size_t k = 0; vm->is_there && k < d->nr_fields; k++) {
			d->values = xgrow(d->values, d->nr_values,
					  &d->cap_values,
					  sizeof(*d->values));
			d->values[d->nr_values++] = (struct kvmdebugfs_value){
				.field = d->fields[k], .vm = vm->pid,
				.value = read_field(d, vm, k) - vm->base[k],
			};
		}
	}
}

size_t kvmdebugfs_values(const struct kvmdebugfs *d,
			 const struct kvmdebugfs_value **ret)
{
	*ret = d->values;
	return d->nr_values;
}

void kvmdebugfs_reset(struct kvmdebugfs *d, bool is_past)
{
	see_vms(d);
	for (size_t i = 0; i < d->nr_vms; i++)
		for (size_t k = 0; k < d->nr_fields; k++)
			d->vms[i].base[k] = is_past ? 0 :
				read_field(d, &d->vms[i], k);
}
