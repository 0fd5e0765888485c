/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/clocks.h"
#include "src/record/kvm.h"
#include "src/record/trace.h"
#include "src/record/trace_files.h"
#include "src/record/trace_impl.h"
#include "src/record/virtio.h"

#define NR_STACK	64	/* devices of a stack that get a note */
#define NS_PER_SEC	1000000000ull

static enum trace_of of_dev(const struct dev *dev)
{
	if (kvm_is_dev(dev))
		return TRACE_OF_KVM;
	return virtio_is_dev(dev) ? TRACE_OF_VIRTIO : TRACE_OF_BLOCK;
}

bool trace_is_of_notes(const struct dev *dev)
{
	return of_dev(dev) != TRACE_OF_BLOCK;
}

int trace_open(struct trace *trace, const struct trace_options *opts,
	       struct err *err)
{
	*trace = (struct trace){
		.dev = *opts->dev,
		.tasks = opts->tasks,
		.cgroups = opts->cgroups,
		.cgroup = opts->cgroup,
		.has_cmdline = opts->has_cmdline,
		.lanes = xcalloc(opts->nr_cpus, sizeof(struct lane)),
		.nr_cpus = opts->nr_cpus,
		.id = opts->id,
		.naming = (uint64_t)(opts->id + 1) << 32,
		.of = of_dev(opts->dev),
		.buffer_size = opts->buffer_size,
		.version = opts->version,
		.pack = opts->pack,
	};
	for (unsigned int cpu = 0; cpu < opts->nr_cpus; cpu++) {
		struct lane *lane = &trace->lanes[cpu];

		lane->own.fd = -1;
		lane->sink = opts->stream ? opts->stream : &lane->own;
	}
	if (opts->stream || !opts->base)
		return 0;
	return trace_files_open(trace, opts->base, err);
}

int trace_reopen(struct trace *trace, const char *base, struct err *err)
{
	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++) {
		struct lane *lane = &trace->lanes[cpu];

		lane->first_event = lane->nr_events;
		lane->first_lost = lane->nr_lost;
		lane->first_byte = lane->nr_bytes;
		lane->sequence = 0;
		lane->cgroup = 0;
	}
	trace->naming++;
	memset(trace->named, 0, sizeof(trace->named));
	tasks_forget(trace->tasks, trace->id);
	return trace_files_open(trace, base, err);
}

void trace_drop_files(struct trace *trace)
{
	for (unsigned int cpu = 0; trace->lanes && cpu < trace->nr_cpus;
	     cpu++) {
		trace->lanes[cpu].own.used = 0;
		(void)sink_close(&trace->lanes[cpu].own, NULL);
	}
}

void trace_close(struct trace *trace)
{
	trace_drop_files(trace);
	free(trace->lanes);
	*trace = (struct trace){ 0 };
}

static int put(struct trace *trace, unsigned int cpu, struct blk_rec *rec,
	       struct err *err)
{
	struct lane *lane = &trace->lanes[cpu];
	uint64_t before = lane->sink->nr_bytes;
	int r;

	rec->cpu = cpu;
	rec->device = trace->dev.device;
	r = sink_put(lane->sink, rec, err);
	lane->nr_bytes += lane->sink->nr_bytes - before;
	return r;
}

int trace_put_note(struct trace *trace, unsigned int cpu, uint64_t time,
		   uint32_t pid, const struct note *note, struct err *err)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));
	struct blk_rec rec = {
		.time = time,
		.action = note_action(note->id),
		.pid = pid,
		.pdu = pdu,
		.pdu_len = (uint16_t)n,
	};

	if (n < 0)
		return err_set_errno(err, n, "cannot encode a %s note",
				     note_type(note->id)->name);
	return put(trace, cpu, &rec, err);
}

/* The kernel's own anchor: wall time at the start.  Once: blkparse takes the
 * last one that it meets. */
