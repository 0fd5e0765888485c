/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

/*
 * The two passes over virtual machines' I/O (vmpath.h, vmguest.h): what each
 * part of the way took, when it ended.
 */
#include <stdlib.h>

#include "src/analyze/detail_impl.h"
#include "src/analyze/vmguest.h"
#include "src/analyze/vmpath.h"
#include "src/base/xalloc.h"

struct path {
	struct vmpath *host;
	struct vmguest *guest;
	struct detail *detail;
};

/* DETAIL_STEPS = it is the sum of others. */
static const enum detail_step host_steps[VMPATH_PHASE_MAX] = {
	[VMPATH_KICK_Q] = DETAIL_KICK_Q,
	[VMPATH_Q_D] = DETAIL_HOST_Q_D,
	[VMPATH_D_C] = DETAIL_HOST_D_C,
	[VMPATH_C_IRQ] = DETAIL_C_IRQ,
	[VMPATH_IRQ_INJ] = DETAIL_IRQ_INJ,
	[VMPATH_TOTAL] = DETAIL_STEPS,
};

static const enum detail_step guest_steps[VMGUEST_PHASE_MAX] = {
	[VMGUEST_Q_D] = DETAIL_GUEST_Q_D,
	[VMGUEST_D_ADD] = DETAIL_D_ADD,
	[VMGUEST_ADD_NOTIFY] = DETAIL_STEPS,
	[VMGUEST_ADD_GET] = DETAIL_ADD_GET,
	[VMGUEST_GET_C] = DETAIL_GET_C,
	[VMGUEST_Q_C] = DETAIL_STEPS,
};

static void count_step(struct path *p, enum detail_step step, uint64_t time,
		       uint64_t ns)
{
	struct detail_bucket *b;

	if (!detail_shows(p->detail, time))
		return;
	b = detail_bucket_at(p->detail, time);
	b->step_ns[step] += ns;
	b->step_nr[step]++;
}

static void on_host(void *ctx, const struct vmpath_vm *vm,
		    enum vmpath_phase phase, uint64_t time, uint64_t ns)
{
	struct path *p = ctx;

	(void)vm;
	if (host_steps[phase] != DETAIL_STEPS)
		count_step(p, host_steps[phase], time, ns);
}

static void on_guest(void *ctx, enum vmguest_phase phase, uint64_t time,
		     uint64_t ns)
{
	struct path *p = ctx;

	if (guest_steps[phase] != DETAIL_STEPS)
		count_step(p, guest_steps[phase], time, ns);
}

static void *make(struct detail *d)
{
	struct path *p;

	if (!d->opts.has_path)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->detail = d;
	p->host = vmpath_new(&(struct vmpath_sink){ on_host, p });
	p->guest = vmguest_new(&(struct vmguest_sink){ on_guest, p });
	return p;
}

static void release(void *state)
{
	struct path *p = state;

	vmpath_free(p->host);
	vmguest_free(p->guest);
	free(p);
}

static void on_record(void *state, const struct blk_rec *rec)
{
	struct path *p = state;

	vmpath_add(p->host, rec);
	vmguest_add(p->guest, rec);
}

static void finish(void *state)
{
	struct path *p = state;

	vmpath_end(p->host);
	vmguest_end(p->guest);
}

const struct detail_part detail_part_path = {
	.make = make, .free = release, .record = on_record, .finish = finish,
};
