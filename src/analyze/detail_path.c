/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "src/analyze/detail_path.h"
#include "src/analyze/vmguest.h"
#include "src/analyze/vmpath.h"
#include "src/base/xalloc.h"

struct detail_path {
	struct vmpath *host;
	struct vmguest *guest;
	detail_step_fn *step;
	void *ctx;
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

static void on_host(void *ctx, const struct vmpath_vm *vm,
		    enum vmpath_phase phase, uint64_t time, uint64_t ns)
{
	struct detail_path *p = ctx;

	(void)vm;
	if (host_steps[phase] != DETAIL_STEPS)
		p->step(p->ctx, host_steps[phase], time, ns);
}

static void on_guest(void *ctx, enum vmguest_phase phase, uint64_t time,
		     uint64_t ns)
{
	struct detail_path *p = ctx;

	if (guest_steps[phase] != DETAIL_STEPS)
		p->step(p->ctx, guest_steps[phase], time, ns);
}

struct detail_path *detail_path_new(detail_step_fn *step, void *ctx)
{
	struct detail_path *p = xcalloc(1, sizeof(*p));

	p->step = step;
	p->ctx = ctx;
	p->host = vmpath_new(&(struct vmpath_sink){ on_host, p });
	p->guest = vmguest_new(&(struct vmguest_sink){ on_guest, p });
	return p;
}

void detail_path_free(struct detail_path *p)
{
	if (!p)
		return;
	vmpath_free(p->host);
	vmguest_free(p->guest);
	free(p);
}

void detail_path_add(struct detail_path *p, const struct blk_rec *rec)
{
	vmpath_add(p->host, rec);
	vmguest_add(p->guest, rec);
}

void detail_path_end(struct detail_path *p)
{
	vmpath_end(p->host);
	vmguest_end(p->guest);
}
