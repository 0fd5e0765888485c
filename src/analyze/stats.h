/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What iotape stat says: I/Os and requests counted and timed, by device and
 * operation, and by other keys.
 *
 *	struct stats *st = stats_new(&(struct stats_options){ .by = 0 });
 *	stats_add(st, &rec);		for each record, in time order
 *	stats_end(st);
 *	for (size_t i = 0; (dev = stats_device(st, i)); i++)
 *		...
 *	stats_free(st);
 *
 * Units: an I/O is one Q, a request is one D (src/analyze/life.h).  Times are
 * ns, sizes bytes, distances sectors of 512 bytes.  Memory is bounded: by
 * what is in flight, by the number of devices and CPUs, and by STATS_GROUPS
 * keys; I/Os of more keys are counted together in one group without a key.
 */
#ifndef ANALYZE_STATS_H
#define ANALYZE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "formats/note.h"
#include "src/analyze/dist.h"
#include "src/analyze/fold.h"
#include "src/analyze/life.h"
#include "src/analyze/tags.h"

#define STATS_GROUPS   1024u /* of one grouping */
#define STATS_DEVICES  4096u /* more are not counted apart */
#define STATS_NAME_MAX 32
#define STATS_DEPTH_BITS 4 /* 8 to 16 stretches of time */

/* Of an I/O; each only where both ends were recorded. */
enum stats_phase {
	STATS_Q2C, /* all of it */
	STATS_Q2D, /* until its first issue */
	STATS_Q2G, /* until it had a request */
	STATS_G2I, /* until that was given to the scheduler */
	STATS_Q2M, /* until it was merged */
	STATS_I2D, /* in the scheduler, until the first issue */
	STATS_D2C, /* from its last issue on; of a stacked device:
		      from the first issue below */
	STATS_Q2A, /* until it was passed on to a device below */
	STATS_PHASE_MAX
};

/* "q2c", ...: part of the JSON schema. */
const char *stats_phase_name(enum stats_phase phase);

struct stats_op {
	uint64_t ios; /* that ended */
	uint64_t bytes;
	uint64_t errors;   /* I/Os */
	uint64_t merged;   /* I/Os that came into another's request */
	uint64_t split;	   /* I/Os that became several requests */
	uint64_t requeued; /* I/Os */
	struct dist size;  /* bytes of the I/Os */
	struct dist phases[STATS_PHASE_MAX];
	/* requests that ended; not of groups */
	uint64_t requests;
	uint64_t request_bytes;
	uint64_t request_errors;
	struct dist request_size;
	struct dist request_d2c;
};

/* Requests in flight, over time: src/analyze/stats_depth.c. */
struct stats_depth {
	uint32_t now;
	uint32_t max;
	uint64_t since;	      /* time of the last change */
	uint64_t area;	      /* requests times ns; wraps after 2^64 */
	struct dist at_issue; /* depth that a request finds, itself too */
	struct fold times;    /* of areas: by the time of the records */
	uint64_t areas[1u << STATS_DEPTH_BITS];
};

/* @change: 1 or -1. */
void stats_depth_change(struct stats_depth *q, uint64_t time, int change);

/* No more changes: what is in flight stays so until @time. */
void stats_depth_end(struct stats_depth *q, uint64_t time);

struct stats_device {
	uint32_t device;
	char name[STATS_NAME_MAX];	   /* "" = unknown */
	uint64_t first, last;		   /* times of its events */
	struct stats_op *ops[LIFE_OP_MAX]; /* NULL = none of them */
	struct stats_depth depth;
	struct dist seeks;    /* absolute distances of requests, 0 too; of
				 I/Os where requests were not recorded */
	uint64_t seeks_back;  /* distances below 0 */
	uint64_t next_sector; /* where the last one ended */
	struct dist q2q;      /* between the Qs of any operation */
	uint64_t last_q;
	uint64_t plugs, unplugs, unplugs_implicit;
	uint64_t requeues; /* R */
	uint64_t lost;	   /* events */
	bool has_issue;	   /* a D was seen */
	bool has_io;
};

/*
 * The mean depth in stretch @i of the device's time, the first one is 0.
 * *ret_start, *ret_end (ns): when it was, within the device's first and last
 * event.  False behind the last stretch.
 */
