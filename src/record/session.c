/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/cfg.h"
#include "bpf/rec.skel.h"
#include "formats/blk_abi.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/kvm.h"
#include "src/record/probe.h"
#include "src/record/rings.h"
#include "src/record/session.h"
#include "src/record/virtio.h"

struct session {
	struct rec_bpf *skel;
	struct bpf_link *links[TP_MAX];
	struct bpf_link *spare_links[TP_MAX];
	bool has_tp[TP_MAX];
	struct bpf_link *kvm_links[KVM_EV_MAX];
	const struct rec_filter *filter;	/* borrowed; NULL = all */
	struct bpf_link *filter_links[REC_FILTER_NR_LINKS];
	uint32_t kvm;		/* tracepoints of KVM that are recorded */
	struct err kvm_why;	/* why others are not */
	uint32_t nr_disks;	/* in the map */
	struct virtio *virtio;	/* NULL = not recorded */
	struct err virtio_why;	/* why not */
	struct ring *rings;	/* one for each possible CPU */
	struct slots *slots;	/* the same; all zero = there are none */
	unsigned int nr_cpus;
	size_t ring_size;
	size_t slots_size;	/* 0 = no slots */
	bool has_exchange;	/* probe_has_exchange */
};

/* libbpf's messages are for whoever looks for a fault in the programs. */
static int print_libbpf(enum libbpf_print_level level, const char *fmt,
			va_list ap)
{
	(void)level;
	if (!getenv("IOTAPE_DEBUG"))
		return 0;
	return vfprintf(stderr, fmt, ap);
}

void session_quiet_libbpf(void)
{
	(void)libbpf_set_print(print_libbpf);
}

static struct bpf_program *find_program(const struct session *s,
					enum cfg_tp tp)
{
	return bpf_object__find_program_by_name(s->skel->obj,
						probe_program(tp));
}

/* The program behind the first one, or NULL: bpf/spare.bpf.h. */
static struct bpf_program *find_spare(const struct session *s, enum cfg_tp tp)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s_spare", probe_program(tp));
	return bpf_object__find_program_by_name(s->skel->obj, name);
}

static struct bpf_program *find_kvm(const struct session *s, unsigned int i)
{
	return bpf_object__find_program_by_name(s->skel->obj,
						kvm_program((enum cfg_kvm)i));
}

static size_t round_ring_size(size_t want)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	while (size < want && size < (size_t)1 << 30)
		size *= 2;
	return size;
}

static bool has_block(const struct session_options *opts)
{
	for (size_t i = 0; i < opts->nr_disks; i++)
		if (opts->disks[i].device != RING_DEVICE_KVM &&
		    opts->disks[i].device != RING_DEVICE_VIRTIO)
			return true;
	return opts->nr_spare;
}

/* Where KVM is missing, the block programs go on without it. */
static int probe(struct session *s, const struct session_options *opts,
		 struct rec_cfg *cfg, struct err *err)
{
	int r = 0;

	if (has_block(opts))
		r = probe_kernel(opts->version, cfg, s->has_tp, err);
	if (r || !s->kvm)
		return r;
	r = kvm_probe_kernel(cfg, &s->kvm, &s->kvm_why);
	if (r && !has_block(opts))
		return err_set(err, r, "%s", s->kvm_why.text);
	return 0;
}

static void set_autoload(struct session *s)
{
	for (unsigned int i = 0; i < TP_MAX; i++) {
		(void)bpf_program__set_autoload(find_program(s, i),
						s->has_tp[i]);
		if (find_spare(s, i))
			(void)bpf_program__set_autoload(find_spare(s, i),
							s->has_tp[i]);
	}
	for (unsigned int i = 0; i < KVM_EV_MAX; i++)
		(void)bpf_program__set_autoload(find_kvm(s, i),
						s->kvm & 1u << i);
}

/*
 * Events of block go into slots where that can be.  Then the rings hold
 * descriptions of threads, and KVM's and virtio's events if wanted.
 */
static void choose_sizes(struct session *s, const struct session_options *opts)
{
	s->ring_size = round_ring_size(opts->ring_size);
	s->slots_size = 0;
	if (!has_block(opts) || opts->has_cgroup || !s->has_exchange)
		return;
	s->slots_size = s->ring_size;
	if (!s->kvm && !opts->virtio)
		s->ring_size = round_ring_size(s->ring_size / 8);
}

static bool has_range(const struct session_options *opts)
{
	for (size_t i = 0; i < opts->nr_disks; i++)
		if (opts->disks[i].start)
			return true;
	return false;
}