static int put_timestamp(struct trace *trace, uint64_t time,
			 uint64_t realtime, struct err *err)
{
	uint32_t words[2] = { (uint32_t)(realtime / NS_PER_SEC),
			      (uint32_t)(realtime % NS_PER_SEC) };
	struct blk_rec rec = {
		.time = time,
		.action = BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_TIMESTAMP,
		.pdu = (const uint8_t *)words,
		.pdu_len = sizeof(words),
	};

	return put(trace, 0, &rec, err);
}

int trace_put_clock(struct trace *trace, uint32_t flags, uint64_t time,
		    const struct note_clock *clock, struct err *err)
{
	struct note note = { .id = NOTE_CLOCK };

	if (clock)
		note.clock = *clock;
	else
		clocks_read(&note.clock);
	note.clock.flags |= flags;
	return trace_put_note(trace, 0, time ? time : note.clock.monotonic, 0,
			      &note, err);
}

static int put_host(struct trace *trace, uint64_t time, struct err *err)
{
	struct note note = { .id = NOTE_HOST };
	bool is_stream = trace->lanes[0].sink != &trace->lanes[0].own;
	struct utsname u = { 0 };

	(void)uname(&u);
	note.host.nr_cpus = trace->nr_cpus;
	note.host.flags = is_stream ? NOTE_HOST_MERGED : 0;
	note.host.node = u.nodename;
	note.host.release = u.release;
	note.host.machine = u.machine;
	note.host.recorder = PACKAGE_STRING;
	return trace_put_note(trace, 0, time, 0, &note, err);
}

static int put_device(struct trace *trace, uint64_t time,
		      const struct dev *dev, uint32_t flags, struct err *err)
{
	struct note note = { .id = NOTE_DEVICE };
	char below[DEV_NR_BELOW * sizeof("4294:1048575,")] = "";
	size_t len = 0;

	for (unsigned int i = 0; i < dev->nr_below; i++)
		len += (size_t)snprintf(below + len, sizeof(below) - len,
					"%s%u:%u", i ? "," : "",
					blk_major(dev->below[i]),
					blk_minor(dev->below[i]));
	note.device.device = dev->device;
	note.device.disk = dev->disk;
	note.device.flags = flags |
		(dev->is_rotational ? NOTE_DEVICE_ROTATIONAL : 0) |
		(dev->is_partition ? NOTE_DEVICE_PARTITION : 0) |
		(dev->nr_below ? NOTE_DEVICE_STACKED : 0);
	note.device.start = dev->start;
	note.device.sectors = dev->sectors;
	note.device.name = dev->name;
	note.device.scheduler = dev->scheduler;
	note.device.below = below;
	return trace_put_note(trace, 0, time, 0, &note, err);
}

/*
 * The device, and all that it lies on: a partition's disk, the devices of a
 * dm or md device.  Each level is written before the next one down.
 */
static int put_stack(struct trace *trace, uint64_t time, struct err *err)
{
	struct dev stack[NR_STACK] = { trace->dev };
	unsigned int nr = 1;
	int r = 0;

	for (unsigned int i = 0; i < nr && !r; i++) {
		const struct dev *dev = &stack[i];

		r = put_device(trace, time, dev, i ? NOTE_DEVICE_BELOW : 0,
			       err);
		for (unsigned int k = 0; k < dev->nr_below; k++)
			if (nr < NR_STACK &&
			    !dev_find_number("/sys", "", dev->below[k],
					     &stack[nr], NULL))
				nr++;
		if (dev->is_partition && nr < NR_STACK &&
		    !dev_find_number("/sys", "", dev->disk, &stack[nr], NULL))
			nr++;
	}
	return r;
}

int trace_note(struct trace *trace, uint64_t time, const struct note *note,
	       struct err *err)
{
	return trace_put_note(trace, 0, time, 0, note, err);
}

int trace_resize(struct trace *trace, uint64_t sectors, uint64_t time,
		 struct err *err)
{
	trace->dev.sectors = sectors;
	return put_device(trace, time, &trace->dev, 0, err);
}

