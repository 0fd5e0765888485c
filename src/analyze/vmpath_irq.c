/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the completion of an I/O to the interrupt in the guest.
 */
#include "config.h"

#include "src/analyze/vmpath_impl.h"
#include "src/base/xalloc.h"

void vmpath_done(struct vm *vm, const struct done *done)
{
	if (vm->nr_done == VMPATH_IN_FLIGHT) {
		/* nobody ever tells this guest: the oldest is given up */
		vm->pub.nr_no_irq++;
		for (size_t i = 1; i < vm->nr_done; i++)
			vm->done[i - 1] = vm->done[i];
		vm->nr_done--;
	}
	vm->done = xgrow(vm->done, vm->nr_done, &vm->cap_done,
			 sizeof(*vm->done));
	vm->done[vm->nr_done++] = *done;
}

/* A second interrupt of the vector before the first one's injection. */
static void set_pending(struct vm *vm, int vector, const struct irq *irq)
{
	struct irq *slot;

	if (vector < 0) {
		vm->pub.nr_not_injected++;
		return;
	}
	slot = &vm->pending[vector];
	if (slot->time)
		vm->pub.nr_not_injected++;
	*slot = *irq;
}

void vmpath_served(struct vm *vm, uint32_t tid, uint64_t kick)
{
	size_t kept = 0;

	for (size_t i = 0; i < vm->nr_done; i++) {
		struct done *d = &vm->done[i];

		d->nr_later += d->tid == tid && kick > d->c;
		if (d->nr_later < 2)
			vm->done[kept++] = *d;
	}
	vm->pub.nr_no_irq += vm->nr_done - kept;
	vm->nr_done = kept;
}

void vmpath_irq(struct vmpath *p, struct vm *vm, uint64_t time, uint32_t tid,
		int vector)
{
	struct irq irq = { .time = time, .first_kick = 0 };
	size_t nr = 0, kept = 0;

	vm->pub.nr_irqs++;
	*map64_put(&vm->irq_threads, tid) = 1;
	for (size_t i = 0; i < vm->nr_done; i++) {
		const struct done *d = &vm->done[i];

		if (d->tid != tid && map64_get(&vm->irq_threads, d->tid)) {
			vm->done[kept++] = *d;
			continue;
		}
		if (time - d->c > VMPATH_IRQ_NS) {
			vm->pub.nr_no_irq++;
			continue;
		}
		vm->pub.nr_other_thread += d->tid != tid;
		vmpath_phase(p, vm, VMPATH_C_IRQ, d->c, time);
		if (d->kick == NO_TIME || irq.first_kick == NO_TIME)
			irq.first_kick = NO_TIME;
		else if (!irq.first_kick || d->kick < irq.first_kick)
			irq.first_kick = d->kick;
		nr++;
	}
	vm->nr_done = kept;
	if (!nr)
		return;
	vm->pub.nr_io_irqs++;
	set_pending(vm, vector, &irq);
}

void vmpath_inject(struct vmpath *p, struct vm *vm, uint64_t time,
		   uint32_t vector)
{
	struct irq *irq;

	vm->pub.nr_injected++;
	if (vector >= NR_VECTORS)
		return;
	irq = &vm->pending[vector];
	if (!irq->time)
		return;
	vmpath_phase(p, vm, VMPATH_IRQ_INJ, irq->time, time);
	vmpath_phase(p, vm, VMPATH_TOTAL, irq->first_kick, time);
	irq->time = 0;
}

void vmpath_forget_irqs(struct vm *vm)
{
	vm->pub.nr_no_irq += vm->nr_done;
	vm->nr_done = 0;
	for (unsigned int i = 0; i < NR_VECTORS; i++) {
		vm->pub.nr_not_injected += vm->pending[i].time != 0;
		vm->pending[i].time = 0;
	}
}
