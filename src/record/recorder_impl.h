/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the recorder share: recorder_open.c makes and frees it,
 * recorder.c runs it.  For nobody else.
 */
#ifndef RECORD_RECORDER_IMPL_H
#define RECORD_RECORDER_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/record/anchor.h"
#include "src/record/cgroups.h"
#include "src/record/cpustat.h"
#include "src/record/flight.h"
#include "src/record/disks.h"
#include "src/record/hotplug.h"
#include "src/record/lot.h"
#include "src/record/misses.h"
#include "src/record/parts.h"
#include "src/record/recorder.h"
#include "src/record/session.h"
#include "src/record/sink.h"
#include "src/record/tasks.h"

#define RECORDER_CLOCK_NS	10000000000ull	/* between CLOCK notes */

struct recorder {
	struct session *session;
	struct trace *traces;
	struct disks disks;
	struct lot *lots;
	struct tasks *tasks;
	struct cgroups cgroups;
	struct sink stream;
	size_t nr_traces;
	size_t max_traces;
	struct recorder_options opts;
	struct hotplug hotplug;
	size_t nr_unjoined;	/* disks, at one time */
	struct err join_why;
	unsigned int nr_cpus;
	int epoll;
	bool is_stream;
	uint64_t last_flush;
	uint64_t last_clock;
	struct anchor anchor;
	uint64_t last_cpustat;
	struct cpustat cpustat;
	uint64_t nr_late;
	struct misses misses[TRACE_OF_MAX];
	struct pack *pack;	/* NULL = not compressed */
	struct parts parts;
	char *folder;		/* where the files are; owned */
	struct err over;	/* why no more can be recorded; code 0 = it
				   can */
	bool has_begun;		/* the files hold something of ours */
	bool is_stopping;	/* the programs are detached */
	bool is_hurried;	/* a small ring was filling up */
	struct flight *flight;	/* NULL = events go into files */
	char *flight_path;	/* owned; NULL = a recovery */
	struct triggers *triggers;	/* NULL = none */
	uint64_t rearm;		/* ns: triggers count again */
	bool is_flight_kept;
	uint64_t end_ns;	/* later events are left out */
};

/* recorder.c */

uint64_t recorder_now(void);	/* CLOCK_MONOTONIC, ns */

/* To each trace of the disk; a full disk under one does not stop the rest. */
int recorder_emit(struct recorder *rec, const struct disk *disk,
		  unsigned int cpu, const struct ring_event *ev, uint32_t lost,
		  struct err *err);

/* Notes of CPU 0 go behind all that has been handed on there: its time (ns),
 * or @now. */
uint64_t recorder_handed_on(const struct recorder *rec, uint64_t now);

/* What is older than this (ns) can be handed on, if it is @now. */
uint64_t recorder_limit(uint64_t now);

/*
 * Hands on what the rings have up to @limit; 0 = as much as can be, for each
 * CPU.  -EAGAIN: an event was being written right then, or too many are too
 * young.  Look again.
 */
int recorder_drain(struct recorder *rec, uint64_t limit, struct err *err);

/* How the CPUs have spent their time, to CPU 0 of each trace. */
int recorder_write_cpustat(struct recorder *rec, uint64_t time,
			   struct err *err);

/* recorder_losses.c */

/* What was lost behind the last event, or cannot be placed, at the end. */
int recorder_write_losses(struct recorder *rec, struct err *err);

/* Now and then: what the kernel has not handed to the programs. */
int recorder_look_for_misses(struct recorder *rec, uint64_t now,
			     struct err *err);
int recorder_write_missed(struct recorder *rec, enum trace_of of,
			  const struct missed *missed, uint64_t time,
			  struct err *err);

/* recorder_open.c */

/* How many there may be, with those of disks that come. */
size_t recorder_max_traces(const struct recorder_options *opts);

/* The traces, as rec->opts says. */
int recorder_open_traces(struct recorder *rec, struct err *err);

/* The files of one device; @ret is of rec->traces. */
int recorder_open_trace(struct recorder *rec, const struct dev *dev,
			struct trace *ret, struct err *err);

/* recorder_flight.c */

int recorder_open_flight(struct recorder *rec, struct err *err);
void recorder_close_flight(struct recorder *rec);
void recorder_keep_event(struct recorder *rec, unsigned int cpu,
			 const struct ring_event *ev, uint32_t lost);
/* The instant on all clocks, where a CLOCK note would be due. */
void recorder_keep_clocks(struct recorder *rec, uint64_t now);
void recorder_keep_missed(struct recorder *rec, enum trace_of of,
			  const struct missed *missed, uint64_t time);

/* recorder_parts.c */

/* The path of a device's trace without ".blktrace.CPU"; @number 0 = no parts.
 * The caller frees it. */
char *recorder_base_path(const struct recorder_options *opts,
			 const struct dev *dev, unsigned int number);

/* Where the files are.  The caller frees it. */
char *recorder_folder(const struct recorder_options *opts);

/* The first number that no earlier recording has used. */
unsigned int recorder_first_number(const struct recorder_options *opts);

/* -ENOSPC where --min-free does not hold before anything is written. */
int recorder_check_room(const struct recorder *rec, struct err *err);

/* Other files for a trace, which has ended. */
int recorder_reopen(struct recorder *rec, struct trace *trace,
		    unsigned int number, struct err *err);

/* A dump is written: the next one has another number, and old ones go. */
void recorder_dump_done(struct recorder *rec, uint64_t bytes);

/* The first notes of all traces. */
int recorder_begin_traces(struct recorder *rec, uint64_t time,
			  struct err *err);

/* Begins a new part where one is due, and keeps the limits of the size. */
int recorder_check_parts(struct recorder *rec, uint64_t now, struct err *err);

#endif
