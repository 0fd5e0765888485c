/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the BPF programs and the recorder agree on: the configuration that user
 * space writes before it loads the programs, the layout of an event in a ring,
 * and the keys and values of the maps.
 */
#ifndef BPF_CFG_H
#define BPF_CFG_H

#include <linux/types.h>

#include "bpf/glob.h"
#include "bpf/hist.h"

/*
 * Tracepoints whose prototype began with a struct request_queue pointer
 * before Linux 5.11; a54895fa057c and its neighbours took it out, and
 * 5.10.137 and RHEL 8 have that change as well.  Found by counting the
 * parameters in BTF (src/record/probe.c).
 */
enum cfg_tp {
	TP_RQ_INSERT,
	TP_RQ_ISSUE,
	TP_RQ_MERGE,
	TP_RQ_REQUEUE,
	TP_RQ_COMPLETE,
	TP_RQ_REMAP,
	TP_BIO_QUEUE,
	TP_BIO_BACKMERGE,
	TP_BIO_FRONTMERGE,
	TP_BIO_BOUNCE,
	TP_BIO_COMPLETE,
	TP_BIO_REMAP,
	TP_GETRQ,
	TP_SPLIT,
	TP_PLUG,
	TP_UNPLUG,
	TP_ZONE_APPEND,		/* these three: version 8 only */
	TP_ZONE_PLUG,
	TP_ZONE_UNPLUG,
	TP_MAX
};

/*
 * Tracepoints of KVM, in the order of the KVM_* rows of formats/notes.def.
 * Prototypes: src/record/kvm.c, found in BTF.
 */
enum cfg_kvm {
	KVM_EV_ENTRY,
	KVM_EV_EXIT,
	KVM_EV_USERSPACE_EXIT,
	KVM_EV_PIO,
	KVM_EV_MMIO,
	KVM_EV_FAST_MMIO,
	KVM_EV_SET_IRQ,
	KVM_EV_MSI_SET_IRQ,
	KVM_EV_INJ_VIRQ,
	KVM_EV_HYPERCALL,
	KVM_EV_MSR,
	KVM_EV_PAGE_FAULT,
	KVM_EV_HALT_POLL_NS,
	KVM_EV_VCPU_WAKEUP,
	KVM_EV_ACK_IRQ,
	KVM_EV_EOI,
	KVM_EV_MAX
};

/* The form of a prototype: rec_cfg.kvm_form. */
enum cfg_kvm_form {
	KVM_FORM_NEW,		/* today's */
	KVM_FORM_OLD,		/* the one with fewer arguments */
	KVM_FORM_OTHER,		/* of an architecture without a vCPU in it */
};

/* In the order of the VIRTIO_* rows of formats/notes.def. */
enum cfg_virtio {
	VIRTIO_EV_QUEUE,
	VIRTIO_EV_ADD,
	VIRTIO_EV_KICK,
	VIRTIO_EV_NOTIFY,
	VIRTIO_EV_GET,
	VIRTIO_EV_MAX
};

#define CFG_NR_DEVICES	4	/* as many are found without a map */
#define CFG_NR_STATUS	32	/* values of blk_status_t; a power of two */
#define CFG_NR_OPS	64	/* of enum req_op; a power of two */
#define CFG_NR_CGROUPS	8	/* that can be asked for */

/* bpf/filter.bpf.h; all 0 = no filter. */
struct cfg_filter {
	__u64 first_sector;
	__u64 last_sector;
	__u64 than_ns;		/* only completions that took so long */
	__u64 cgroups[CFG_NR_CGROUPS];	/* ids */
	__u32 nr_cgroups;	/* of them; 0 = all */
	__u32 min_bytes;	/* at Q */
	__u32 max_bytes;
	__u8 is_on;		/* any of these */
	__u8 is_following;	/* one that is decided at Q */
	__u8 has_processes;
	__u8 has_comm;
	__u8 has_size;
	__u8 has_sectors;
	__u8 has_ops;
	__u8 is_cgroup_uncharged;	/* the ids are of a hierarchy that no
					   bio is charged in: v2 beside v1 */
	__u8 ops[CFG_NR_OPS];	/* of enum req_op: 1 = wanted */
	struct glob comm;
};

