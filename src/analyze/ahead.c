/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/ahead.h"
#include "src/base/xalloc.h"

#define SLOT_RECS	4096u

/* A copy of what source_read lends until its next call. */
struct slot {
	struct blk_rec *recs;
	uint16_t *files;
	uint8_t *bytes;		/* payloads */
	size_t nr, cap;
	size_t nr_bytes, cap_bytes;
	ssize_t result;		/* of source_read; 0 or below: behind @nr
				   records it is over */
	struct err err;
};

struct ahead {
	struct source *src;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot slots[AHEAD_BATCHES];
	uint64_t nr_filled, nr_taken;	/* batches; under the lock */
	bool is_stopped;		/* under the lock */
	bool is_threaded;
	bool has_lent;		/* the caller still uses the oldest slot */
};

/* Payloads move when their buffer grows: they are found again at the end. */
static void append(struct slot *s, const struct source_batch *batch)
{
	size_t bytes = 0, nr = s->nr + batch->nr;
	uint8_t *p;

	for (size_t i = 0; i < batch->nr; i++)
		bytes += batch->recs[i].pdu_len;
	if (nr > s->cap) {
		s->cap = nr + nr / 2;
		s->recs = xreallocarray(s->recs, s->cap, sizeof(*s->recs));
		s->files = xreallocarray(s->files, s->cap, sizeof(*s->files));
	}
	if (s->nr_bytes + bytes > s->cap_bytes) {
		s->cap_bytes = 2 * (s->nr_bytes + bytes);
		s->bytes = xreallocarray(s->bytes, s->cap_bytes, 1);
	}
	memcpy(s->recs + s->nr, batch->recs, batch->nr * sizeof(*s->recs));
	memcpy(s->files + s->nr, batch->files, batch->nr * sizeof(*s->files));
	p = s->bytes + s->nr_bytes;
	for (size_t i = 0; bytes && i < batch->nr; i++) {
		size_t len = batch->recs[i].pdu_len;

		if (len)
			memcpy(p, batch->recs[i].pdu, len);
		p += len;
	}
	s->nr = nr;
	s->nr_bytes += bytes;
}

/* Small batches are put together: each hand-over costs a switch of threads. */
static void fill(struct source *src, struct slot *s)
{
	struct source_batch batch;
	const uint8_t *p;

	s->nr = s->nr_bytes = 0;
	do {
		s->result = source_read(src, &batch, &s->err);
		if (s->result > 0)
			append(s, &batch);
	} while (s->result > 0 && s->nr < SLOT_RECS);
	p = s->bytes;
	for (size_t i = 0; s->nr_bytes && i < s->nr; i++) {
		s->recs[i].pdu = s->recs[i].pdu_len ? p : NULL;
		p += s->recs[i].pdu_len;
	}
}

/* A slot to fill, or NULL when it is over. */
static struct slot *wait_for_room(struct ahead *a)
{
	struct slot *s = NULL;

	(void)pthread_mutex_lock(&a->lock);
	while (!a->is_stopped && a->nr_filled - a->nr_taken == AHEAD_BATCHES)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	if (!a->is_stopped)
		s = &a->slots[a->nr_filled % AHEAD_BATCHES];
	(void)pthread_mutex_unlock(&a->lock);
	return s;
}

static void *read_all(void *arg)
{
	struct ahead *a = arg;
	struct slot *s;
	ssize_t n = 1;

	while (n > 0 && (s = wait_for_room(a))) {
		fill(a->src, s);
		n = s->result;
		(void)pthread_mutex_lock(&a->lock);
		a->nr_filled++;
		(void)pthread_cond_signal(&a->changed);
		(void)pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

struct ahead *ahead_new(struct source *src)
{
	struct ahead *a = xcalloc(1, sizeof(*a));
	sigset_t all, before;

	a->src = src;
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->changed, NULL);
	if (source_is_live(src))
		return a;
	/* signals are for the caller's thread */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	a->is_threaded = !pthread_create(&a->thread, NULL, read_all, a);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return a;
}

/* Gives the slot back that the caller had. */
static void give_back(struct ahead *a)
{
	if (!a->has_lent)
		return;
	a->nr_taken++;
	a->has_lent = false;
	(void)pthread_cond_signal(&a->changed);
}

ssize_t ahead_read(struct ahead *a, struct source_batch *ret_batch,
		   struct err *err)
{
	struct slot *s;
	size_t nr;

	if (!a->is_threaded)
		return source_read(a->src, ret_batch, err);
	(void)pthread_mutex_lock(&a->lock);
	give_back(a);
	while (a->nr_filled == a->nr_taken)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	s = &a->slots[a->nr_taken % AHEAD_BATCHES];
	(void)pthread_mutex_unlock(&a->lock);
	if (!s->nr) {
		/* it stays the last one: every later call ends as well */
		if (s->result < 0 && err)
			*err = s->err;
		return s->result;
	}
	a->has_lent = s->result > 0;
	nr = s->nr;
	*ret_batch = (struct source_batch){
		.recs = s->recs, .files = s->files, .nr = nr,
	};
	if (s->result <= 0)
		s->nr = 0;	/* the thread has ended: it is ours */
	return (ssize_t)nr;
}

void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	if (a->is_threaded) {
		(void)pthread_mutex_lock(&a->lock);
		a->is_stopped = true;
		(void)pthread_cond_signal(&a->changed);
		(void)pthread_mutex_unlock(&a->lock);
		(void)pthread_join(a->thread, NULL);
	}
	for (int i = 0; i < AHEAD_BATCHES; i++) {
		free(a->slots[i].recs);
		free(a->slots[i].files);
		free(a->slots[i].bytes);
	}
	(void)pthread_cond_destroy(&a->changed);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}
