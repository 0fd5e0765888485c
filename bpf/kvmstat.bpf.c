/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts KVM's tracepoints in maps, for iotape kvmstat: one program for each,
 * whatever the number of VMs, and no ring.  Recording (bpf/kvm.bpf.c) knows
 * nothing of it.
 */
#include <linux/bpf.h>

#include "bpf/hist.h"
#include "bpf/kernel.h"
#include "bpf/kvm_types.bpf.h"
#include "bpf/kvmstat.h"

/* Intel SDM, volume 3, 25.9.1: bits above are flags. */
#define VMX_REASON_MASK	0xffffu

/* 1: kvm_entry's first argument is the vCPU (not on arm64). */
const volatile __u32 has_entry_vcpu = 0;

/* A thread that runs a vCPU, and the exits that wait for their kvm_entry. */
struct thread {
	__u64 exit_time;	/* ns; 0 = none is open */
	__u64 user_time;
	__u32 kind;
	__u32 reason;
	__u32 user_reason;
	__u32 vcpu;		/* number + 1; 0 = unknown yet */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, KVMSTAT_KEYS);
	__type(key, struct kvmstat_key);
	__type(value, __u64);
} counts SEC(".maps");

/* A vCPU runs in one thread at a time, so its element has one writer. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, KVMSTAT_TIMES);
	__type(key, struct kvmstat_key);
	__type(value, struct kvmstat_times);
} times SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, KVMSTAT_THREADS);
	__type(key, __u32);
	__type(value, struct thread);
} threads SEC(".maps");

/* What a new element of "times" begins with: too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kvmstat_times);
} empty SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KVMSTAT_MISSED_MAX);
	__type(key, __u32);
	__type(value, __u64);
} missed SEC(".maps");

static __always_inline void miss(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&missed, &what);

	if (n)
		(*n)++;
}

static __always_inline void count(const struct kvmstat_key *key)
{
	__u64 *n = bpf_map_lookup_elem(&counts, key), one = 1;

	if (n)
		(*n)++;
	else if (bpf_map_update_elem(&counts, key, &one, BPF_NOEXIST))
		miss(KVMSTAT_MISSED_COUNT);
}

static __always_inline void set_task(struct kvmstat_key *key, __u32 *ret_tid)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	*ret_tid = task->pid;
	key->vm = task->mm ? task->tgid : 0;
}

static __noinline int count_slot(__u32 slot)
{
	struct kvmstat_key key = { .event = slot };
	struct thread *t;
	__u32 tid;

	set_task(&key, &tid);
	t = bpf_map_lookup_elem(&threads, &tid);
	if (t)
		key.vcpu = t->vcpu;
	count(&key);
	return 0;
}

static __always_inline struct thread *find_thread(__u32 tid)
{
	struct thread *t = bpf_map_lookup_elem(&threads, &tid), none = { 0 };

	if (t)
		return t;
	(void)bpf_map_update_elem(&threads, &tid, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&threads, &tid);
}

static __always_inline struct kvmstat_times *
find_times(const struct kvmstat_key *key)
{
	struct kvmstat_times *t = bpf_map_lookup_elem(&times, key);
	__u32 zero = 0;
	void *init;

	if (t)
		return t;
	init = bpf_map_lookup_elem(&empty, &zero);
	if (init)
		(void)bpf_map_update_elem(&times, key, init, BPF_NOEXIST);
	t = bpf_map_lookup_elem(&times, key);
	if (!t)
		miss(KVMSTAT_MISSED_TIME);
	return t;
}

static __noinline int add_time(const struct kvmstat_key *key, __u64 ns)
{
	struct kvmstat_times *t;
	__u32 cell = bpf_hist_cell(ns);

	if (!key)
		return 0;
	t = find_times(key);
	if (!t)
		return 0;
	if (!t->nr || ns < t->min)
		t->min = ns;
	if (ns > t->max)
		t->max = ns;
	t->nr++;
	t->sum += ns;
	if (cell < BPF_HIST_CELLS)
		t->cells[cell]++;
	return 0;
}

static __always_inline void add_unpaired(const struct kvmstat_key *key)
{
	struct kvmstat_times *t = find_times(key);

	if (t)
		t->unpaired++;
}

static __always_inline struct kvmstat_key exit_key(const struct thread *t,
						   __u32 vm)
{
	return (struct kvmstat_key){ .event = KVMSTAT_EXIT, .kind = t->kind,
				     .reason = t->reason, .vm = vm,
				     .vcpu = t->vcpu };
}

static __always_inline struct kvmstat_key user_key(const struct thread *t,
						   __u32 vm)
{
	return (struct kvmstat_key){ .event = KVMSTAT_USER,
				     .reason = t->user_reason, .vm = vm,
				     .vcpu = t->vcpu };
}

/* (vcpu, ...); arm64: (pc). */
SEC("raw_tp")
int kvmstat_entry(__u64 *ctx)
{
	struct kvmstat_key key = { .event = KVMSTAT_ENTRY };
	const struct kvm_vcpu *vcpu = (void *)ctx[0];
	struct thread *t;
	__u64 now;
	__u32 tid;

	set_task(&key, &tid);
	t = find_thread(tid);
	if (t) {
		now = bpf_ktime_get_ns();
		if (has_entry_vcpu)
			t->vcpu = (__u32)BPF_CORE_READ(vcpu, vcpu_id) + 1;
		key.vcpu = t->vcpu;
		if (t->exit_time) {
			struct kvmstat_key k = exit_key(t, key.vm);

			(void)add_time(&k, now - t->exit_time);
		}
		if (t->user_time) {
			struct kvmstat_key k = user_key(t, key.vm);

			(void)add_time(&k, now - t->user_time);
		}
		t->exit_time = 0;
		t->user_time = 0;
	}
	count(&key);
	return 0;
}

