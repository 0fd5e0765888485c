/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/life_pool.h"
#include "src/base/xalloc.h"

#define FIRST_BUCKETS 4096u

static void table_init(struct pool_table *t, uint32_t nr_buckets)
{
	t->heads = xmalloc(nr_buckets * sizeof(*t->heads));
	memset(t->heads, 0xff, nr_buckets * sizeof(*t->heads));
	t->mask = nr_buckets - 1;
}

void pool_init(struct pool *p)
{
	*p = (struct pool){
		.free_piece = POOL_NIL,
		.free_io = POOL_NIL,
		.free_rq = POOL_NIL,
		.oldest_io = POOL_NIL,
		.newest_io = POOL_NIL,
		.oldest_rq = POOL_NIL,
		.newest_rq = POOL_NIL,
	};
	table_init(&p->waiting, FIRST_BUCKETS);
	table_init(&p->issued, FIRST_BUCKETS);
}

void pool_release(struct pool *p)
{
	free(p->pieces);
	free(p->ios);
	free(p->rqs);
	free(p->waiting.heads);
	free(p->issued.heads);
}

static void *grow(void *array, uint32_t nr, uint32_t *cap, size_t size)
{
	if (nr < *cap)
		return array;
	*cap = *cap ? 2 * *cap : 1024;
	return xreallocarray(array, *cap, size);
}

/* ---- slots --------------------------------------------------------------- */

uint32_t pool_new_piece(struct pool *p, uint32_t io)
{
	uint32_t i = p->free_piece;
	struct pool_piece *s;

	if (i != POOL_NIL) {
		p->free_piece = p->pieces[i].next;
	} else {
		p->pieces = grow(p->pieces, p->nr_pieces, &p->cap_pieces,
				 sizeof(*p->pieces));
		i = p->nr_pieces++;
	}
	s = &p->pieces[i];
	s->io = io;
	s->is_issued = false;
	s->is_final = false;
	s->before = POOL_NIL;
	s->after = p->ios[io].first;
	if (s->after != POOL_NIL)
		p->pieces[s->after].before = i;
	p->ios[io].first = i;
	return i;
}

void pool_free_piece(struct pool *p, uint32_t i)
{
	struct pool_piece *s = &p->pieces[i];

	if (s->io != POOL_NIL) {
		if (s->before != POOL_NIL)
			p->pieces[s->before].after = s->after;
		else
			p->ios[s->io].first = s->after;
		if (s->after != POOL_NIL)
			p->pieces[s->after].before = s->before;
	}
	s->next = p->free_piece;
	p->free_piece = i;
}

uint32_t pool_new_io(struct pool *p)
{
	uint32_t i = p->free_io, generation = 0;
	struct pool_io *s;

	if (i != POOL_NIL) {
		p->free_io = p->ios[i].older;
		generation = p->ios[i].generation;
	} else {
		p->ios = grow(p->ios, p->nr_ios, &p->cap_ios, sizeof(*p->ios));
		i = p->nr_ios++;
	}
	s = &p->ios[i];
	memset(s, 0, sizeof(*s));
	s->generation = generation + 1;
	s->first = POOL_NIL;
	s->parent = POOL_NIL;
	s->older = p->newest_io;
	s->newer = POOL_NIL;
	if (p->newest_io != POOL_NIL)
		p->ios[p->newest_io].newer = i;
	else
		p->oldest_io = i;
	p->newest_io = i;
	p->live_ios++;
	return i;
}

void pool_free_io(struct pool *p, uint32_t i)
{
	struct pool_io *s = &p->ios[i];

	if (s->older != POOL_NIL)
		p->ios[s->older].newer = s->newer;
	else
		p->oldest_io = s->newer;
	if (s->newer != POOL_NIL)
		p->ios[s->newer].older = s->older;
	else
		p->newest_io = s->older;
	s->generation++;
	s->older = p->free_io;
	p->free_io = i;
	p->live_ios--;
}

