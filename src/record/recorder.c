/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "src/base/xalloc.h"
#include "src/record/clocks.h"
#include "src/record/join.h"
#include "src/record/recorder_impl.h"
#include "src/record/rights.h"

#define FLUSH_NS	250000000ull
#define PACK_NS		1000000000ull	/* small frames compress badly */

/* Keeps the first error; @err of later ones is given as NULL. */
static int first(int r, int e)
{
	return r ? r : e;
}

uint64_t recorder_now(void)
{
	return clocks_ns(CLOCK_MONOTONIC);
}

int recorder_write_cpustat(struct recorder *rec, uint64_t time,
			   struct err *err)
{
	struct note note = { .id = NOTE_CPUSTAT };
	int r = 0;

	rec->last_cpustat = recorder_now();
	cpustat_read(&rec->cpustat);
	for (size_t i = 0; i < rec->nr_traces; i++) {
		if (trace_is_of_notes(&rec->traces[i].dev))
			continue;
		for (size_t k = 0; k < rec->cpustat.nr; k++) {
			note.cpustat = rec->cpustat.rows[k];
			r = first(r, trace_note(&rec->traces[i], time, &note,
						r ? NULL : err));
		}
	}
	return r;
}

/* Files are emptied when nothing can stop the recording any more. */
int recorder_start(struct recorder *rec, struct err *err)
{
	uint64_t now = recorder_now();
	int r = session_attach(rec->session, err);

	if (r)
		return r;
	if (!rec->flight)
		(void)anchor_has_moved(&rec->anchor);	/* from here on */
	rec->last_flush = rec->last_clock = rec->parts.begun = now;
	for (int i = 0; i < TRACE_OF_MAX; i++)
		rec->misses[i] = (struct misses){ .last = now, .from = now };
	rec->end_ns = rec->opts.duration_ns ?
			      recorder_now() + rec->opts.duration_ns :
			      UINT64_MAX;
	rec->has_begun = true;
	if (rec->flight)
		return 0;
	r = recorder_begin_traces(rec, now, err);
	if (!r && rec->is_stream)
		r = sink_flush(&rec->stream, err);
	return r;
}

uint64_t recorder_limit(uint64_t now)
{
	return now - RING_SETTLE_NS;
}

int recorder_emit(struct recorder *rec, const struct disk *disk,
		  unsigned int cpu, const struct ring_event *ev, uint32_t lost,
		  struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < disk->nr; i++) {
		struct trace *t = rec->disks.order[disk->first + i];

		if (trace_has_sector(t, ev->sector))
			r = first(r, trace_event(t, cpu, ev, lost,
						 r ? NULL : err));
	}
	return r;
}

/* An event of the ring: to its traces, or into memory. */
static int take(struct recorder *rec, unsigned int cpu,
		const struct ring_event *ev, struct err *err)
{
	struct lot *lot = &rec->lots[cpu];
	struct disk *disk;
	uint32_t lost;

	if (lot->is_nameless)
		tasks_find(rec->tasks, slot_event_of(&lot->event));
	if (ev->device == RING_DEVICE_TASK) {
		tasks_describe(rec->tasks, ev);
		return 0;
	}
	disk = disks_find(&rec->disks, ev->device);
	if (!disk || ev->time > rec->end_ns)
		return 0;
	if (ev->time < lot->last_time)
		rec->nr_late++;
	lot->last_time = ev->time;
	lost = disk_lost_since(disk, cpu, ev->lost);
	if (!rec->flight)
		return recorder_emit(rec, disk, cpu, ev, lost, err);
	recorder_keep_event(rec, cpu, ev, lost);
	return 0;
}

/*
 * The next slots of a disk that has one trace, as far as they are but records
 * (src/record/trace_slots.c).  Returns how many were taken.
 */
static size_t take_slots(struct recorder *rec, unsigned int cpu)
{
	struct lot *lot = &rec->lots[cpu];
	const struct ring_item *items;
	const struct disk *disk;
	size_t nr = rec->flight ? 0 : lot_slots(lot, &items);

	if (!nr || items->time < lot->last_time)
		return 0;
	disk = disks_find(&rec->disks, items->slot->device);
	if (!disk || disk->nr != 1)
		return 0;
	nr = trace_slots(rec->disks.order[disk->first], cpu, lot->names, items,
			 nr, disk->lost[cpu], rec->end_ns);
	if (nr)
		lot->last_time = items[nr - 1].time;
	lot_skip_slots(lot, nr);
	return nr;
}

/* What was taken as a whole event has a name: the next slot of that thread
 * goes the short way. */