static __noinline int count_exit(__u32 kind, __u32 reason, __u32 vcpu)
{
	struct kvmstat_key key = { .event = KVMSTAT_EXIT, .kind = kind,
				   .reason = reason };
	struct thread *t;
	__u32 tid;

	set_task(&key, &tid);
	t = find_thread(tid);
	if (t) {
		if (t->exit_time) {
			struct kvmstat_key k = exit_key(t, key.vm);

			add_unpaired(&k);
		}
		if (vcpu)
			t->vcpu = vcpu;
		key.vcpu = t->vcpu;
		t->kind = kind;
		t->reason = reason;
		t->exit_time = bpf_ktime_get_ns();
	}
	count(&key);
	return 0;
}

SEC("tp/kvm/kvm_exit")
int kvmstat_exit(struct trace_event_raw_kvm_exit *ctx)
{
	struct trace_event_raw_kvm_exit___arm64 *arm = (void *)ctx;
	__u32 vcpu = 0, kind, reason;

	if (!bpf_core_field_exists(ctx->exit_reason)) {
		if (bpf_core_field_exists(arm->esr_ec))
			(void)count_exit(ISA_ARM64, arm->esr_ec, 0);
		else
			(void)count_exit(0, 0, 0);
		return TP_PASS_ON;
	}
	if (bpf_core_field_exists(ctx->vcpu_id))
		vcpu = ctx->vcpu_id + 1;
	kind = ctx->isa;
	reason = ctx->exit_reason;
	if (kind == ISA_VMX)
		reason &= VMX_REASON_MASK;
	(void)count_exit(kind, reason, vcpu);
	return TP_PASS_ON;
}

/* (reason, errno) */
SEC("raw_tp")
int kvmstat_userspace_exit(__u64 *ctx)
{
	struct kvmstat_key key = { .event = KVMSTAT_USER,
				   .reason = (__u32)ctx[0] };
	struct thread *t;
	__u32 tid;

	set_task(&key, &tid);
	t = find_thread(tid);
	if (t) {
		if (t->user_time) {
			struct kvmstat_key k = user_key(t, key.vm);

			add_unpaired(&k);
		}
		key.vcpu = t->vcpu;
		t->user_reason = key.reason;
		t->user_time = bpf_ktime_get_ns();
	}
	count(&key);
	return 0;
}

#define SLOT(n)								\
	SEC("raw_tp")							\
	int kvmstat_slot_##n(void *ctx)					\
	{								\
		(void)ctx;						\
		return count_slot(0x##n);				\
	}
#define SLOTS8(n)							\
	SLOT(n##0) SLOT(n##1) SLOT(n##2) SLOT(n##3)			\
	SLOT(n##4) SLOT(n##5) SLOT(n##6) SLOT(n##7)
#define SLOTS16(n)							\
	SLOTS8(n) SLOT(n##8) SLOT(n##9) SLOT(n##a) SLOT(n##b)		\
	SLOT(n##c) SLOT(n##d) SLOT(n##e) SLOT(n##f)

/* KVMSTAT_SLOTS of them, named by two hexadecimal digits. */
SLOTS16(0) SLOTS16(1) SLOTS16(2) SLOTS16(3)
SLOTS16(4) SLOTS16(5) SLOTS16(6) SLOTS16(7)

char LICENSE[] SEC("license") = "GPL";
