/* SPDX-License-Identifier: GPL-2.0 */
/* KVM's types, as far as the programs read them (see bpf/kernel.h). */
#ifndef BPF_KVM_TYPES_BPF_H
#define BPF_KVM_TYPES_BPF_H

#include "bpf/kernel.h"

/* linux/kvm.h and arch/x86/include/uapi/asm/kvm.h: KVM_ISA_VMX, _SVM are 1
 * and 2; 3 is ours. */
#define ISA_VMX		1
#define ISA_ARM64	3

/*
 * What a program on a classic tracepoint returns: 0 would keep the event from
 * every perf event on it, those of perf and kvm_stat (kernel/events/core.c,
 * perf_trace_run_bpf_submit(), v6.12).  tp_btf and raw_tp have no such effect.
 */
#define TP_PASS_ON	1

struct kvm_vcpu {
	int vcpu_id;
} __kernel_type;

struct kvm_lapic {
	struct kvm_vcpu *vcpu;
} __kernel_type;

/* The reason is hidden in (vcpu, isa) since 0a62a0319abb, 5.16: the classic
 * tracepoint still has it.  intr_info and error_code came in 5.10. */
struct trace_event_raw_kvm_exit {
	unsigned int exit_reason;
	unsigned long guest_rip;
	__u32 isa;
	__u64 info1;
	__u64 info2;
	__u32 intr_info;
	__u32 error_code;
	unsigned int vcpu_id;
} __kernel_type;

struct trace_event_raw_kvm_exit___arm64 {
	int ret;
	unsigned int esr_ec;
	unsigned long vcpu_pc;
} __kernel_type;

#endif
