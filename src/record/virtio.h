/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The recording of virtqueues: an object of its own (bpf/virtio.bpf.c), whose
 * events go through the rings of the block programs.
 *
 *	r = virtio_open(&opts, &maps, &virtio, &err);	loaded
 *	r = virtio_attach(virtio, &err);
 *	virtio_detach(virtio);
 *	virtio_free(virtio);
 */
#ifndef RECORD_VIRTIO_H
#define RECORD_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/cfg.h"
#include "formats/note.h"
#include "src/base/err.h"
#include "src/record/dev.h"
#include "src/record/virtio_hook.h"

struct virtio;
struct bpf_object;

/* What stands for virtio among the recorded devices. */
extern const struct dev virtio_dev;

bool virtio_is_dev(const struct dev *dev);

/*
 * @main: the loaded object whose maps are shared (borrowed until
 * virtio_free), @cfg its configuration.  -ENOTSUP with a sentence when this
 * kernel takes the programs neither way.
 */
int virtio_open(const struct virtio_options *opts,
		const struct bpf_object *main, const struct rec_cfg *cfg,
		struct virtio **ret, struct err *err);
int virtio_attach(struct virtio *v, struct err *err);
void virtio_detach(struct virtio *v);	/* NULL is fine */
void virtio_free(struct virtio *v);	/* detaches; NULL is fine */

/* "fexit" or "kprobe" */
const char *virtio_way_name(const struct virtio *v);

/* Events that are missing for other reasons than a full ring. */
uint64_t virtio_misses(const struct virtio *v);

/* The private record of a ring's event of RING_DEVICE_VIRTIO.  Its strings are
 * borrowed from @ev. */
int virtio_note(const struct ring_event *ev, struct note *ret);

#endif
