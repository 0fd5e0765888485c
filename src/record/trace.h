/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trace of one device: a file for each CPU, or its share of a stream.
 *
 * Events come in time order per CPU.  A trace numbers them, names each thread
 * before its first event, and puts a LOSS note (and a gap in the numbers)
 * where events are missing.
 *
 *	r = trace_open(&trace, &opts, &err);
 *	trace_begin(&trace, time, NULL, &err);	clocks, host, device
 *	trace_event(&trace, cpu, event, nr_lost_before, &err);
 *	trace_end(&trace, NULL, true, &err);	clocks, totals; closes
 *	trace_close(&trace);
 *
 * After trace_end, trace_reopen goes on in other files; each set of files can
 * be read without the others.
 */
#ifndef RECORD_TRACE_H
#define RECORD_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/note.h"
#include "src/record/cgroups.h"
#include "src/record/dev.h"
#include "src/record/sink.h"
#include "src/record/slots.h"
#include "src/record/tasks.h"

/* What becomes of the cgroup of an event. */
enum trace_cgroup {
	TRACE_CGROUP_OFF,	/* the events do not carry it */
	TRACE_CGROUP_NOTES,	/* a CHARGE note wherever it changes: every
				   reader of blktrace's files skips these */
	TRACE_CGROUP_FLAGS,	/* in the payload, as blktrace does it with
				   the tracefs option blk_cgroup; blkparse and
				   btt 1.2 do not understand such events */
};

/* What the events of a trace are: those of KVM and virtio become private
 * records. */
enum trace_of {
	TRACE_OF_BLOCK,
	TRACE_OF_KVM,
	TRACE_OF_VIRTIO,
	TRACE_OF_MAX
};

/* Whether what stands for KVM or virtio is this device. */
bool trace_is_of_notes(const struct dev *dev);

#define TRACE_NR_CGROUPS	256	/* remembered as named; a power of 2 */

/* What belongs to one CPU. */
struct lane {
	struct sink own;	/* the file; unused in a stream */
	struct sink *sink;	/* &own, or the stream */
	uint64_t nr_events;
	uint64_t nr_lost;
	uint64_t nr_bytes;	/* of records, notes included */
	uint64_t first_event;	/* of these, what earlier files hold */
	uint64_t first_lost;
	uint64_t first_byte;
	uint64_t last_time;	/* of the last event; ns */
	uint64_t cgroup;	/* of the last CHARGE note; 0 = none yet */
	uint64_t naming;	/* trace.naming of what follows; another one:
				   it is not known */
	uint32_t pid;		/* of the last event that was looked at: its
				   thread has a name in the trace */
	uint32_t tgid;
	char comm[16];
	uint32_t sequence;
};

struct trace {
	struct dev dev;
	struct tasks *tasks;	/* borrowed, shared by all traces */
	const struct cgroups *cgroups;	/* borrowed */
	uint64_t named[TRACE_NR_CGROUPS];	/* ids that have a note */
	struct lane *lanes;	/* owned; one for each possible CPU */
	uint64_t nr_unplaced;	/* lost, CPU unknown */
	uint64_t nr_unfollowed;	/* of these: I/Os that a filter lost */
	unsigned int nr_cpus;
	uint32_t id;		/* among the traces of a recording */
	uint64_t naming;	/* of no other trace; another one whenever a
				   name that was said no longer holds */
	size_t buffer_size;	/* of each file */
	struct pack *pack;	/* borrowed; NULL = not compressed */
	unsigned int version;	/* 7 or 8 */
	enum trace_cgroup cgroup;
	bool has_cmdline;
	enum trace_of of;
};

/*
 * Whether events of @sector are the trace's, as act_log_check() of the kernel
 * has it: the end is one sector behind the device's last one, and 0 is that of
 * events without one.
 */
static inline bool trace_has_sector(const struct trace *t, uint64_t sector)
{
	return !sector || (sector >= t->dev.start &&
			   sector <= t->dev.start + t->dev.sectors);
}

