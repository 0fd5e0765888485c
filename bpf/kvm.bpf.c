/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's tracepoints, one program each.  An event carries its arguments in the
 * order of the fields of its private record (formats/notes.def), the first
 * one ("vm") left out: user space copies them one by one.
 *
 * They are raw tracepoints without types.  With types (tp_btf), 6.12 refuses
 * the "const void *" of kvm_pio and wants each pointer of a module's
 * tracepoint compared with NULL; nothing would be gained.  Which arguments
 * there are is known from BTF before (src/record/kvm.c).
 */
#include <linux/bpf.h>

#include "bpf/kernel.h"
#include "bpf/cfg.h"
#include "bpf/note.bpf.h"
#include "bpf/kvm_types.bpf.h"

/* With --vm, only what the VMM's own threads do. */
static __always_inline int is_wanted(void)
{
	struct task_struct *task;

	if (!cfg.vm)
		return 1;
	task = bpf_get_current_task_btf();
	return task->mm && task->tgid == (int)cfg.vm;
}

#define EMIT(event, ...)						\
	({								\
		if (is_wanted())					\
			(void)NOTE_EMIT(RING_DEVICE_KVM, event,		\
					__VA_ARGS__);			\
		0;							\
	})

#define IS_NEW(event)	(cfg.kvm_form[event] == KVM_FORM_NEW)

static __always_inline __u32 vcpu_number(const struct kvm_vcpu *vcpu)
{
	return (__u32)BPF_CORE_READ(vcpu, vcpu_id) + 1;
}

/* (vcpu, force_immediate_exit), formerly (vcpu); arm64: (pc). */
SEC("raw_tp/kvm_entry")
int iotape_kvm_entry(__u64 *ctx)
{
	__u64 vcpu = 0, flags = 0;

	if (cfg.kvm_form[KVM_EV_ENTRY] != KVM_FORM_OTHER)
		vcpu = vcpu_number((void *)ctx[0]);
	if (IS_NEW(KVM_EV_ENTRY))
		flags = (__u8)ctx[1];
	return EMIT(KVM_EV_ENTRY, vcpu, flags);
}

SEC("tp/kvm/kvm_exit")
int iotape_kvm_exit(struct trace_event_raw_kvm_exit *ctx)
{
	struct trace_event_raw_kvm_exit___arm64 *arm = (void *)ctx;
	__u64 vcpu = 0, intr_info = 0, error_code = 0;

	if (!bpf_core_field_exists(ctx->exit_reason)) {
		if (bpf_core_field_exists(arm->esr_ec))
			(void)EMIT(KVM_EV_EXIT, 0, ISA_ARM64, arm->esr_ec, 0,
				   0, arm->vcpu_pc, (__u32)arm->ret, 0);
		return TP_PASS_ON;
	}
	if (bpf_core_field_exists(ctx->vcpu_id))
		vcpu = ctx->vcpu_id + 1;
	if (bpf_core_field_exists(ctx->intr_info))
		intr_info = ctx->intr_info;
	if (bpf_core_field_exists(ctx->error_code))
		error_code = ctx->error_code;
	(void)EMIT(KVM_EV_EXIT, vcpu, ctx->isa, ctx->exit_reason, intr_info,
		   error_code, ctx->guest_rip, ctx->info1, ctx->info2);
	return TP_PASS_ON;
}

SEC("raw_tp/kvm_userspace_exit")
int iotape_kvm_userspace_exit(__u64 *ctx)
{
	return EMIT(KVM_EV_USERSPACE_EXIT, 0, (__u32)ctx[0], (__u32)ctx[1]);
}

/* @size bytes at @p of kernel memory, as a number; x86 is little-endian. */
static __always_inline __u64 read_value(const void *p, __u32 size)
{
	__u64 value = 0;

	if (!p)
		return 0;
	if (size >= 8)
		(void)bpf_probe_read_kernel(&value, 8, p);
	else if (size >= 4)
		(void)bpf_probe_read_kernel(&value, 4, p);
	else if (size >= 2)
		(void)bpf_probe_read_kernel(&value, 2, p);
	else if (size)
		(void)bpf_probe_read_kernel(&value, 1, p);
	return value;
}

