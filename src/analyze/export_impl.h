/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the formats of an export see of it.
 *
 * A new format: a file export_NAME.c with a "const struct export_format
 * export_NAME", a line here, and a row in export_formats.c.
 *
 * Names are labels: numbers of texts that are UTF-8 without control
 * characters, 255 bytes at most (labels.h); 0 = unknown, "".
 */
#ifndef ANALYZE_EXPORT_IMPL_H
#define ANALYZE_EXPORT_IMPL_H

#include "src/analyze/export.h"
#include "src/analyze/labels.h"
#include "src/analyze/stats_impl.h"

/* An I/O that has ended.  Borrowed for the call. */
struct export_io {
	const struct life_io *io;
	uint64_t since;	 /* ns from the first event to Q */
	uint64_t wall;	 /* CLOCK_REALTIME of Q in ns; LIFE_NEVER = unknown */
	uint32_t tgid;	 /* 0 = unknown */
	uint32_t device; /* label: "sda", or "8,0" when it has no name */
	uint32_t devno;	 /* label: "8,0" */
	uint32_t origin; /* label: as device */
	uint32_t process;
	uint32_t cgroup; /* label: its path */
	uint32_t tag;	 /* label */
};

struct export_format {
	const char *name;
	bool needs_output; /* a file or folder with a name */
	bool has_ios;	   /* false: no I/Os are followed, io is NULL */
	bool has_no_names; /* of an export_io, only io is looked at */
	/*
	 * @x is valid until free; what is set as *ret_ctx is given to the
	 * others.  NULL functions are not needed.
	 */
	int (*open)(struct export *x, void **ret_ctx, struct err *err);
	void (*io)(void *ctx, const struct export_io *io);
	/* each event that is wanted, before what it leads to */
	void (*event)(void *ctx, const struct blk_rec *rec);
	/* private notes, when they have been looked at */
	void (*note)(void *ctx, const struct blk_rec *rec,
		     const struct note *note);
	void (*issue)(void *ctx, const struct life_request *rq);
	void (*request)(void *ctx, const struct life_request *rq);
	void (*back)(void *ctx, const struct life_request *rq);
	int (*status)(const void *ctx);
	int (*end)(void *ctx, struct err *err);
	void (*free)(void *ctx);
};

struct export {
	struct export_options opts;
	void *ctx;
	struct life *life;
	struct labels labels;
	struct names names;
	struct stats_lanes lanes;
	struct map64 processes;	 /* pid -> label */
	struct map64 tgids;	 /* pid -> tgid */
	struct map64 devices;	 /* device -> label of its name */
	struct map64 devnos;	 /* device -> label of MAJOR,MINOR */
	struct map64 cgroups;	 /* id -> label of its path */
	struct map64 trace_tags; /* of the trace -> label */
	struct map64 given_tags; /* of opts.wants.tags -> label */
	uint64_t first, last;	 /* times of events; LIFE_NEVER = none yet */
	uint64_t clock_offset;	 /* realtime - monotonic; 0 = unknown */
	uint64_t nr_lost;
	uint64_t nr_unfit;
	bool has_wall;
};

/* The label of a device's name; never 0. */
uint32_t export_device(struct export *x, uint32_t device);
/* The label of "8,0". */
uint32_t export_devno(struct export *x, uint32_t device);
/* The label of a thread's name, or 0. */
uint32_t export_process(const struct export *x, uint32_t pid);
/* The label of a cgroup's path, or 0. */
uint32_t export_cgroup(const struct export *x, uint64_t cgroup);
/* The process that a thread belongs to, or 0. */
uint32_t export_tgid(const struct export *x, uint32_t pid);
/* CLOCK_REALTIME of an event's time in ns; LIFE_NEVER = unknown. */
uint64_t export_wall(const struct export *x, uint64_t time);

extern const struct export_format export_csv;
extern const struct export_format export_jsonl;
extern const struct export_format export_fio;
extern const struct export_format export_openmetrics;
extern const struct export_format export_perfetto;
#ifdef HAVE_SQLITE
extern const struct export_format export_sqlite;
#endif

#endif