uint32_t pool_new_rq(struct pool *p)
{
	uint32_t i = p->free_rq;
	struct pool_rq *s;

	if (i != POOL_NIL) {
		p->free_rq = p->rqs[i].older;
	} else {
		p->rqs = grow(p->rqs, p->nr_rqs, &p->cap_rqs, sizeof(*p->rqs));
		i = p->nr_rqs++;
	}
	s = &p->rqs[i];
	*s = (struct pool_rq){
		.first = POOL_NIL,
		.last = POOL_NIL,
		.is_used = true,
		.older = p->newest_rq,
		.newer = POOL_NIL,
	};
	if (p->newest_rq != POOL_NIL)
		p->rqs[p->newest_rq].newer = i;
	else
		p->oldest_rq = i;
	p->newest_rq = i;
	p->live_rqs++;
	return i;
}

void pool_free_rq(struct pool *p, uint32_t i)
{
	struct pool_rq *s = &p->rqs[i];

	if (s->older != POOL_NIL)
		p->rqs[s->older].newer = s->newer;
	else
		p->oldest_rq = s->newer;
	if (s->newer != POOL_NIL)
		p->rqs[s->newer].older = s->older;
	else
		p->newest_rq = s->older;
	s->is_used = false;
	s->older = p->free_rq;
	p->free_rq = i;
	p->live_rqs--;
}

/* ---- tables -------------------------------------------------------------- */

static void put_waiting(struct pool *p, uint32_t i)
{
	struct pool_piece *s = &p->pieces[i];
	uint32_t *head =
		&p->waiting
			 .heads[pool_bucket(&p->waiting, s->device, s->start)];

	s->next = *head;
	*head = i;
}

static void put_issued(struct pool *p, uint32_t i)
{
	struct pool_rq *s = &p->rqs[i];
	uint32_t *head = &p->issued.heads[pool_bucket(&p->issued, s->rq.device,
						      s->start)];

	s->next = *head;
	*head = i;
}

/* Twice the buckets; each keeps its order, newest first. */
static void grow_waiting(struct pool *p)
{
	struct pool_table old = p->waiting;

	table_init(&p->waiting, 2 * (old.mask + 1));
	for (uint32_t b = 0; b <= old.mask; b++) {
		uint32_t reversed = POOL_NIL;

		for (uint32_t i = old.heads[b], next; i != POOL_NIL; i = next) {
			next = p->pieces[i].next;
			p->pieces[i].next = reversed;
			reversed = i;
		}
		for (uint32_t i = reversed, next; i != POOL_NIL; i = next) {
			next = p->pieces[i].next;
			put_waiting(p, i);
		}
	}
	free(old.heads);
}

static void grow_issued(struct pool *p)
{
	struct pool_table old = p->issued;

	table_init(&p->issued, 2 * (old.mask + 1));
	for (uint32_t b = 0; b <= old.mask; b++) {
		uint32_t reversed = POOL_NIL;

		for (uint32_t i = old.heads[b], next; i != POOL_NIL; i = next) {
			next = p->rqs[i].next;
			p->rqs[i].next = reversed;
			reversed = i;
		}
		for (uint32_t i = reversed, next; i != POOL_NIL; i = next) {
			next = p->rqs[i].next;
			put_issued(p, i);
		}
	}
	free(old.heads);
}

void pool_wait(struct pool *p, uint32_t i)
{
	if (p->waiting.nr++ > p->waiting.mask) {
		uint32_t nr = p->waiting.nr;

		grow_waiting(p);
		p->waiting.nr = nr;
	}
	put_waiting(p, i);
}

void pool_unwait(struct pool *p, uint32_t i)
{
	const struct pool_piece *s = &p->pieces[i];
	uint32_t *link =
		&p->waiting
			 .heads[pool_bucket(&p->waiting, s->device, s->start)];

	while (*link != i)
		link = &p->pieces[*link].next;
	*link = s->next;
	p->waiting.nr--;
}

void pool_issue(struct pool *p, uint32_t i)
{
	if (p->issued.nr++ > p->issued.mask) {
		uint32_t nr = p->issued.nr;

		grow_issued(p);
		p->issued.nr = nr;
	}
	put_issued(p, i);
}

void pool_unissue(struct pool *p, uint32_t i)
{
	const struct pool_rq *s = &p->rqs[i];
	uint32_t *link = &p->issued.heads[pool_bucket(&p->issued, s->rq.device,
						      s->start)];

	while (*link != i)
		link = &p->rqs[*link].next;
	*link = s->next;
	p->issued.nr--;
}
