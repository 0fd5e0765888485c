/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which line blkparse 1.2.0 prints for an event, if it prints one.
 */
#ifndef ANALYZE_ACT_H
#define ANALYZE_ACT_H

#include <stdbool.h>

#include "formats/blk.h"

/* What stands behind the header of the line. */
enum act_tail {
	ACT_TAIL_NONE,		/* there is no such line */
	ACT_TAIL_MERGE,		/* sector + n [name] */
	ACT_TAIL_IO,		/* the same, with a time if it is known */
	ACT_TAIL_END,		/* sector + n [error] */
	ACT_TAIL_NAME,		/* [name] */
	ACT_TAIL_COUNT,		/* [name] n */
	ACT_TAIL_REMAP,		/* sector + n <- (dev) sector */
	ACT_TAIL_SPLIT,		/* sector / sector [name] */
	ACT_TAIL_MAX
};

struct act {
	char letter[3];
	char column[4];		/* the letter in two columns, and a blank */
	enum act_tail tail;
	bool is_pc;		/* printed for passthrough too */
	bool has_cdb;		/* there with its payload */
};

/*
 * The row for an event; NULL if it has no line: an unknown code, one that
 * carries a cgroup id, driver data, a kind that passthrough does not have.
 */
const struct act *act_of(const struct blk_rec *rec);

/* The one record that is a note and still has its turn and its line. */
static inline bool act_is_message(const struct blk_rec *rec)
{
	return rec->action == (BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_MESSAGE);
}

/* The same, also with a cgroup id: so blkparse 1.3 has it. */
static inline bool act_is_any_message(const struct blk_rec *rec)
{
	return (rec->action & ~(uint64_t)BLK_ACT_CGROUP) ==
	       (BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_MESSAGE);
}

/* A note that blkparse handles when it reads it. */
static inline bool act_is_early_note(const struct blk_rec *rec)
{
	return blk_is_notify(rec) && !act_is_message(rec);
}

static inline bool act_is_pc(const struct blk_rec *rec)
{
	return blk_has(rec, BLK_TC_PC);
}

#endif
