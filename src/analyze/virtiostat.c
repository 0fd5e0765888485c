/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/analyze/pairs.h"
#include "src/analyze/virtiostat.h"
#include "src/base/map64.h"
#include "src/base/xalloc.h"

struct virtiostat {
	struct virtiostat_filter filter;
	struct virtiostat_queue **queues;	/* owned */
	size_t nr;
	size_t cap;
	const struct virtiostat_queue **view;	/* owned; of the last call */
	struct map64 index;	/* device << 32 | queue: index in queues + 1 */
	struct pairs open;	/* (index in queues, token) */
	uint64_t first, last;	/* times of events */
	uint64_t start, end;	/* of the recording, as its clocks say */
	uint64_t wall_offset;
	uint64_t lost, left_out;
};

struct virtiostat *virtiostat_new(const struct virtiostat_filter *filter)
{
	struct virtiostat *st = xcalloc(1, sizeof(*st));

	st->filter = *filter;
	return st;
}

void virtiostat_free(struct virtiostat *st)
{
	if (!st)
		return;
	for (size_t i = 0; i < st->nr; i++)
		free(st->queues[i]);
	free(st->queues);
	free(st->view);
	map64_release(&st->index);
	pairs_release(&st->open);
	free(st);
}

/* Index of a queue that is not known yet. */
static size_t new_queue(struct virtiostat *st, uint32_t device, uint32_t queue)
{
	struct virtiostat_queue *q = xcalloc(1, sizeof(*q));

	q->device = device;
	q->queue = queue;
	st->queues = xgrow(st->queues, st->nr, &st->cap,
			   sizeof(*st->queues));
	st->queues[st->nr++] = q;
	*map64_put(&st->index, (uint64_t)device << 32 | queue) = st->nr;
	return st->nr - 1;
}

/* False: there are too many. */
static bool find_queue(struct virtiostat *st, uint32_t device, uint32_t queue,
		       size_t *ret)
{
	const uint64_t *i = map64_get(&st->index,
				      (uint64_t)device << 32 | queue);

	if (!i && st->nr == VIRTIOSTAT_QUEUES)
		return false;
	*ret = i ? *i - 1 : new_queue(st, device, queue);
	return true;
}

/* Another queue with the same numbers takes their place. */
static void name_queue(struct virtiostat *st, const struct note_virtio_queue *n)
{
	struct virtiostat_queue *q;
	size_t i;

	if (!find_queue(st, n->device, n->queue, &i)) {
		st->left_out++;
		return;
	}
	q = st->queues[i];
	if (*q->driver && (strncmp(q->driver, n->driver, sizeof(q->driver)) ||
			   strncmp(q->name, n->name, sizeof(q->name)))) {
		if (st->nr == VIRTIOSTAT_QUEUES) {
			st->left_out++;
			return;
		}
		i = new_queue(st, n->device, n->queue);
	}
	q = st->queues[i];
	(void)snprintf(q->driver, sizeof(q->driver), "%s", n->driver);
	(void)snprintf(q->name, sizeof(q->name), "%s", n->name);
}

static void add_buffer(struct virtiostat *st, size_t i, uint64_t time,
		       const struct note_virtio_add *n)
{
	struct virtiostat_queue *q = st->queues[i];

	if (n->flags & NOTE_VIRTIO_FAILED) {
		q->failed++;
		return;
	}
	q->adds++;
	q->cut += n->flags & NOTE_VIRTIO_CUT;
	q->in_sgs += n->in_sgs;
	q->out_sgs += n->out_sgs;
	q->in_bytes += n->in_bytes;
	q->out_bytes += n->out_bytes;
	if (pairs_begin(&st->open, i, n->token, time))
		q->in_flight++;
	if (q->in_flight > q->max_in_flight)
		q->max_in_flight = q->in_flight;
}

static void get_buffer(struct virtiostat *st, size_t i, uint64_t time,
		       const struct note_virtio_get *n)
{
	struct virtiostat_queue *q = st->queues[i];
	uint64_t start;

	q->gets++;
	q->used_bytes += n->len;
	if (!pairs_end(&st->open, i, n->token, &start)) {
		q->unpaired++;
		return;
	}
	q->in_flight--;
	hist_add(&q->latency, time > start ? time - start : 0);
}

static void add_loss(struct virtiostat *st, const struct note_loss *loss)
{
	st->lost += loss->count;
	pairs_clear(&st->open);
	for (size_t i = 0; i < st->nr; i++)
		st->queues[i]->in_flight = 0;
}

