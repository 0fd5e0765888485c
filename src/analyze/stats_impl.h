/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stats.c (events), stats_note.c, stats_group.c and stats_lane.c share.
 */
#ifndef ANALYZE_STATS_IMPL_H
#define ANALYZE_STATS_IMPL_H

#include "src/analyze/labels.h"
#include "src/analyze/names.h"
#include "src/analyze/stats.h"

struct stats_op *stats_op_new(uint8_t bits);
void stats_op_free(struct stats_op *op);
/* Counts a finished I/O.  @is_brief: of its times only Q2C and D2C. */
void stats_op_add(struct stats_op *op, const struct life_io *io, bool is_brief);

void stats_groups_add(struct stats_groups *g, const struct life_io *io,
		      const struct names *names);
/* A process has a new name: its I/Os may belong to another group. */
void stats_groups_renamed(struct stats_groups *g);
/* Sorts by I/Os, the rest last. */
void stats_groups_end(struct stats_groups *g);
void stats_groups_release(struct stats_groups *g);

/* The events of a device on one CPU. */
struct stats_lane {
	uint32_t device, cpu;
	uint32_t next;	     /* sequence that should come */
	uint32_t nr_missing; /* of the last hole, not yet believed */
	uint32_t patience;   /* events until it is believed */
	uint64_t credit;     /* lost events that a note has told of */
	uint64_t cgroup;     /* that the events are charged to */
	uint32_t tag;	     /* that they have */
	bool is_begun;
};

struct stats_lanes {
	struct stats_lane *slots; /* open addressing */
	size_t nr, cap;
	struct stats_lane *last; /* the one asked for before */
};

struct stats_lane *stats_lane(struct stats_lanes *lanes, uint32_t device,
			      uint32_t cpu);
/* Returns how many events are known by now to be missing. */
uint64_t stats_lane_see(struct stats_lane *lane, uint32_t sequence);
/* The same at the end. */
uint64_t stats_lane_end(struct stats_lane *lane);
void stats_lanes_release(struct stats_lanes *lanes);

struct stats_cgroup {
	uint64_t id;
	char *path;
};

struct stats {
	struct stats_options opts;
	struct life *life;
	struct names names;
	struct stats_device **devices;
	size_t nr_devices, cap_devices;
	struct stats_device *recent; /* the one asked for before */
	struct stats_groups process, cgroup, keys;
	struct labels labels;
	struct map64 tags; /* of the trace -> number of the label */
	struct stats_cgroup *paths;
	size_t nr_paths, cap_paths;
	struct stats_lanes lanes;
	struct stats_loss loss;
	uint64_t nr_records, first, last;
	uint64_t clock_offset; /* realtime - monotonic; 0 = unknown */
};

/* Its results; NULL if there are too many devices. */
struct stats_device *stats_device_of(struct stats *st, uint32_t device);
/* A record that is no event. */
void stats_add_note(struct stats *st, const struct blk_rec *rec);
/* @nr events of a device, 0 = unknown, are missing: enum note_loss. */
void stats_lose(struct stats *st, uint32_t device, uint64_t nr,
		uint32_t reason);

#endif