static int configure(struct session *s, const struct session_options *opts,
		     struct err *err)
{
	/* All categories means those of version 8 as well. */
	uint64_t mask = opts->act_mask == BLK_TC_ALL_V7 ? UINT32_MAX :
							   opts->act_mask;
	struct rec_cfg cfg = {
		.act_mask = BLK_TC_ACT(mask),
		.wake_bytes = (uint32_t)(s->ring_size / 4),
		.nr_disks = (uint32_t)(opts->nr_disks + opts->nr_spare),
		.vm = opts->vm,
		.has_cgroup = opts->has_cgroup,
		.is_cgroup_v1 = opts->is_cgroup_v1,
		.nr_slots = slots_count(s->slots_size),
		.has_range = has_range(opts),
	};
	int r = probe(s, opts, &cfg, err);

	if (!r)
		r = rec_filter_configure(s->filter, s->skel->obj, &cfg, err);
	if (r)
		return r;
	for (size_t i = 0; i < opts->nr_disks && i < CFG_NR_DEVICES; i++)
		cfg.devices[i] = opts->disks[i].device;
	memcpy(&s->skel->rodata->cfg, &cfg, sizeof(cfg));
	set_autoload(s);
	if (!s->has_exchange)
		probe_drop_exchange(s->skel->obj);
	(void)bpf_map__set_max_entries(s->skel->maps.rings, s->nr_cpus);
	(void)bpf_map__set_max_entries(s->skel->maps.slots, s->nr_cpus);
	(void)bpf_map__set_max_entries(s->skel->maps.disks, cfg.nr_disks);
	(void)bpf_map__set_max_entries(s->skel->maps.disk_index,
				       cfg.nr_disks);
	return 0;
}

/* A CPU that is not online has a ring only: it cannot be said how small its
 * slots are, since all have the same number of them. */
static int make_slots(struct session *s, const struct rings_plan *plan,
		      struct err *err)
{
	int map = bpf_map__fd(s->skel->maps.slots), r = 0;

	for (unsigned int cpu = 0; cpu < s->nr_cpus && !r; cpu++) {
		if (plan[cpu].state != RINGS_CPU_ONLINE)
			continue;
		r = slots_open(&s->slots[cpu], s->slots_size);
		if (!r)
			r = bpf_map_update_elem(map, &cpu,
						&s->slots[cpu].fd, 0);
		if (r)
			(void)err_set_errno(err, r,
					    "cannot make slots of %zu KiB for"
					    " CPU %u",
					    s->slots_size / 1024, cpu);
	}
	return r;
}

static int make_rings(struct session *s, struct err *err)
{
	size_t size = s->slots_size ? s->slots_size : s->ring_size;
	struct rings_plan *plan = xcalloc(s->nr_cpus, sizeof(*plan));
	int r;

	s->rings = xcalloc(s->nr_cpus, sizeof(*s->rings));
	s->slots = xcalloc(s->nr_cpus, sizeof(*s->slots));
	rings_plan("/sys", s->nr_cpus, size, plan);
	for (unsigned int cpu = 0; cpu < s->nr_cpus; cpu++)
		if (plan[cpu].state == RINGS_CPU_ONLINE)
			plan[cpu].size = s->ring_size;
	r = rings_open(s->rings, plan, s->nr_cpus,
		       bpf_map__fd(s->skel->maps.rings), err);
	if (!r && s->slots_size)
		r = make_slots(s, plan, err);
	free(plan);
	return r;
}

static int put_disk(struct session *s, const struct session_disk *d,
		    struct err *err)
{
	struct disk_state *v = xcalloc(s->nr_cpus, sizeof(*v));
	uint32_t i = s->nr_disks;
	int r;

	for (unsigned int cpu = 0; cpu < s->nr_cpus; cpu++)
		v[cpu] = (struct disk_state){ .start = d->start,
					      .end = d->end };
	r = bpf_map_update_elem(bpf_map__fd(s->skel->maps.disks), &i, v, 0);
	if (!r)
		r = bpf_map_update_elem(bpf_map__fd(s->skel->maps.disk_index),
					&d->device, &i, 0);
	free(v);
	if (r)
		return err_set_errno(err, r, "cannot fill the map of disks");
	s->nr_disks++;
	return 0;
}

int session_add_disk(struct session *s, uint32_t device, uint32_t *ret_index,
		     struct err *err)
{
	struct session_disk d = { .device = device, .end = UINT64_MAX };
	uint32_t index = s->nr_disks;
	int r = put_disk(s, &d, err);

	if (!r)
		*ret_index = index;
	return r;
}

static int fill_disks(struct session *s, const struct session_options *opts,
		      struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < opts->nr_disks && !r; i++)
		r = put_disk(s, &opts->disks[i], err);
	return r;
}

static int load_skeleton(struct session *s, const struct session_options *opts,
			 struct err *err)
{
	_cleanup_(closep) int like = -1;
	int r;

