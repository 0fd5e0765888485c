/* SPDX-License-Identifier: GPL-2.0 */
/* The VMs of a name: src/analyze/kvmstat_impl.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/kvmstat_impl.h"
#include "src/base/xalloc.h"

static void merge_vcpu(struct kvmstat *st, struct kvmstat_reason *r,
		       const struct kvmstat_vcpu *from)
{
	struct kvmstat_vcpu *to = kvmstat_vcpus_get(&st->vcpus, r, from->vm,
						    from->vcpu);

	if (!to) {
		/* one is counted there already */
		st->vcpus.left_out += from->times.nr + from->nr_unpaired - 1;
		return;
	}
	to->nr_unpaired += from->nr_unpaired;
	hist_merge(&to->times, &from->times);
}

static void merge_reason(struct kvmstat *st, struct kvmstat_event *e,
			 const struct kvmstat *own,
			 const struct kvmstat_reason *from)
{
	struct kvmstat_reason *r = kvmstat_reason_of(st, e, from->kind,
						     from->reason);

	if (!r) {
		st->no_reason += from->nr;
		return;
	}
	r->nr += from->nr;
	r->nr_unpaired += from->nr_unpaired;
	hist_merge(&r->times, &from->times);
	for (size_t i = 0; i < own->vcpus.nr; i++)
		if (own->vcpus.list[i]->reason == from)
			merge_vcpu(st, r, own->vcpus.list[i]);
}

/* What a VM did becomes a part of the whole. */
static void merge(struct kvmstat *st, struct kvmstat_vm *vm,
		  const struct kvmstat *own)
{
	for (size_t i = 0; i < KVMSTAT_NR_EVENTS; i++) {
		const struct kvmstat_event *from = &own->events[i];

		vm->nr += from->nr;
		st->events[i].nr += from->nr;
		for (size_t k = 0; k < from->nr_reasons; k++)
			merge_reason(st, &st->events[i], own,
				     from->reasons[k]);
	}
	st->vcpus.left_out += own->vcpus.left_out;
	st->no_reason += own->no_reason;
	if (!st->first || own->first < st->first)
		st->first = own->first;
	if (own->last > st->last)
		st->last = own->last;
}

/* What becomes a part of the whole is counted anew there. */
static void give_back(const struct kvmstat *own)
{
	for (size_t i = 0; i < own->nr_events; i++)
		*own->reasons_left += (uint32_t)own->events[i].nr_reasons;
	*own->vcpus.left += (uint32_t)own->vcpus.nr;
}

/* What it did so far, it did under the name that it has now. */
static void settle(struct kvmstat *st, struct kvmstat_vm *vm)
{
	struct kvmstat_naming *naming = &st->naming[vm - st->vms];

	if (!naming->own)
		return;
	give_back(naming->own);
	if (!strcmp(vm->name, st->vm_name)) {
		kvmstat_give_up(naming->own);
		merge(st, vm, naming->own);
	}
	kvmstat_free(naming->own);
	naming->own = NULL;
	st->nr_own--;
}

void kvmstat_settle_all(struct kvmstat *st)
{
	for (size_t i = 0; st->vm_name && i < st->nr_vms; i++)
		settle(st, &st->vms[i]);
}

/* A second name of the same rank holds for what comes behind it: the process
 * was renamed, or its id is that of another one now. */
static void rename_named(struct kvmstat *st, struct kvmstat_vm *vm,
			 const char *name, bool is_said)
{
	struct kvmstat_naming *naming = &st->naming[vm - st->vms];

	if (naming->is_said && strcmp(vm->name, name) != 0)
		settle(st, vm);
	(void)snprintf(vm->name, sizeof(vm->name), "%s", name);
	naming->is_said |= is_said;
	if (naming->is_said && strcmp(vm->name, st->vm_name) != 0)
		settle(st, vm);
}

/* Its command line has the name, or else the process is called by its own. */
void kvmstat_take_process(struct kvmstat *st,
			  const struct note_process *process)
{
	bool is_main = process->tid == process->tgid, is_said;
	char name[VMNAME_MAX];
	struct kvmstat_vm *vm;

	if (!process->tgid)
		return;
	vm = kvmstat_vm_of(st, process->tgid);
	is_said = vmname_parse_text(process->cmdline, name);
	if (!is_said && *vm->name && !is_main)
		return;
	if (!is_said)
		(void)snprintf(name, sizeof(name), "%s", process->comm);
	if (st->vm_name)
		rename_named(st, vm, name, is_said || is_main);
	else
		memcpy(vm->name, name, sizeof(name));
}

static bool make_own(struct kvmstat *st, struct kvmstat_naming *naming)
{
	if (st->nr_own == KVMSTAT_NAMED_VMS)
		return false;
	st->nr_own++;
	naming->own = kvmstat_new(0, NULL);
	naming->own->has_vcpus = st->has_vcpus;
	naming->own->nr_losses = st->nr_losses;
	naming->own->vcpus.left = &st->named_times;
	kvmstat_share_reasons(naming->own, &st->named_reasons);
	return true;
}

void kvmstat_count_named(struct kvmstat *st, struct kvmstat_vm *vm,
			 const struct blk_rec *rec, const struct note *note)
{
	struct kvmstat_naming *naming = &st->naming[vm - st->vms];

	if (naming->is_said && strcmp(vm->name, st->vm_name) != 0)
		return;
	if (!naming->own && !make_own(st, naming)) {
		st->vms_left_out++;
		return;
	}
	kvmstat_count(naming->own, kvmstat_vm_of(naming->own, vm->pid), rec,
		      note);
}

void kvmstat_free_named(struct kvmstat *st)
{
	for (size_t i = 0; st->naming && i < st->nr_vms; i++)
		kvmstat_free(st->naming[i].own);
	free(st->naming);
}
