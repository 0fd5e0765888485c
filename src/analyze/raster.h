/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where on a device I/O happened, over time: a field of cells, each with a
 * count of I/Os by kind.  Both ranges grow by themselves (fold.h): columns
 * are times, and the caller keeps their fold, for all rasters of a trace have
 * the same; rows are offsets in sectors, and their fold is the raster's own.
 * Memory: rows x 3 bytes for each column that has an I/O.
 */
#ifndef ANALYZE_RASTER_H
#define ANALYZE_RASTER_H

#include <stddef.h>
#include <stdint.h>

#include "src/analyze/fold.h"
#include "src/base/cleanup.h"

/* What an I/O does.  Order of the legend. */
enum io_op {
	IO_READ,
	IO_WRITE,
	IO_OTHER,		/* flush, discard, zone commands */
	IO_OP_MAX
};

struct raster {
	struct fold rows;	/* in sectors */
	uint8_t **cols;		/* [column slot]: NULL = empty, or cells
				   [row slot][enum io_op]: I/Os, at most 255;
				   owned */
	uint32_t nr_cols;
	uint64_t nr[IO_OP_MAX];	/* I/Os in it */
	uint64_t first, end;	/* sectors: the lowest, the one behind the
				   highest */
};

/*
 * @nr_cols is the number of cells of the fold of times; @row_bits is 3 or
 * more.
 */
struct raster *raster_new(uint32_t nr_cols, unsigned int row_bits);
void raster_free(struct raster *r);
DEFINE_CLEANUP(struct raster, raster_free)

/* Makes it empty again. */
void raster_clear(struct raster *r);

/* Adds an I/O over @nr_sectors (0 counts as 1) in the column at @slot. */
void raster_add(struct raster *r, const struct fold *cols, size_t slot,
		enum io_op op, uint64_t sector, uint64_t nr_sectors);

/* The times have been folded: merges columns in pairs. */
void raster_halve_cols(struct raster *r, const struct fold *before);

/*
 * Adds the columns @first to before @end of @from.  Both folds of columns have
 * the same shift; @cols reaches them.
 */
void raster_merge(struct raster *r, const struct fold *cols,
		  const struct raster *from, const struct fold *from_cols,
		  uint64_t first, uint64_t end);

/* After raster_merge of all its columns. */
void raster_merge_counts(struct raster *r, const struct raster *from);

/*
 * Adds @size counts, a multiple of eight, to others; they stop at 255.  Eight
 * at a time, and what is 0 stays untouched.
 */
void raster_add_counts(uint8_t *to, const uint8_t *from, size_t size);

/* The cells of a column, by its number; NULL = it is empty. */
static inline const uint8_t *raster_column(const struct raster *r,
					   const struct fold *cols,
					   uint64_t col)
{
	return r->cols[fold_slot(cols, col)];
}

/* The three counts of a cell of a column; @row is a number, not a slot. */
static inline const uint8_t *raster_cell(const struct raster *r,
					 const uint8_t *column, uint64_t row)
{
	return column + fold_slot(&r->rows, row) * IO_OP_MAX;
}

#endif
