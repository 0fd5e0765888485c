/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: events go into memory, and from there into files when
 * somebody wants them.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/xalloc.h"
#include "src/record/clocks.h"
#include "src/record/recorder_impl.h"
#include "src/record/trace_files.h"

#define DEVICE_MISSED	0xfffffff0u	/* no event of the rings has it */
#define SEEN		(UINT32_MAX - 1)	/* no trace has this number */
#define REARM_NS	10000000000ull

/* A file system in memory that every Linux has; the process's number makes
 * the name ours. */
static char *memory_path(void)
{
	return xasprintf("/dev/shm/iotape.%ld.flight", (long)getpid());
}

static void keep_clock(struct recorder *rec, uint64_t time, uint32_t flags)
{
	struct note_clock clock;

	clocks_read(&clock);
	clock.flags |= flags;
	flight_clocks_add(flight_clocks(rec->flight), time, &clock);
}

int recorder_open_flight(struct recorder *rec, struct err *err)
{
	const struct recorder_options *o = &rec->opts;
	struct flight_options fo = {
		.bytes = o->flight_bytes ? o->flight_bytes :
					   FLIGHT_BYTES_DEFAULT,
		.ns = o->flight_ns,
		.started = recorder_now(),
		.nr_cpus = rec->nr_cpus,
		.nr_devs = (uint32_t)o->nr_devs,
		.max_devs = (uint32_t)recorder_max_traces(o),
		.has_patterns = o->nr_patterns > 0,
		.cgroup = o->cgroup,
		.version = o->version,
		.has_cmdline = o->has_cmdline,
	};
	int r;

	if (!o->flight_bytes && !o->flight_ns)
		return 0;
	rec->flight_path = memory_path();
	r = flight_new(rec->flight_path, &fo, o->devs, &rec->flight, err);
	if (!r && o->nr_triggers)
		r = triggers_new(o->triggers, o->nr_triggers, recorder_now(),
				 &rec->triggers, err);
	if (r)
		return r;
	rec->cgroups.names = flight_cgroups(rec->flight);
	(void)anchor_has_moved(&rec->anchor);	/* from here on */
	keep_clock(rec, fo.started, NOTE_CLOCK_START);
	return 0;
}

/* The memory is not needed any more unless its dump failed. */
void recorder_close_flight(struct recorder *rec)
{
	if (rec->flight && rec->flight_path && !rec->is_flight_kept)
		(void)unlink(rec->flight_path);
	free(rec->flight_path);
	triggers_free(rec->triggers);
	flight_free(rec->flight);
}

void recorder_keep_event(struct recorder *rec, unsigned int cpu,
			 const struct ring_event *ev, uint32_t lost)
{
	struct slot_name *name = rec->lots[cpu].name;

	if ((!name || !name->said) &&
	    tasks_see(rec->tasks, SEEN, ev) != TASKS_KNOWN)
		tasks_remember(rec->tasks, &rec->cgroups, ev);
	if (name)
		name->said = SEEN;
	if (ev->cgroup)
		cgroups_remember(&rec->cgroups, ev->cgroup);
	flight_add(rec->flight, cpu, ev, lost);
	if (!rec->triggers)
		return;
	if (lost)
		triggers_lost(rec->triggers, ev->device);
	triggers_event(rec->triggers, ev);
}

/*
 * Among the events, as one of no device: it is written, recovered and pushed
 * out as they are.
 */
void recorder_keep_missed(struct recorder *rec, enum trace_of of,
			  const struct missed *missed, uint64_t time)
{
	struct ring_event ev = {
		.time = time,
		.device = DEVICE_MISSED,
		.pid = of,
		.pdu_len = sizeof(*missed),
	};
	uint8_t bytes[sizeof(ev) + sizeof(*missed)]
		__attribute__((aligned(8)));

	memcpy(bytes, &ev, sizeof(ev));
	memcpy(bytes + sizeof(ev), missed, sizeof(*missed));
	flight_add(rec->flight, 0, (const void *)bytes, 0);
}

void recorder_keep_clocks(struct recorder *rec, uint64_t now)
{
	uint64_t time = recorder_handed_on(rec, now);
	bool has_jumped = anchor_has_moved(&rec->anchor);

	if (!has_jumped && now - rec->last_clock < RECORDER_CLOCK_NS)
		return;
	rec->last_clock = now;
	/* 0: CPU 0 has not been read yet */
	keep_clock(rec, time ? time : now, has_jumped ? NOTE_CLOCK_JUMP : 0);
}