/* In .rodata: constant for the verifier, so that what is off costs nothing. */
struct rec_cfg {
	__u64 act_mask;			/* categories, at their place in an
					   action word */
	__u32 wake_bytes;		/* wake the reader each time that as
					   much was written on a CPU */
	__u32 has_cgroup;		/* 1: find the cgroup of each event */
	__u32 is_cgroup_v1;		/* 1: io is a controller of a v1
					   hierarchy */
	__u32 vm;			/* only events of KVM of this process;
					   0 = all */
	__u32 nr_disks;			/* above CFG_NR_DEVICES: look them up */
	__u32 devices[CFG_NR_DEVICES];	/* of the disks 0, 1, ... */
	__u8 has_queue_arg[TP_MAX];	/* 1: the old prototype, (q, ...) */
	__u8 has_errno[TP_MAX];		/* 1: the status argument is an errno
					   already (before 5.16) */
	__s16 status_errno[CFG_NR_STATUS];	/* blk_status_t to errno */
	__u32 op_tc[CFG_NR_OPS];	/* categories by operation; with those of
					   version 8 if that is wanted */
	__u32 nr_slots;			/* of each CPU, a power of two; 0 = events
					   of block go into the ring as well */
	__u32 has_range;		/* 1: not all sectors of all disks are
					   wanted */
	__u8 kvm_form[KVM_EV_MAX];	/* enum cfg_kvm_form */
	struct cfg_filter filter;
};

/* Element of the array "disks", for each CPU one. */
struct disk_state {
	__u64 start;		/* first sector that is wanted */
	__u64 end;		/* last one; sector 0 always passes, as in
				   act_log_check(), kernel/trace/blktrace.c */
	__u64 lost;		/* events that found no room in the ring */
	__u64 written;		/* bytes since the reader was woken */
	__u64 unfollowed;	/* I/Os that a filter lost: filter.bpf.h */
};

#define SPARE_DEPTH	64	/* a power of two */

/*
 * An event that the first program saw.  A request or bio is soon used again
 * for other I/O, so its pointer alone would be found where a spare left it.
 */
struct spare_id {
	__u64 object;		/* pointer of the request or bio */
	__u64 place;		/* made of sector and bytes */
};

/* Element of the array "spares", for each CPU one: bpf/spare.bpf.h. */
struct spare_stack {
	struct spare_id ids[SPARE_DEPTH];
	__u64 covered;		/* events that only the spare saw */
	__u32 top;		/* where the next id goes; grows over
				   SPARE_DEPTH and wraps */
	__u32 is_looking;	/* the spare runs and has not looked yet */
};

#define RING_PDU_MAX	16

/*
 * An event in a ring: 72 bytes and its payload, rounded up to 8.  The record
 * that goes into a file is made of it in user space.
 */
struct ring_event {
	__u64 time;		/* ns, CLOCK_MONOTONIC, taken after the room
				   was reserved (src/record/ring.h says why) */
	__u64 sector;
	__u64 action;		/* as struct blk_io_trace_v8.action */
	__u32 bytes;
	__u32 device;		/* of the disk: major << 20 | minor */
	__u32 pid;		/* thread id */
	__u32 tgid;
	__u32 lost;		/* disk_state.lost when this was written */
	__u16 error;
	__u16 pdu_len;		/* a completion has none, but with a latency
				   threshold a u64: ns that it took */
	char comm[16];		/* padded with zeros */
	__u64 cgroup;		/* id that the bio is charged to; 0 = none,
				   or not asked for */
	__u8 pdu[];
};

_Static_assert(sizeof(struct ring_event) == 72, "no holes");

/*
 * With this device, a ring_event is no event but says who the thread is: pid,
 * tgid, comm, cgroup, and a struct ring_task as its payload.
 */
#define RING_DEVICE_TASK	0xffffffffu

/*
 * With this device, a ring_event is one of KVM: action is its enum cfg_kvm,
 * tgid the VM's process (0: a kernel thread), and the payload has a u64 for
 * each field of its private record behind the first one, "vm".  There is a
 * disk_state of this device too.
 */
#define RING_DEVICE_KVM		0xfffffffeu

/*
 * The same for virtio: action is an enum cfg_virtio, and the payload has a u64
 * for each field of the private record; that of VIRTIO_EV_QUEUE is a struct
 * ring_virtio_queue.
 */
#define RING_DEVICE_VIRTIO	0xfffffffdu

#define RING_NOTE_MAX	14	/* such numbers */

/*
 * The slots of one CPU: an array map that user space has mapped, of lines that
 * are a cache line each.  The first ones say where the producer and the
 * consumer are; an event of block I/O takes one of the others
 * (bpf/slot.bpf.h).
 */
#define SLOT_HEAD	0
#define SLOT_TAIL	1
#define SLOT_FIRST	4

#define SLOT_NAMELESS	0x8000	/* in pdu_len: the ring had no room to say who
				   the thread is */

