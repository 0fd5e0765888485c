/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How I/Os and requests end or are given up, and which piece is meant.
 */
#include "config.h"

#include "src/analyze/life_impl.h"

/* ---- I/Os ------------------------------------------------------------------
 */

/* The I/O of the device above, if it is still in flight. */
static struct pool_io *parent_of(struct life *l, const struct pool_io *s)
{
	struct pool_io *up;

	if (s->parent == POOL_NIL)
		return NULL;
	up = &l->pool.ios[s->parent];
	return up->generation == s->parent_generation ? up : NULL;
}

void life_tell_issue_above(struct life *l, const struct pool_io *s,
			   uint64_t time)
{
	struct pool_io *up = parent_of(l, s);

	for (int depth = 0; up && depth < 16; depth++) {
		if (up->io.d1 == LIFE_NEVER)
			up->io.d1 = time;
		up->io.d = up->io.d1;
		up->io.flags |= LIFE_IO_BELOW;
		up = parent_of(l, up);
	}
}

void life_leave_rq(struct pool *p, uint32_t rq, uint32_t piece)
{
	uint32_t io = p->pieces[piece].io;

	/* what lies below counts for those that something does */
	if (io != POOL_NIL && p->ios[io].io.d < p->rqs[rq].again &&
	    !(p->ios[io].io.flags & LIFE_IO_BELOW))
		p->ios[io].io.d = p->rqs[rq].again;
}

static void end_io(struct life *l, uint32_t i, uint64_t time)
{
	struct pool_io *s = &l->pool.ios[i];
	struct pool_io *up = parent_of(l, s);

	if (s->io.c == LIFE_NEVER || time > s->io.c)
		s->io.c = time;
	if (up)
		up->io.low = s->io.c;
	l->counts.ios_ended++;
	if (l->sink.io)
		l->sink.io(l->sink.ctx, &s->io);
	pool_free_io(&l->pool, i);
}

/* One piece of an I/O has ended. */
void life_end_piece(struct life *l, uint32_t piece, uint64_t time,
		    uint16_t error)
{
	uint32_t i = l->pool.pieces[piece].io;
	struct pool_io *s = &l->pool.ios[i];

	pool_free_piece(&l->pool, piece);
	if (i == POOL_NIL)
		return;
	if (error)
		s->io.error = error;
	if (s->first == POOL_NIL)
		end_io(l, i, time);
}

/* Forgets an I/O; its issued pieces stay in their requests as orphans. */
void life_drop_io(struct life *l, uint32_t i)
{
	struct pool *p = &l->pool;
	uint32_t next;

	for (uint32_t k = p->ios[i].first; k != POOL_NIL; k = next) {
		next = p->pieces[k].after;
		if (p->pieces[k].is_issued) {
			p->pieces[k].io = POOL_NIL;
			continue;
		}
		pool_unwait(p, k);
		p->pieces[k].io = POOL_NIL;
		pool_free_piece(p, k);
	}
	pool_free_io(p, i);
}

/*
 * What is known of an I/O that will not end by itself: when only the end of
 * its flush sequence is missing, its data has ended.  True if it was ended.
 */
bool life_end_final(struct life *l, uint32_t i)
{
	struct pool *p = &l->pool;
	uint32_t k = p->ios[i].first;

	if (p->ios[i].io.c == LIFE_NEVER)
		return false;
	for (; k != POOL_NIL; k = p->pieces[k].after)
		if (!p->pieces[k].is_final || p->pieces[k].is_issued)
			return false;
	while ((k = p->ios[i].first) != POOL_NIL) {
		pool_unwait(p, k);
		pool_free_piece(p, k);
	}
	end_io(l, i, p->ios[i].io.c);
	return true;
}

void life_expire_io(struct life *l, uint32_t i)
{
	if (life_end_final(l, i))
		return;
	l->counts.ios_expired++;
	life_drop_io(l, i);
}

/* Forgets a request and the parts of I/Os in it. */
void life_drop_rq(struct life *l, uint32_t i)
{
	struct pool *p = &l->pool;
	uint32_t next;

	pool_unissue(p, i);
	for (uint32_t k = p->rqs[i].first; k != POOL_NIL; k = next) {
		uint32_t io = p->pieces[k].io;

		next = p->pieces[k].next;
		life_leave_rq(p, i, k);
		pool_free_piece(p, k);
		if (io != POOL_NIL && p->ios[io].first == POOL_NIL) {
			l->counts.ios_expired++;
			pool_free_io(p, io);
		}
	}
	if (l->sink.back)
		l->sink.back(l->sink.ctx, &p->rqs[i].rq);
	pool_free_rq(p, i);
}

void life_expire_rq(struct life *l, uint32_t i)
{
	l->counts.requests_expired++;
	life_drop_rq(l, i);
}

/* ---- waiting pieces --------------------------------------------------------
 */

static bool fits(const struct pool *p, const struct pool_piece *s,
		 enum pick pick)
{
	const struct life_io *io = &p->ios[s->io].io;

	if (s->is_final != (pick == PICK_FINAL))
		return false;
	switch (pick) {
	case PICK_OLDEST:
	case PICK_ISSUE:
	case PICK_FINAL:
		return true;
	case PICK_ALLOCATE:
		return io->g == LIFE_NEVER && io->m == LIFE_NEVER;
	case PICK_INSERT:
		return io->i == LIFE_NEVER;
	}
	return false;
}

static bool is_better(const struct pool *p, const struct pool_piece *s,
		      const struct pool_piece *than, enum pick pick,
		      uint32_t pid)
{
	const struct life_io *a = &p->ios[s->io].io;
	const struct life_io *b = &p->ios[than->io].io;

	/* The bucket has the newest first. */
	switch (pick) {
	case PICK_ALLOCATE:
		return a->pid == pid && b->pid != pid;
	case PICK_ISSUE:
		return (a->g & a->m) != LIFE_NEVER ||
		       (b->g & b->m) == LIFE_NEVER;
	case PICK_OLDEST:
	case PICK_INSERT:
	case PICK_FINAL:
		return true;
	}
	return false;
}

uint32_t life_find_waiting(const struct life *l, uint32_t device,
			   uint64_t sector, uint8_t op, enum pick pick,
			   uint32_t pid)
{
	const struct pool *p = &l->pool;
	uint32_t found = POOL_NIL;

	for (uint32_t k = pool_first_waiting(p, device, sector); k != POOL_NIL;
	     k = p->pieces[k].next) {
		const struct pool_piece *s = &p->pieces[k];

		if (s->start != sector || s->device != device || s->op != op ||
		    !fits(p, s, pick))
			continue;
		if (found == POOL_NIL ||
		    is_better(p, s, &p->pieces[found], pick, pid))
			found = k;
	}
	return found;
}

/* Cuts a waiting piece in two; the second part waits as well. */
void life_cut_piece(struct life *l, uint32_t k, uint64_t sector)
{
	struct pool *p = &l->pool;
	uint32_t second;

	if (p->waiting.nr >= LIFE_PIECES_MAX)
		return;
	second = pool_new_piece(p, p->pieces[k].io);
	p->pieces[second].device = p->pieces[k].device;
	p->pieces[second].op = p->pieces[k].op;
	p->pieces[second].start = sector;
	p->pieces[second].end = p->pieces[k].end;
	p->pieces[k].end = sector;
	p->ios[p->pieces[k].io].io.flags |= LIFE_IO_SPLIT;
	pool_wait(p, second);
}
