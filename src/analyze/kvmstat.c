/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/kvmstat_impl.h"
#include "src/base/xalloc.h"

#define NR_SLOTS_FIRST	64	/* a power of two */

static struct kvmstat_event *add_name(struct kvmstat *st, const char *name)
{
	st->events = xgrow(st->events, st->nr_events, &st->cap_events,
			   sizeof(*st->events));
	st->events[st->nr_events] =
		(struct kvmstat_event){ .name = xstrdup(name) };
	return &st->events[st->nr_events++];
}

struct kvmstat *kvmstat_new(uint32_t vm, const char *name)
{
	struct kvmstat *st = xcalloc(1, sizeof(*st));

	st->vm = vm;
	st->vm_name = name;
	st->own_left = KVMSTAT_REASONS;
	st->reasons_left = &st->own_left;
	st->named_reasons = KVMSTAT_NAMED_REASONS;
	st->named_times = KVMSTAT_VCPU_TIMES;
	st->nr_losses = &st->own_losses;
	st->nr_slots = NR_SLOTS_FIRST;
	st->threads = xcalloc(st->nr_slots, sizeof(*st->threads));
	for (unsigned int i = 0; i < KVMSTAT_NR_EVENTS; i++)
		(void)add_name(st, note_type((enum note_id)
					     (NOTE_KVM_ENTRY + i))->name);
	return st;
}

void kvmstat_want_vcpus(struct kvmstat *st)
{
	st->has_vcpus = true;
}

void kvmstat_share_reasons(struct kvmstat *st, uint32_t *left)
{
	st->reasons_left = left;
}

void kvmstat_free(struct kvmstat *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < st->nr_events; i++) {
		for (size_t k = 0; k < st->events[i].nr_reasons; k++)
			free(st->events[i].reasons[k]);
		free(st->events[i].reasons);
		free((char *)(uintptr_t)st->events[i].name);
	}
	free(st->events);
	kvmstat_free_named(st);
	free(st->vms);
	map64_release(&st->by_pid);
	map64_release(&st->by_reason);
	free(st->threads);
	kvmstat_vcpus_release(&st->vcpus);
	free(st);
}

struct kvmstat_vm *kvmstat_vm_of(struct kvmstat *st, uint32_t pid)
{
	uint64_t *index = map64_put(&st->by_pid, pid);

	if (*index)
		return &st->vms[*index - 1];
	*index = st->nr_vms + 1;
	if (st->vm_name) {
		st->naming = xgrow(st->naming, st->nr_vms, &st->cap_naming,
				   sizeof(*st->naming));
		st->naming[st->nr_vms] = (struct kvmstat_naming){ 0 };
	}
	st->vms = xgrow(st->vms, st->nr_vms, &st->cap_vms, sizeof(*st->vms));
	st->vms[st->nr_vms] = (struct kvmstat_vm){ .pid = pid };
	return &st->vms[st->nr_vms++];
}

/* The slot of a thread, or the free one where it would go. */
static struct thread *find_slot(struct thread *threads, size_t nr_slots,
				uint32_t tid)
{
	size_t i = tid * 2654435761u & (nr_slots - 1);

	while (threads[i].tid && threads[i].tid != tid)
		i = (i + 1) & (nr_slots - 1);
	return &threads[i];
}

static void grow(struct kvmstat *st)
{
	size_t nr = st->nr_slots * 2;
	struct thread *threads = xcalloc(nr, sizeof(*threads));

	for (size_t i = 0; i < st->nr_slots; i++)
		if (st->threads[i].tid)
			*find_slot(threads, nr, st->threads[i].tid) =
				st->threads[i];
	free(st->threads);
	st->threads = threads;
	st->nr_slots = nr;
}

static struct thread *thread_of(struct kvmstat *st, uint32_t tid)
{
	struct thread *t;

	if (2 * st->nr_threads >= st->nr_slots)
		grow(st);
	t = find_slot(st->threads, st->nr_slots, tid);
	if (!t->tid) {
		t->tid = tid;
		st->nr_threads++;
	}
	return t;
}

static uint64_t key_of(const struct kvmstat *st, const struct kvmstat_event *e,
		       enum exit_kind kind, uint32_t reason)
{
	return (uint64_t)(e - st->events) << 40 | (uint64_t)kind << 32 |
	       reason;
}

struct kvmstat_reason *kvmstat_reason_of(struct kvmstat *st,
					 struct kvmstat_event *e,
					 enum exit_kind kind, uint32_t reason)
{
	uint64_t key = key_of(st, e, kind, reason);
	const uint64_t *index = map64_get(&st->by_reason, key);
	struct kvmstat_reason *r;

