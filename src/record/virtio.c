/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "bpf/cfg.h"
#include "bpf/virtio.skel.h"
#include "src/base/xalloc.h"
#include "src/record/ring_note.h"
#include "src/record/virtio.h"

struct virtio {
	struct virtio_bpf *skel;
	struct virtio_hook hook;
	struct virtio_options opts;
	const struct bpf_object *main;
	const struct rec_cfg *cfg;
	unsigned int nr_cpus;
};

const struct dev virtio_dev = { .name = "virtio", .disk = RING_DEVICE_VIRTIO };

static_assert(NOTE_VIRTIO_GET - NOTE_VIRTIO_QUEUE == VIRTIO_EV_GET,
	      "private records are in the order of the events");

/* Made by the first object, used by both. */
static const char *const shared_maps[] = {
	"rings", "disks", "disk_index", "no_ring", "task_caches",
};

bool virtio_is_dev(const struct dev *dev)
{
	return dev->disk == RING_DEVICE_VIRTIO;
}

static int share_maps(struct virtio *v, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(shared_maps); i++) {
		const char *name = shared_maps[i];
		struct bpf_map *from =
			bpf_object__find_map_by_name(v->main, name);
		struct bpf_map *to =
			bpf_object__find_map_by_name(v->skel->obj, name);
		int r;

		assert(from && to);
		r = bpf_map__reuse_fd(to, bpf_map__fd(from));
		if (r)
			return err_set_errno(err, r, "virtio: the map %s",
					     name);
	}
	return 0;
}

static int load(struct virtio *v, enum virtio_way way, struct err *err)
{
	int r;

	virtio_bpf__destroy(v->skel);
	v->skel = virtio_bpf__open();
	if (!v->skel)
		return err_set_errno(err, -errno,
				     "virtio: cannot open the programs");
	memcpy(&v->skel->rodata->cfg, v->cfg, sizeof(*v->cfg));
	virtio_hook_configure(&v->opts, &v->skel->rodata->virtio_cfg);
	virtio_hook_select(&v->hook, v->skel->obj, way);
	r = share_maps(v, err);
	if (r)
		return r;
	r = virtio_bpf__load(v->skel);
	return r ? err_set_errno(err, r, "loading") : 0;
}

/* The first way that can be loaded and attached; it is detached again. */
static int try_ways(struct virtio *v, struct err *err)
{
	struct err why = { 0 };

	for (enum virtio_way way = 0; way < VIRTIO_WAY_MAX; way++) {
		int r;

		if (!virtio_hook_has(&v->hook, way))
			continue;
		r = load(v, way, &why);
		if (!r)
			r = virtio_hook_attach(&v->hook, v->skel->obj, &why);
		virtio_hook_detach(&v->hook);
		if (!r)
			return 0;
	}
	return virtio_hook_explain(&why, err);
}

int virtio_open(const struct virtio_options *opts,
		const struct bpf_object *main, const struct rec_cfg *cfg,
		struct virtio **ret, struct err *err)
{
	struct virtio *v = xcalloc(1, sizeof(*v));
	int r;

	v->opts = *opts;
	v->main = main;
	v->cfg = cfg;
	r = libbpf_num_possible_cpus();
	if (r > 0) {
		v->nr_cpus = (unsigned int)r;
		r = virtio_hook_find(&v->hook, err);
	}
	if (!r)
		r = try_ways(v, err);
	if (r) {
		virtio_free(v);
		return r;
	}
	*ret = v;
	return 0;
}

int virtio_attach(struct virtio *v, struct err *err)
{
	return virtio_hook_attach(&v->hook, v->skel->obj, err);
}

const char *virtio_way_name(const struct virtio *v)
{
	return virtio_hook_way_name(v->hook.way);
}

void virtio_detach(struct virtio *v)
{
	if (v)
		virtio_hook_detach(&v->hook);
}

void virtio_free(struct virtio *v)
{
	if (!v)
		return;
	virtio_detach(v);
	virtio_bpf__destroy(v->skel);
	free(v);
}

uint64_t virtio_misses(const struct virtio *v)
{
	return virtio_hook_lost(&v->hook, v->skel->obj, v->nr_cpus);
}

static int queue_note(const struct ring_event *ev, struct note *ret)
{
	const struct ring_virtio_queue *q = (const void *)ev->pdu;

	if (ev->pdu_len != sizeof(*q) || q->driver[VIRTIO_NAME_SIZE - 1] ||
	    q->name[VIRTIO_NAME_SIZE - 1])
		return -EBADMSG;
	*ret = (struct note){ .id = NOTE_VIRTIO_QUEUE };
	ret->virtio_queue.device = q->device;
	ret->virtio_queue.queue = q->queue;
	ret->virtio_queue.type = q->type;
	ret->virtio_queue.driver = q->driver;
	ret->virtio_queue.name = q->name;
	return 0;
}

int virtio_note(const struct ring_event *ev, struct note *ret)
{
	if (ev->action >= VIRTIO_EV_MAX)
		return -EBADMSG;
	if (ev->action == VIRTIO_EV_QUEUE)
		return queue_note(ev, ret);
	return ring_note(ev, (enum note_id)(NOTE_VIRTIO_QUEUE + ev->action),
			 0, ret);
}