int trace_begin(struct trace *trace, uint64_t time,
		const struct note_clock *clock, struct err *err)
{
	struct note_clock now;
	int r = 0;

	if (!clock) {
		clocks_read(&now);
		clock = &now;
	}
	for (unsigned int cpu = 0; cpu < trace->nr_cpus && !r; cpu++)
		r = trace->lanes[cpu].own.path ?
			    sink_begin(&trace->lanes[cpu].own, err) : 0;
	/* First: a reader of a stream trusts its order because of it. */
	if (!r)
		r = put_host(trace, time, err);
	if (!r)
		r = put_timestamp(trace, time, clock->realtime -
				  clock->monotonic + time, err);
	if (!r && trace->of == TRACE_OF_BLOCK)
		r = put_stack(trace, time, err);
	return r ? r : trace_put_clock(trace, NOTE_CLOCK_START, time, clock,
				       err);
}

/* The path of a cgroup, before its id is used for the first time. */
static int put_cgroup(struct trace *trace, unsigned int cpu, uint64_t time,
		      uint64_t id, struct err *err)
{
	uint64_t *named = &trace->named[id & (TRACE_NR_CGROUPS - 1)];
	struct note note = { .id = NOTE_CGROUP };
	char path[CGROUPS_PATH_MAX];

	if (!id || *named == id)
		return 0;
	*named = id;
	cgroups_path(trace->cgroups, id, path, sizeof(path));
	note.cgroup.id = id;
	note.cgroup.path = path;
	return trace_put_note(trace, cpu, time, 0, &note, err);
}

/* Thread, process, command line, cgroup. */
static int put_identity(struct trace *trace, unsigned int cpu,
			const struct ring_event *ev, uint32_t flags,
			struct err *err)
{
	struct note note = { .id = NOTE_PROCESS };
	struct tasks_identity who;
	char comm[sizeof(ev->comm) + 1] = "";
	int r;

	tasks_identify(trace->tasks, trace->cgroups, ev, &who);
	r = put_cgroup(trace, cpu, ev->time, who.cgroup, err);
	if (r)
		return r;
	memcpy(comm, ev->comm, sizeof(ev->comm));
	note.process.tid = ev->pid;
	note.process.tgid = ev->tgid;
	note.process.flags = flags;
	note.process.comm = comm;
	note.process.cgroup = who.cgroup;
	if (trace->has_cmdline)
		note.process.cmdline = who.cmdline;
	return trace_put_note(trace, cpu, ev->time, ev->pid, &note, err);
}

/* The name as trace_note_tsk() of the kernel writes it, and the rest. */
static int put_process(struct trace *trace, unsigned int cpu,
		       const struct ring_event *ev, uint32_t flags,
		       struct err *err)
{
	struct blk_rec rec = {
		.time = ev->time,
		.action = BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_PROCESS,
		.pid = ev->pid,
		.pdu = (const uint8_t *)ev->comm,
		.pdu_len = BLK_COMM_LEN,
	};
	int r = put(trace, cpu, &rec, err);

	return r ? r : put_identity(trace, cpu, ev, flags, err);
}

/* Says whom the events from here on are charged to.  P and U have no bio. */
static int put_charge(struct trace *trace, unsigned int cpu,
		      const struct ring_event *ev, struct err *err)
{
	unsigned int code = ev->action & BLK_ACT_CODE_MASK;
	struct lane *lane = &trace->lanes[cpu];
	struct note note = { .id = NOTE_CHARGE };
	int r;

	if (trace->cgroup != TRACE_CGROUP_NOTES ||
	    ev->cgroup == lane->cgroup || code == BLK_ACT_PLUG ||
	    code == BLK_ACT_UNPLUG_IO || code == BLK_ACT_UNPLUG_TIMER)
		return 0;
	r = put_cgroup(trace, cpu, ev->time, ev->cgroup, err);
	if (r)
		return r;
	lane->cgroup = ev->cgroup;
	note.charge.cgroup = ev->cgroup;
	return trace_put_note(trace, cpu, ev->time, ev->pid, &note, err);
}

