/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/tag_tasks.h"
#include "src/base/xalloc.h"

struct tag_task *tag_tasks_find(struct tag_tasks *t, uint32_t pid)
{
	uint32_t *recent = &t->recent_tasks[pid % TAG_TASKS_RECENT];
	uint64_t *i;

	if (*recent && t->tasks[*recent - 1].pid == pid)
		return &t->tasks[*recent - 1];
	i = map64_put(&t->by_pid, pid);
	if (!*i) {
		t->tasks = xgrow(t->tasks, t->nr_tasks, &t->cap_tasks,
				 sizeof(*t->tasks));
		t->tasks[t->nr_tasks] = (struct tag_task){.pid = pid};
		*i = ++t->nr_tasks;
	}
	*recent = (uint32_t)*i;
	return &t->tasks[*i - 1];
}

struct tag_cgroup *tag_tasks_cgroup(struct tag_tasks *t, uint64_t id)
{
	uint64_t *i = map64_put(&t->by_cgroup, id);

	if (!*i) {
		t->cgroups = xgrow(t->cgroups, t->nr_cgroups, &t->cap_cgroups,
				   sizeof(*t->cgroups));
		t->cgroups[t->nr_cgroups] = (struct tag_cgroup){.id = id};
		*i = ++t->nr_cgroups;
	}
	return &t->cgroups[*i - 1];
}

struct tag_device *tag_tasks_device(struct tag_tasks *t, uint32_t device)
{
	uint64_t *i;

	if (t->recent_device &&
	    t->devices[t->recent_device - 1].device == device)
		return &t->devices[t->recent_device - 1];
	i = map64_put(&t->by_device, device);
	if (!*i) {
		t->devices = xgrow(t->devices, t->nr_devices, &t->cap_devices,
				   sizeof(*t->devices));
		t->devices[t->nr_devices] =
			(struct tag_device){.device = device};
		*i = ++t->nr_devices;
	}
	t->recent_device = *i;
	return &t->devices[*i - 1];
}

static void forget(struct tag_task *task)
{
	task->label = 0;
	task->matches = 0;
	task->may = 0;
	task->is_matched = false;
}

static void set_name(struct tag_task *task, const char *name, size_t len)
{
	len = strnlen(name, len < BLK_COMM_LEN ? len : BLK_COMM_LEN);
	if (strlen(task->name) == len && !memcmp(task->name, name, len))
		return;
	memset(task->name, 0, sizeof(task->name));
	memcpy(task->name, name, len);
	forget(task);
}

/* ---- virtual machines -----------------------------------------------------
 */

/* "-name guest=web,debug-threads=on" or "-name web" of QEMU, "--id web" of
   firecracker, "--name web" of lkvm; *ret_len = 0: none. */
static const char *name_option(const char *cmdline, size_t *ret_len)
{
	static const char *const options[] = { " -name ", " --id ", " --name " };
	const char *p = NULL;

	*ret_len = 0;
	for (size_t i = 0; i < ARRAY_SIZE(options) && !p; i++) {
		p = strstr(cmdline, options[i]);
		if (p)
			p += strlen(options[i]);
	}
	if (!p)
		return "";
	if (!strncmp(p, "guest=", 6))
		p += 6;
	*ret_len = strcspn(p, ", ");
	return p;
}

/* "machine-qemu\x2d3\x2dweb.scope": systemd's escapes stand for "-". */
static const char *scope_name(const char *path, size_t *ret_len)
{
	const char *p = strstr(path, "/machine-qemu\\x2d");
	const char *end = p ? strstr(p, ".scope") : NULL;

	*ret_len = 0;
	if (!end)
		return "";
	p += strlen("/machine-qemu\\x2d");
	p += strspn(p, "0123456789");
	if (!strncmp(p, "\\x2d", 4))
		p += 4;
	if (end > p)
		*ret_len = (size_t)(end - p);
	return p;
}

/* The programs of VMs, as the kernel cuts their names (15 bytes); by these
   words, for qemu-img and the like are none. */
static const char *const vm_programs[] = {
	"qemu-system", "qemu-kvm", "firecracker", "cloud-hyperviso", "crosvm",
	"lkvm",
};

static bool is_vm_program(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(vm_programs); i++)
		if (!strncmp(name, vm_programs[i], strlen(vm_programs[i])))
			return true;
	return !strcmp(name, "kvm") || !strncmp(name, "kvm ", 4);
}

/* "CPU 0/KVM" of QEMU, "fc_vcpu 0" of firecracker. */
static bool is_vcpu(const char *comm)
{
	return (!strncmp(comm, "CPU ", 4) && strstr(comm, "/KVM")) ||
	       !strncmp(comm, "fc_vcpu ", 8);
}

static bool looks_like_vm(const char *comm, const char *cmdline)
{
	size_t word = strcspn(cmdline, " ");
	const char *base = cmdline;

	for (size_t i = 0; i < word; i++)
		if (cmdline[i] == '/')
			base = cmdline + i + 1;
	return is_vm_program(comm) || is_vm_program(base) || is_vcpu(comm);
}

