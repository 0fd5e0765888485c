/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "formats/note.h"
#include "src/analyze/life.h"
#include "src/analyze/pairs.h"
#include "src/analyze/tag_tasks.h"
#include "src/analyze/vmguest.h"
#include "src/base/xalloc.h"

#define NO_TIME		UINT64_MAX
#define FLUSH_PLACE	UINT64_MAX	/* instead of a sector */

/* A buffer in a virtqueue that carries a request. */
struct buffer {
	uint64_t add;
	uint64_t notify;	/* NO_TIME = the device was not told */
	uint64_t get;		/* NO_TIME = it is still there */
	uint64_t queue;
	uint32_t use;		/* how often this place was taken */
	uint32_t next;		/* free ones; index + 1 */
};

struct disk {
	struct vmguest_disk pub;
	char *name;
};

struct vmguest {
	struct vmguest_sink sink;
	struct life *life;
	struct tag_tasks tasks;
	struct disk **disks;
	size_t nr_disks, cap_disks;
	struct buffer *buffers;
	size_t nr_buffers, cap_buffers;
	uint32_t first_free;	/* index + 1; 0 = none */
	struct pairs by_token;	/* queue and token to use << 32 | index + 1,
				   since a buffer that was given up may be
				   another one by the time it comes back */
	struct pairs by_place;	/* disk and sector to index + 1 */
	uint64_t lost;
};

const char *vmguest_phase_name(enum vmguest_phase phase)
{
	static const char *const names[] = {
		[VMGUEST_Q_D] = "q_to_d",
		[VMGUEST_D_ADD] = "d_to_add",
		[VMGUEST_ADD_NOTIFY] = "add_to_notify",
		[VMGUEST_ADD_GET] = "add_to_get",
		[VMGUEST_GET_C] = "get_to_c",
		[VMGUEST_Q_C] = "q_to_c",
	};

	static_assert(ARRAY_SIZE(names) == VMGUEST_PHASE_MAX,
		      "each phase needs a name");
	return names[phase];
}

static void phase(struct vmguest *g, struct disk *d, enum vmguest_phase phase,
		  uint64_t from, uint64_t to)
{
	if (from == NO_TIME || to == NO_TIME || to < from)
		return;
	dist_add(&d->pub.phases[phase], to - from);
	if (g->sink.phase)
		g->sink.phase(g->sink.ctx, phase, to, to - from);
}

static struct disk *find_disk(const struct vmguest *g, uint32_t device)
{
	for (size_t i = 0; i < g->nr_disks; i++)
		if (g->disks[i]->pub.device == device)
			return g->disks[i];
	return NULL;
}

static struct disk *make_disk(struct vmguest *g, uint32_t device)
{
	struct disk *d = find_disk(g, device);

	if (d)
		return d;
	d = xcalloc(1, sizeof(*d));
	d->pub.device = device;
	for (int i = 0; i < VMGUEST_PHASE_MAX; i++)
		d->pub.phases[i].bits = DIST_FINE;
	g->disks = xgrow(g->disks, g->nr_disks, &g->cap_disks,
			 sizeof(*g->disks));
	g->disks[g->nr_disks++] = d;
	return d;
}

/* ---- buffers ------------------------------------------------------------ */

/* Index + 1 of a new one; 0 = there are too many. */
static uint32_t new_buffer(struct vmguest *g)
{
	uint32_t i = g->first_free;

	if (i) {
		g->first_free = g->buffers[i - 1].next;
		return i;
	}
	if (g->nr_buffers == VMGUEST_IN_FLIGHT)
		return 0;
	g->buffers = xgrow(g->buffers, g->nr_buffers, &g->cap_buffers,
			   sizeof(*g->buffers));
	g->buffers[g->nr_buffers].use = 0;
	return (uint32_t)++g->nr_buffers;
}

static void free_buffer(struct vmguest *g, uint32_t i)
{
	g->buffers[i - 1].next = g->first_free;
	g->first_free = i;
}

static uint64_t queue_of(uint32_t device, uint32_t queue)
{
	return (uint64_t)device << 32 | queue;
}

/* A flush has no sector: the driver leaves -1 there, and its D has 0. */
static uint64_t place_of(uint64_t sector, uint32_t bytes)
{
	return bytes ? sector : FLUSH_PLACE;
}

static void on_add(struct vmguest *g, const struct note_virtio_add *n,
		   uint64_t time)
{
	uint64_t queue = queue_of(n->device, n->queue);
	uint64_t place = place_of(n->sector, n->bytes), old;
	struct disk *d;
	uint32_t i, use;

	if (!n->disk)
		return;
	d = make_disk(g, n->disk);
	if (n->flags & NOTE_VIRTIO_FAILED) {
		d->pub.nr_refused++;
		return;
	}
	d->pub.nr_buffers++;
	i = new_buffer(g);
	if (!i)
		return;
	use = g->buffers[i - 1].use + 1;
	g->buffers[i - 1] = (struct buffer){ .add = time, .notify = NO_TIME,
					     .get = NO_TIME, .queue = queue,
					     .use = use };
	/* an older one at that place whose C was not seen is given up */
	if (pairs_end(&g->by_place, n->disk, place, &old))
		free_buffer(g, (uint32_t)old);
	(void)pairs_begin(&g->by_place, n->disk, place, i);
	(void)pairs_begin(&g->by_token, queue, n->token,
			  (uint64_t)use << 32 | i);
}

