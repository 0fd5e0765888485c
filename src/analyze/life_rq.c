/* SPDX-License-Identifier: GPL-2.0 */
/* Requests: D takes the pieces that wait, R gives them back, C ends them. */
#include "config.h"

#include "src/analyze/life_impl.h"

/* Categories of an I/O that ask for a flush sequence. */
#define TC_SEQUENCE (BLK_TC_FLUSH | BLK_TC_FUA)

/* Requests in flight at one sector, or of SCSI commands. */
#define SAME_MAX	2048u
/* What R may give back besides LIFE_BACK, in requests of that size. */
#define BACK_FREE	100000u

static uint16_t errno_of(const struct blk_rec *rec)
{
	return (uint16_t)-rec->error;
}

/* The oldest request at a sector; one of this size, if there is one. */
static uint32_t find_issued(const struct life *l, uint32_t device,
			    uint64_t sector, uint8_t op, uint32_t bytes)
{
	const struct pool *p = &l->pool;
	uint32_t found = POOL_NIL;
	bool is_exact = false;

	for (uint32_t i = pool_first_issued(p, device, sector); i != POOL_NIL;
	     i = p->rqs[i].next) {
		const struct pool_rq *s = &p->rqs[i];
		bool fits_size = s->end - s->start == bytes >> 9;

		if (s->start != sector || s->rq.device != device ||
		    s->rq.op != op || (is_exact && !fits_size))
			continue;
		is_exact = fits_size;
		found = i;
	}
	return found;
}

static void add_to_rq(struct pool *p, uint32_t i, uint32_t k)
{
	struct pool_rq *s = &p->rqs[i];

	p->pieces[k].next = POOL_NIL;
	p->pieces[k].is_issued = true;
	if (s->last == POOL_NIL)
		s->first = k;
	else
		p->pieces[s->last].next = k;
	s->last = k;
	s->rq.nr_ios++;
	if (!s->rq.cgroup && p->pieces[k].io != POOL_NIL)
		s->rq.cgroup = p->ios[p->pieces[k].io].io.cgroup;
}

static void issue_io(struct life *l, uint32_t i, uint64_t time)
{
	struct pool_io *s = &l->pool.ios[i];

	if (s->io.d1 == LIFE_NEVER) {
		s->io.d1 = time;
		if (l->is_tag_at_issue)
			s->io.tag = l->tag;
	} else if (s->io.d != LIFE_NEVER && s->io.d < time &&
		   l->pool.pieces[s->first].after != POOL_NIL) {
		s->io.flags |= LIFE_IO_SPLIT;
	}
	s->io.d = time;
	life_tell_issue_above(l, s, time);
}

/* Takes the waiting pieces that a request covers into it. */
static void gather(struct life *l, const struct blk_rec *rec, uint32_t i)
{
	struct pool *p = &l->pool;
	uint64_t at = rec->sector, end = at + (rec->bytes >> 9);
	uint64_t lost_tc = 0;

	do {
		uint32_t k =
			life_find_waiting(l, rec->device, at, p->rqs[i].rq.op,
					  PICK_ISSUE, rec->pid);
		struct life_io *io;

		if (k == POOL_NIL)
			return;
		if (p->pieces[k].end > end)
			life_cut_piece(l, k, end);
		io = &p->ios[p->pieces[k].io].io;
		lost_tc = ((io->flags & LIFE_IO_FUA ? BLK_TC_FUA : 0u) |
			   (io->flags & LIFE_IO_PREFLUSH ? BLK_TC_FLUSH : 0u)) &
			  ~blk_categories(rec);
		/* as a mark until the data has ended */
		pool_unwait(p, k);
		p->pieces[k].is_final = lost_tc & TC_SEQUENCE;
		add_to_rq(p, i, k);
		if (p->rqs[i].rq.nr_requeues < io->nr_requeues)
			p->rqs[i].rq.nr_requeues = io->nr_requeues;
		issue_io(l, p->pieces[k].io, rec->time);
		at = p->pieces[k].end;
	} while (at < end);
}

/* A flush of the driver serves all flushes that wait for one. */
static void issue_flushes(struct life *l, const struct blk_rec *rec)
{
	const struct pool *p = &l->pool;

	for (uint32_t k = pool_first_waiting(p, rec->device, POOL_FLUSH);
	     k != POOL_NIL; k = p->pieces[k].next) {
		const struct pool_piece *s = &p->pieces[k];

		if (s->start == POOL_FLUSH && s->device == rec->device &&
		    p->ios[s->io].io.d == LIFE_NEVER)
			issue_io(l, s->io, rec->time);
	}
}

