/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/analyze/vmpath_impl.h"
#include "src/base/xalloc.h"

/* include/trace/events/kvm.h, v6.12: KVM_TRACE_MMIO_WRITE */
#define MMIO_WRITE	2

const char *vmpath_phase_name(enum vmpath_phase phase)
{
	static const char *const names[] = {
		[VMPATH_KICK_Q] = "kick_to_q",
		[VMPATH_Q_D] = "q_to_d",
		[VMPATH_D_C] = "d_to_c",
		[VMPATH_C_IRQ] = "c_to_irq",
		[VMPATH_IRQ_INJ] = "irq_to_injection",
		[VMPATH_TOTAL] = "kick_to_injection",
	};

	static_assert(ARRAY_SIZE(names) == VMPATH_PHASE_MAX,
		      "each phase needs a name");
	return names[phase];
}

void vmpath_phase(struct vmpath *p, struct vm *vm, enum vmpath_phase phase,
		  uint64_t from, uint64_t to)
{
	if (from == NO_TIME || to == NO_TIME || to < from)
		return;
	dist_add(&vm->pub.phases[phase], to - from);
	if (p->sink.phase)
		p->sink.phase(p->sink.ctx, &vm->pub, phase, to, to - from);
}

/* ---- who ---------------------------------------------------------------- */

static struct vm *find_vm(const struct vmpath *p, uint32_t pid)
{
	const uint64_t *i = map64_get(&p->by_pid, pid);

	return i ? p->vms[*i - 1] : NULL;
}

/* NULL when there are too many. */
static struct vm *make_vm(struct vmpath *p, uint32_t pid)
{
	struct vm *vm = find_vm(p, pid);

	if (vm || p->nr_vms == VMPATH_VMS)
		return vm;
	vm = xcalloc(1, sizeof(*vm));
	vm->pub.pid = pid;
	vm->pub.kvm = kvmstat_new(0, NULL);
	kvmstat_share_reasons(vm->pub.kvm, &p->reasons_left);
	for (int i = 0; i < VMPATH_PHASE_MAX; i++)
		vm->pub.phases[i].bits = DIST_FINE;
	p->vms = xgrow(p->vms, p->nr_vms, &p->cap_vms, sizeof(*p->vms));
	p->vms[p->nr_vms++] = vm;
	*map64_put(&p->by_pid, pid) = p->nr_vms;
	return vm;
}

/* The process that a thread works for: its own, or the one in vhost-PID. */
static uint32_t process_of(struct vmpath *p, uint32_t tid)
{
	const struct tag_task *task = tag_tasks_find(&p->tasks, tid);
	unsigned int pid;

	if (sscanf(task->name, "vhost-%u", &pid) == 1)
		return pid;
	return task->tgid ? task->tgid : tid;
}

/* ---- block I/O ---------------------------------------------------------- */

static void on_io(void *ctx, const struct life_io *io)
{
	struct vmpath *p = ctx;
	struct wait *w;
	struct done done;

	if (!io->tag)
		return;
	w = &p->waits[io->tag - 1];
	if (!w->number || w->q != io->q)
		return;		/* too many Qs ago: the ring went round */
	w->number = 0;
	done = (struct done){ .c = io->c, .kick = w->kick, .tid = w->tid };
	w->vm->pub.ios[io->op]++;
	w->vm->pub.bytes[io->op] += io->bytes;
	vmpath_phase(p, w->vm, VMPATH_KICK_Q, w->kick, io->q);
	vmpath_phase(p, w->vm, VMPATH_Q_D, io->q, io->d1);
	vmpath_phase(p, w->vm, VMPATH_D_C,
		     io->d1 == LIFE_NEVER ? NO_TIME : io->d1, io->c);
	vmpath_done(w->vm, &done);
}

/*
 * A stands right before the Q that it leads to, of the same thread.  Where the
 * device above is recorded too, the Q there was the VM's.
 */
static void remember_remap(struct vmpath *p, const struct blk_rec *rec)
{
	struct blk_remap from;

	if (!blk_get_remap(rec, &from))
		*map64_put(&p->remaps, rec->pid) =
			map64_get(&p->devices, from.device_from) != NULL;
}

static bool is_below(struct vmpath *p, const struct blk_rec *rec)
{
	uint64_t *remap = map64_get(&p->remaps, rec->pid);
	bool is = remap && *remap;

	if (remap)
		*remap = 0;
	return is;
}

static void begin_io(struct vmpath *p, const struct blk_rec *rec)
{
	struct vm *vm = find_vm(p, process_of(p, rec->pid));
	uint64_t number;
	struct wait *w;

	life_tag(p->life, 0);
	if (!vm || is_below(p, rec))
		return;
	*map64_put(&p->devices, rec->device) = 1;
	number = p->nr_q++;
	w = &p->waits[number % VMPATH_WAITS];
	*w = (struct wait){
		.number = number + 1,
		.kick = vmpath_take_kick(p, vm, rec->pid, number),
		.vm = vm,
		.q = rec->time,
		.tid = rec->pid,
	};
	life_tag(p->life, (uint32_t)(number % VMPATH_WAITS) + 1);
}

static void add_block(struct vmpath *p, const struct blk_rec *rec)
{
	if (blk_code(rec) == BLK_ACT_QUEUE)
		begin_io(p, rec);
	else if (blk_code(rec) == BLK_ACT_REMAP)
		remember_remap(p, rec);
	life_add(p->life, rec, 0);
}

/* ---- KVM ---------------------------------------------------------------- */

