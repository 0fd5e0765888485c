/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/raster.h"
#include "src/base/xalloc.h"

#define FIRST_ROW_SHIFT	3	/* 8 sectors: 4 KiB a row */

struct cols {
	struct raster *raster;
	const struct fold *fold;
};

struct raster *raster_new(uint32_t nr_cols, unsigned int row_bits)
{
	struct raster *r = xcalloc(1, sizeof(*r));

	r->rows = fold_of(row_bits, FIRST_ROW_SHIFT);
	r->cells = xcalloc((size_t)nr_cols * r->rows.nr, IO_OP_MAX);
	return r;
}

void raster_free(struct raster *r)
{
	if (!r)
		return;
	free(r->cells);
	free(r);
}

void raster_clear(struct raster *r, uint32_t nr_cols)
{
	uint8_t *cells = r->cells;
	uint32_t nr_rows = r->rows.nr;

	memset(cells, 0, (size_t)nr_cols * nr_rows * IO_OP_MAX);
	*r = (struct raster){ .cells = cells };
	r->rows = fold_of((unsigned int)__builtin_ctz(nr_rows),
			  FIRST_ROW_SHIFT);
}

static void merge_cells(void *to, void *from, size_t size)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	for (size_t i = 0; i < size; i++)
		t[i] = t[i] > 255 - f[i] ? 255 : (uint8_t)(t[i] + f[i]);
}

static void halve_rows(void *ctx, const struct fold *before)
{
	const struct cols *c = ctx;

	for (uint64_t col = c->fold->lo; col <= c->fold->hi; col++)
		fold_halve(before,
			   c->raster->cells + fold_slot(c->fold, col) *
						      before->nr * IO_OP_MAX,
			   IO_OP_MAX, merge_cells);
}

void raster_add(struct raster *r, const struct fold *cols, size_t slot,
		enum io_op op, uint64_t sector, uint64_t nr_sectors)
{
	struct cols ctx = { .raster = r, .fold = cols };
	uint8_t *column = r->cells + slot * r->rows.nr * IO_OP_MAX;
	uint64_t last = sector + (nr_sectors ? nr_sectors - 1 : 0);

	if (last < sector)
		return;		/* beyond 2^64: damage */
	fold_reach(&r->rows, sector, halve_rows, &ctx);
	fold_reach(&r->rows, last, halve_rows, &ctx);
	for (uint64_t row = sector >> r->rows.shift;
	     row <= last >> r->rows.shift; row++) {
		uint8_t *n = column + fold_slot(&r->rows, row) * IO_OP_MAX + op;

		if (*n < 255)
			++*n;
	}
	if (!r->end || sector < r->first)
		r->first = sector;
	if (last + 1 > r->end)
		r->end = last + 1;
	r->nr[op]++;
}

void raster_halve_cols(struct raster *r, const struct fold *before)
{
	fold_halve(before, r->cells, (size_t)r->rows.nr * IO_OP_MAX,
		   merge_cells);
}

static void reach_rows(struct raster *r, const struct fold *cols,
		       uint64_t first, uint64_t end)
{
	struct cols ctx = { .raster = r, .fold = cols };

	fold_reach(&r->rows, first, halve_rows, &ctx);
	fold_reach(&r->rows, end - 1, halve_rows, &ctx);
}

/* A row of @from may be several of @r: it had more devices beside it. */
static void merge_cell(struct raster *r, size_t to, const struct raster *from,
		       uint64_t row, uint8_t *cell)
{
	uint64_t first = row << from->rows.shift >> r->rows.shift;
	uint64_t last = (((row + 1) << from->rows.shift) - 1) >> r->rows.shift;

	if (last > r->rows.hi)
		last = r->rows.hi;
	for (uint64_t i = first > r->rows.lo ? first : r->rows.lo; i <= last;
	     i++)
		merge_cells(r->cells + (to * r->rows.nr +
					fold_slot(&r->rows, i)) * IO_OP_MAX,
			    cell, IO_OP_MAX);
}

static void merge_column(struct raster *r, size_t to, const struct raster *from,
			 size_t slot)
{
	for (uint64_t row = from->rows.lo; row <= from->rows.hi; row++) {
		uint8_t *cell = from->cells + (slot * from->rows.nr +
					       fold_slot(&from->rows, row)) *
						      IO_OP_MAX;

		/* most are empty, and stay untouched */
		if (cell[IO_READ] || cell[IO_WRITE] || cell[IO_OTHER])
			merge_cell(r, to, from, row, cell);
	}
}

void raster_merge(struct raster *r, const struct fold *cols,
		  const struct raster *from, const struct fold *from_cols,
		  uint64_t first, uint64_t end)
{
	if (!from->end)
		return;
	reach_rows(r, cols, from->first, from->end);
	for (uint64_t col = first; col < end; col++)
		merge_column(r, fold_slot(cols, col), from,
			     fold_slot(from_cols, col));
}

void raster_merge_counts(struct raster *r, const struct raster *from)
{
	if (!r->end || from->first < r->first)
		r->first = from->first;
	if (from->end > r->end)
		r->end = from->end;
	for (int op = 0; op < IO_OP_MAX; op++)
		r->nr[op] += from->nr[op];
}