static void on_get(struct vmguest *g, const struct note_virtio_get *n,
		   uint64_t time)
{
	struct buffer *b;
	uint64_t value;

	if (!pairs_end(&g->by_token, queue_of(n->device, n->queue), n->token,
		       &value))
		return;
	b = &g->buffers[(uint32_t)value - 1];
	if (b->use == value >> 32)
		b->get = time;
}

/* All that is in the queue and has not been told of. */
static void on_notify(struct vmguest *g, const struct note_virtio_notify *n,
		      uint64_t time)
{
	uint64_t queue = queue_of(n->device, n->queue);

	for (size_t i = 0; i < g->nr_buffers; i++) {
		struct buffer *b = &g->buffers[i];

		if (b->queue == queue && b->notify == NO_TIME)
			b->notify = time;
	}
}

/* ---- block -------------------------------------------------------------- */

static void on_request(void *ctx, const struct life_request *rq)
{
	struct vmguest *g = ctx;
	struct disk *d = find_disk(g, rq->device);
	uint64_t i;
	const struct buffer *b;

	if (!d)
		return;
	d->pub.nr_requests++;
	if (!pairs_end(&g->by_place, rq->device,
		       place_of(rq->sector, rq->bytes), &i))
		return;
	b = &g->buffers[i - 1];
	if (b->add >= rq->d && b->get != NO_TIME && b->get <= rq->c) {
		d->pub.nr_paired++;
		phase(g, d, VMGUEST_D_ADD, rq->d, b->add);
		phase(g, d, VMGUEST_ADD_NOTIFY, b->add, b->notify);
		phase(g, d, VMGUEST_ADD_GET, b->add, b->get);
		phase(g, d, VMGUEST_GET_C, b->get, rq->c);
	}
	free_buffer(g, (uint32_t)i);
}

static void on_io(void *ctx, const struct life_io *io)
{
	struct vmguest *g = ctx;
	struct disk *d = find_disk(g, io->device);

	if (!d)
		return;
	phase(g, d, VMGUEST_Q_D, io->q, io->d1);
	phase(g, d, VMGUEST_Q_C, io->q, io->c);
}

static void on_loss(struct vmguest *g, const struct note_loss *loss)
{
	g->lost += loss->count;
	pairs_clear(&g->by_token);
	pairs_clear(&g->by_place);
	g->nr_buffers = 0;
	g->first_free = 0;
	life_lost(g->life, loss->device);
}

static void add_note(struct vmguest *g, const struct blk_rec *rec)
{
	struct note n;

	tag_tasks_note(&g->tasks, rec);
	if (note_decode(rec, &n))
		return;
	if (n.id == NOTE_LOSS)
		on_loss(g, &n.loss);
	else if (n.id == NOTE_VIRTIO_ADD)
		on_add(g, &n.virtio_add, rec->time);
	else if (n.id == NOTE_VIRTIO_GET)
		on_get(g, &n.virtio_get, rec->time);
	else if (n.id == NOTE_VIRTIO_NOTIFY)
		on_notify(g, &n.virtio_notify, rec->time);
}

/* ---- all ---------------------------------------------------------------- */

struct vmguest *vmguest_new(const struct vmguest_sink *sink)
{
	struct vmguest *g = xcalloc(1, sizeof(*g));

	if (sink)
		g->sink = *sink;
	g->life = life_new(&(struct life_sink){
		.io = on_io, .request = on_request, .ctx = g });
	return g;
}

void vmguest_add(struct vmguest *g, const struct blk_rec *rec)
{
	if (blk_is_notify(rec))
		add_note(g, rec);
	else
		life_add(g->life, rec, 0);
}

void vmguest_end(struct vmguest *g)
{
	life_end(g->life);
	for (size_t i = 0; i < g->nr_disks; i++) {
		struct disk *d = g->disks[i];
		const struct tag_device *dev =
			tag_tasks_device(&g->tasks, d->pub.device);

		free(d->name);
		d->name = xstrdup(dev->name ? dev->name : "");
		d->pub.name = d->name;
	}
}

void vmguest_free(struct vmguest *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->nr_disks; i++) {
		for (int k = 0; k < VMGUEST_PHASE_MAX; k++)
			dist_release(&g->disks[i]->pub.phases[k]);
		free(g->disks[i]->name);
		free(g->disks[i]);
	}
	free(g->disks);
	free(g->buffers);
	pairs_release(&g->by_token);
	pairs_release(&g->by_place);
	tag_tasks_release(&g->tasks);
	life_free(g->life);
	free(g);
}

const struct vmguest_disk *vmguest_disk(const struct vmguest *g, size_t i)
{
	return i < g->nr_disks ? &g->disks[i]->pub : NULL;
}

uint64_t vmguest_lost(const struct vmguest *g)
{
	return g->lost;
}