/* The clocks that were kept, from *@next on, up to @time. */
static int replay_clocks(struct recorder *rec, uint64_t *next, uint64_t time,
			 struct err *err)
{
	struct note note = { .id = NOTE_CLOCK };
	const struct flight_clock *c;
	int r = 0, e;

	while ((c = flight_clocks_get(flight_clocks(rec->flight), *next)) &&
	       c->time <= time) {
		++*next;
		note.clock = c->note;
		for (size_t i = 0; i < rec->nr_traces; i++) {
			e = trace_note(&rec->traces[i], c->time, &note,
				       r ? NULL : err);
			r = r ? r : e;
		}
	}
	return r;
}

static int replay_missed(struct recorder *rec, const struct ring_event *ev,
			 struct recorder_dump *dump, struct err *err)
{
	struct missed missed;

	if (ev->pdu_len != sizeof(missed) || ev->pid >= TRACE_OF_MAX)
		return 0;	/* a damaged file */
	memcpy(&missed, ev->pdu, sizeof(missed));
	dump->nr_lost += missed.count;
	return recorder_write_missed(rec, (enum trace_of)ev->pid, &missed,
				     ev->time, err);
}

/* The numbers of traces are those of the last dump. */
static void reset_counts(struct recorder *rec)
{
	for (size_t i = 0; i < rec->nr_traces; i++) {
		struct trace *t = &rec->traces[i];

		t->nr_unplaced = 0;
		for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++)
			t->lanes[cpu].nr_events = t->lanes[cpu].nr_lost =
				t->lanes[cpu].nr_bytes =
				t->lanes[cpu].last_time = 0;
	}
}

/* Events go on while a dump is written; a recovery has no rings. */
static void keep_up(struct recorder *rec)
{
	if (rec->session && !rec->is_stopping)
		(void)recorder_drain(rec, 0, NULL);
}

/* All files, or none: the next dump has the same names. */
static int begin_files(struct recorder *rec, uint64_t time, struct err *err)
{
	struct note_clock clock;
	bool has_clock = !flight_clocks_at(flight_clocks(rec->flight), time,
					   &clock);
	int r = 0;

	reset_counts(rec);
	for (size_t i = 0; i < rec->nr_traces && !r; i++) {
		r = recorder_reopen(rec, &rec->traces[i], rec->parts.number,
				    err);
		keep_up(rec);
	}
	for (size_t i = 0; i < rec->nr_traces && !r; i++) {
		r = trace_begin(&rec->traces[i], time,
				has_clock ? &clock : NULL, err);
		keep_up(rec);
	}
	for (size_t i = 0; i < rec->nr_traces && r; i++)
		trace_drop_files(&rec->traces[i]);
	return r;
}

/* A dump while it is written. */
struct replay {
	struct recorder *rec;
	uint64_t from;		/* ns: events up to here were pushed out on
				   some CPU */
	uint64_t to;		/* ns: later ones are for the next dump */
	uint64_t next_clock;	/* of flight_clocks */
	struct recorder_dump *dump;
};

/* Whether a trace of the disk takes payloads of block I/O. */
static bool is_block(const struct recorder *rec, const struct disk *disk)
{
	for (size_t i = 0; i < disk->nr; i++)
		if (rec->disks.order[disk->first + i]->of == TRACE_OF_BLOCK)
			return true;
	return false;
}

static int replay_event(struct replay *p, unsigned int cpu,
			const struct ring_event *ev, struct err *err)
{
	struct disk *disk = disks_find(&p->rec->disks, ev->device);

	if (ev->device == DEVICE_MISSED)
		return replay_missed(p->rec, ev, p->dump, err);
	if (!disk || (ev->pdu_len > RING_PDU_MAX && is_block(p->rec, disk)))
		return 0;	/* a damaged file */
	p->dump->nr_events++;
	p->dump->nr_lost += ev->lost;
	return recorder_emit(p->rec, disk, cpu, ev, ev->lost, err);
}

/* One chunk. */
static int replay(struct replay *p, const struct flight_chunk *chunk,
		  struct err *err)
{
	const struct ring_event *ev;
	uint32_t pos = 0;
	int r = 0, e;

	while ((ev = flight_event(chunk, &pos)) != NULL) {
		if (ev->time <= p->from || ev->time > p->to)
			continue;
		if (!chunk->cpu) {
			e = replay_clocks(p->rec, &p->next_clock, ev->time,
					  r ? NULL : err);
			r = r ? r : e;
		}
		e = replay_event(p, chunk->cpu, ev, r ? NULL : err);
		r = r ? r : e;
	}
	return r;
}

