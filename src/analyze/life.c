/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From Q to I, and the stream; life_rq.c goes on with D.  The rules are in
 * life.h; how things are stored is in life_pool.h.
 *
 * A remap (A) and the Q that it leads to come from the same thread, one right
 * after the other, but other CPUs' records may stand between them: so what A
 * said is kept per CPU until the next Q of that thread at that sector.
 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "src/analyze/life.h"
#include "src/analyze/life_impl.h"
#include "src/base/xalloc.h"

#define SAME_MAX 256u /* in flight at one sector */

static const char *const op_names[] = {
	[LIFE_READ] = "read",
	[LIFE_WRITE] = "write",
	[LIFE_DISCARD] = "discard",
	[LIFE_FLUSH] = "flush",
	[LIFE_ZEROES] = "write_zeroes",
	[LIFE_ZONE] = "zone",
	[LIFE_PASSTHROUGH] = "passthrough",
};

static_assert(ARRAY_SIZE(op_names) == LIFE_OP_MAX, "each op has a name");

const char *life_op_name(enum life_op op)
{
	return op_names[op];
}

enum life_op life_op_of(const struct blk_rec *rec)
{
	uint64_t tc = blk_categories(rec);

	if (!(tc & ~(uint64_t)(BLK_TC_READ | BLK_TC_WRITE | BLK_TC_SYNC |
			       BLK_TC_QUEUE | BLK_TC_ISSUE | BLK_TC_COMPLETE |
			       BLK_TC_FS | BLK_TC_META | BLK_TC_AHEAD)))
		return tc & BLK_TC_READ ? LIFE_READ : LIFE_WRITE;
	if (tc & BLK_TC_PC)
		return LIFE_PASSTHROUGH;
	if (tc & BLK_TC_DISCARD)
		return LIFE_DISCARD;
	if (tc & BLK_TC_WRITE_ZEROES)
		return LIFE_ZEROES;
	if (tc & (BLK_TC_ZONE_RESET | BLK_TC_ZONE_RESET_ALL |
		  BLK_TC_ZONE_FINISH | BLK_TC_ZONE_OPEN | BLK_TC_ZONE_CLOSE))
		return LIFE_ZONE;
	if (tc & BLK_TC_FLUSH && !rec->bytes)
		return LIFE_FLUSH;
	return tc & BLK_TC_READ ? LIFE_READ : LIFE_WRITE;
}

struct life *life_new(const struct life_sink *sink)
{
	struct life *l = xcalloc(1, sizeof(*l));

	l->sink = *sink;
	pool_init(&l->pool);
	for (unsigned int i = 0; i < LIFE_REMAPS; i++)
		l->remaps[i].sector = LIFE_NEVER;
	return l;
}

void life_free(struct life *l)
{
	if (!l)
		return;
	pool_release(&l->pool);
	free(l);
}

const struct life_counts *life_counts(const struct life *l)
{
	return &l->counts;
}

static uint8_t flags_of(uint64_t tc, uint32_t bytes)
{
	return (uint8_t)((tc & BLK_TC_SYNC ? LIFE_IO_SYNC : 0) |
			 (tc & BLK_TC_META ? LIFE_IO_META : 0) |
			 (tc & BLK_TC_AHEAD ? LIFE_IO_AHEAD : 0) |
			 (tc & BLK_TC_FUA ? LIFE_IO_FUA : 0) |
			 (tc & BLK_TC_FLUSH && bytes ? LIFE_IO_PREFLUSH : 0));
}

/* Expires what stands at the sector of a new I/O and cannot be alive. */
static void expire_same_io(struct life *l, uint32_t device, uint64_t sector,
			   uint64_t time)
{
	const struct pool *p = &l->pool;
	uint32_t oldest = POOL_NIL;
	unsigned int nr = 0;

	for (uint32_t k = pool_first_waiting(p, device, sector); k != POOL_NIL;
	     k = p->pieces[k].next) {
		if (p->pieces[k].start != sector ||
		    p->pieces[k].device != device)
			continue;
		nr++;
		oldest = k;
	}
	if (!nr)
		return;
	if (nr >= SAME_MAX ||
	    time - p->ios[p->pieces[oldest].io].io.q > LIFE_STALE)
		life_expire_io(l, p->pieces[oldest].io);
}

