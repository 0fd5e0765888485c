/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

/* Sizes of I/Os, and distances between the requests of a device. */
#include <stdlib.h>

#include "src/analyze/detail_impl.h"
#include "src/base/xalloc.h"

/* Where the last request of a device ended. */
struct head {
	uint32_t device;
	uint64_t next_sector;
	bool is_placed;
};

struct dists {
	struct detail *detail;
	struct dist sizes[IO_OP_MAX], seeks[IO_OP_MAX];
	struct head heads[DETAIL_DEVICES];
	size_t nr_heads;
};

static void *make(struct detail *d)
{
	struct dists *s = xcalloc(1, sizeof(*s));

	s->detail = d;
	for (int op = 0; op < IO_OP_MAX; op++)
		s->sizes[op].bits = s->seeks[op].bits = DIST_FINE;
	return s;
}

static void release(void *state)
{
	struct dists *d = state;

	for (int op = 0; op < IO_OP_MAX; op++) {
		dist_release(&d->sizes[op]);
		dist_release(&d->seeks[op]);
	}
	free(d);
}

static void on_io(void *state, const struct life_io *io)
{
	struct dists *d = state;

	if (io->c != LIFE_NEVER && detail_shows(d->detail, io->c))
		dist_add(&d->sizes[detail_op(io->op)], io->bytes);
}

/* As stats.c: where the last one ended, to where this one begins. */
static void on_issue(void *state, const struct life_request *rq)
{
	struct dists *d = state;
	enum io_op op = detail_op(rq->op);
	struct head *h = NULL;

	if (!rq->bytes || rq->op == LIFE_PASSTHROUGH)
		return;
	for (size_t i = 0; i < d->nr_heads && !h; i++)
		if (d->heads[i].device == rq->device)
			h = &d->heads[i];
	if (!h && d->nr_heads == DETAIL_DEVICES)
		return;
	if (!h) {
		h = &d->heads[d->nr_heads++];
		h->device = rq->device;
	}
	if (h->is_placed && detail_shows(d->detail, rq->d))
		dist_add(&d->seeks[op], h->next_sector > rq->sector ?
						h->next_sector - rq->sector :
						rq->sector - h->next_sector);
	h->next_sector = rq->sector + rq->bytes / 512;
	h->is_placed = true;
}

const struct detail_part detail_part_dists = {
	.make = make, .free = release, .io = on_io, .issue = on_issue,
};

const struct dist *detail_sizes(const struct detail *d, enum io_op op)
{
	const struct dists *s = detail_state(d, &detail_part_dists);

	return &s->sizes[op];
}

const struct dist *detail_seeks(const struct detail *d, enum io_op op)
{
	const struct dists *s = detail_state(d, &detail_part_dists);

	return &s->seeks[op];
}
