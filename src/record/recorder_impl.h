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

#include "src/record/cgroups.h"
#include "src/record/cpustat.h"
#include "src/record/disks.h"
#include "src/record/lot.h"
#include "src/record/parts.h"
#include "src/record/recorder.h"
#include "src/record/session.h"
#include "src/record/sink.h"
#include "src/record/tasks.h"

struct recorder {
	struct session *session;
	struct trace *traces;
	struct disks disks;
	struct lot *lots;
	struct tasks *tasks;
	struct cgroups cgroups;
	struct sink stream;
	size_t nr_traces;
	unsigned int nr_cpus;
	int epoll;
	bool is_stream;
	uint64_t last_flush;
	uint64_t last_clock;
	uint64_t last_cpustat;
	struct cpustat cpustat;
	uint64_t nr_late;
	struct recorder_options opts;	/* its pointers are borrowed */
	struct pack *pack;	/* NULL = not compressed */
	struct parts parts;
	char *folder;		/* where the files are; owned */
	struct err over;	/* why no more can be recorded; code 0 = it
				   can */
	bool has_begun;		/* the files hold something of ours */
};

/* recorder.c */

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

/* recorder_parts.c */

/* The path of trace @i without ".blktrace.CPU"; @number 0 = no parts.  The
 * caller frees it. */
char *recorder_base_path(const struct recorder_options *opts, size_t i,
			 unsigned int number);

/* Where the files are.  The caller frees it. */
char *recorder_folder(const struct recorder_options *opts);

/* The first number that no earlier recording has used. */
unsigned int recorder_first_number(const struct recorder_options *opts);

/* Other files for all traces, which have ended. */
int recorder_open_part(struct recorder *rec, unsigned int number,
		       struct err *err);

/* The first notes of all traces. */
int recorder_begin_traces(struct recorder *rec, uint64_t time,
			  struct err *err);

/* Begins a new part where one is due, and keeps the limits of the size. */
int recorder_check_parts(struct recorder *rec, uint64_t now, struct err *err);

#endif
