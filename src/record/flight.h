/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last stretch of a recording, in a file in memory that outlives the
 * recorder: events as they came out of the rings, and beside them, where
 * nothing pushes it out, who the threads and the cgroups are, and what the
 * clocks showed.
 *
 *	r = flight_new(path, &opts, &flight, &err);
 *	flight_add(flight, cpu, event, nr_lost);		each
 *	cursor = flight_begin(flight);
 *	while (flight_chunk(cursor, &chunk))
 *		for (pos = 0; (ev = flight_event(&chunk, &pos)); )
 *			use(chunk.cpu, ev);
 *	flight_end(cursor);
 *
 * The memory is chunks of one CPU's events each; when there is no free one,
 * the chunk whose last event is oldest is used again.  So everything from
 * flight_from() on is there, of every CPU, busy or idle.  The layout is that
 * of one version of iotape on one machine: a file of another one is refused.
 */
#ifndef RECORD_FLIGHT_H
#define RECORD_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/cfg.h"
#include "src/base/err.h"
#include "src/record/cgroups.h"
#include "src/record/dev.h"
#include "src/record/flight_clocks.h"
#include "src/record/tasks.h"

#define FLIGHT_BYTES_MIN	((uint64_t)8 << 20)
#define FLIGHT_BYTES_DEFAULT	((uint64_t)128 << 20)

/* What a recording needs to be written: stored in the file. */
struct flight_options {
	uint64_t bytes;		/* of the file */
	uint64_t ns;		/* hand out no more than that; 0 = all */
	uint64_t started;	/* ns: no event is older */
	uint32_t nr_cpus;
	uint32_t nr_devs;	/* so far */
	uint32_t max_devs;	/* room for as many, nr_devs or more */
	uint32_t has_patterns;	/* names of files as where devices may come */
	uint32_t cgroup;	/* enum trace_cgroup */
	uint32_t version;	/* of the records: 7 or 8 */
	uint32_t has_cmdline;
};

struct flight;

/*
 * Makes the file at @path, which must not exist, with all its memory: -ENOSPC
 * when there is not that much.  @devs, opts->nr_devs of them, are copied.
 */
int flight_new(const char *path, const struct flight_options *opts,
	       const struct dev *devs, struct flight **ret_flight,
	       struct err *err);

/*
 * Opens a file that a recorder left behind.  -EBUSY while the recorder runs;
 * -EBADMSG when it is something else, or of another iotape.
 */
int flight_open(const char *path, struct flight **ret_flight,
		struct err *err);

/* NULL is fine.  The file stays. */
void flight_free(struct flight *flight);

/* One more device; opts.nr_devs is below opts.max_devs. */
void flight_add_dev(struct flight *flight, const struct dev *dev);

/* Device @i has @sectors now. */
void flight_resize_dev(struct flight *flight, size_t i, uint64_t sectors);

/* All of these are borrowed, and lie in the file. */
const struct flight_options *flight_options(const struct flight *flight);
const struct dev *flight_devs(const struct flight *flight);
struct tasks *flight_tasks(struct flight *flight);
struct cgroups_names *flight_cgroups(struct flight *flight);
struct flight_clocks *flight_clocks(struct flight *flight);

/* @lost events of this device and CPU are missing right before @event. */
void flight_add(struct flight *flight, unsigned int cpu,
		const struct ring_event *event, uint32_t lost);

/* ns: no event that is newer than this was pushed out; at first, when it
 * started. */
uint64_t flight_from(const struct flight *flight);

/* ns: the time of the newest event; 0 = there is none. */
uint64_t flight_to(const struct flight *flight);

struct flight_chunk {
	unsigned int cpu;
	uint32_t used;
	const uint8_t *bytes;	/* valid until the next flight_add */
};

struct flight_cursor;

/* The chunks that there are now, in the order in which they are used again.
 * flight_add may go on meanwhile. */
struct flight_cursor *flight_begin(struct flight *flight);

/* The next one; those that were used again meanwhile are left out. */
bool flight_chunk(struct flight_cursor *cursor, struct flight_chunk *ret);

/* The next event, whose field "lost" is the number given to flight_add; NULL
 * at the end of the chunk.  *@pos begins with 0. */
const struct ring_event *flight_event(const struct flight_chunk *chunk,
				      uint32_t *pos);

/* Returns how many chunks were left out. */
size_t flight_end(struct flight_cursor *cursor);

#endif