struct trace_options {
	const struct dev *dev;
	const char *base;	/* path without ".blktrace.CPU"; NULL = no
				   files until trace_reopen */
	struct sink *stream;	/* all goes there if not NULL; borrowed */
	struct tasks *tasks;	/* borrowed */
	const struct cgroups *cgroups;	/* borrowed */
	enum trace_cgroup cgroup;
	bool has_cmdline;	/* put command lines into the trace */
	size_t buffer_size;	/* of each file */
	struct pack *pack;	/* borrowed; NULL = not compressed */
	unsigned int nr_cpus;
	unsigned int version;	/* 7 or 8 */
	uint32_t id;
};

/* What is in files of these names stays until trace_begin. */
int trace_open(struct trace *trace, const struct trace_options *opts,
	       struct err *err);

/*
 * Other files, after trace_end: numbers begin at 1 again, and whoever was
 * named is named once more.
 */
int trace_reopen(struct trace *trace, const char *base, struct err *err);

/* Closes the files; what is not written yet is lost.  For trace_reopen. */
void trace_drop_files(struct trace *trace);

/* Releases everything; what is not written yet is lost.  {0} is fine. */
void trace_close(struct trace *trace);

/* @time (ns): of the first notes; no event is older.  @clock: what the clocks
 * showed then; NULL = they are read. */
int trace_begin(struct trace *trace, uint64_t time,
		const struct note_clock *clock, struct err *err);

/* The device has another size from @time on. */
int trace_resize(struct trace *trace, uint64_t sectors, uint64_t time,
		 struct err *err);

/* @lost events of this device and CPU are missing right before @event. */
int trace_event(struct trace *trace, unsigned int cpu,
		const struct ring_event *event, uint32_t lost,
		struct err *err);

/*
 * The first of @items (nr of them, in time order) as far as each needs nothing
 * but a record: of this trace's device, up to @end (ns), after @lost losses
 * that are known, its thread named.  Returns how many were taken; the next one
 * is for trace_event, and then trace_named.
 */
size_t trace_slots(struct trace *trace, unsigned int cpu,
		   struct slot_names *names, const struct ring_item *items,
		   size_t nr, uint32_t lost, uint64_t end);

/* The event of @name was given to trace_event: trace_slots looks at @name. */
void trace_named(const struct trace *trace, unsigned int cpu,
		 struct slot_name *name);

/*
 * @count events are missing behind the last one of @cpu.  With is_placed
 * false the CPU is not known, and @cpu only says where the note goes.
 */
int trace_lost(struct trace *trace, unsigned int cpu, uint64_t count,
	       enum note_loss_reason reason, bool is_placed,
	       struct err *err);

/*
 * @count events are missing between @from and @to (ns), whose CPU is not
 * known: the kernel did not hand them to the programs.  @time as with
 * trace_clock.
 */
int trace_missed(struct trace *trace, uint64_t time, uint64_t count,
		 uint64_t from, uint64_t to, struct err *err);

/*
 * A clock anchor.  @time: the end of what has been handed on (ns); no later
 * event has an earlier time.  @flags: NOTE_CLOCK_*.
 */
int trace_clock(struct trace *trace, uint64_t time, uint32_t flags,
		struct err *err);

/* @note in the file of CPU 0, at @time as with trace_clock. */
int trace_note(struct trace *trace, uint64_t time, const struct note *note,
	       struct err *err);

int trace_flush(struct trace *trace, struct err *err);

/* @clock: what the clocks showed at the end; NULL = they are read.  @is_last:
 * the recording ends; waits until the device has it all. */
int trace_end(struct trace *trace, const struct note_clock *clock,
	      bool is_last, struct err *err);

/* Events of @cpu that could not be written to its file. */
uint64_t trace_nr_unwritten(const struct trace *trace, unsigned int cpu);

/* Sum of what each CPU lost, and of what could not be placed. */
uint64_t trace_nr_lost(const struct trace *trace);

#endif