static void take_remap(struct life *l, const struct blk_rec *rec,
		       struct pool_io *s)
{
	struct remap *a = &l->remaps[rec->cpu & (LIFE_REMAPS - 1)];

	if (a->sector != rec->sector || a->pid != rec->pid)
		return;
	s->io.origin = a->origin;
	s->parent = a->parent;
	s->parent_generation = a->parent_generation;
	a->sector = LIFE_NEVER;
}

static void add_queue(struct life *l, const struct blk_rec *rec,
		      uint64_t cgroup)
{
	enum life_op op = life_op_of(rec);
	uint64_t start = life_start_of(rec, op);
	struct pool *p = &l->pool;
	struct pool_piece *piece;
	uint32_t i, k;

	l->counts.ios_begun++;
	expire_same_io(l, rec->device, start, rec->time);
	if (p->live_ios >= LIFE_MAX)
		life_expire_io(l, p->oldest_io);
	i = pool_new_io(p);
	p->ios[i].io = (struct life_io){
		.q = rec->time,
		.g = LIFE_NEVER,
		.i = LIFE_NEVER,
		.m = LIFE_NEVER,
		.a = LIFE_NEVER,
		.d1 = LIFE_NEVER,
		.d = LIFE_NEVER,
		.low = LIFE_NEVER,
		.c = LIFE_NEVER,
		.sector = rec->sector,
		.cgroup = cgroup,
		.bytes = rec->bytes,
		.device = rec->device,
		.pid = rec->pid,
		.cpu = rec->cpu,
		.tag = l->is_tag_at_issue ? 0 : l->tag,
		.op = (uint8_t)op,
		.flags = flags_of(blk_categories(rec), rec->bytes),
	};
	take_remap(l, rec, &p->ios[i]);
	k = pool_new_piece(p, i);
	piece = &p->pieces[k];
	piece->device = rec->device;
	piece->op = (uint8_t)op;
	piece->start = start;
	piece->end = start + (rec->bytes >> 9);
	pool_wait(p, k);
}

static void add_remap(struct life *l, const struct blk_rec *rec)
{
	struct remap *a = &l->remaps[rec->cpu & (LIFE_REMAPS - 1)];
	uint32_t k, parent = POOL_NIL, generation = 0;
	struct blk_remap from;

	if (blk_get_remap(rec, &from))
		return;
	k = life_find_waiting(l, from.device_from,
			      rec->bytes ? from.sector_from : POOL_FLUSH,
			      (uint8_t)life_op_of(rec), PICK_OLDEST, 0);
	if (k != POOL_NIL) {
		struct pool_io *up = &l->pool.ios[l->pool.pieces[k].io];

		parent = l->pool.pieces[k].io;
		generation = up->generation;
		if (up->io.a == LIFE_NEVER)
			up->io.a = rec->time;
	} else if (a->sector == from.sector_from && a->pid == rec->pid) {
		/* from a dm device to a partition, and on to its disk */
		parent = a->parent;
		generation = a->parent_generation;
	}
	*a = (struct remap){
		.sector = rec->sector,
		.pid = rec->pid,
		.origin = from.device_from,
		.parent = parent,
		.parent_generation = generation,
	};
}

static void add_split(struct life *l, const struct blk_rec *rec)
{
	uint64_t second;
	uint32_t k;

	if (blk_get_u64(rec, &second))
		return;
	k = life_find_waiting(l, rec->device, rec->sector,
			      (uint8_t)life_op_of(rec), PICK_OLDEST, rec->pid);
	if (k == POOL_NIL)
		l->counts.unmatched++;
	else if (second > rec->sector && second < l->pool.pieces[k].end)
		life_cut_piece(l, k, second);
}