static void learn_vm(struct tag_tasks *t, const struct note_process *p)
{
	const char *path = tag_tasks_cgroup(t, p->cgroup)->path;
	const char *name;
	uint64_t *i;
	size_t len;

	if (!p->tgid)
		return;
	name = name_option(p->cmdline, &len);
	if (!len && path)
		name = scope_name(path, &len);
	if (!len && !looks_like_vm(p->comm, p->cmdline))
		return;
	if (len && !looks_like_vm(p->comm, p->cmdline) &&
	    name >= p->cmdline && name < p->cmdline + strlen(p->cmdline))
		return; /* another program's -name */
	i = map64_put(&t->vms, p->tgid);
	if (*i)
		return;
	t->vm_names = xgrow(t->vm_names, t->nr_vms, &t->cap_vms,
			    sizeof(*t->vm_names));
	t->vm_names[t->nr_vms] = len ? xstrndup(name, len) :
				       xasprintf("VM %u", p->tgid);
	*i = ++t->nr_vms;
}

const char *tag_tasks_vm(struct tag_tasks *t, uint32_t pid)
{
	const struct tag_task *task = tag_tasks_find(t, pid);
	uint32_t tgid = task->tgid;
	const uint64_t *i;

	if (!strncmp(task->name, "vhost-", 6) &&
	    isdigit((unsigned char)task->name[6]))
		tgid = (uint32_t)strtoul(task->name + 6, NULL, 10);
	i = map64_get(&t->vms, tgid);
	if (tgid && i && *i)
		return t->vm_names[*i - 1];
	if (looks_like_vm(task->name, "") ||
	    !strncmp(task->name, "vhost-", 6))
		return "a VM";
	return NULL;
}

/* ---- notes ----------------------------------------------------------------
 */

static void take_process(struct tag_tasks *t, const struct note_process *p)
{
	struct tag_task *task = tag_tasks_find(t, p->tid);

	if (task->cgroup != p->cgroup || task->tgid != p->tgid)
		forget(task);
	task->cgroup = p->cgroup;
	task->tgid = p->tgid;
	set_name(task, p->comm, strlen(p->comm));
	learn_vm(t, p);
}

static void take_device(struct tag_tasks *t, const struct note_device *d)
{
	struct tag_device *device = tag_tasks_device(t, d->device);

	if (device->name || !d->name[0])
		return;
	device->name = xstrdup(d->name);
	device->sectors = d->sectors;
	device->label = 0;
	device->region_shift = 0;
	memset(device->regions, 0, sizeof(device->regions));
}

static uint64_t lane(const struct blk_rec *rec)
{
	return (uint64_t)rec->device << 32 | rec->cpu;
}

static void take_private(struct tag_tasks *t, const struct blk_rec *rec)
{
	struct tag_cgroup *cgroup;
	struct note note;

	if (note_decode(rec, &note))
		return;
	if (note.id == NOTE_PROCESS) {
		take_process(t, &note.process);
	} else if (note.id == NOTE_CGROUP) {
		cgroup = tag_tasks_cgroup(t, note.cgroup.id);
		if (!cgroup->path && note.cgroup.path[0]) {
			cgroup->path = xstrdup(note.cgroup.path);
			cgroup->label = 0;
			cgroup->is_matched = false;
		}
	} else if (note.id == NOTE_DEVICE) {
		take_device(t, &note.device);
	} else if (note.id == NOTE_CHARGE) {
		*map64_put(&t->charges, lane(rec)) = note.charge.cgroup;
	}
}

void tag_tasks_note(struct tag_tasks *t, const struct blk_rec *rec)
{
	if (note_is_private(rec))
		take_private(t, rec);
	else if (rec->action == (BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_PROCESS) &&
		 rec->pdu_len)
		set_name(tag_tasks_find(t, rec->pid), (const char *)rec->pdu,
			 rec->pdu_len);
}

uint64_t tag_tasks_charge(const struct tag_tasks *t,
			  const struct blk_rec *rec)
{
	const uint64_t *charge;
	uint64_t id;

	if (!blk_cgroup_id(rec, &id))
		return id;
	charge = map64_get(&t->charges, lane(rec));
	return charge ? *charge : 0;
}

void tag_tasks_release(struct tag_tasks *t)
{
	for (size_t i = 0; i < t->nr_cgroups; i++)
		free(t->cgroups[i].path);
	for (size_t i = 0; i < t->nr_devices; i++)
		free(t->devices[i].name);
	for (size_t i = 0; i < t->nr_vms; i++)
		free(t->vm_names[i]);
	free(t->vm_names);
	free(t->tasks);
	free(t->cgroups);
	free(t->devices);
	map64_release(&t->by_pid);
	map64_release(&t->by_cgroup);
	map64_release(&t->by_device);
	map64_release(&t->charges);
	map64_release(&t->vms);
	*t = (struct tag_tasks){0};
}