static void add_clock(struct virtiostat *st, const struct note_clock *clock)
{
	if (!st->start)
		st->start = clock->monotonic;
	st->end = clock->monotonic;
	if (clock->realtime)
		st->wall_offset = clock->realtime - clock->monotonic;
}

/* True if it is an event of a queue. */
static bool add_event(struct virtiostat *st, uint64_t time,
		      const struct note *note)
{
	/* All of them begin with device and queue. */
	size_t i;

	if (!st->first)
		st->first = time;
	st->last = time;
	if (!find_queue(st, note->virtio_add.device, note->virtio_add.queue,
			&i)) {
		st->left_out++;
		return true;
	}
	if (note->id == NOTE_VIRTIO_ADD)
		add_buffer(st, i, time, &note->virtio_add);
	else if (note->id == NOTE_VIRTIO_KICK)
		st->queues[i]->kicks++;
	else if (note->id == NOTE_VIRTIO_NOTIFY)
		st->queues[i]->notifies += note->virtio_notify.ok != 0;
	else
		get_buffer(st, i, time, &note->virtio_get);
	return true;
}

bool virtiostat_add(struct virtiostat *st, const struct blk_rec *rec)
{
	struct note note;

	if (!note_is_private(rec) || note_decode(rec, &note))
		return false;
	if (note.id == NOTE_VIRTIO_QUEUE)
		name_queue(st, &note.virtio_queue);
	else if (note.id >= NOTE_VIRTIO_ADD && note.id <= NOTE_VIRTIO_GET)
		return add_event(st, rec->time, &note);
	else if (note.id == NOTE_LOSS)
		add_loss(st, &note.loss);
	else if (note.id == NOTE_CLOCK)
		add_clock(st, &note.clock);
	return false;
}

static void begin_anew(struct virtiostat_queue *q)
{
	struct virtiostat_queue next = {
		.device = q->device,
		.queue = q->queue,
		.in_flight = q->in_flight,
		.max_in_flight = q->in_flight,
	};

	memcpy(next.driver, q->driver, sizeof(next.driver));
	memcpy(next.name, q->name, sizeof(next.name));
	*q = next;
}

void virtiostat_next(struct virtiostat *st)
{
	for (size_t i = 0; i < st->nr; i++) {
		struct virtiostat_queue *q = st->queues[i];

		/* most do nothing, and their times are 3 KB */
		if (q->adds || q->failed || q->kicks || q->notifies ||
		    q->gets || q->max_in_flight != q->in_flight)
			begin_anew(q);
	}
}

static bool is_wanted(const struct virtiostat *st,
		      const struct virtiostat_queue *q)
{
	const struct virtiostat_filter *f = &st->filter;

	return (!f->driver || !strcmp(f->driver, q->driver)) &&
	       (!f->has_device || f->device == q->device);
}

int virtiostat_compare(const void *a, const void *b)
{
	const struct virtiostat_queue *x =
		*(const struct virtiostat_queue *const *)a;
	const struct virtiostat_queue *y =
		*(const struct virtiostat_queue *const *)b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->queue != y->queue)
		return x->queue < y->queue ? -1 : 1;
	return strcmp(x->name, y->name);
}

size_t virtiostat_queues(struct virtiostat *st,
			 const struct virtiostat_queue *const **ret_queues)
{
	size_t nr = 0;

	st->view = xreallocarray(st->view, st->nr + 1, sizeof(*st->view));
	for (size_t i = 0; i < st->nr; i++)
		if (is_wanted(st, st->queues[i]))
			st->view[nr++] = st->queues[i];
	qsort(st->view, nr, sizeof(*st->view), virtiostat_compare);
	*ret_queues = st->view;
	return nr;
}

bool virtiostat_is_empty(const struct virtiostat *st)
{
	return !st->nr;
}

uint64_t virtiostat_lost(const struct virtiostat *st)
{
	return st->lost;
}

uint64_t virtiostat_left_out(const struct virtiostat *st)
{
	return st->left_out;
}

uint64_t virtiostat_start(const struct virtiostat *st)
{
	return st->start ? st->start : st->first;
}

uint64_t virtiostat_end(const struct virtiostat *st)
{
	return st->end > st->last ? st->end : st->last;
}

uint64_t virtiostat_wall_offset(const struct virtiostat *st)
{
	return st->wall_offset;
}