	rec_bpf__destroy(s->skel);
	s->skel = rec_bpf__open();
	if (!s->skel)
		return probe_explain(-errno, "cannot open the BPF programs",
				     err);
	r = configure(s, opts, err);
	if (r)
		return r;
	if (s->slots_size) {
		/* the size of an inner map cannot be set before libbpf 1.2 */
		like = slots_make_map(s->slots_size);
		if (like < 0)
			return err_set_errno(err, like,
					     "cannot make slots of %zu KiB",
					     s->slots_size / 1024);
		r = bpf_map__set_inner_map_fd(s->skel->maps.slots, like);
		if (r)
			return err_set_errno(err, r, "cannot set the size of"
						     " the slots");
	}
	r = rec_bpf__load(s->skel);
	return r ? probe_explain(r, "cannot load the BPF programs", err) : 0;
}

/*
 * One program that cannot be loaded takes all others with it, and libbpf does
 * not tell which one it was.  So each one of KVM is tried alone; those that
 * fail are left out.
 */
static void drop_unloadable(struct session *s,
			    const struct session_options *opts)
{
	struct session_options alone = *opts;
	uint32_t wanted = s->kvm, good = 0;
	struct session_disk disk = { .device = RING_DEVICE_KVM };

	alone.disks = &disk;
	alone.nr_disks = 1;
	alone.nr_spare = 0;
	memset(s->has_tp, 0, sizeof(s->has_tp));
	for (unsigned int i = 0; i < KVM_EV_MAX; i++) {
		struct err why = { 0 };

		s->kvm = wanted & 1u << i;
		if (!s->kvm)
			continue;
		if (load_skeleton(s, &alone, &why))
			(void)err_set_errno(&s->kvm_why, why.code,
					    "%s is not recorded: this kernel"
					    " does not take its program",
					    kvm_name((enum cfg_kvm)i));
		else
			good |= s->kvm;
	}
	s->kvm = good;
}

/* Where virtio cannot be had, the rest goes on without it. */
static int load_virtio(struct session *s, const struct session_options *opts,
		       struct err *err)
{
	int r;

	if (!opts->virtio)
		return 0;
	r = virtio_open(opts->virtio, s->skel->obj, &s->skel->rodata->cfg,
			&s->virtio, &s->virtio_why);
	if (r && !s->kvm && !has_block(opts))
		return err_set(err, r, "%s", s->virtio_why.text);
	return 0;
}

static int load(struct session *s, const struct session_options *opts,
		struct err *err)
{
	int r = load_skeleton(s, opts, err);

	if (r && s->kvm && s->skel) {
		drop_unloadable(s, opts);
		if (s->kvm || has_block(opts))
			r = load_skeleton(s, opts, err);
	}
	if (r)
		return r;
	r = make_rings(s, err);
	if (!r)
		r = fill_disks(s, opts, err);
	return r ? r : load_virtio(s, opts, err);
}

int session_open(const struct session_options *opts, struct session **ret,
		 struct err *err)
{
	struct session *s;
	int r;

