/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtqueues counted in the kernel (bpf/virtiostat.bpf.c).
 *
 *	r = virtio_live_open(&opts, &live, &err);	counts from here on
 *	... wait ...
 *	r = virtio_live_read(live, use, ctx, &err);	one period ends
 *	virtio_live_close(live);
 */
#ifndef RECORD_VIRTIO_LIVE_H
#define RECORD_VIRTIO_LIVE_H

#include <stdint.h>

#include "bpf/cfg.h"
#include "src/base/err.h"
#include "src/record/virtio_hook.h"

struct virtio_live;

/* -ENOTSUP with a sentence where this kernel takes no such programs. */
int virtio_live_open(const struct virtio_options *opts,
		     struct virtio_live **ret, struct err *err);
void virtio_live_close(struct virtio_live *live);	/* NULL is fine */

/*
 * Ends the period that began at the last call, and gives the counts of each
 * queue in which something happened to @use (borrowed for the call), in no
 * order.
 */
int virtio_live_read(struct virtio_live *live,
		     void (*use)(const struct virtio_count *count, void *ctx),
		     void *ctx, struct err *err);

/* Events that were not counted, since the start. */
uint64_t virtio_live_lost(const struct virtio_live *live);

#endif