static int write_chunks(struct replay *p, struct err *err)
{
	struct recorder *rec = p->rec;
	struct flight_cursor *cursor = flight_begin(rec->flight);
	struct flight_chunk chunk;
	int r = 0, e;

	while (flight_chunk(cursor, &chunk)) {
		e = replay(p, &chunk, r ? NULL : err);
		r = r ? r : e;
		keep_up(rec);
	}
	p->dump->nr_gone = flight_end(cursor);
	e = replay_clocks(rec, &p->next_clock, UINT64_MAX, r ? NULL : err);
	return r ? r : e;
}

/* A recovery ends where the memory does, and not when it is read. */
static int end_files(struct recorder *rec, bool is_last, uint64_t *ret_bytes,
		     struct err *err)
{
	const struct flight_clocks *clocks = flight_clocks(rec->flight);
	uint64_t to = flight_to(rec->flight);
	uint64_t last = flight_clocks_last(clocks);
	struct note_clock clock;
	bool has_clock = !rec->session &&
			 !flight_clocks_at(clocks, to > last ? to : last,
					   &clock);
	int r = 0, e;

	*ret_bytes = 0;
	for (size_t i = 0; i < rec->nr_traces; i++) {
		*ret_bytes += trace_files_size(&rec->traces[i]);
		e = trace_end(&rec->traces[i], has_clock ? &clock : NULL,
			      is_last, r ? NULL : err);
		r = r ? r : e;
		keep_up(rec);
	}
	return r;
}

/* No condition makes it write again before that. */
static void rearm(struct recorder *rec)
{
	rec->rearm = recorder_now() + (rec->opts.flight_ns ?
					       rec->opts.flight_ns : REARM_NS);
}

int recorder_dump(struct recorder *rec, struct recorder_dump *ret_dump,
		  struct err *err)
{
	const struct flight_options *fo = flight_options(rec->flight);
	uint64_t from = flight_from(rec->flight);
	uint64_t to = flight_to(rec->flight);
	bool is_last = rec->is_stopping || !rec->session;
	struct recorder_dump dump = {
		.number = rec->parts.number,
		.ns = to > from ? to - from : 0,
		.is_short = from > fo->started && to - from < fo->ns,
	};
	struct replay replay = {
		.rec = rec, .from = from, .to = to, .dump = &dump,
		.next_clock = flight_clocks_behind(
			flight_clocks(rec->flight), from),
	};
	uint64_t bytes;
	int r, e;

	rearm(rec);	/* also where it fails */
	r = begin_files(rec, from, err);
	if (r)
		return r;
	r = write_chunks(&replay, err);
	if (is_last && rec->session) {
		e = recorder_write_losses(rec, r ? NULL : err);
		r = r ? r : e;
	}
	e = end_files(rec, is_last, &bytes, r ? NULL : err);
	r = r ? r : e;
	recorder_dump_done(rec, bytes);
	rearm(rec);
	*ret_dump = dump;
	return r;
}

bool recorder_triggered(struct recorder *rec, char *ret_text)
{
	uint64_t now = recorder_now();

	return rec->triggers && triggers_check(rec->triggers, now, ret_text) &&
	       now >= rec->rearm;
}

const char *recorder_flight_path(const struct recorder *rec)
{
	return rec->flight_path;
}

void recorder_keep_flight(struct recorder *rec)
{
	rec->is_flight_kept = true;
}

int recorder_recover(const char *path, const struct recorder_options *opts,
		     struct recorder **ret, struct err *err)
{
	struct recorder *rec = xcalloc(1, sizeof(*rec));
	int r = flight_open(path, &rec->flight, err);
	const struct flight_options *fo;

	rec->epoll = rec->stream.fd = rec->cgroups.fd = -1;
	rec->hotplug.fd = -1;
	if (r) {
		recorder_free(rec);
		return r;
	}
	fo = flight_options(rec->flight);
	rec->opts = *opts;
	rec->opts.devs = flight_devs(rec->flight);
	rec->opts.nr_devs = fo->nr_devs;
	rec->opts.nr_patterns = fo->has_patterns;
	rec->opts.cgroup = (enum trace_cgroup)fo->cgroup;
	rec->opts.version = fo->version;
	rec->opts.has_cmdline = fo->has_cmdline;
	rec->opts.flight_ns = fo->ns;
	rec->nr_cpus = fo->nr_cpus;
	cgroups_open(&rec->cgroups);
	rec->cgroups.names = flight_cgroups(rec->flight);
	r = recorder_open_traces(rec, err);
	if (r) {
		recorder_free(rec);
		return r;
	}
	*ret = rec;
	return 0;
}