	if (index)
		return e->reasons[*index - 1];
	if (!*st->reasons_left)
		return NULL;
	--*st->reasons_left;
	e->reasons = xgrow(e->reasons, e->nr_reasons, &e->cap_reasons,
			   sizeof(*e->reasons));
	r = xcalloc(1, sizeof(*r));
	r->event = e->name;
	r->id = ++st->nr_reasons;
	r->kind = kind;
	r->reason = reason;
	e->reasons[e->nr_reasons++] = r;
	*map64_put(&st->by_reason, key) = e->nr_reasons;
	return r;
}

static void add_unpaired(struct kvmstat *st, struct kvmstat_reason *r,
			 uint32_t vm, uint32_t vcpu, uint64_t nr)
{
	struct kvmstat_vcpu *v;

	r->nr_unpaired += nr;
	if (!st->has_vcpus || !nr)
		return;
	v = kvmstat_vcpus_get(&st->vcpus, r, vm, vcpu);
	if (v)
		v->nr_unpaired += nr;
}

static void add_time(struct kvmstat *st, const struct thread *t,
		     struct kvmstat_reason *r, uint64_t ns)
{
	struct kvmstat_vcpu *v;

	hist_add(&r->times, ns);
	if (!st->has_vcpus)
		return;
	v = kvmstat_vcpus_get(&st->vcpus, r, t->vm, t->vcpu);
	if (v)
		hist_add(&v->times, ns);
}

static void give_up(struct kvmstat *st, struct thread *t, enum open_kind kind)
{
	if (t->open[kind].reason)
		add_unpaired(st, t->open[kind].reason, t->vm, t->vcpu, 1);
	t->open[kind].reason = NULL;
}

/* Nothing is paired across a loss.  Not all threads are looked at when one
 * comes: of many, each would cost as much. */
static void give_up_lost(struct kvmstat *st, struct thread *t)
{
	if (t->nr_losses == *st->nr_losses)
		return;
	t->nr_losses = *st->nr_losses;
	for (int k = 0; k < OPEN_MAX; k++)
		give_up(st, t, (enum open_kind)k);
}

void kvmstat_give_up(struct kvmstat *st)
{
	for (size_t i = 0; i < st->nr_slots; i++)
		for (int k = 0; k < OPEN_MAX; k++)
			give_up(st, &st->threads[i], (enum open_kind)k);
}

/* kvm_userspace_exit does not say its vCPU: what was said before stays. */
static void set_vcpu(struct thread *t, uint32_t vm, uint32_t vcpu)
{
	if (t->vm != vm || vcpu)
		t->vcpu = vcpu;
	t->vm = vm;
}

static void add_exit(struct kvmstat *st, struct kvmstat_event *e,
		     const struct blk_rec *rec, const struct note *note)
{
	enum open_kind open = note->id == NOTE_KVM_EXIT ? OPEN_EXIT :
							  OPEN_USER;
	struct kvmstat_reason *r;
	enum exit_kind kind;
	struct thread *t;
	uint32_t reason;

	if (!exit_of_note(note, &kind, &reason))
		return;
	r = kvmstat_reason_of(st, e, kind, reason);
	if (r)
		r->nr++;
	else
		st->no_reason++;
	/* both kinds have these two in front */
	if (!rec->pid) {
		if (r)
			add_unpaired(st, r, note->kvm_exit.vm,
				     note->kvm_exit.vcpu, 1);
		return;
	}
	t = thread_of(st, rec->pid);
	give_up_lost(st, t);
	give_up(st, t, open);
	set_vcpu(t, note->kvm_exit.vm, note->kvm_exit.vcpu);
	t->open[open].reason = r;
	t->open[open].time = rec->time;
}

static void add_entry(struct kvmstat *st, const struct blk_rec *rec,
		      const struct note *note)
{
	struct thread *t;

	if (!rec->pid)
		return;
	t = thread_of(st, rec->pid);
	give_up_lost(st, t);
	set_vcpu(t, note->kvm_entry.vm, note->kvm_entry.vcpu);
	for (int k = 0; k < OPEN_MAX; k++) {
		if (!t->open[k].reason)
			continue;
		if (rec->time >= t->open[k].time)
			add_time(st, t, t->open[k].reason,
				 rec->time - t->open[k].time);
		else
			give_up(st, t, (enum open_kind)k);
		t->open[k].reason = NULL;
	}
}

void kvmstat_count(struct kvmstat *st, struct kvmstat_vm *vm,
		   const struct blk_rec *rec, const struct note *note)
{
	struct kvmstat_event *e = &st->events[note->id - NOTE_KVM_ENTRY];

	vm->nr++;
	if (!st->first)
		st->first = rec->time;
	st->last = rec->time;
	e->nr++;
	if (note->id == NOTE_KVM_ENTRY)
		add_entry(st, rec, note);
	else
		add_exit(st, e, rec, note);
}

