/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making and freeing a recorder: programs, rings, files.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/recorder_impl.h"

/* All file buffers together, and the bounds for one. */
#define BUFFERS_TOTAL	((size_t)64 << 20)
#define BUFFER_MAX	((size_t)256 << 10)
#define BUFFER_MIN	((size_t)4 << 10)
/* Rings of the default size, together and each. */
#define RINGS_TOTAL	((size_t)512 << 20)
#define RING_MAX	((size_t)8 << 20)
#define RING_MIN	((size_t)1 << 20)

/* 8 MiB, and less where there are so many CPUs that it would add up. */
static size_t default_ring_size(void)
{
	size_t size = RINGS_TOTAL / (size_t)sysconf(_SC_NPROCESSORS_CONF);

	if (size > RING_MAX)
		return RING_MAX;
	return size < RING_MIN ? RING_MIN : size;
}

static int open_session(struct recorder *rec,
			const struct recorder_options *opts, struct err *err)
{
	struct session_disk *disks = xcalloc(opts->nr_devs + 1,
					     sizeof(*disks));
	struct session_options so = {
		.disks = disks,
		.nr_spare = opts->nr_patterns ? RECORDER_JOIN_MAX : 0,
		.act_mask = opts->act_mask,
		.version = opts->version,
		.has_cgroup = opts->cgroup != TRACE_CGROUP_OFF,
		.is_cgroup_v1 = *rec->cgroups.controller,
		.kvm = opts->kvm,
		.filter = opts->filter,
		.vm = opts->vm,
		.virtio = opts->virtio,
		.ring_size = opts->ring_size ? opts->ring_size :
					       default_ring_size(),
	};
	int r;

	for (size_t i = 0; i < opts->nr_devs; i++) {
		const struct dev *dev = &opts->devs[i];
		/* A disk that came by a pattern may get another size. */
		uint64_t end = opts->nr_patterns && !dev->is_partition ?
				       UINT64_MAX : dev->start + dev->sectors;
		size_t k = 0;

		while (k < so.nr_disks && disks[k].device != dev->disk)
			k++;
		if (k == so.nr_disks)
			disks[so.nr_disks++] = (struct session_disk){
				.device = dev->disk, .start = UINT64_MAX };
		if (dev->start < disks[k].start)
			disks[k].start = dev->start;
		if (end > disks[k].end)
			disks[k].end = end;
	}
	r = session_open(&so, &rec->session, err);
	free(disks);
	if (!r)
		rec->nr_cpus = session_nr_cpus(rec->session);
	return r;
}

static size_t buffer_size(size_t nr_traces, unsigned int nr_cpus)
{
	size_t size = BUFFERS_TOTAL / ((nr_traces + 1) * nr_cpus);

	if (size > BUFFER_MAX)
		return BUFFER_MAX;
	return size < BUFFER_MIN ? BUFFER_MIN : size;
}

int recorder_open_trace(struct recorder *rec, const struct dev *dev,
			struct trace *ret, struct err *err)
{
	_cleanup_(freep) char *base =
		recorder_base_path(&rec->opts, dev, rec->parts.number);
	struct trace_options to = {
		.dev = dev,
		.base = rec->flight ? NULL : base,
		.stream = rec->is_stream ? &rec->stream : NULL,
		.tasks = rec->tasks,
		.cgroups = &rec->cgroups,
		.cgroup = rec->opts.cgroup,
		.has_cmdline = rec->opts.has_cmdline,
		.buffer_size = buffer_size(rec->nr_traces, rec->nr_cpus),
		.pack = rec->pack,
		.nr_cpus = rec->nr_cpus,
		.version = rec->opts.version,
		.id = (uint32_t)(ret - rec->traces),
	};

	return trace_open(ret, &to, err);
}

/* A file for each CPU and device may be more than the soft limit. */
static void raise_fd_limit(size_t nr_files)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_cur >= nr_files + 512)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

size_t recorder_max_traces(const struct recorder_options *opts)
{
	return opts->nr_devs + (opts->nr_patterns ? RECORDER_JOIN_MAX : 0);
}

