/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
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

	assert(row_bits >= 3);	/* raster_add_counts goes by eight bytes */
	r->rows = fold_of(row_bits, FIRST_ROW_SHIFT);
	r->cols = xcalloc(nr_cols, sizeof(*r->cols));
	r->nr_cols = nr_cols;
	return r;
}

static void free_columns(struct raster *r)
{
	for (uint32_t i = 0; i < r->nr_cols; i++) {
		free(r->cols[i]);
		r->cols[i] = NULL;
	}
}

void raster_free(struct raster *r)
{
	if (!r)
		return;
	free_columns(r);
	free(r->cols);
	free(r);
}

void raster_clear(struct raster *r)
{
	unsigned int row_bits = (unsigned int)__builtin_ctz(r->rows.nr);

	free_columns(r);
	*r = (struct raster){ .cols = r->cols, .nr_cols = r->nr_cols,
			      .rows = fold_of(row_bits, FIRST_ROW_SHIFT) };
}

static size_t column_bytes(const struct raster *r)
{
	return (size_t)r->rows.nr * IO_OP_MAX;
}

/* The cells of the column at a slot; made where there are none. */
static uint8_t *make_column(struct raster *r, size_t slot)
{
	if (!r->cols[slot])
		r->cols[slot] = xcalloc(r->rows.nr, IO_OP_MAX);
	return r->cols[slot];
}

/* Eight sums of bytes that stop at 255. */
static uint64_t add_eight(uint64_t a, uint64_t b)
{
	const uint64_t tops = UINT64_C(0x8080808080808080);
	uint64_t low = (a & ~tops) + (b & ~tops);
	uint64_t carry = ((a & b) | ((a | b) & low)) & tops;

	return (low ^ ((a ^ b) & tops)) | ((carry >> 7) * 255);
}

void raster_add_counts(uint8_t *to, const uint8_t *from, size_t size)
{
	uint64_t a, b;

	for (size_t i = 0; i < size; i += sizeof(a)) {
		memcpy(&b, from + i, sizeof(b));
		/* most are empty */
		if (!b)
			continue;
		memcpy(&a, to + i, sizeof(a));
		a = add_eight(a, b);
		memcpy(to + i, &a, sizeof(a));
	}
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
		if (c->raster->cols[fold_slot(c->fold, col)])
			fold_halve(before,
				   c->raster->cols[fold_slot(c->fold, col)],
				   IO_OP_MAX, merge_cells);
}

void raster_add(struct raster *r, const struct fold *cols, size_t slot,
		enum io_op op, uint64_t sector, uint64_t nr_sectors)
{
	struct cols ctx = { .raster = r, .fold = cols };
	uint64_t last = sector + (nr_sectors ? nr_sectors - 1 : 0);
	uint8_t *column;

	if (last < sector || last == UINT64_MAX)
		return;		/* beyond 2^64, or with the end there: damage */
	column = make_column(r, slot);
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

/* Columns that are empty, or the only one of a pair, cost a pointer. */
void raster_halve_cols(struct raster *r, const struct fold *before)
{
	size_t size = r->nr_cols * sizeof(*r->cols);
	_cleanup_(freep) uint8_t **old = xmalloc(size);

	memcpy(old, r->cols, size);
	memset(r->cols, 0, size);
	for (uint64_t i = before->lo; i <= before->hi; i++) {
		uint8_t **to = &r->cols[fold_slot(before, i >> 1)];
		uint8_t *from = old[fold_slot(before, i)];

		if (!*to) {
			*to = from;
			continue;
		}
		if (from)
			raster_add_counts(*to, from, column_bytes(r));
		free(from);
	}
}

static void reach_rows(struct raster *r, const struct fold *cols,
		       uint64_t first, uint64_t end)
{
	struct cols ctx = { .raster = r, .fold = cols };

	fold_reach(&r->rows, first, halve_rows, &ctx);
	fold_reach(&r->rows, end - 1, halve_rows, &ctx);
}

/* A row of @from may be several of @r: it had more devices beside it. */
static void merge_cell(struct raster *r, uint8_t *to, const struct raster *from,
		       uint64_t row, uint8_t *cell)
{
	uint64_t first = row << from->rows.shift >> r->rows.shift;
	uint64_t last = (((row + 1) << from->rows.shift) - 1) >> r->rows.shift;

	if (last > r->rows.hi)
		last = r->rows.hi;
	for (uint64_t i = first > r->rows.lo ? first : r->rows.lo; i <= last;
	     i++)
		merge_cells(to + fold_slot(&r->rows, i) * IO_OP_MAX, cell,
			    IO_OP_MAX);
}

static void merge_column(struct raster *r, size_t to, const struct raster *from,
			 size_t slot)
{
	if (!from->cols[slot])
		return;
	for (uint64_t row = from->rows.lo; row <= from->rows.hi; row++) {
		uint8_t *cell = from->cols[slot] +
				fold_slot(&from->rows, row) * IO_OP_MAX;

		/* most are empty, and stay untouched */
		if (cell[IO_READ] || cell[IO_WRITE] || cell[IO_OTHER])
			merge_cell(r, make_column(r, to), from, row, cell);
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
