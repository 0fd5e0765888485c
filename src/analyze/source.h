/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Anything that is a trace, as one stream of records in time order.
 *
 *	_cleanup_(source_freep) struct source *src = NULL;
 *	const struct blk_rec *recs;
 *	ssize_t n;
 *
 *	r = source_open(names, nr_names, &(struct source_options){ 0 },
 *			&src, &err);
 *	while ((n = source_read(src, &recs, &err)) > 0)
 *		for (ssize_t i = 0; i < n; i++)
 *			...
 *
 * A name is what blkparse -i takes: "sda", "dir/sda" or "sda.blktrace.0" (the
 * files NAME.blktrace.0, .1, ... of one recording), "-" or the path of a pipe
 * (one stream of all CPUs), or the path of a merged dump.
 *
 * Records come in the order of their times; equal times in the order of the
 * files.  Notes (process names, timestamps, private records) come in this
 * order too: a reader that needs all names before the first event has to
 * look for itself.  Memory is bounded by the number of files, not by their
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

struct source_options {
	const char *dir;	/* put before each name; NULL = none */
	bool is_live;		/* hand records on as soon as they are known
				   to be in order, not only full batches */
};

/* A file of the trace, and what was wrong with it. */
struct source_file {
	const char *path;	/* borrowed until source_free */
	uint64_t nr_records;	/* read so far, notes included */
	uint64_t nr_bytes;	/* read so far */
	uint64_t nr_bad;	/* damaged places: bad magic, cut tail, ... */
	uint64_t nr_late;	/* records before one that came earlier */
	int cpu;		/* of the name; -1 for a pipe or a dump */
};

/*
 * Opens @nr names.  Returns 0, or a negative errno: -ENOENT when a name has
 * no file, -EBADMSG when a file is not a trace at all.
 */
int source_open(const char *const *names, size_t nr,
		const struct source_options *opts, struct source **ret_src,
		struct err *err);

/*
 * The next records.  Returns their number, 0 at the end, or a negative errno
 * (a read failed; damage is not an error, see source_damage).  The records
 * and their payloads are borrowed until the next call.  Blocks on a pipe until
 * at least one record is there.
 */
ssize_t source_read(struct source *src, const struct blk_rec **ret_recs,
		    struct err *err);

/* The files, in the order they were opened.  Borrowed until source_free. */
size_t source_files(const struct source *src,
		    const struct source_file **ret_files);

/*
 * Damage found so far: calls @say once for each damaged place that is kept
 * (the first 64), with a sentence that names file, CPU, offset and value.
 * Returns the number of damaged places, kept or not.
 */
uint64_t source_damage(const struct source *src,
		       void (*say)(const char *sentence, void *ctx),
		       void *ctx);

void source_free(struct source *src);
DEFINE_CLEANUP(struct source, source_free)

#endif
