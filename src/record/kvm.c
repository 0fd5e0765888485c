/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "src/base/xalloc.h"
#include "src/record/kvm.h"
#include "src/record/probe.h"
#include "src/record/ring_note.h"

/*
 * A tracepoint and the number of its arguments, now and in the older form; 0
 * = it never had another one.  Commits: bpf/kvm.bpf.c, doc/KERNELS.md.
 */
struct tracepoint {
	const char *name;
	const char *program;
	unsigned int nr_args;
	unsigned int nr_old_args;
	const char *structure;	/* of the classic tracepoint, which must be
				   there; NULL = not needed */
};

#define ROW(name, nr, old)	{ "kvm_" #name, "iotape_kvm_" #name, nr, old, NULL }

static const struct tracepoint tracepoints[] = {
	[KVM_EV_ENTRY] = ROW(entry, 2, 1),
	/* its program takes no argument of the prototype */
	[KVM_EV_EXIT] = { "kvm_exit", "iotape_kvm_exit", 2, 3,
			  "trace_event_raw_kvm_exit" },
	[KVM_EV_USERSPACE_EXIT] = ROW(userspace_exit, 2, 0),
	[KVM_EV_PIO] = ROW(pio, 5, 0),
	[KVM_EV_MMIO] = ROW(mmio, 4, 0),
	[KVM_EV_FAST_MMIO] = ROW(fast_mmio, 1, 0),
	[KVM_EV_SET_IRQ] = ROW(set_irq, 3, 0),
	[KVM_EV_MSI_SET_IRQ] = ROW(msi_set_irq, 2, 0),
	[KVM_EV_INJ_VIRQ] = ROW(inj_virq, 3, 1),
	[KVM_EV_HYPERCALL] = ROW(hypercall, 5, 0),
	[KVM_EV_MSR] = ROW(msr, 4, 0),
	[KVM_EV_PAGE_FAULT] = ROW(page_fault, 3, 2),
	[KVM_EV_HALT_POLL_NS] = ROW(halt_poll_ns, 4, 0),
	[KVM_EV_VCPU_WAKEUP] = ROW(vcpu_wakeup, 3, 0),
	[KVM_EV_ACK_IRQ] = ROW(ack_irq, 2, 0),
	[KVM_EV_EOI] = ROW(eoi, 2, 0),
};

static_assert(ARRAY_SIZE(tracepoints) == KVM_EV_MAX,
	      "each tracepoint needs a row");
static_assert(NOTE_KVM_EOI - NOTE_KVM_ENTRY == KVM_EV_EOI,
	      "private records are in the order of the tracepoints");

/* Where KVM's types are when it is a module; all others are in vmlinux. */
static const char *const modules[] = { "kvm", "kvm_intel", "kvm_amd" };

const struct dev kvm_dev = { .name = "kvm", .disk = RING_DEVICE_KVM };

bool kvm_is_dev(const struct dev *dev)
{
	return dev->disk == RING_DEVICE_KVM;
}

uint32_t kvm_find(const char *name, size_t len)
{
	for (unsigned int i = 0; i < KVM_EV_MAX; i++) {
		const char *full = tracepoints[i].name;
		const char *tail = full + strlen("kvm_");

		if ((strlen(full) == len && !memcmp(full, name, len)) ||
		    (strlen(tail) == len && !memcmp(tail, name, len)))
			return 1u << i;
	}
	return 0;
}

const char *kvm_name(enum cfg_kvm event)
{
	return tracepoints[event].name;
}

const char *kvm_program(enum cfg_kvm event)
{
	return tracepoints[event].program;
}

/* arm64's kvm_entry begins with the guest's pc instead of the vCPU. */
static bool begins_with_pointer(const struct btf *btf,
				const struct btf_type *proto)
{
	const struct btf_type *t =
		btf__type_by_id(btf, btf_params(proto)[1].type);

	return t && btf_is_ptr(t);
}

bool kvm_probe_btf(const struct btf *btf, enum cfg_kvm event,
		   uint8_t *ret_form)
{
	const struct tracepoint *row = &tracepoints[event];
	const struct btf_type *proto = probe_prototype(btf, row->name);
	unsigned int nr;

	if (!proto)
		return false;
	if (row->structure &&
	    btf__find_by_name_kind(btf, row->structure, BTF_KIND_STRUCT) < 0)
		return false;
	nr = btf_vlen(proto) - 1U;	/* the first one is void *__data */
	if (nr != row->nr_args && (!row->nr_old_args ||
				   nr != row->nr_old_args))
		return false;
	*ret_form = nr == row->nr_args ? KVM_FORM_NEW : KVM_FORM_OLD;
	if (event == KVM_EV_ENTRY && !begins_with_pointer(btf, proto))
		*ret_form = KVM_FORM_OTHER;
	return true;
}

/* The bits of @mask that @btf has. */
static uint32_t probe(const struct btf *btf, struct rec_cfg *cfg,
		      uint32_t mask)
{
	uint32_t found = 0;

	for (unsigned int i = 0; i < KVM_EV_MAX; i++)
		if ((mask & 1u << i) &&
		    kvm_probe_btf(btf, (enum cfg_kvm)i, &cfg->kvm_form[i]))
			found |= 1u << i;
	return found;
}

int kvm_for_each_btf(void (*use)(const struct btf *btf, void *data),
		     void *data, struct err *err)
{
	struct btf *kernel = btf__load_vmlinux_btf();

	if (!kernel)
		return err_set(err, -ENOTSUP,
			       "KVM: this kernel has no BTF"
			       " (CONFIG_DEBUG_INFO_BTF)");
	use(kernel, data);
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		struct btf *btf = btf__load_module_btf(modules[i], kernel);

		if (!btf)
			continue;
		use(btf, data);
		btf__free(btf);
	}
	btf__free(kernel);
	return 0;
}

/* What kvm_probe_kernel looks for, and what it found. */
struct look {
	struct rec_cfg *cfg;
	uint32_t wanted;
	uint32_t found;
};

static void look_into(const struct btf *btf, void *data)
{
	struct look *look = data;

	look->found |= probe(btf, look->cfg, look->wanted & ~look->found);
}

int kvm_probe_kernel(struct rec_cfg *cfg, uint32_t *mask, struct err *err)
{
	struct look look = { .cfg = cfg, .wanted = *mask };
	int r = kvm_for_each_btf(look_into, &look, err);

	if (r)
		return r;
	*mask = look.found;
	if (look.found)
		return 0;
	return err_set(err, -ENOTSUP,
		       "KVM: this kernel has none of these tracepoints; is the"
		       " module kvm loaded, with BTF?");
}

int kvm_note(const struct ring_event *ev, struct note *ret)
{
	struct note note;
	int r;

	if (ev->action >= KVM_EV_MAX)
		return -EBADMSG;
	r = ring_note(ev, (enum note_id)(NOTE_KVM_ENTRY + ev->action), 1,
		      &note);
	if (r)
		return r;
	note.kvm_entry.vm = ev->tgid;	/* first in all of them */
	*ret = note;
	return 0;
}