/* The id in front of the payload, and the flag, as the kernel puts them. */
static int put_flagged(struct trace *trace, unsigned int cpu,
		       const struct ring_event *ev, struct blk_rec *rec,
		       struct err *err)
{
	uint8_t pdu[sizeof(ev->cgroup) + RING_PDU_MAX];
	int r = put_cgroup(trace, cpu, ev->time, ev->cgroup, err);

	if (r)
		return r;
	memcpy(pdu, &ev->cgroup, sizeof(ev->cgroup));
	memcpy(pdu + sizeof(ev->cgroup), ev->pdu, ev->pdu_len);
	rec->pdu = pdu;
	rec->pdu_len += (uint16_t)sizeof(ev->cgroup);
	rec->action |= BLK_ACT_CGROUP;
	return put(trace, cpu, rec, err);
}

static int put_loss(struct trace *trace, unsigned int cpu, uint64_t time,
		    const struct note_loss *loss, struct err *err)
{
	struct note note = { .id = NOTE_LOSS, .loss = *loss };

	note.loss.device = trace->dev.device;
	note.loss.to = time;
	note.loss.from = trace->lanes[cpu].last_time;
	return trace_put_note(trace, cpu, time, 0, &note, err);
}

static int name_new_task(struct trace *trace, unsigned int cpu,
			 const struct ring_event *ev, struct err *err)
{
	switch (tasks_see(trace->tasks, trace->id, ev)) {
	case TASKS_KNOWN:
		return 0;
	case TASKS_NEW:
		return put_process(trace, cpu, ev, 0, err);
	case TASKS_RENAMED:
		/* what other CPUs know of it holds no longer */
		trace->lanes[cpu].naming = ++trace->naming;
		return put_process(trace, cpu, ev, NOTE_PROCESS_RENAMED, err);
	}
	return 0;
}

/* Events of one thread come in a row mostly. */
static int name_task(struct trace *trace, unsigned int cpu,
		     const struct ring_event *ev, struct err *err)
{
	struct lane *lane = &trace->lanes[cpu];

	if (trace_last_is(trace, lane, ev->pid, ev->tgid, ev->comm))
		return 0;
	lane->naming = trace->naming;
	lane->pid = ev->pid;
	lane->tgid = ev->tgid;
	memcpy(lane->comm, ev->comm, sizeof(lane->comm));
	return name_new_task(trace, cpu, ev, err);
}

/* An event of KVM or virtio: a private record, which has no number. */
static int put_private(struct trace *trace, unsigned int cpu,
		       const struct ring_event *ev, struct err *err)
{
	struct lane *lane = &trace->lanes[cpu];
	struct note note;
	int r = trace->of == TRACE_OF_KVM ? kvm_note(ev, &note) :
					    virtio_note(ev, &note);

	if (r)
		return err_set_errno(err, r, "an event of %s with %u bytes",
				     trace->dev.name, ev->pdu_len);
	lane->nr_events++;
	lane->last_time = ev->time;
	return trace_put_note(trace, cpu, ev->time, ev->pid, &note, err);
}

/*
 * With a latency threshold a completion says how long it took.  A message of
 * the kernel's kind goes before it, which every tool shows.
 */
static int put_took(struct trace *trace, unsigned int cpu,
		    const struct ring_event *ev, struct err *err)
{
	bool is_rq = ev->action & BLK_TC_ACT(BLK_TC_FS | BLK_TC_PC);
	char text[BLK_MAX_MESSAGE];
	struct blk_rec rec = {
		.time = ev->time,
		.action = BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_MESSAGE,
		.pid = ev->pid,
		.pdu = (const uint8_t *)text,
	};
	uint64_t ns;

	memcpy(&ns, ev->pdu, sizeof(ns));
	rec.pdu_len = (uint16_t)snprintf(text, sizeof(text),
					 "%s %" PRIu64 ".%06u ms",
					 is_rq ? "D2C" : "Q2C", ns / 1000000,
					 (unsigned int)(ns % 1000000));
	return put(trace, cpu, &rec, err);
}