int recorder_open_traces(struct recorder *rec, struct err *err)
{
	const struct recorder_options *opts = &rec->opts;
	int r = 0;

	rec->folder = recorder_folder(opts);
	rec->parts.opts = opts->parts;
	rec->tasks = rec->flight ? flight_tasks(rec->flight) : tasks_new();
	rec->is_stream = opts->stream_fd >= 0;
	if (rec->is_stream)
		sink_open_fd(&rec->stream, opts->stream_fd, "standard output",
			     BUFFER_MAX, opts->version);
	if (opts->compress)
		r = pack_new(opts->compress, buffer_size(opts->nr_devs,
							 rec->nr_cpus),
			     &rec->pack, err);
	if ((parts_is_on(&opts->parts) && !rec->is_stream) || rec->flight)
		parts_begin(&rec->parts, recorder_first_number(opts), 0);
	rec->nr_traces = opts->nr_devs;
	rec->max_traces = recorder_max_traces(opts);
	if (!rec->is_stream)
		raise_fd_limit(rec->max_traces * rec->nr_cpus);
	rec->traces = xcalloc(rec->max_traces, sizeof(*rec->traces));
	for (size_t i = 0; i < rec->nr_traces && !r; i++)
		r = recorder_open_trace(rec, &opts->devs[i], &rec->traces[i],
					err);
	if (!r)
		disks_init(&rec->disks, rec->traces, rec->nr_traces,
			   rec->max_traces, rec->nr_cpus);
	return r;
}

static int open_lot(struct recorder *rec, unsigned int cpu, struct err *err)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct ring *ring = session_ring(rec->session, cpu);
	int r;

	if (!ring)
		return 0;
	r = lot_init(&rec->lots[cpu], ring,
		     session_slots(rec->session, cpu));
	if (r)
		return err_set_errno(err, r, "cannot map memory for CPU %u",
				     cpu);
	if (epoll_ctl(rec->epoll, EPOLL_CTL_ADD, ring->fd, &ev) < 0)
		return err_set_errno(err, -errno,
				     "cannot wait for the ring of CPU %u",
				     cpu);
	return 0;
}

static int open_lots(struct recorder *rec, struct err *err)
{
	int r = 0;

	rec->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (rec->epoll < 0)
		return err_set_errno(err, -errno, "epoll_create1");
	rec->lots = xcalloc(rec->nr_cpus, sizeof(*rec->lots));
	for (unsigned int cpu = 0; cpu < rec->nr_cpus && !r; cpu++)
		r = open_lot(rec, cpu, err);
	return r;
}

int recorder_new(const struct recorder_options *opts, struct recorder **ret,
		 struct err *err)
{
	struct recorder *rec = xcalloc(1, sizeof(*rec));
	int r;

	rec->epoll = -1;
	rec->opts = *opts;
	rec->stream.fd = -1;
	rec->hotplug.fd = -1;
	if (opts->nr_patterns)
		hotplug_open(&rec->hotplug);
	cgroups_open(&rec->cgroups);
	/* each CPU's ring is one */
	raise_fd_limit((size_t)sysconf(_SC_NPROCESSORS_CONF));
	r = open_session(rec, opts, err);
	if (!r)
		r = open_lots(rec, err);
	if (!r)
		r = recorder_open_flight(rec, err);
	if (!r)
		r = recorder_open_traces(rec, err);
	if (!r)
		r = recorder_check_room(rec, err);
	if (r) {
		recorder_free(rec);
		return r;
	}
	*ret = rec;
	return 0;
}

void recorder_free(struct recorder *rec)
{
	if (!rec)
		return;
	for (size_t i = 0; rec->traces && i < rec->nr_traces; i++)
		trace_close(&rec->traces[i]);
	for (unsigned int cpu = 0; rec->lots && cpu < rec->nr_cpus; cpu++)
		lot_release(&rec->lots[cpu]);
	disks_release(&rec->disks);
	hotplug_close(&rec->hotplug);
	if (rec->epoll >= 0)
		(void)close(rec->epoll);
	if (rec->stream.path) {
		rec->stream.used = 0;
		(void)sink_close(&rec->stream, NULL);
	}
	pack_free(rec->pack);
	parts_release(&rec->parts);
	free(rec->folder);
	cgroups_close(&rec->cgroups);
	session_free(rec->session);
	if (!rec->flight)
		tasks_free(rec->tasks);
	recorder_close_flight(rec);
	free(rec->traces);
	cpustat_release(&rec->cpustat);
	free(rec->lots);
	free(rec);
}
