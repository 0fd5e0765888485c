/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Anything that is a trace, as one stream of records in time order.
 *
 *	_cleanup_(source_freep) struct source *src = NULL;
 *	struct source_batch batch;
 *	ssize_t n;
 *
 *	r = source_open(names, nr_names, &(struct source_options){ 0 },
 *			&src, &err);
 *	while ((n = source_read(src, &batch, &err)) > 0)
 *		for (size_t i = 0; i < batch.nr; i++)
 *			look_at(&batch.recs[i]);
 *
 * A name is what blkparse -i takes: "sda", "dir/sda" or "sda.blktrace.3" (the
 * files NAME.blktrace.0, .1, ... of one recording); or "-" or the path of a
 * pipe (one stream of all CPUs: blktrace -o -, iotape record -o -); or the
 * path of such a stream in a regular file, or of a merged dump.  Each of them
 * may be compressed with zstd; its name may end with ".zst".
 *
 * Order.  Events and kernel messages come in the order of their times; equal
 * times in the order in which blkparse 1.2.0 prints them (a file goes on as
 * long as no other is earlier; see source.c).  A record that stands after a
 * later one in its file is put right within the records that are in memory,
 * and counted.  The other notes (process names, timestamps, private records)
 * come by default in time order too, from per-CPU files; with notes_ahead set
 * they come as early as blkparse sees them, and from a stream always as soon
 * as they are read: their times may then be later than those of the events
 * that follow.  Only the notes that speak of the events behind them (charge,
 * tag, tagged) keep their place in a stream that says it is merged.  In a
 * merged dump, events have times since the start of the
 * trace, and notes have CLOCK_MONOTONIC.
 *
 * Damage is not an error: what can be read is read, and source_damage says
 * what was not.  Memory is bounded by the number of files, never by their
 * length.  One thread at a time per source.
 */
#ifndef ANALYZE_SOURCE_H
#define ANALYZE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/err.h"

struct source;

#define SOURCE_CPU_MAX	65536u		/* a record of a CPU from this number
					   on is damage */
#define SOURCE_DAMAGE_KEPT	64	/* sentences of source_damage */
#define SOURCE_NOTES_BLKPARSE	512	/* notes_ahead as blkparse has it */

struct source_options {
	const char *dir;	/* put before each name that has no folder;
				   NULL = none */
	bool has_companions;	/* NAME also means NAME.kvm and NAME.virtio, as
				   iotape record writes them */
	bool has_late_messages;	/* messages with a cgroup id have their turn
				   too, as in blkparse 1.3 */
	bool keeps_order;	/* equal times in a stream as they stand there,
				   not as blkparse prints them */
	uint32_t notes_ahead;	/* 0 = notes in time order; N = notes are
				   handed on when they are read, and N events
				   of each file are read at a time */
};

/* A file of the trace, and what was wrong with it. */
struct source_file {
	const char *path;	/* borrowed until source_free; "-" = stdin */
	const char *label;	/* what blkparse calls the recording ("sda");
				   NULL for a stream or a dump */
	uint64_t nr_records;	/* read so far, notes included */
	uint64_t nr_bytes;	/* read so far */
	uint64_t nr_bad;	/* damaged places: bad magic, cut tail, ... */
	uint64_t nr_late;	/* records that stood after a later one */
	uint32_t name;		/* index of its recording: source_labels */
	int cpu;		/* of the file's name; -1 for a stream */
};

/* Records and payloads are borrowed until the next call of source_read. */
struct source_batch {
	const struct blk_rec *recs;
	const uint16_t *files;	/* for each record, its source_file's index */
	size_t nr;
	size_t nr_notes;	/* of them are notify records */
};

/*
 * Opens @nr names.  Returns 0, or a negative errno: -ENOENT when a name has
 * no file, -EBADMSG when a regular file is not a trace at all.
 */
int source_open(const char *const *names, size_t nr,
		const struct source_options *opts, struct source **ret_src,
		struct err *err);

/*
 * The next records.  Returns their number, 0 at the end, or a negative errno:
 * -EINTR when a signal came while it waited for a pipe (call again, or end),
 * others when a read failed.  *ret_batch is untouched unless the result is
 * above 0.  On a pipe it blocks until at least one record can be handed on:
 * a record waits 100 ms at most for earlier ones of other CPUs.
 */
ssize_t source_read(struct source *src, struct source_batch *ret_batch,
		    struct err *err);

/* The same into memory of the caller's, who may keep it: src/analyze/input.h. */
struct batch;
ssize_t source_read_into(struct source *src, struct batch *batch,
			 struct err *err);

/*
 * Reads no more from pipes: source_read hands on what was already read, then
 * ends.  For a signal that ends a live run.
 */
void source_stop(struct source *src);

/* True if it reads from a pipe: a batch may be followed by a long wait. */
bool source_is_live(const struct source *src);

/* The files, in the order they were opened.  Borrowed until source_free. */
size_t source_files(const struct source *src,
		    const struct source_file **ret_files);

/*
 * The recordings, in the order of the names: what blkparse calls each ("sda"),
 * NULL for a stream.  source_file.name is an index of it.  A recording whose
 * files are all empty is here too.  Borrowed until source_free.
 */
size_t source_labels(const struct source *src, const char *const **ret_labels);

/*
 * Damage found so far: calls @say (may be NULL) once for each damaged place
 * that is kept (SOURCE_DAMAGE_KEPT), with a sentence that names file, offset
 * and value.  Returns the number of damaged places, kept or not.
 */
uint64_t source_damage(const struct source *src,
		       void (*say)(const char *sentence, void *ctx),
		       void *ctx);

void source_free(struct source *src);
DEFINE_CLEANUP(struct source, source_free)

#endif
