/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What life.c (Q to I), life_rq.c (requests) and life_io.c (I/Os and their
 * pieces) share.
 */
#ifndef ANALYZE_LIFE_IMPL_H
#define ANALYZE_LIFE_IMPL_H

#include "src/analyze/life.h"
#include "src/analyze/life_pool.h"

#define LIFE_REMAPS	256u /* by CPU; a power of two */
#define LIFE_PIECES_MAX (4 * LIFE_MAX)

struct remap {
	uint64_t sector; /* where it led to; LIFE_NEVER = empty */
	uint32_t pid;
	uint32_t origin;
	uint32_t parent, parent_generation;
};

struct life {
	struct life_sink sink;
	struct life_counts counts;
	struct pool pool;
	struct remap remaps[LIFE_REMAPS];
	uint64_t nr_back; /* I/Os that R gave back */
	uint32_t tag; /* of the next Q, or of the next D */
	bool is_tag_at_issue;
};

/* Which of the waiting pieces that begin at a sector. */
enum pick {
	PICK_OLDEST,   /* any */
	PICK_ISSUE,    /* the oldest; after G or M if there is one */
	PICK_ALLOCATE, /* the newest without G and M */
	PICK_INSERT,   /* the oldest without I */
	PICK_FINAL,    /* the oldest that waits for its flush */
};

/* Where its pieces begin: a sector, or what stands for one. */
static inline uint64_t life_start_of(const struct blk_rec *rec,
				     enum life_op op)
{
	return op == LIFE_FLUSH		? POOL_FLUSH
	       : op == LIFE_PASSTHROUGH ? POOL_PC
					: rec->sector;
}

/* Records of requests. */
void life_add_issue(struct life *l, const struct blk_rec *rec);
void life_add_requeue(struct life *l, const struct blk_rec *rec);
void life_add_complete(struct life *l, const struct blk_rec *rec);

/* One piece of an I/O has ended; the I/O as well, if it was the last. */
void life_end_piece(struct life *l, uint32_t piece, uint64_t time,
		    uint16_t error);

/*
 * What is known of an I/O that will not end by itself: when only the end of
 * its flush sequence is missing, its data has ended.  True if it was ended.
 */
bool life_end_final(struct life *l, uint32_t io);

/* Forgets an I/O; its issued pieces stay in their requests as orphans. */
void life_drop_io(struct life *l, uint32_t io);
void life_expire_io(struct life *l, uint32_t io);

/* Forgets a request and the parts of I/Os in it. */
void life_drop_rq(struct life *l, uint32_t rq);
void life_expire_rq(struct life *l, uint32_t rq);

/*
 * Before a piece leaves its request: a D of the same request once more counts for
 * its I/O.  Not earlier, since each may be of all pieces there are.
 */
void life_leave_rq(struct pool *p, uint32_t rq, uint32_t piece);

/* The I/Os above learn when the first part of them was issued. */
void life_tell_issue_above(struct life *l, const struct pool_io *io,
			   uint64_t time);

/* The piece that is meant, or POOL_NIL. */
uint32_t life_find_waiting(const struct life *l, uint32_t device,
			   uint64_t sector, uint8_t op, enum pick pick,
			   uint32_t pid);

/* Cuts a waiting piece in two; the second part waits as well. */
void life_cut_piece(struct life *l, uint32_t piece, uint64_t sector);

#endif
