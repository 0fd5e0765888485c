/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The BPF programs of one recording: open, configure, load, attach.
 *
 *	struct session *s;
 *	r = session_open(&opts, &s, &err);	loaded, not yet attached
 *	r = session_attach(s, &err);		events come from here on
 *	... session_ring(s, cpu) ...
 *	session_detach(s);			no new events after this
 *	... read the rings to their ends ...
 *	session_free(s);
 *
 * One thread.
 */
#ifndef RECORD_SESSION_H
#define RECORD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/record/filter.h"
#include "src/record/ring.h"
#include "src/record/slots.h"
#include "src/record/virtio_hook.h"

struct session;

/* The sectors of one disk that are wanted. */
struct session_disk {
	uint32_t device;	/* major << 20 | minor */
	uint64_t start;
	uint64_t end;		/* last one */
};

struct session_options {
	const struct session_disk *disks;
	size_t nr_spare;	/* disks that may come: session_add_disk */
	size_t nr_disks;	/* at least 1, with nr_spare 0; device
				   RING_DEVICE_KVM is not a
				   disk, but counts KVM's losses */
	uint32_t kvm;		/* wanted tracepoints of KVM: src/record/kvm.h;
				   with it, disks has RING_DEVICE_KVM */
	uint32_t vm;		/* only this process's events of KVM; 0 = all */
	const struct virtio_options *virtio;	/* NULL = not recorded; with
				   it, disks has RING_DEVICE_VIRTIO */
	uint32_t act_mask;	/* BLK_TC_*, 16 bits */
	unsigned int version;	/* of the records: 7 or 8 */
	const struct rec_filter *filter;	/* borrowed; NULL = all */
	bool has_cgroup;	/* find the cgroup of each event */
	bool is_cgroup_v1;	/* io is a controller of a v1 hierarchy */
	size_t ring_size;	/* bytes per CPU; rounded up to a power of
				   two and to the page size.  Of the slots,
				   where there are some */
};

/* Messages of libbpf are only seen with IOTAPE_DEBUG in the environment. */
void session_quiet_libbpf(void);

int session_open(const struct session_options *opts, struct session **ret,
		 struct err *err);
int session_attach(struct session *s, struct err *err);
void session_detach(struct session *s);
void session_free(struct session *s);	/* detaches; NULL is fine */

/* One more disk, with all its sectors; @ret_index as that of
 * session_read_lost.  There must be one to spare. */
int session_add_disk(struct session *s, uint32_t device, uint32_t *ret_index,
		     struct err *err);

/*
 * The tracepoints of KVM that are recorded; fewer than wanted where the kernel
 * does not have them or does not let us.  Valid after session_open, and once
 * more after session_attach.  @ret_why: why the last one was left out, or an
 * empty err.
 */
uint32_t session_kvm(const struct session *s, struct err *ret_why);

/* Whether virtio is recorded.  @ret_why: why it is not, or an empty err. */
bool session_has_virtio(const struct session *s, struct err *ret_why);

/* Number of possible CPUs; their numbers are below it. */
unsigned int session_nr_cpus(const struct session *s);

/* The size in bytes of the ring of each CPU that was online: others may have
 * smaller ones (src/record/rings.h). */
size_t session_ring_size(const struct session *s);

/* The slots of a CPU, or NULL where all its events go through the ring: on
 * kernels before 5.12, with cgroups, and where it was not online.  Borrowed. */
struct slots *session_slots(struct session *s, unsigned int cpu);

/* The ring of a CPU, or NULL if it was not online and has none.
 * Borrowed. */
struct ring *session_ring(struct session *s, unsigned int cpu);

/* How many events the programs lost on disk @disk (its index in
 * session_options.disks), for each CPU so far. */
int session_read_lost(const struct session *s, uint32_t disk,
		      uint64_t *ret_per_cpu, struct err *err);

/* I/Os of that disk that its filter lost track of, and children that --pid
 * could not follow: 0 without filters. */
uint64_t session_read_unfollowed(const struct session *s, uint32_t disk);

/* Events on CPUs that have no ring, for each CPU so far. */
int session_read_no_ring(const struct session *s, uint64_t *ret_per_cpu,
			 struct err *err);

/*
 * Events that are lost, on all devices of the machine, since the kernel did
 * not hand them to a program that was already running on that CPU (an
 * interrupt inside it), nor to its spare (bpf/spare.bpf.h).  The kernel counts
 * for each program only.  Valid while attached and after session_detach.
 */
uint64_t session_recursion_misses(const struct session *s);

/* The same for the events of KVM, whose programs have no spare. */
uint64_t session_kvm_misses(const struct session *s);
uint64_t session_virtio_misses(const struct session *s);

/* How virtio is recorded: "fexit" or "kprobe"; NULL = it is not. */
const char *session_virtio_way(const struct session *s);

#endif
