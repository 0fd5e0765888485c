/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/cfg.h"
#include "bpf/virtiostat.skel.h"
#include "src/base/xalloc.h"
#include "src/record/session.h"
#include "src/record/virtio_live.h"

/* A program that read the old number of the period is done by then. */
#define SETTLE_NS	2000000

struct virtio_live {
	struct virtiostat_bpf *skel;
	struct virtio_hook hook;
	struct virtio_options opts;
	unsigned int nr_cpus;
};

static int load(struct virtio_live *live, enum virtio_way way,
		struct err *err)
{
	int r;

	virtiostat_bpf__destroy(live->skel);
	live->skel = virtiostat_bpf__open();
	if (!live->skel)
		return err_set_errno(err, -errno, "opening");
	virtio_hook_configure(&live->opts, &live->skel->rodata->virtio_cfg);
	virtio_hook_select(&live->hook, live->skel->obj, way);
	if (!live->opts.has_latency)
		(void)bpf_map__set_max_entries(live->skel->maps.flights, 1);
	r = virtiostat_bpf__load(live->skel);
	return r ? err_set_errno(err, r, "loading") : 0;
}

static int start(struct virtio_live *live, struct err *err)
{
	struct err why = { 0 };
	int r = virtio_hook_find(&live->hook, err);

	if (r)
		return r;
	for (enum virtio_way way = 0; way < VIRTIO_WAY_MAX; way++) {
		if (!virtio_hook_has(&live->hook, way))
			continue;
		r = load(live, way, &why);
		if (!r)
			r = virtio_hook_attach(&live->hook, live->skel->obj,
					       &why);
		if (!r)
			return 0;
	}
	return virtio_hook_explain(&why, err);
}

int virtio_live_open(const struct virtio_options *opts,
		     struct virtio_live **ret, struct err *err)
{
	int nr_cpus = libbpf_num_possible_cpus(), r;
	struct virtio_live *live;

	if (nr_cpus < 0)
		return err_set_errno(err, nr_cpus, "cannot count the CPUs");
	session_quiet_libbpf();
	live = xcalloc(1, sizeof(*live));
	live->opts = *opts;
	live->nr_cpus = (unsigned int)nr_cpus;
	r = start(live, err);
	if (r) {
		virtio_live_close(live);
		return r;
	}
	*ret = live;
	return 0;
}

void virtio_live_close(struct virtio_live *live)
{
	if (!live)
		return;
	virtio_hook_detach(&live->hook);
	virtiostat_bpf__destroy(live->skel);
	free(live);
}

int virtio_live_read(struct virtio_live *live,
		     void (*use)(const struct virtio_count *count, void *ctx),
		     void *ctx, struct err *err)
{
	const struct timespec settle = { .tv_nsec = SETTLE_NS };
	int map = bpf_map__fd(live->skel->maps.counts);
	uint32_t parity = live->skel->bss->period & 1;
	struct virtio_period key, old;
	bool has_old = false;
	struct virtio_count count;
	int r;

	__atomic_store_n(&live->skel->bss->period, parity + 1,
			 __ATOMIC_SEQ_CST);
	(void)nanosleep(&settle, NULL);
	r = bpf_map_get_next_key(map, NULL, &key);
	while (!r) {
		old = key;
		has_old = key.parity == parity;
		r = bpf_map_get_next_key(map, &old, &key);
		if (!has_old)
			continue;
		if (!bpf_map_lookup_elem(map, &old, &count))
			use(&count, ctx);
		(void)bpf_map_delete_elem(map, &old);
	}
	return r == -ENOENT ? 0 : err_set_errno(err, r, "cannot read the"
						" counts");
}

uint64_t virtio_live_lost(const struct virtio_live *live)
{
	return virtio_hook_lost(&live->hook, live->skel->obj, live->nr_cpus);
}