/* True if it is a request in flight, issued again without R. */
static bool is_issued_again(struct life *l, const struct blk_rec *rec,
			    enum life_op op)
{
	struct pool *p = &l->pool;
	uint32_t i = find_issued(l, rec->device, rec->sector, (uint8_t)op,
				 rec->bytes);

	if (i == POOL_NIL || op == LIFE_PASSTHROUGH || op == LIFE_FLUSH ||
	    p->rqs[i].rq.bytes != rec->bytes ||
	    life_find_waiting(l, rec->device, rec->sector, (uint8_t)op,
			      PICK_ISSUE, 0) != POOL_NIL)
		return false;
	p->rqs[i].rq.d = rec->time;
	p->rqs[i].again = rec->time;
	return true;
}

/* All of a sector are looked at one after the other. */
static void expire_same_rq(struct life *l, uint32_t device, uint64_t start)
{
	const struct pool *p = &l->pool;
	uint32_t nr = 0, oldest = POOL_NIL;

	for (uint32_t i = pool_first_issued(p, device, start); i != POOL_NIL;
	     i = p->rqs[i].next) {
		if (p->rqs[i].start != start || p->rqs[i].rq.device != device)
			continue;
		nr++;
		oldest = i;
	}
	if (nr >= SAME_MAX)
		life_expire_rq(l, oldest);
}

void life_add_issue(struct life *l, const struct blk_rec *rec)
{
	enum life_op op = life_op_of(rec);
	struct pool *p = &l->pool;
	uint32_t i;

	l->counts.requests_issued++;
	if (is_issued_again(l, rec, op))
		return;
	if (p->live_rqs >= LIFE_MAX)
		life_expire_rq(l, p->oldest_rq);
	expire_same_rq(l, rec->device, life_start_of(rec, op));
	i = pool_new_rq(p);
	p->rqs[i].rq = (struct life_request){
		.d = rec->time,
		.c = LIFE_NEVER,
		.sector = rec->sector,
		.bytes = rec->bytes,
		.device = rec->device,
		.op = (uint8_t)op,
		.is_read = blk_has(rec, BLK_TC_READ),
	};
	p->rqs[i].start = life_start_of(rec, op);
	p->rqs[i].end = p->rqs[i].start + (rec->bytes >> 9);
	if (op == LIFE_FLUSH)
		issue_flushes(l, rec);
	else if (op != LIFE_PASSTHROUGH)
		gather(l, rec, i);
	pool_issue(p, i);
	if (l->sink.issue)
		l->sink.issue(l->sink.ctx, &p->rqs[i].rq);
}

/* The driver had no room and gave it back before it was issued. */
static void requeue_waiting(struct life *l, const struct blk_rec *rec,
			    enum life_op op)
{
	uint32_t k = life_find_waiting(l, rec->device, life_start_of(rec, op),
				       (uint8_t)op, PICK_ISSUE, 0);

	if (k == POOL_NIL)
		l->counts.unmatched++;
	else
		l->pool.ios[l->pool.pieces[k].io].io.nr_requeues++;
}

void life_add_requeue(struct life *l, const struct blk_rec *rec)
{
	enum life_op op = life_op_of(rec);
	struct pool *p = &l->pool;
	uint32_t i = find_issued(l, rec->device, life_start_of(rec, op),
				 (uint8_t)op, rec->bytes);
	uint32_t next;

	l->counts.requeues++;
	if (i == POOL_NIL) {
		requeue_waiting(l, rec, op);
		return;
	}
	/* Each D would take all of them again: seconds, then minutes. */
	l->nr_back += p->rqs[i].rq.nr_ios;
	if (l->nr_back > LIFE_BACK * (l->counts.requeues + BACK_FREE)) {
		life_expire_rq(l, i);
		return;
	}
	pool_unissue(p, i);
	for (uint32_t k = p->rqs[i].first; k != POOL_NIL; k = next) {
		struct pool_piece *s = &p->pieces[k];

		next = s->next;
		life_leave_rq(p, i, k);
		if (s->io == POOL_NIL) {
			pool_free_piece(p, k);
			continue;
		}
		p->ios[s->io].io.nr_requeues++;
		if (s->start < p->rqs[i].start)
			s->start = p->rqs[i].start;
		s->is_issued = false;
		s->is_final = false;
		pool_wait(p, k);
	}
	if (l->sink.back)
		l->sink.back(l->sink.ctx, &p->rqs[i].rq);
	pool_free_rq(p, i);
}