static void on_loss(struct vmpath *p, const struct note_loss *loss)
{
	p->lost += loss->count;
	for (size_t i = 0; i < p->nr_vms; i++) {
		struct vm *vm = p->vms[i];

		vm->nr_kicks = 0;
		vmpath_forget_irqs(vm);
	}
	for (size_t i = 0; i < p->nr_vcpus; i++)
		p->vcpu[i].write = (struct kick){ 0 };
	life_lost(p->life, loss->device);
}

/* The note has the process that sets it, which may be a vhost-PID. */
static struct vm *irq_vm(struct vmpath *p, uint32_t pid, uint32_t tid)
{
	struct vm *vm = find_vm(p, pid);

	return vm ? vm : find_vm(p, process_of(p, tid));
}

static void on_irq(struct vmpath *p, const struct blk_rec *rec,
		   const struct note *n)
{
	bool is_msi = n->id == NOTE_KVM_MSI_SET_IRQ;
	struct vm *vm = irq_vm(p, is_msi ? n->kvm_msi_set_irq.vm :
					   n->kvm_set_irq.vm, rec->pid);

	if (!vm)
		return;
	kvmstat_add(vm->pub.kvm, rec);
	if (!is_msi && !n->kvm_set_irq.level)
		return;
	/* Intel SDM 3, 11.11.2: the vector is in the low byte of the data */
	vmpath_irq(p, vm, rec->time, rec->pid,
		   is_msi ? (int)(n->kvm_msi_set_irq.data & 0xff) : -1);
}

static void on_vcpu(struct vmpath *p, const struct blk_rec *rec,
		    const struct note *n)
{
	/* each of these begins with vm */
	struct vm *vm = make_vm(p, n->kvm_entry.vm);

	if (!vm) {
		p->nr_left_out++;
		return;
	}
	kvmstat_add(vm->pub.kvm, rec);
	if (n->id == NOTE_KVM_ENTRY) {
		vmpath_enter(p, vm, rec->pid);
	} else if (n->id == NOTE_KVM_USERSPACE_EXIT) {
		vmpath_exit_to_user(p, vm, rec->pid);
	} else if (n->id == NOTE_KVM_FAST_MMIO) {
		vmpath_fast_write(p, vm, rec->time, n->kvm_fast_mmio.gpa);
	} else if (n->id == NOTE_KVM_MMIO && n->kvm_mmio.type == MMIO_WRITE) {
		vmpath_write(p, vm, rec->pid, rec->time, false,
			     n->kvm_mmio.gpa);
	} else if (n->id == NOTE_KVM_PIO && n->kvm_pio.write) {
		vmpath_write(p, vm, rec->pid, rec->time, true,
			     n->kvm_pio.port);
	} else if (n->id == NOTE_KVM_INJ_VIRQ) {
		vmpath_inject(p, vm, rec->time, n->kvm_inj_virq.vector);
	}
}

static bool is_kvm(enum note_id id)
{
	return id >= NOTE_KVM_ENTRY && id <= NOTE_KVM_EOI;
}

static void add_note(struct vmpath *p, const struct blk_rec *rec)
{
	struct note n;

	tag_tasks_note(&p->tasks, rec);
	if (note_decode(rec, &n))
		return;
	if (n.id == NOTE_LOSS)
		on_loss(p, &n.loss);
	else if (n.id == NOTE_KVM_SET_IRQ || n.id == NOTE_KVM_MSI_SET_IRQ)
		on_irq(p, rec, &n);
	else if (is_kvm(n.id) && n.kvm_entry.vm)
		on_vcpu(p, rec, &n);
}

/* ---- all ---------------------------------------------------------------- */

struct vmpath *vmpath_new(const struct vmpath_sink *sink)
{
	struct vmpath *p = xcalloc(1, sizeof(*p));

	if (sink)
		p->sink = *sink;
	p->life = life_new(&(struct life_sink){ .io = on_io, .ctx = p });
	p->waits = xcalloc(VMPATH_WAITS, sizeof(*p->waits));
	p->reasons_left = VMPATH_REASONS;
	return p;
}

void vmpath_add(struct vmpath *p, const struct blk_rec *rec)
{
	if (blk_is_notify(rec))
		add_note(p, rec);
	else
		add_block(p, rec);
}

void vmpath_end(struct vmpath *p)
{
	life_end(p->life);
	for (size_t i = 0; i < p->nr_vms; i++) {
		struct vm *vm = p->vms[i];
		const char *name = tag_tasks_vm(&p->tasks, vm->pub.pid);

		vm->nr_kicks = 0;
		vmpath_forget_irqs(vm);
		kvmstat_end(vm->pub.kvm);
		free(vm->name);
		vm->name = xstrdup(name ? name : "");
		vm->pub.name = vm->name;
	}
}

static void free_vm(struct vm *vm)
{
	kvmstat_free(vm->pub.kvm);
	for (int i = 0; i < VMPATH_PHASE_MAX; i++)
		dist_release(&vm->pub.phases[i]);
	map64_release(&vm->irq_threads);
	free(vm->name);
	free(vm->kicks);
	free(vm->done);
	free(vm);
}

void vmpath_free(struct vmpath *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nr_vms; i++)
		free_vm(p->vms[i]);
	free(p->vms);
	map64_release(&p->by_pid);
	map64_release(&p->vcpus);
	map64_release(&p->devices);
	map64_release(&p->remaps);
	tag_tasks_release(&p->tasks);
	life_free(p->life);
	free(p->vcpu);
	free(p->waits);
	free(p);
}

const struct vmpath_vm *vmpath_vm(const struct vmpath *p, size_t i)
{
	return i < p->nr_vms ? &p->vms[i]->pub : NULL;
}

uint64_t vmpath_left_out(const struct vmpath *p)
{
	return p->nr_left_out;
}

uint64_t vmpath_lost(const struct vmpath *p)
{
	return p->lost;
}
