/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/ahead.h"
#include "src/analyze/input.h"
#include "src/base/xalloc.h"

/* Batches that go over together: each hand-over costs a switch of threads. */
#define SLOT_BATCHES	4

struct slot {
	struct batch batches[SLOT_BATCHES];
	size_t nr;		/* of them are filled */
	ssize_t result;		/* of source_read; 0 or below: behind them it
				   is over */
	struct err err;
};

struct ahead {
	struct source *src;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slots;
	size_t nr_lent;			/* batches of the oldest slot that the
					   caller has had */
	uint64_t nr_filled, nr_taken;	/* batches; under the lock */
	bool is_stopped;		/* under the lock */
	bool is_threaded;
};

static void fill(struct source *src, struct slot *s)
{
	s->nr = 0;
	do {
		s->result = source_read_into(src, &s->batches[s->nr], &s->err);
		if (s->result > 0)
			s->nr++;
		/* no one here can act on a signal: they are the caller's */
	} while (s->result == -EINTR ||
		 (s->result > 0 && s->nr < SLOT_BATCHES));
}

/* A slot to fill, or NULL when it is over. */
static struct slot *wait_for_room(struct ahead *a)
{
	struct slot *s = NULL;

	(void)pthread_mutex_lock(&a->lock);
	/* once it has to wait, it does so until there is work for a while */
	if (a->nr_filled - a->nr_taken == AHEAD_SLOTS)
		while (!a->is_stopped &&
		       a->nr_filled - a->nr_taken > AHEAD_SLOTS / 2)
			(void)pthread_cond_wait(&a->changed, &a->lock);
	if (!a->is_stopped)
		s = &a->slots[a->nr_filled % AHEAD_SLOTS];
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
	a->slots = xreallocarray(NULL, AHEAD_SLOTS, sizeof(*a->slots));
	/* signals are for the caller's thread */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	a->is_threaded = !pthread_create(&a->thread, NULL, read_all, a);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return a;
}

/* The oldest slot, when it is filled. */
static struct slot *wait_for_slot(struct ahead *a)
{
	(void)pthread_mutex_lock(&a->lock);
	while (a->nr_filled == a->nr_taken)
		(void)pthread_cond_wait(&a->changed, &a->lock);
	(void)pthread_mutex_unlock(&a->lock);
	return &a->slots[a->nr_taken % AHEAD_SLOTS];
}

/* Gives the oldest slot back. */
static void give_back(struct ahead *a)
{
	a->nr_lent = 0;
	(void)pthread_mutex_lock(&a->lock);
	a->nr_taken++;
	if (a->nr_filled - a->nr_taken == AHEAD_SLOTS / 2)
		(void)pthread_cond_signal(&a->changed);
	(void)pthread_mutex_unlock(&a->lock);
}

ssize_t ahead_read(struct ahead *a, struct source_batch *ret_batch,
		   struct err *err)
{
	struct slot *s;

	if (!a->is_threaded)
		return source_read(a->src, ret_batch, err);
	s = wait_for_slot(a);
	if (a->nr_lent == s->nr && s->result > 0) {
		give_back(a);
		s = wait_for_slot(a);
	}
	if (a->nr_lent == s->nr) {
		/* it stays the last one: every later call ends as well */
		if (s->result < 0 && err)
			*err = s->err;
		return s->result;
	}
	*ret_batch = batch_lend(&s->batches[a->nr_lent++]);
	return (ssize_t)ret_batch->nr;
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
	free(a->slots);
	(void)pthread_cond_destroy(&a->changed);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}