/* The pieces of a request that end at or before its new start. */
static void end_pieces(struct life *l, uint32_t i, const struct blk_rec *rec)
{
	struct pool *p = &l->pool;
	uint16_t error = errno_of(rec);

	while (p->rqs[i].first != POOL_NIL) {
		uint32_t k = p->rqs[i].first;
		uint32_t io = p->pieces[k].io;

		if (p->pieces[k].end > p->rqs[i].start)
			break;
		p->rqs[i].first = p->pieces[k].next;
		life_leave_rq(p, i, k);
		if (io != POOL_NIL && p->pieces[k].is_final) {
			p->ios[io].io.c = rec->time;
			p->pieces[k].is_issued = false;
			pool_wait(p, k);
		} else {
			life_end_piece(l, k, rec->time, error);
		}
	}
}

static void end_request(struct life *l, uint32_t i, const struct blk_rec *rec)
{
	struct pool *p = &l->pool;
	uint64_t nr = rec->bytes >> 9;

	pool_unissue(p, i);
	if (rec->error)
		p->rqs[i].rq.error = errno_of(rec);
	if (p->rqs[i].rq.op == LIFE_PASSTHROUGH ||
	    p->rqs[i].rq.op == LIFE_FLUSH ||
	    nr > p->rqs[i].end - p->rqs[i].start)
		nr = p->rqs[i].end - p->rqs[i].start;
	p->rqs[i].start += nr;
	end_pieces(l, i, rec);
	if (p->rqs[i].start < p->rqs[i].end) {
		pool_issue(p, i);
		return;
	}
	p->rqs[i].rq.c = rec->time;
	l->counts.requests_ended++;
	if (l->sink.request)
		l->sink.request(l->sink.ctx, &p->rqs[i].rq);
	pool_free_rq(p, i);
}

/* Waiting pieces that end without a request. */
static bool end_waiting(struct life *l, const struct blk_rec *rec)
{
	struct pool *p = &l->pool;
	enum life_op op = life_op_of(rec);
	uint64_t at = life_start_of(rec, op), end = at + (rec->bytes >> 9);
	bool is_found = false;

	do {
		uint32_t k = life_find_waiting(l, rec->device, at, (uint8_t)op,
					       PICK_OLDEST, 0);

		if (k == POOL_NIL)
			break;
		is_found = true;
		if (p->pieces[k].end > end)
			life_cut_piece(l, k, end);
		at = p->pieces[k].end;
		pool_unwait(p, k);
		life_end_piece(l, k, rec->time, errno_of(rec));
	} while (at < end);
	return is_found;
}

/* The oldest flush that waits at this sector. */
static uint32_t find_flush(const struct life *l, const struct blk_rec *rec)
{
	const struct pool *p = &l->pool;
	uint32_t found = POOL_NIL;

	for (uint32_t k = pool_first_waiting(p, rec->device, POOL_FLUSH);
	     k != POOL_NIL; k = p->pieces[k].next) {
		const struct pool_piece *s = &p->pieces[k];

		if (s->start == POOL_FLUSH && s->device == rec->device &&
		    p->ios[s->io].io.sector == rec->sector)
			found = k;
	}
	return found;
}

/* The end of a flush sequence: C without data and without FLUSH. */
static bool end_sequence(struct life *l, const struct blk_rec *rec)
{
	const struct pool *p = &l->pool;
	uint32_t k = life_find_waiting(l, rec->device, rec->sector, LIFE_WRITE,
				       PICK_FINAL, 0);
	uint32_t f = find_flush(l, rec);

	if (k == POOL_NIL ||
	    (f != POOL_NIL &&
	     p->ios[p->pieces[f].io].io.q < p->ios[p->pieces[k].io].io.q))
		k = f;
	if (k == POOL_NIL)
		return false;
	pool_unwait(&l->pool, k);
	life_end_piece(l, k, rec->time, errno_of(rec));
	return true;
}

void life_add_complete(struct life *l, const struct blk_rec *rec)
{
	enum life_op op = life_op_of(rec);
	uint32_t i = POOL_NIL;

	/* A bio's own end has neither FS nor PC: it is no request's. */
	if (op != LIFE_FLUSH || blk_has(rec, BLK_TC_FS))
		i = find_issued(l, rec->device, life_start_of(rec, op),
				(uint8_t)op, rec->bytes);
	if (i != POOL_NIL &&
	    (rec->bytes || op == LIFE_FLUSH || op == LIFE_PASSTHROUGH ||
	     l->pool.rqs[i].start == l->pool.rqs[i].end)) {
		end_request(l, i, rec);
		return;
	}
	if (op == LIFE_FLUSH ? !blk_has(rec, BLK_TC_FS) && end_sequence(l, rec)
			     : !rec->bytes && end_sequence(l, rec))
		return;
	if (op == LIFE_FLUSH || !end_waiting(l, rec))
		l->counts.unmatched++;
}
