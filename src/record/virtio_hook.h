/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the programs of bpf/virtio.bpf.h come to the kernel's functions: by
 * fexit, or else by a kprobe and a kretprobe.
 *
 *	r = virtio_hook_find(&hook, &err);	what this kernel has
 *	for (each way, virtio_hook_has(&hook, way))
 *		open the object
 *		virtio_hook_select(&hook, obj, way);
 *		load it; r = virtio_hook_attach(&hook, obj, &err);
 *	virtio_hook_detach(&hook);
 *
 * One thread.
 */
#ifndef RECORD_VIRTIO_HOOK_H
#define RECORD_VIRTIO_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/cfg.h"
#include "src/base/err.h"

#define VIRTIO_NR_FUNCTIONS	12

struct bpf_object;
struct bpf_link;

enum virtio_way {
	VIRTIO_FEXIT,
	VIRTIO_KPROBE,
	VIRTIO_WAY_MAX
};

/* Sets are masks of bits 1 << row of the table of functions. */
struct virtio_hook {
	uint32_t functions[VIRTIO_WAY_MAX];	/* that can be had so */
	enum virtio_way way;			/* the selected one */
	/* Of each function its fexit or kretprobe, and its kprobe. */
	struct bpf_link *links[2 * VIRTIO_NR_FUNCTIONS];
	uint64_t missed[2 * VIRTIO_NR_FUNCTIONS];	/* by detached links */
	uint64_t missed_before;		/* by the programs, when attached */
};

/* What is wanted, for the programs of both objects. */
struct virtio_options {
	char *const *drivers;		/* borrowed; at most VIRTIO_NR_DRIVERS,
					   each shorter than VIRTIO_NAME_SIZE */
	size_t nr_drivers;		/* 0 = all */
	bool has_device;
	uint32_t device;		/* n of virtio<n> */
	bool has_latency;		/* counting only */
};

/*
 * The functions that this kernel has.  -ENOTSUP with a sentence: none at all
 * (virtio_ring is not there).  With the environment variable
 * IOTAPE_VIRTIO=fexit or =kprobe, only that way is there (for tests).
 */
int virtio_hook_find(struct virtio_hook *ret, struct err *err);

/* Whether the functions without which nothing is seen can be had so. */
bool virtio_hook_has(const struct virtio_hook *hook, enum virtio_way way);

/* Only the programs of this way will be loaded. */
void virtio_hook_select(struct virtio_hook *hook, const struct bpf_object *obj,
			enum virtio_way way);
int virtio_hook_attach(struct virtio_hook *hook, const struct bpf_object *obj,
		       struct err *err);
void virtio_hook_detach(struct virtio_hook *hook);

/*
 * One sentence for a kernel that takes no program either way; @why is what
 * the last way that was tried said, or NULL.  Returns -ENOTSUP.
 */
int virtio_hook_explain(const struct err *why, struct err *err);

/* "fexit", "kprobe" */
const char *virtio_hook_way_name(enum virtio_way way);

/*
 * Events that were lost since they are attached: those for which a map had no
 * room, and those that the kernel did not hand to a program, as far as it can
 * be known.  It counts them for fexit always, for a kprobe (which does not run
 * in an interrupt inside another one) since 6.7; before, only a call whose
 * end alone was missed is found, by the programs.  Valid while attached and
 * after virtio_hook_detach.
 */
uint64_t virtio_hook_lost(const struct virtio_hook *hook,
			  const struct bpf_object *obj, unsigned int nr_cpus);

/* Fills in the configuration of the programs. */
void virtio_hook_configure(const struct virtio_options *opts,
			   struct virtio_cfg *ret);

#endif