int trace_event(struct trace *trace, unsigned int cpu,
		const struct ring_event *ev, uint32_t lost, struct err *err)
{
	struct lane *lane = &trace->lanes[cpu];
	struct blk_rec rec = {
		.time = ev->time,
		.sector = ev->sector,
		.action = ev->action,
		.pdu = ev->pdu,
		.bytes = ev->bytes,
		.pid = ev->pid,
		.error = ev->error,
		.pdu_len = ev->pdu_len,
	};
	int r = 0;

	if (lost) {
		struct note_loss loss = { .cpu = cpu, .count = lost,
					  .reason = NOTE_LOSS_RING_FULL };

		r = put_loss(trace, cpu, ev->time, &loss, err);
		lane->nr_lost += lost;
		lane->sequence += lost;
	}
	if (!r)
		r = name_task(trace, cpu, ev, err);
	if (!r && trace->of != TRACE_OF_BLOCK)
		return put_private(trace, cpu, ev, err);
	if (!r)
		r = put_charge(trace, cpu, ev, err);
	/* as a damaged memory file has it */
	if (!r && rec.pdu_len > RING_PDU_MAX)
		return err_set(err, -EBADMSG, "an event of %s with %u bytes",
			       trace->dev.name, rec.pdu_len);
	if (!r && rec.pdu_len &&
	    (ev->action & BLK_ACT_CODE_MASK) == BLK_ACT_COMPLETE) {
		rec.pdu_len = 0;
		r = put_took(trace, cpu, ev, err);
	}
	if (r)
		return r;
	rec.sequence = ++lane->sequence;
	lane->nr_events++;
	lane->last_time = ev->time;
	if (ev->cgroup && trace->cgroup == TRACE_CGROUP_FLAGS)
		return put_flagged(trace, cpu, ev, &rec, err);
	return put(trace, cpu, &rec, err);
}

int trace_lost(struct trace *trace, unsigned int cpu, uint64_t count,
	       enum note_loss_reason reason, bool is_placed, struct err *err)
{
	struct note_loss loss = {
		.cpu = is_placed ? cpu : UINT32_MAX,
		.count = count,
		.reason = reason,
	};

	if (is_placed)
		trace->lanes[cpu].nr_lost += count;
	else
		trace->nr_unplaced += count;
	if (reason == NOTE_LOSS_UNFOLLOWED)
		trace->nr_unfollowed += count;
	return put_loss(trace, cpu, clocks_ns(CLOCK_MONOTONIC), &loss, err);
}

int trace_missed(struct trace *trace, uint64_t time, uint64_t count,
		 uint64_t from, uint64_t to, struct err *err)
{
	struct note note = { .id = NOTE_LOSS };

	note.loss.device = trace->dev.device;
	note.loss.cpu = UINT32_MAX;
	note.loss.reason = NOTE_LOSS_RECURSION;
	note.loss.count = count;
	note.loss.from = from;
	note.loss.to = to;
	trace->nr_unplaced += count;
	return trace_put_note(trace, 0, time, 0, &note, err);
}

int trace_clock(struct trace *trace, uint64_t time, uint32_t flags,
		struct err *err)
{
	return trace_put_clock(trace, flags, time, NULL, err);
}

int trace_flush(struct trace *trace, struct err *err)
{
	int r = 0;

	for (unsigned int cpu = 0; cpu < trace->nr_cpus && !r; cpu++)
		if (trace->lanes[cpu].sink->used)
			r = sink_flush(trace->lanes[cpu].sink, err);
	return r;
}

uint64_t trace_nr_unwritten(const struct trace *trace, unsigned int cpu)
{
	return trace->lanes[cpu].own.nr_unwritten;
}

uint64_t trace_nr_lost(const struct trace *trace)
{
	uint64_t n = trace->nr_unplaced;

	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++)
		n += trace->lanes[cpu].nr_lost;
	return n;
}