static void add_getrq(struct life *l, const struct blk_rec *rec)
{
	enum life_op op = life_op_of(rec);
	uint32_t k = life_find_waiting(l, rec->device, life_start_of(rec, op),
				       (uint8_t)op, PICK_ALLOCATE, rec->pid);

	if (k != POOL_NIL)
		l->pool.ios[l->pool.pieces[k].io].io.g = rec->time;
}

static void add_merge(struct life *l, const struct blk_rec *rec)
{
	enum life_op op = life_op_of(rec);
	struct life_io *io;
	uint32_t k;

	if (blk_has(rec, BLK_TC_FS)) {
		/* two requests become one: each I/O has its G or M already */
		l->counts.request_merges++;
		return;
	}
	k = life_find_waiting(l, rec->device, life_start_of(rec, op),
			      (uint8_t)op, PICK_ALLOCATE, rec->pid);
	if (k == POOL_NIL) {
		l->counts.unmatched++;
		return;
	}
	io = &l->pool.ios[l->pool.pieces[k].io].io;
	io->m = rec->time;
	io->flags |= LIFE_IO_MERGED;
}

static void add_insert(struct life *l, const struct blk_rec *rec)
{
	enum life_op op = life_op_of(rec);
	uint64_t at = life_start_of(rec, op), end = at + (rec->bytes >> 9);

	do {
		uint32_t k = life_find_waiting(l, rec->device, at, (uint8_t)op,
					       PICK_INSERT, 0);

		if (k == POOL_NIL)
			return;
		l->pool.ios[l->pool.pieces[k].io].io.i = rec->time;
		at = l->pool.pieces[k].end;
	} while (at < end);
}

void life_tag(struct life *l, uint32_t tag)
{
	l->tag = tag;
}

void life_tag_at_issue(struct life *l)
{
	l->is_tag_at_issue = true;
}

void life_add(struct life *l, const struct blk_rec *rec, uint64_t cgroup)
{
	if (blk_is_notify(rec))
		return;
	switch (blk_code(rec)) {
	case BLK_ACT_QUEUE:
		add_queue(l, rec, cgroup);
		break;
	case BLK_ACT_BACKMERGE:
	case BLK_ACT_FRONTMERGE:
		add_merge(l, rec);
		break;
	case BLK_ACT_GETRQ:
		add_getrq(l, rec);
		break;
	case BLK_ACT_REQUEUE:
		life_add_requeue(l, rec);
		break;
	case BLK_ACT_ISSUE:
		life_add_issue(l, rec);
		break;
	case BLK_ACT_COMPLETE:
		life_add_complete(l, rec);
		break;
	case BLK_ACT_INSERT:
		add_insert(l, rec);
		break;
	case BLK_ACT_SPLIT:
		add_split(l, rec);
		break;
	case BLK_ACT_REMAP:
		add_remap(l, rec);
		break;
	}
}

void life_lost(struct life *l, uint32_t device)
{
	struct pool *p = &l->pool;
	uint32_t newer;

	for (uint32_t i = p->oldest_io; i != POOL_NIL; i = newer) {
		newer = p->ios[i].newer;
		if (device && p->ios[i].io.device != device)
			continue;
		l->counts.ios_cut++;
		life_drop_io(l, i);
	}
	for (uint32_t i = p->oldest_rq; i != POOL_NIL; i = newer) {
		newer = p->rqs[i].newer;
		if (device && p->rqs[i].rq.device != device)
			continue;
		l->counts.requests_cut++;
		life_drop_rq(l, i);
	}
}

void life_end(struct life *l)
{
	struct pool *p = &l->pool;
	uint32_t newer;

	for (uint32_t i = p->oldest_io; i != POOL_NIL; i = newer) {
		newer = p->ios[i].newer;
		(void)life_end_final(l, i);
	}
	l->counts.ios_in_flight = p->live_ios;
	l->counts.requests_in_flight = p->live_rqs;
}
