/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of vmpath share: vmpath.c takes records, vmpath_kick.c finds
 * the kick of each Q, vmpath_irq.c has the way from a completion to the
 * injection.
 */
#ifndef ANALYZE_VMPATH_IMPL_H
#define ANALYZE_VMPATH_IMPL_H

#include "src/analyze/tag_tasks.h"
#include "src/analyze/vmpath.h"
#include "src/base/map64.h"

#define NO_TIME		UINT64_MAX
#define NR_VECTORS	256
/* A ring: an I/O that is still in flight so many Qs later has lost its kick. */
#define VMPATH_WAITS	(1u << 16)

/* A write that may wake the VMM's device. */
struct kick {
	uint64_t time;
	uint64_t address;
	uint32_t id;		/* never 0 */
	bool is_port;
	bool is_sure;		/* KVM handled it: it is counted */
};

/* A vCPU thread. */
struct vcpu {
	struct kick write;	/* the last write; id 0 = none since the last
				   kvm_entry */
	struct vm *vm;
	uint64_t write_q;	/* number of the Q that took it before it was
				   sure, + 1; 0 = none */
	bool is_user;		/* it went to user space */
};

/* An I/O that has ended, until the guest is told. */
struct done {
	uint64_t c;
	uint64_t kick;		/* NO_TIME = unknown */
	uint32_t tid;		/* of Q */
	uint32_t nr_later;	/* Qs of that thread with a later kick */
};

/* An interrupt that reports completions, until it is injected. */
struct irq {
	uint64_t time;
	uint64_t first_kick;	/* of the I/Os that it reports; NO_TIME = one
				   of them has none */
};

struct vm {
	struct vmpath_vm pub;
	char *name;
	struct kick *kicks;	/* since the last Q */
	size_t nr_kicks, cap_kicks;
	struct done *done;
	size_t nr_done, cap_done;
	struct map64 irq_threads;	/* those that set interrupts */
	struct irq pending[NR_VECTORS];	/* time 0 = none */
};

/* A Q of a VM, until the I/O has ended. */
struct wait {
	uint64_t number;	/* of the Q, + 1; 0 = free */
	uint64_t q;
	uint64_t kick;		/* NO_TIME = unknown */
	struct vm *vm;
	uint32_t tid;
};

struct vmpath {
	struct vmpath_sink sink;
	struct tag_tasks tasks;
	struct life *life;
	struct vm **vms;
	size_t nr_vms, cap_vms;
	struct map64 by_pid;	/* of the VMM, to index + 1 */
	struct map64 vcpus;	/* thread id to index + 1 */
	struct vcpu *vcpu;
	size_t nr_vcpus, cap_vcpus;
	struct map64 devices;	/* on which VMs have had a Q */
	struct map64 remaps;	/* thread: 1 if its last A came from one of
				   them */
	struct wait *waits;	/* a ring, by the number of the Q */
	uint64_t nr_q;		/* of VMs */
	uint32_t next_kick;
	uint32_t reasons_left;	/* of exits, of all VMs */
	uint64_t nr_left_out;	/* KVM's events of VMs beyond the limit */
	uint64_t lost;
};

/* The end of a phase that began at @from; NO_TIME = it is not known. */
void vmpath_phase(struct vmpath *p, struct vm *vm, enum vmpath_phase phase,
		  uint64_t from, uint64_t to);

/* Thread @tid of the VM has written where KVM may answer or not: that is known
 * at its next event. */
void vmpath_write(struct vmpath *p, struct vm *vm, uint32_t tid, uint64_t time,
		  bool is_port, uint64_t address);
/* A write of which it is known. */
void vmpath_fast_write(struct vmpath *p, struct vm *vm, uint64_t time,
		       uint64_t address);
void vmpath_enter(struct vmpath *p, struct vm *vm, uint32_t tid);
void vmpath_exit_to_user(struct vmpath *p, struct vm *vm, uint32_t tid);

/* The time of the kick that asked for Q @number of thread @tid, or NO_TIME. */
uint64_t vmpath_take_kick(struct vmpath *p, struct vm *vm, uint32_t tid,
			  uint64_t number);

/* An I/O of the VM has ended. */
void vmpath_done(struct vm *vm, const struct done *done);

/* Thread @tid takes up a request that was kicked at @kick. */
void vmpath_served(struct vm *vm, uint32_t tid, uint64_t kick);

/* Thread @tid set an interrupt; @vector = -1: it is not known. */
void vmpath_irq(struct vmpath *p, struct vm *vm, uint64_t time, uint32_t tid,
		int vector);

void vmpath_inject(struct vmpath *p, struct vm *vm, uint64_t time,
		   uint32_t vector);

/* Gives up what waits for an interrupt or an injection. */
void vmpath_forget_irqs(struct vm *vm);

#endif