bool stats_depth_mean(const struct stats_device *d, size_t i,
		      uint64_t *ret_start, uint64_t *ret_end,
		      double *ret_mean);

/* Keys of a grouping, in the order of their names in --by. */
#define STATS_BY_DEVICE	 1u
#define STATS_BY_PROCESS 2u
#define STATS_BY_CGROUP	 4u
#define STATS_BY_OP	 8u
#define STATS_BY_SIZE	 16u
#define STATS_BY_CPU	 32u
#define STATS_BY_TAG	 64u

struct stats_key {
	uint64_t cgroup;
	uint32_t device;
	uint32_t pid; /* when there is no name */
	uint32_t cpu;
	uint32_t tag;  /* stats_tag_label; 0 = none */
	uint32_t size; /* bytes: the power of two at or below */
	uint8_t op;
	bool is_rest; /* all that found no room */
	char process[BLK_COMM_LEN + 1];
};

struct stats_group {
	struct stats_key key;
	uint64_t ios, bytes;
	struct stats_op *ops[LIFE_OP_MAX];
};

struct stats_groups {
	uint32_t by;		   /* STATS_BY_* */
	bool is_brief;		/* no sizes; of the times only Q2C and D2C */
	struct stats_group **list; /* owned; after stats_end, by ios */
	size_t nr;
	uint32_t *slots; /* index + 1 in @list; private */
	struct stats_recent *recent; /* groups of processes by id; private */
};

struct stats_loss {
	uint64_t events; /* lost, all reasons */
	uint64_t by_reason[NOTE_LOSS_MAX];
	uint64_t gaps; /* of them: found as holes in the numbers */
};

struct stats_options {
	uint32_t by; /* STATS_BY_* for the third grouping; 0 = none */
	const uint32_t *devices; /* only these; borrowed */
	size_t nr_devices;	 /* 0 = all */
	uint64_t from, to;	 /* only events of these times since the first
				    one; to = 0: no end */
	bool no_top;		 /* no groups by process and by cgroup */
	const struct tags *tags; /* where the tags of stats_add_tagged are from;
				    NULL = only those of the trace count.
				    Borrowed until stats_free */
	bool tags_at_issue;	 /* the tag of an I/O is that of its D */
};

/*
 * True if the event is of one of the devices and in the time that @opts wants.
 * *@first: the time of the first event of those devices; the caller sets it to
 * LIFE_NEVER before the first call.
 */
bool stats_wants(const struct stats_options *opts, uint64_t *first,
		 const struct blk_rec *rec);

struct stats;

struct stats *stats_new(const struct stats_options *opts);
void stats_free(struct stats *st);
DEFINE_CLEANUP(struct stats, stats_free)

/*
 * The next record.  @is_numbered: it comes from the file of one CPU, where
 * the sequence numbers of a device have holes only for lost events.
 */
void stats_add(struct stats *st, const struct blk_rec *rec, bool is_numbered);

/* The same with a tag of opts.tags, which are asked for its label. */
void stats_add_tagged(struct stats *st, const struct blk_rec *rec,
		      bool is_numbered, uint32_t tag);

/* No more records. */
void stats_end(struct stats *st);

/* In the order in which they came; NULL behind the last one. */
const struct stats_device *stats_device(const struct stats *st, size_t i);

const struct stats_groups *stats_by_process(const struct stats *st);
const struct stats_groups *stats_by_cgroup(const struct stats *st);
const struct stats_groups *stats_by_keys(const struct stats *st);

const struct stats_loss *stats_loss(const struct stats *st);
const struct life_counts *stats_counts(const struct stats *st);
uint64_t stats_records(const struct stats *st); /* events, no notes */
/* ns from the first to the last event; 0 when there is none. */
uint64_t stats_span(const struct stats *st);
/* CLOCK_REALTIME of the first event in ns; 0 = unknown. */
uint64_t stats_began(const struct stats *st);
/* The label of a tag; "" for 0. */
const char *stats_tag_label(const struct stats *st, uint32_t tag);
/* The path of a cgroup, or NULL. */
const char *stats_cgroup_path(const struct stats *st, uint64_t id);

#endif
