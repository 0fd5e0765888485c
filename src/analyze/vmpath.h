/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of a virtual machine's I/O on its host: KVM's records and the block
 * records of one recording, joined.
 *
 *	struct vmpath *p = vmpath_new(NULL);
 *	vmpath_add(p, &rec);			each record, in time order
 *	vmpath_end(p);
 *	for (size_t i = 0; (vm = vmpath_vm(p, i)); i++)
 *		... vm->phases[VMPATH_KICK_Q] ...
 *	vmpath_free(p);
 *
 *	guest  kick ----> Q ---> D ---> C ----> interrupt set ---> injected
 *	         KICK_Q     Q_D    D_C     C_IRQ             IRQ_INJ
 *
 * A VM is the process that KVM's records name.  Its block I/O is that of the
 * threads of that process (PROCESS notes: workers of io_uring belong to it),
 * and of threads called vhost-PID.
 *
 * A kick is a write of the guest that wakes the VMM's device: kvm_fast_mmio;
 * or kvm_mmio or kvm_pio, a write, that KVM handles itself (no
 * kvm_userspace_exit before the thread's next kvm_entry, as is so for an
 * ioeventfd), outside of the interrupt controllers and the timer of a PC, which
 * KVM also handles itself, and of what QEMU collects without an exit (the VGA
 * window and the CMOS index port); or one that goes to user space and whose thread then
 * issues I/O before it enters the guest again.
 *
 * Nothing is guessed.  A kick belongs to the next Q of the VM if it is the only
 * one since the VM's last Q; if there are several, or none, the Q has no kick
 * and is counted as such.  An interrupt belongs to the completions, not yet
 * reported, of the I/Os that the thread which sets it has issued.  Completions
 * whose thread never sets interrupts (a pool of workers) belong to the VM's
 * next one, and are counted apart.  A completion that is not reported within
 * VMPATH_IRQ_NS, or while its thread serves two later kicks, never is: the
 * guest polls.  An interrupt is injected by the next kvm_inj_virq of
 * that VM and vector; with posted interrupts there is none.
 *
 * Nothing is paired across a loss.  Memory is bounded by the VMs, their
 * threads, and VMPATH_IN_FLIGHT.  One thread at a time.
 */
#ifndef ANALYZE_VMPATH_H
#define ANALYZE_VMPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/dist.h"
#include "src/analyze/kvmstat.h"
#include "src/analyze/life.h"

#define VMPATH_IN_FLIGHT	4096	/* completions without an interrupt,
					   and kicks without a Q, of a VM */
#define VMPATH_IRQ_NS		UINT64_C(1000000000)
#define VMPATH_VMS		4096	/* events of further ones are counted */
#define VMPATH_REASONS	32768u	/* of exits, of all VMs: a VM has some 20 */
#define VMPATH_ADDRESSES	32	/* of kicks, of a VM: the rest is one */

enum vmpath_phase {
	VMPATH_KICK_Q,		/* kick to the Q of the host's block layer */
	VMPATH_Q_D,		/* first D */
	VMPATH_D_C,		/* first D to C */
	VMPATH_C_IRQ,		/* to the interrupt being set */
	VMPATH_IRQ_INJ,		/* to its injection into the vCPU */
	VMPATH_TOTAL,		/* kick to injection, where all is known */
	VMPATH_PHASE_MAX
};

/* "kick_to_q", ...: stable, part of the JSON schema. */
const char *vmpath_phase_name(enum vmpath_phase phase);

/* Where the guest wrote to. */
struct vmpath_address {
	uint64_t address;	/* guest physical, or a port */
	uint64_t nr;		/* kicks */
	uint64_t nr_paired;	/* with a Q */
	bool is_port;
	bool is_rest;		/* of all addresses beyond VMPATH_ADDRESSES */
};

struct vmpath_vm {
	uint32_t pid;		/* of the VMM */
	const char *name;	/* "" = unknown; borrowed until vmpath_free */
	struct kvmstat *kvm;	/* all KVM events of this VM */
	struct dist phases[VMPATH_PHASE_MAX];	/* ns */
	uint64_t ios[LIFE_OP_MAX];		/* that have ended */
	uint64_t bytes[LIFE_OP_MAX];
	uint64_t nr_kicks;
	uint64_t nr_kicks_paired;	/* with a Q */
	uint64_t nr_no_kick;		/* Qs without a kick: the VMM polled,
					   took several at once, or its own */
	uint64_t nr_several_kicks;	/* Qs with more than one to choose */
	uint64_t nr_irqs;		/* set, for whatever reason */
	uint64_t nr_io_irqs;		/* that report completions */
	uint64_t nr_other_thread;	/* completions that another thread than
					   that of the Q reported */
	uint64_t nr_no_irq;		/* completions never reported */
	uint64_t nr_not_injected;	/* of nr_io_irqs: no kvm_inj_virq */
	uint64_t nr_injected;		/* kvm_inj_virq, all */
	struct vmpath_address addresses[VMPATH_ADDRESSES];
	size_t nr_addresses;
};

/*
 * Hears of each phase when it has ended, at @time (ns).  @vm is borrowed for
 * the call.
 */
struct vmpath_sink {
	void (*phase)(void *ctx, const struct vmpath_vm *vm,
		      enum vmpath_phase phase, uint64_t time, uint64_t ns);
	void *ctx;
};

struct vmpath;

struct vmpath *vmpath_new(const struct vmpath_sink *sink);	/* NULL = none */
void vmpath_free(struct vmpath *p);
DEFINE_CLEANUP(struct vmpath, vmpath_free)

/* Any record of the trace, notes included. */
void vmpath_add(struct vmpath *p, const struct blk_rec *rec);
void vmpath_end(struct vmpath *p);

/* The VMs in the order in which they appeared; NULL behind the last one. */
const struct vmpath_vm *vmpath_vm(const struct vmpath *p, size_t i);

/* Events of KVM that were left out: VMs beyond VMPATH_VMS. */
uint64_t vmpath_left_out(const struct vmpath *p);

/* Events that the trace says were lost. */
uint64_t vmpath_lost(const struct vmpath *p);

#endif
