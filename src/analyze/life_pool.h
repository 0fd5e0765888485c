/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is in flight, for life.c only: pools of I/Os, of their pieces and of
 * requests, with free lists, two hash tables keyed by device and sector, and
 * the order of age.  Everything is named by its index, POOL_NIL is none;
 * pointers are valid until the next pool_new_*.
 *
 * Nothing is allocated once the pools have grown to what is in flight.
 */
#ifndef ANALYZE_LIFE_POOL_H
#define ANALYZE_LIFE_POOL_H

#include "src/analyze/life.h"

#define POOL_NIL   UINT32_MAX
#define POOL_FLUSH (UINT64_MAX - 1) /* "sector" of a flush */
#define POOL_PC	   (UINT64_MAX - 2) /* ... of a passthrough request */

/* A contiguous part of an I/O that is issued as one. */
struct pool_piece {
	uint64_t start; /* sectors; POOL_FLUSH */
	uint64_t end;
	uint32_t device;
	uint32_t io;   /* POOL_NIL: it was dropped */
	uint32_t next; /* in its bucket, its request or the free list */
	uint32_t before, after; /* the other pieces of the I/O */
	uint8_t op;
	bool is_issued; /* in a request, not in the table */
	bool is_final;	/* data done: waits for the end of a flush */
};

struct pool_io {
	struct life_io io;
	uint32_t first;	     /* of its pieces that have not ended */
	uint32_t generation; /* tells reused slots apart */
	uint32_t parent;     /* I/O of the device above, or POOL_NIL */
	uint32_t parent_generation;
	uint32_t older, newer; /* by age; the free list uses older */
};

struct pool_rq {
	struct life_request rq;
	uint64_t start; /* first sector that has not completed */
	uint64_t end;
	uint64_t again; /* D once more without R, the last one; 0 = none */
	uint32_t first, last; /* its pieces */
	uint32_t next;	      /* in its bucket */
	uint32_t older, newer;
	bool is_used;
};

struct pool_table {
	uint32_t *heads;
	uint32_t mask; /* buckets - 1 */
	uint32_t nr;
};

struct pool {
	struct pool_piece *pieces;
	struct pool_io *ios;
	struct pool_rq *rqs;
	uint32_t nr_pieces, cap_pieces, free_piece;
	uint32_t nr_ios, cap_ios, free_io;
	uint32_t nr_rqs, cap_rqs, free_rq;
	uint32_t live_ios, live_rqs;
	uint32_t oldest_io, newest_io;
	uint32_t oldest_rq, newest_rq;
	struct pool_table waiting; /* pieces */
	struct pool_table issued;  /* requests */
};

void pool_init(struct pool *p);
void pool_release(struct pool *p);

/* A zeroed slot as the newest; its generation is new. */
uint32_t pool_new_io(struct pool *p);
uint32_t pool_new_rq(struct pool *p);

/* A piece of @io, linked to it; the rest is not set. */
uint32_t pool_new_piece(struct pool *p, uint32_t io);
void pool_free_io(struct pool *p, uint32_t io);
void pool_free_rq(struct pool *p, uint32_t rq);
void pool_free_piece(struct pool *p, uint32_t piece);

/* Puts it in front of its bucket: the newest comes first. */
void pool_wait(struct pool *p, uint32_t piece);
void pool_unwait(struct pool *p, uint32_t piece);
void pool_issue(struct pool *p, uint32_t rq);
void pool_unissue(struct pool *p, uint32_t rq);

static inline uint32_t pool_bucket(const struct pool_table *t, uint32_t device,
				   uint64_t sector)
{
	uint64_t h = (sector ^ (uint64_t)device << 40) *
		     UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(h >> 32) & t->mask;
}

/* The first of a bucket; go on with ->next, others may be in it as well. */
static inline uint32_t pool_first_waiting(const struct pool *p, uint32_t device,
					  uint64_t sector)
{
	return p->waiting.heads[pool_bucket(&p->waiting, device, sector)];
}

static inline uint32_t pool_first_issued(const struct pool *p, uint32_t device,
					 uint64_t sector)
{
	return p->issued.heads[pool_bucket(&p->issued, device, sector)];
}

#endif