	session_quiet_libbpf();
	r = libbpf_num_possible_cpus();
	if (r < 0)
		return err_set_errno(err, r, "cannot count the CPUs");
	s = xcalloc(1, sizeof(*s));
	s->nr_cpus = (unsigned int)r;
	s->kvm = opts->kvm;
	s->has_exchange = probe_has_exchange();
	choose_sizes(s, opts);
	s->filter = opts->filter;
	r = load(s, opts, err);
	if (r) {
		session_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

static int attach(struct bpf_program *program, struct bpf_link **ret_link,
		  struct err *err)
{
	char what[128];

	*ret_link = bpf_program__attach(program);
	if (*ret_link)
		return 0;
	(void)snprintf(what, sizeof(what), "cannot attach the BPF program %s",
		       bpf_program__name(program));
	return probe_explain(-errno, what, err);
}

/* A tracepoint of KVM that cannot be had is left out; all of them: -errno. */
static int attach_kvm(struct session *s)
{
	uint32_t wanted = s->kvm;
	int r = 0;

	for (unsigned int i = 0; i < KVM_EV_MAX; i++) {
		if (!(wanted & 1u << i))
			continue;
		r = attach(find_kvm(s, i), &s->kvm_links[i], &s->kvm_why);
		if (r)
			s->kvm &= ~(1u << i);
	}
	return s->kvm ? 0 : r;
}

int session_attach(struct session *s, struct err *err)
{
	bool has_tp = false;
	int r = rec_filter_attach(s->filter, s->skel->obj, s->filter_links,
				  err);

	if (r)
		return r;
	for (unsigned int i = 0; i < TP_MAX; i++) {
		if (!s->has_tp[i])
			continue;
		has_tp = true;
		r = attach(find_program(s, i), &s->links[i], err);
		/* They run in the order in which they were attached. */
		if (!r && find_spare(s, i))
			r = attach(find_spare(s, i), &s->spare_links[i], err);
		if (r)
			return r;
	}
	if (s->virtio)
		(void)virtio_attach(s->virtio, &s->virtio_why);
	r = attach_kvm(s);
	if (r && !has_tp && !s->virtio)
		return err_set(err, r, "%s", s->kvm_why.text);
	return 0;
}

void session_detach(struct session *s)
{
	for (int i = 0; i < REC_FILTER_NR_LINKS; i++) {
		(void)bpf_link__destroy(s->filter_links[i]);
		s->filter_links[i] = NULL;
	}
	virtio_detach(s->virtio);
	for (unsigned int i = 0; i < KVM_EV_MAX; i++) {
		(void)bpf_link__destroy(s->kvm_links[i]);
		s->kvm_links[i] = NULL;
	}
	for (unsigned int i = 0; i < TP_MAX; i++) {
		(void)bpf_link__destroy(s->spare_links[i]);
		(void)bpf_link__destroy(s->links[i]);
		s->spare_links[i] = NULL;
		s->links[i] = NULL;
	}
}

void session_free(struct session *s)
{
	if (!s)
		return;
	session_detach(s);
	rings_close(s->rings, s->nr_cpus);
	for (unsigned int cpu = 0; s->slots && cpu < s->nr_cpus; cpu++)
		slots_close(&s->slots[cpu]);
	free(s->rings);
	free(s->slots);
	virtio_free(s->virtio);
	rec_bpf__destroy(s->skel);
	free(s);
}

uint32_t session_kvm(const struct session *s, struct err *ret_why)
{
	if (ret_why)
		*ret_why = s->kvm_why;
	return s->kvm;
}

bool session_has_virtio(const struct session *s, struct err *ret_why)
{
	*ret_why = s->virtio_why;
	return s->virtio != NULL;
}

uint64_t session_virtio_misses(const struct session *s)
{
	return s->virtio ? virtio_misses(s->virtio) : 0;
}

const char *session_virtio_way(const struct session *s)
{
	return s->virtio ? virtio_way_name(s->virtio) : NULL;
}

unsigned int session_nr_cpus(const struct session *s)
{
	return s->nr_cpus;
}

size_t session_ring_size(const struct session *s)
{
	return s->ring_size;
}

struct ring *session_ring(struct session *s, unsigned int cpu)
{
	return s->rings[cpu].data ? &s->rings[cpu] : NULL;
}

struct slots *session_slots(struct session *s, unsigned int cpu)
{
	return s->slots[cpu].lines ? &s->slots[cpu] : NULL;
}

int session_read_lost(const struct session *s, uint32_t disk,
		      uint64_t *ret_per_cpu, struct err *err)
{
	struct disk_state *v = xcalloc(s->nr_cpus, sizeof(*v));
	int r = bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.disks), &disk,
				    v);

	if (r)
		(void)err_set_errno(err, r, "cannot read the loss counters");
	for (unsigned int cpu = 0; cpu < s->nr_cpus && !r; cpu++)
		ret_per_cpu[cpu] = v[cpu].lost;
	free(v);
	return r;
}

uint64_t session_read_unfollowed(const struct session *s, uint32_t disk)
{
	struct disk_state *v = xcalloc(s->nr_cpus, sizeof(*v));
	uint64_t n = rec_filter_nr_lost(s->filter, s->skel->obj);

	if (!bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.disks), &disk, v))
		for (unsigned int cpu = 0; cpu < s->nr_cpus; cpu++)
			n += v[cpu].unfollowed;
	free(v);
	return n;
}

int session_read_no_ring(const struct session *s, uint64_t *ret_per_cpu,
			 struct err *err)
{
	uint32_t zero = 0;
	int r = bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.no_ring), &zero,
				    ret_per_cpu);

	return r ? err_set_errno(err, r, "cannot read the loss counters") : 0;
}

/* How many events only the spare of a tracepoint saw. */
static uint64_t read_covered(const struct session *s, uint32_t tp)
{
	struct spare_stack *v = xcalloc(s->nr_cpus, sizeof(*v));
	uint64_t n = 0;

	if (!bpf_map_lookup_elem(bpf_map__fd(s->skel->maps.spares), &tp, v))
		for (unsigned int cpu = 0; cpu < s->nr_cpus; cpu++)
			n += v[cpu].covered;
	free(v);
	return n;
}

uint64_t session_recursion_misses(const struct session *s)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < TP_MAX; i++) {
		uint64_t misses, covered;

		if (!s->has_tp[i])
			continue;
		misses = probe_misses(find_program(s, i));
		covered = misses ? read_covered(s, i) : 0;
		n += misses > covered ? misses - covered : 0;
	}
	return n;
}

uint64_t session_kvm_misses(const struct session *s)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < KVM_EV_MAX; i++)
		if (s->kvm & 1u << i)
			n += probe_misses(find_kvm(s, i));
	return n;
}
