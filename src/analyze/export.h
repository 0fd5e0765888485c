/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace in the form of another tool: each I/O that has ended, with what the
 * trace knows about it.
 *
 *	format = export_format_of("csv");
 *	r = export_open(&(struct export_options){ .format = format,
 *			.output = "ios.csv" }, &x, &err);
 *	export_add(x, &rec, true, 0);		for each record, in time order
 *	r = export_end(x, &err);		the output is there now
 *	export_free(x);				else it is removed
 *
 * A format is a row of the table in export_formats.c and a file of its own
 * (export_impl.h).  Memory is bounded by what is in flight and by the number
 * of names.  One thread at a time.
 */
#ifndef ANALYZE_EXPORT_H
#define ANALYZE_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/life.h"
#include "src/analyze/stats.h"
#include "src/base/cleanup.h"
#include "src/base/err.h"

struct export_format;

/* NULL = there is none of that name in this iotape. */
const struct export_format *export_format_of(const char *name);

/* The formats by number from 0; NULL behind the last. */
const char *export_format_name(size_t i);

/* Where the I/O of a device is replayed: "sda=/dev/sdb". */
struct export_map {
	const char *device; /* as the trace calls it, or MAJOR,MINOR */
	size_t device_len;
	const char *path;
};

/* Strings are borrowed until export_free. */
struct export_options {
	const struct export_format *format;
	const char *output; /* file or folder; NULL = standard output */
	struct stats_options wants; /* devices, from, to, tags, tags_at_issue;
				       the others are not looked at */
	uint64_t interval_ns; /* openmetrics, perfetto: of samples;
				 0 = 1 s, 0.1 s */
	/* of format fio */
	const struct export_map *maps;
	size_t nr_maps;
	bool by_process; /* a log for each process, not for each device */
	bool at_issue;	 /* what was issued (D), not what was queued (Q) */
};

struct export;

/* 0, or a negative errno: -EINVAL when the format needs an output. */
int export_open(const struct export_options *opts, struct export **ret_export,
		struct err *err);
void export_free(struct export *x);
DEFINE_CLEANUP(struct export, export_free)

/*
 * The next record.  @is_numbered: it comes from the file of one CPU (stats.h).
 * @tag is of opts.wants.tags, 0 without them.
 */
void export_add(struct export *x, const struct blk_rec *rec, bool is_numbered,
		uint32_t tag);

/* 0, or the error that ended the output early: nothing more can be added. */
int export_status(const struct export *x);

/* No more records: completes the output.  Returns 0 or a negative errno. */
int export_end(struct export *x, struct err *err);

/* After export_end. */
uint64_t export_lost(const struct export *x); /* events */
uint64_t export_unfit(const struct export *x); /* I/Os that the format has no
						  form for */
const struct life_counts *export_counts(const struct export *x);

#endif
