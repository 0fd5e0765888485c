/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

/* Where on each device I/O was, and how long it took there. */
#include <stdlib.h>

#include "src/analyze/detail_impl.h"
#include "src/base/xalloc.h"

#define FIRST_ROW_SHIFT 3	/* rows of 4 KiB at first */

struct places {
	struct detail *detail;
	struct detail_device devices[DETAIL_DEVICES];
	size_t nr_devices;
};

static void *make(struct detail *d)
{
	struct places *p = xcalloc(1, sizeof(*p));

	p->detail = d;
	return p;
}

static void release(void *state)
{
	struct places *p = state;

	for (size_t i = 0; i < p->nr_devices; i++)
		free(p->devices[i].cells);
	free(p);
}

static void merge_cells(void *to, void *from, size_t size)
{
	struct detail_cell *t = to, *f = from;

	for (size_t i = 0; i < size / sizeof(*t); i++) {
		t[i].nr += f[i].nr;
		t[i].sum_ns += f[i].sum_ns;
	}
}

static void halve(void *state, const struct fold *before)
{
	struct places *p = state;

	for (size_t i = 0; i < p->nr_devices; i++)
		fold_halve(before, p->devices[i].cells,
			   sizeof(struct detail_cell) << DETAIL_ROW_BITS,
			   merge_cells);
}

static struct detail_device *find_device(struct places *d, uint32_t device)
{
	struct detail_device *dev;

	for (size_t i = 0; i < d->nr_devices; i++)
		if (d->devices[i].device == device)
			return &d->devices[i];
	if (d->nr_devices == DETAIL_DEVICES)
		return NULL;
	dev = &d->devices[d->nr_devices++];
	dev->device = device;
	dev->rows = fold_of(DETAIL_ROW_BITS, FIRST_ROW_SHIFT);
	dev->cells = xcalloc((size_t)1 << (DETAIL_BUCKET_BITS +
					   DETAIL_ROW_BITS),
			     sizeof(*dev->cells));
	return dev;
}

static void halve_rows(void *ctx, const struct fold *before)
{
	struct detail_device *dev = ctx;

	for (size_t i = 0; i < 1u << DETAIL_BUCKET_BITS; i++)
		fold_halve(before, dev->cells + (i << DETAIL_ROW_BITS),
			   sizeof(struct detail_cell), merge_cells);
}

static void place(struct places *d, uint32_t device, uint64_t sector,
		  uint32_t bytes, uint64_t begin, uint64_t end)
{
	struct detail_device *dev = find_device(d, device);
	uint64_t last = sector + (bytes > 512 ? bytes / 512 - 1 : 0);
	struct detail_cell *column;

	if (!dev || last < sector || last == UINT64_MAX)
		return;
	column = dev->cells + (detail_slot(d->detail, end) << DETAIL_ROW_BITS);
	fold_reach(&dev->rows, sector, halve_rows, dev);
	fold_reach(&dev->rows, last, halve_rows, dev);
	for (uint64_t row = sector >> dev->rows.shift;
	     row <= last >> dev->rows.shift; row++) {
		struct detail_cell *c = &column[fold_slot(&dev->rows, row)];

		c->nr++;
		c->sum_ns += (float)(end > begin ? end - begin : 0);
	}
	if (!dev->nr++ || sector < dev->first)
		dev->first = sector;
	if (last + 1 > dev->end)
		dev->end = last + 1;
}

static void on_io(void *state, const struct life_io *io)
{
	struct places *p = state;

	if (io->c == LIFE_NEVER || io->q == LIFE_NEVER ||
	    !detail_shows(p->detail, io->c))
		return;
	/* of a device that has no issues of its own there is no request */
	if (detail_op(io->op) != IO_OTHER && io->bytes &&
	    (io->d == LIFE_NEVER || io->flags & LIFE_IO_BELOW))
		place(p, io->device, io->sector, io->bytes, io->q, io->c);
}

static void on_request(void *state, const struct life_request *rq)
{
	struct places *p = state;

	if (detail_op(rq->op) != IO_OTHER && rq->bytes &&
	    detail_shows(p->detail, rq->c))
		place(p, rq->device, rq->sector, rq->bytes, rq->d, rq->c);
}

const struct detail_part detail_part_places = {
	.make = make, .free = release, .io = on_io, .request = on_request,
	.halve = halve,
};

const struct detail_device *detail_devices(const struct detail *d,
					   size_t *ret_nr)
{
	const struct places *p = detail_state(d, &detail_part_places);

	*ret_nr = p->nr_devices;
	return p->devices;
}