static void mind_name(struct recorder *rec, unsigned int cpu)
{
	struct slot_name *name = rec->lots[cpu].name;
	const struct ring_event *ev = slot_event_of(&rec->lots[cpu].event);
	const struct disk *disk;

	if (!name || rec->flight)
		return;
	disk = disks_find(&rec->disks, ev->device);
	if (disk && disk->nr == 1)
		trace_named(rec->disks.order[disk->first], cpu, name);
}

/*
 * A ring that is smaller than the others (src/record/rings.h) would be full
 * before its program wakes us: then the next look comes soon.
 */
static void mind_small(struct recorder *rec, const struct ring *ring)
{
	if (ring->size < session_ring_size(rec->session) &&
	    ring->head - *ring->consumer > ring->size / 4)
		rec->is_hurried = true;
}

/*
 * One CPU into its files.  -EAGAIN when an event was being written right
 * then, or when too many are too young: look again.
 */
static int drain_cpu(struct recorder *rec, unsigned int cpu, uint64_t limit,
		     struct err *err)
{
	struct lot *lot = &rec->lots[cpu];
	const struct ring_event *ev;
	int r;

	if (!lot->ring)
		return 0;
	if (!limit)
		limit = recorder_limit(recorder_now());
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	r = lot_gather(lot);
	if (r)
		return r;
	mind_small(rec, lot->ring);
	r = lot_set_limit(lot, limit);
	if (r)
		return r;
	do {
		while (take_slots(rec, cpu))
			;
		ev = lot_next(lot);
		if (ev) {
			r = first(r, take(rec, cpu, ev, r ? NULL : err));
			mind_name(rec, cpu);
		}
	} while (ev);
	lot_keep_rest(lot);
	lot->limit = limit;
	return r;
}

/*
 * The CPU with the oldest event up to the limit, or nr_cpus.  A walk over all
 * of them for each event: a stream is for looking, files are for speed.
 */
static unsigned int find_oldest(const struct recorder *rec)
{
	unsigned int best = rec->nr_cpus;
	uint64_t time = UINT64_MAX;

	for (unsigned int cpu = 0; cpu < rec->nr_cpus; cpu++) {
		const struct lot *lot = &rec->lots[cpu];

		if (lot->ring && lot_next_time(lot) < time) {
			best = cpu;
			time = lot_next_time(lot);
		}
	}
	return best;
}

/* All CPUs into the stream, in the order of time. */
static int drain_stream(struct recorder *rec, uint64_t limit, struct err *err)
{
	unsigned int cpu;
	int r = 0;

	if (!limit)
		limit = recorder_limit(recorder_now());
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (cpu = 0; cpu < rec->nr_cpus && !r; cpu++) {
		struct lot *lot = &rec->lots[cpu];

		if (!lot->ring)
			continue;
		r = lot_gather(lot);
		if (!r) {
			mind_small(rec, lot->ring);
			r = lot_set_limit(lot, limit);
		}
	}
	if (r)
		return r;
	while ((cpu = find_oldest(rec)) < rec->nr_cpus)
		r = first(r, take(rec, cpu, lot_next(&rec->lots[cpu]),
				  r ? NULL : err));
	for (cpu = 0; cpu < rec->nr_cpus; cpu++) {
		if (!rec->lots[cpu].ring)
			continue;
		lot_keep_rest(&rec->lots[cpu]);
		rec->lots[cpu].limit = limit;
	}
	return r;
}

int recorder_drain(struct recorder *rec, uint64_t limit, struct err *err)
{
	int r = 0, busy = 0, e;

	if (rec->is_stream)
		return drain_stream(rec, limit, err);
	for (unsigned int cpu = 0; cpu < rec->nr_cpus; cpu++) {
		e = drain_cpu(rec, cpu, limit, r ? NULL : err);
		if (e == -EAGAIN)
			busy = e;
		else
			r = first(r, e);
	}
	return first(r, busy);
}

static int flush(struct recorder *rec, struct err *err)
{
	int r = 0;

	if (rec->is_stream)
		return sink_flush(&rec->stream, err);
	for (size_t i = 0; i < rec->nr_traces && !r; i++)
		r = trace_flush(&rec->traces[i], err);
	return r;
}

uint64_t recorder_handed_on(const struct recorder *rec, uint64_t now)
{
	return rec->lots[0].ring ? rec->lots[0].limit : now;
}

static int write_clocks(struct recorder *rec, uint64_t now, uint32_t flags,
			struct err *err)
{
	uint64_t time = recorder_handed_on(rec, now);
	int r = 0;

	rec->last_clock = now;
	for (size_t i = 0; i < rec->nr_traces; i++)
		r = first(r, trace_clock(&rec->traces[i], time, flags,
					 r ? NULL : err));
	return r;
}