struct slot_head {
	__u64 producer;		/* slots that were taken so far */
	__u64 room_end;		/* a value that producer may reach: consumer
				   plus nr_slots, of some time ago */
	__u64 task;		/* task_key() of the last event */
	__u32 has_lost;		/* 1: disk_state.lost is not 0 everywhere */
	__u32 unused[9];
};

struct slot_tail {
	__u64 consumer;		/* slots that user space gave back */
	__u64 unused[7];
};

/*
 * An event.  Who the thread is was said before, with RING_DEVICE_TASK in the
 * ring of this CPU.  pdu_len 8: pdu.  16: that of a remap, whose device_to is
 * the disk: device_from and pdu, which is its sector.  As they are in the
 * record: big-endian.
 */
struct ring_slot {
	__u64 stamp;		/* 1 + what producer was when it was taken;
				   written last, so that the slot is whole */
	__u64 time;		/* these as in struct ring_event */
	__u64 sector;
	__u64 action;
	__u32 bytes;
	__u32 device;
	__u32 pid;
	__u32 lost;
	__u16 error;
	__u16 pdu_len;
	__u32 device_from;
	__u64 pdu;
};

union slot_line {
	struct slot_head head;
	struct slot_tail tail;
	struct ring_slot slot;
};

_Static_assert(sizeof(union slot_line) == 64, "a cache line");

/* Threads that a CPU remembers as described.  Both sides have the same ones,
 * by pid: multiplied by 2^32/phi, as pids a power of two apart are common. */
#define TASK_SLOTS	256
#define TASK_SLOT(pid)	((__u32)(pid) * 0x9e3779b1u >> 24)

struct ring_task {
	__u32 cmdline_len;
	char cmdline[196];	/* words with NULs between them */
};

_Static_assert(sizeof(struct ring_task) == 200, "a multiple of 8");

#define VIRTIO_NAME_SIZE	24	/* of a driver or queue, with its NUL */

struct ring_virtio_queue {
	__u32 device;		/* n of virtio<n> */
	__u32 queue;		/* its index in the device */
	__u32 type;		/* VIRTIO_ID_*, linux/virtio_ids.h */
	__u32 unused;
	char driver[VIRTIO_NAME_SIZE];
	char name[VIRTIO_NAME_SIZE];
};

#define VIRTIO_NR_DRIVERS	8
#define VIRTIO_WALK_MAX		1024	/* steps along the scatterlists of one
					   direction of a buffer */

/* Elements of the per-CPU array "virtio_lost". */
enum virtio_lost {
	VIRTIO_LOST_ROOM,	/* a map had none for the event */
	VIRTIO_LOST_RETURN,	/* a kretprobe did not run: seen when the same
				   function begins at the same place of the
				   stack, or the same buffer is added, again */
	VIRTIO_LOST_MAX
};

/* In .rodata of the virtio programs. */
struct virtio_cfg {
	__u64 key;		/* tokens are mixed with it: no file shall hold
				   addresses of the kernel */
	__u32 nr_drivers;	/* 0 = all */
	__u32 has_device;	/* 1: only this one: */
	__u32 device;
	__u32 has_latency;	/* counting only: times from add to get_buf */
	char drivers[VIRTIO_NR_DRIVERS][VIRTIO_NAME_SIZE];
};

/* Of a queue in one period, counted in the kernel (bpf/virtiostat.bpf.c). */
struct virtio_count {
	struct ring_virtio_queue id;
	__u64 adds;		/* buffers that were added */
	__u64 failed;		/* that found no room in the queue */
	__u64 cut;		/* whose scatterlist was too long to walk */
	__u64 in_sgs;		/* lists, as their callers give them */
	__u64 out_sgs;
	__u64 in_bytes;
	__u64 out_bytes;
	__u64 kicks;		/* virtqueue_kick_prepare() */
	__u64 notifies;		/* of the device */
	__u64 gets;		/* buffers that came back */
	__u64 unpaired;		/* of them, without an add that was seen */
	__u64 used_bytes;	/* what the device says that it wrote */
	__u64 in_flight;	/* buffers in the queue, after the last one */
	__u64 max_in_flight;
	__u64 lat_sum;		/* ns from add to get_buf */
	__u64 lat_min;
	__u64 lat_max;
	__u32 cells[BPF_HIST_CELLS];
};

/* Key of a struct virtio_count. */
struct virtio_period {
	__u64 queue;		/* address of the struct virtqueue */
	__u32 parity;		/* of the number of the period */
	__u32 unused;
};

#endif