static void add_event(struct kvmstat *st, const struct blk_rec *rec,
		      const struct note *note)
{
	struct kvmstat_vm *vm;

	st->has_records = true;
	/* the first field of all of them */
	if (st->vm && note->kvm_entry.vm != st->vm)
		return;
	vm = kvmstat_vm_of(st, note->kvm_entry.vm);
	if (st->vm_name)
		kvmstat_count_named(st, vm, rec, note);
	else
		kvmstat_count(st, vm, rec, note);
}

void kvmstat_add(struct kvmstat *st, const struct blk_rec *rec)
{
	struct note note;

	if (note_decode(rec, &note))
		return;
	if (note.id >= NOTE_KVM_ENTRY && note.id <= NOTE_KVM_EOI)
		add_event(st, rec, &note);
	else if (note.id == NOTE_PROCESS)
		kvmstat_take_process(st, &note.process);
	else if (note.id == NOTE_LOSS && !note.loss.device) {
		st->lost += note.loss.count;
		++*st->nr_losses;
	} else if (note.id == NOTE_CLOCK) {
		if (note.clock.flags & NOTE_CLOCK_START)
			st->start = note.clock.monotonic;
		if (note.clock.flags & NOTE_CLOCK_END)
			st->end = note.clock.monotonic;
	}
}

void kvmstat_put(struct kvmstat *st, const struct kvmstat_count *count)
{
	struct kvmstat_event *e = NULL;
	struct kvmstat_reason *r;
	struct kvmstat_vcpu *v;

	st->has_records = true;
	for (size_t i = 0; i < st->nr_events && !e; i++)
		if (!strcmp(st->events[i].name, count->event))
			e = &st->events[i];
	if (!e)
		e = add_name(st, count->event);
	e->nr += count->nr;
	kvmstat_vm_of(st, count->vm)->nr += count->nr;
	if (!count->has_reason)
		return;
	r = kvmstat_reason_of(st, e, count->kind, count->reason);
	if (!r) {
		st->no_reason += count->nr;
		return;
	}
	r->nr += count->nr;
	add_unpaired(st, r, count->vm, count->vcpu, count->nr_unpaired);
	if (!count->times)
		return;
	hist_merge(&r->times, count->times);
	v = st->has_vcpus && count->times->nr ?
		kvmstat_vcpus_get(&st->vcpus, r, count->vm, count->vcpu) :
		NULL;
	if (v)
		hist_merge(&v->times, count->times);
}

void kvmstat_name_vm(struct kvmstat *st, uint32_t vm, const char *name)
{
	(void)snprintf(kvmstat_vm_of(st, vm)->name, VMNAME_MAX, "%s", name);
}

size_t kvmstat_vms(const struct kvmstat *st, const struct kvmstat_vm **ret)
{
	*ret = st->vms;
	return st->nr_vms;
}

static int compare_reasons(const void *a, const void *b)
{
	const struct kvmstat_reason *x =
		*(struct kvmstat_reason *const *)a;
	const struct kvmstat_reason *y =
		*(struct kvmstat_reason *const *)b;

	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->reason < y->reason ? -1 : x->reason > y->reason;
}

void kvmstat_end(struct kvmstat *st)
{
	kvmstat_settle_all(st);
	kvmstat_give_up(st);
	for (size_t i = 0; i < st->nr_events; i++)
		if (st->events[i].nr_reasons)
			qsort(st->events[i].reasons, st->events[i].nr_reasons,
			      sizeof(*st->events[i].reasons),
			      compare_reasons);
}

size_t kvmstat_events(const struct kvmstat *st,
		      const struct kvmstat_event **ret_events)
{
	*ret_events = st->events;
	return st->nr_events;
}

size_t kvmstat_by_vcpu(struct kvmstat *st,
		       const struct kvmstat_vcpu *const **ret)
{
	return kvmstat_vcpus_sorted(&st->vcpus, ret);
}

uint64_t kvmstat_vcpus_left_out(const struct kvmstat *st)
{
	return st->vcpus.left_out;
}

uint64_t kvmstat_vms_left_out(const struct kvmstat *st)
{
	return st->vms_left_out;
}

uint64_t kvmstat_no_reason(const struct kvmstat *st)
{
	return st->no_reason;
}

uint64_t kvmstat_duration(const struct kvmstat *st)
{
	if (st->start && st->end > st->start)
		return st->end - st->start;
	return st->last - st->first;
}

bool kvmstat_is_empty(const struct kvmstat *st)
{
	return !st->has_records;
}

uint64_t kvmstat_lost(const struct kvmstat *st)
{
	return st->lost;
}