/* The notes that come by the clock. */
static int write_notes(struct recorder *rec, uint64_t now, struct err *err)
{
	int r = 0;

	if (anchor_has_moved(&rec->anchor))
		r = write_clocks(rec, now, NOTE_CLOCK_JUMP, err);
	else if (now - rec->last_clock >= RECORDER_CLOCK_NS)
		r = write_clocks(rec, now, 0, err);
	if (!r && now - rec->last_cpustat >= CPUSTAT_NS)
		r = recorder_write_cpustat(rec, recorder_handed_on(rec, now), err);
	return r;
}

int recorder_poll(struct recorder *rec, int timeout_ms, struct err *err)
{
	struct epoll_event ev[16];
	uint64_t now;
	bool is_old;
	int r = -EAGAIN;

	if (rec->is_hurried && timeout_ms > 1)
		timeout_ms = 1;
	rec->is_hurried = false;
	(void)epoll_wait(rec->epoll, ev, (int)ARRAY_SIZE(ev), timeout_ms);
	for (int i = 0; i < 16 && r == -EAGAIN; i++)
		r = recorder_drain(rec, 0, err);
	if (r && r != -EAGAIN)
		return r;
	now = recorder_now();
	r = recorder_look_for_misses(rec, now, err);
	if (!r && rec->opts.nr_patterns && hotplug_is_due(&rec->hotplug, now))
		join_disks(rec, recorder_handed_on(rec, now));
	if (rec->flight)
		recorder_keep_clocks(rec, now);
	if (r || rec->flight)
		return r;
	is_old = now - rec->last_flush >= (rec->pack ? PACK_NS : FLUSH_NS);
	r = write_notes(rec, now, err);
	if (!r)
		r = recorder_check_parts(rec, now, err);
	if (r || (!rec->is_stream && !is_old))
		return r;
	rec->last_flush = now;
	return flush(rec, err);
}

/* The programs are detached, but one may still be running for an instant. */
static int drain_rest(struct recorder *rec, struct err *err)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	int r = -EAGAIN;

	for (int i = 0; i < 1000 && r == -EAGAIN; i++) {
		(void)nanosleep(&ms, NULL);
		r = recorder_drain(rec, UINT64_MAX, err);
	}
	if (r == -EAGAIN)
		return err_set(err, r, "a ring was left with an event that"
				       " is still being written");
	return r;
}

int recorder_stop(struct recorder *rec, struct err *err)
{
	int r;

	session_detach(rec->session);
	rec->is_stopping = true;
	if (!rec->has_begun)
		return 0;
	r = drain_rest(rec, err);
	if (rec->flight)
		return r;
	r = first(r, recorder_write_losses(rec, r ? NULL : err));
	r = first(r, recorder_write_cpustat(rec, recorder_now(),
					    r ? NULL : err));
	for (size_t i = 0; i < rec->nr_traces; i++)
		r = first(r, trace_end(&rec->traces[i], NULL, true,
				       r ? NULL : err));
	if (rec->is_stream)
		r = first(r, sink_close(&rec->stream, r ? NULL : err));
	return r;
}

/*
 * kernel.unprivileged_bpf_disabled stops the reading of maps before
 * c8644cd0efe7 (5.19).  It is tried.
 */
int recorder_drop_rights(struct recorder *rec, uint64_t keep, struct err *err)
{
	uint64_t *scratch = xcalloc(session_nr_cpus(rec->session),
				    sizeof(*scratch));
	int r = rights_lower(keep, err);

	if (!r && session_read_no_ring(rec->session, scratch, NULL) == -EPERM)
		keep |= RIGHTS_BPF | RIGHTS_SYS_ADMIN;
	free(scratch);
	return r ? r : rights_drop(keep, err);
}

uint32_t recorder_kvm(const struct recorder *rec, struct err *ret_why)
{
	return session_kvm(rec->session, ret_why);
}

size_t recorder_nr_unjoined(const struct recorder *rec, struct err *ret_why)
{
	*ret_why = rec->join_why;
	return rec->nr_unjoined;
}

size_t recorder_nr_traces(const struct recorder *rec)
{
	return rec->nr_traces;
}

bool recorder_has_virtio(const struct recorder *rec, struct err *ret_why)
{
	return session_has_virtio(rec->session, ret_why);
}

const struct trace *recorder_trace(const struct recorder *rec, size_t i)
{
	assert(i < rec->nr_traces);
	return &rec->traces[i];
}

const char *recorder_over(const struct recorder *rec)
{
	return rec->over.code ? rec->over.text : NULL;
}

const char *recorder_dir(const struct recorder *rec)
{
	return rec->folder;
}

unsigned int recorder_part(const struct recorder *rec)
{
	return rec->parts.number;
}

uint64_t recorder_nr_late(const struct recorder *rec)
{
	return rec->nr_late;
}
