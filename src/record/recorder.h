/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording: reads the rings, puts the events of each CPU into time order,
 * and hands them to the traces of their devices.
 *
 *	r = recorder_new(&opts, &rec, &err);	programs loaded, files made
 *	r = recorder_start(rec, &err);		events come
 *	while (!done)
 *		r = recorder_poll(rec, timeout_ms, &err);
 *	r = recorder_stop(rec, &err);		reads the rest, ends the files
 *	... recorder_trace(rec, i) for the numbers ...
 *	recorder_free(rec);
 *
 * One thread.  Nothing is allocated between start and stop.
 */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include "src/record/dev.h"
#include "src/record/parts.h"
#include "src/record/filter.h"
#include "src/record/trace.h"
#include "src/record/trigger.h"

struct recorder;

#define RECORDER_JOIN_MAX	1024	/* disks that may come */

/* What it points to is borrowed until recorder_free. */
struct recorder_options {
	const struct dev *devs;
	size_t nr_devs;		/* at least 1, no device twice; kvm_dev and
				   virtio_dev come last */
	char *const *patterns;	/* of names: whole disks that fit join when
				   they come (dev_scan); devs has those that
				   are there.  Borrowed until recorder_free */
	size_t nr_patterns;	/* with them, nr_devs may be 0 */
	const char *dir;	/* NULL = here; borrowed until recorder_free,
				   and so is name */
	const char *name;	/* of the files; NULL = the devices' names;
				   with a / in front, dir is not used */
	int stream_fd;		/* one stream of all, merged by time; -1 =
				   files */
	uint32_t act_mask;	/* BLK_TC_*, 16 bits */
	uint64_t duration_ns;	/* no event that is later after the start;
				   0 = all until recorder_stop */
	size_t ring_size;	/* bytes per CPU; 0 = 8 MiB, or less where
				   that were more than 512 MiB together */
	unsigned int version;	/* of the records: 7 or 8 */
	enum trace_cgroup cgroup;
	bool has_cmdline;	/* put command lines into the trace */
	int compress;		/* level of zstd, 1 to 19; 0 = no */
	struct parts_options parts;	/* files only */
	uint64_t flight_ns;	/* keep that much in memory instead of writing
				   it; 0 = no bound */
	uint64_t flight_bytes;	/* of memory; with flight_ns, 0 = 128 MiB;
				   both 0 = no flight recorder */
	const struct trigger *triggers;
	size_t nr_triggers;
	const struct rec_filter *filter;	/* borrowed; NULL = all */
	uint32_t kvm;		/* wanted tracepoints (src/record/kvm.h), for
				   kvm_dev */
	uint32_t vm;		/* only this VM's events of KVM: the process
				   id of its VMM; 0 = all */
	const struct virtio_options *virtio;	/* for virtio_dev, or NULL;
				   borrowed until recorder_new returns */
};

int recorder_new(const struct recorder_options *opts, struct recorder **ret,
		 struct err *err);
int recorder_start(struct recorder *rec, struct err *err);

/*
 * After recorder_start: gives up the capabilities that are no longer needed,
 * for good, but @keep (RIGHTS_*, src/record/rights.h).  Kernels before 5.19
 * want CAP_BPF for reading a map; there it stays.
 */
int recorder_drop_rights(struct recorder *rec, uint64_t keep,
			 struct err *err);

/* Waits until there is something to read, or @timeout_ms have passed, or a
 * signal came, and takes what is there. */
int recorder_poll(struct recorder *rec, int timeout_ms, struct err *err);

/* What a dump of the flight recorder holds. */
struct recorder_dump {
	unsigned int number;	/* NAME.number */
	uint64_t ns;		/* the stretch of time */
	uint64_t nr_events;
	uint64_t nr_lost;
	size_t nr_gone;		/* chunks (64 KiB) that were overwritten while
				   it was written */
	bool is_short;		/* the memory holds less time than was asked
				   for */
};

/*
 * Writes what the flight recorder's memory holds, as a part of its own.
 * Events go on being kept meanwhile.  Once more behind recorder_stop, for the
 * last stretch.
 */
int recorder_dump(struct recorder *rec, struct recorder_dump *ret_dump,
		  struct err *err);

/*
 * True if a trigger has fired; @ret_text (TRIGGER_TEXT_MAX) says which.  Not
 * within the stretch of flight_ns (10 s) behind a dump.
 */
bool recorder_triggered(struct recorder *rec, char *ret_text);

/* The file that the memory is; NULL = no flight recorder. */
const char *recorder_flight_path(const struct recorder *rec);

/* Leaves that file behind: what is in it could not be written. */
void recorder_keep_flight(struct recorder *rec);

/*
 * Opens what a flight recorder left behind, for recorder_dump and then
 * recorder_free.  Of @opts, dir, name, compress and parts count.
 */
int recorder_recover(const char *path, const struct recorder_options *opts,
		     struct recorder **ret, struct err *err);

/* The folder that the files are in, as it was given.  Borrowed. */
const char *recorder_dir(const struct recorder *rec);

/*
 * Why the recording must end: a limit of its size is reached.  NULL = it can
 * go on.  Borrowed.
 */
const char *recorder_over(const struct recorder *rec);

/* The number of the part that is being written; 0 = there are no parts. */
unsigned int recorder_part(const struct recorder *rec);

/*
 * Detaches, takes the rest, writes what was lost at the end, and ends the
 * files.  Does as much of it as it can after a failure.
 */
int recorder_stop(struct recorder *rec, struct err *err);
void recorder_free(struct recorder *rec);	/* NULL is fine */

/* What is recorded of KVM, and why the rest is not: session_kvm. */
uint32_t recorder_kvm(const struct recorder *rec, struct err *ret_why);

/* Disks that fitted a pattern but could not be recorded, and why the last one
 * could not. */
size_t recorder_nr_unjoined(const struct recorder *rec, struct err *ret_why);

/* Traces: of the devices, then of disks that have come. */
size_t recorder_nr_traces(const struct recorder *rec);

bool recorder_has_virtio(const struct recorder *rec, struct err *ret_why);

/* Trace @i, in that order.  Borrowed. */
const struct trace *recorder_trace(const struct recorder *rec, size_t i);

/* Events with a time before that of one already written; 0 unless the
 * kernel's clock went backwards. */
uint64_t recorder_nr_late(const struct recorder *rec);

#endif