/* (rw, port, size, count, data) */
SEC("raw_tp/kvm_pio")
int iotape_kvm_pio(__u64 *ctx)
{
	return EMIT(KVM_EV_PIO, 0, (__u32)ctx[0], (__u32)ctx[1],
		    (__u32)ctx[2], (__u32)ctx[3],
		    read_value((void *)ctx[4], (__u32)ctx[2]));
}

/* (type, len, gpa, val) */
SEC("raw_tp/kvm_mmio")
int iotape_kvm_mmio(__u64 *ctx)
{
	return EMIT(KVM_EV_MMIO, 0, (__u32)ctx[0], (__u32)ctx[1], ctx[2],
		    read_value((void *)ctx[3], (__u32)ctx[1]));
}

SEC("raw_tp/kvm_fast_mmio")
int iotape_kvm_fast_mmio(__u64 *ctx)
{
	return EMIT(KVM_EV_FAST_MMIO, 0, ctx[0]);
}

SEC("raw_tp/kvm_set_irq")
int iotape_kvm_set_irq(__u64 *ctx)
{
	return EMIT(KVM_EV_SET_IRQ, 0, (__u32)ctx[0], (__u32)ctx[1],
		    (__u32)ctx[2]);
}

SEC("raw_tp/kvm_msi_set_irq")
int iotape_kvm_msi_set_irq(__u64 *ctx)
{
	return EMIT(KVM_EV_MSI_SET_IRQ, 0, ctx[0], ctx[1]);
}

/* (vector, soft, reinjected), formerly (irq). */
SEC("raw_tp/kvm_inj_virq")
int iotape_kvm_inj_virq(__u64 *ctx)
{
	__u64 flags = 0;

	if (IS_NEW(KVM_EV_INJ_VIRQ)) {
		flags = (__u8)ctx[1];
		flags |= (__u64)(__u8)ctx[2] << 1;
	}
	return EMIT(KVM_EV_INJ_VIRQ, 0, (__u32)ctx[0], flags);
}

SEC("raw_tp/kvm_hypercall")
int iotape_kvm_hypercall(__u64 *ctx)
{
	return EMIT(KVM_EV_HYPERCALL, 0, ctx[0], ctx[1], ctx[2], ctx[3],
		    ctx[4]);
}

/* (write, ecx, data, exception) */
SEC("raw_tp/kvm_msr")
int iotape_kvm_msr(__u64 *ctx)
{
	return EMIT(KVM_EV_MSR, 0, (__u32)ctx[0], (__u32)ctx[1],
		    (__u8)ctx[3], ctx[2]);
}

/* (vcpu, address, error_code), formerly without the vCPU. */
SEC("raw_tp/kvm_page_fault")
int iotape_kvm_page_fault(__u64 *ctx)
{
	__u64 vcpu = 0, address = ctx[0], error_code = ctx[1];

	if (IS_NEW(KVM_EV_PAGE_FAULT)) {
		vcpu = vcpu_number((void *)address);
		address = error_code;
		error_code = ctx[2];
	}
	return EMIT(KVM_EV_PAGE_FAULT, vcpu, address, error_code);
}

/* (grow, vcpu_id, new, old) */
SEC("raw_tp/kvm_halt_poll_ns")
int iotape_kvm_halt_poll_ns(__u64 *ctx)
{
	return EMIT(KVM_EV_HALT_POLL_NS, (__u32)ctx[1] + 1, (__u8)ctx[0],
		    (__u32)ctx[2], (__u32)ctx[3]);
}

/* (ns, waited, valid) */
SEC("raw_tp/kvm_vcpu_wakeup")
int iotape_kvm_vcpu_wakeup(__u64 *ctx)
{
	return EMIT(KVM_EV_VCPU_WAKEUP, 0,
		    (__u8)ctx[1] | (__u32)(__u8)ctx[2] << 1, ctx[0]);
}

SEC("raw_tp/kvm_ack_irq")
int iotape_kvm_ack_irq(__u64 *ctx)
{
	return EMIT(KVM_EV_ACK_IRQ, 0, (__u32)ctx[0], (__u32)ctx[1]);
}

/* (apic, vector) */
SEC("raw_tp/kvm_eoi")
int iotape_kvm_eoi(__u64 *ctx)
{
	struct kvm_lapic *apic = (void *)ctx[0];

	return EMIT(KVM_EV_EOI,
		    (__u32)BPF_CORE_READ(apic, vcpu, vcpu_id) + 1,
		    (__u32)ctx[1]);
}

char LICENSE[] SEC("license") = "GPL";
