/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A row of cells over a range of numbers that nobody knows beforehand: times,
 * offsets.  A cell is 2^shift numbers wide.  When a number comes that the
 * cells cannot reach, they are merged in pairs until they can, so a row
 * always has between half and all of its cells in use, whatever the range.
 *
 * The fold only keeps the books; the cells are the caller's array of
 * 2^nr_bits elements of any kind.  Cell number (value >> shift) lies at the
 * index fold_slot(): a ring, so that the range can grow at both ends without
 * moving anything.
 *
 *	struct fold f = fold_of(11, 10);	2048 cells of 1 us at first
 *	fold_reach(&f, time, halve_cells, &mine);
 *	cells[fold_slot(&f, time >> f.shift)].nr++;
 */
#ifndef ANALYZE_FOLD_H
#define ANALYZE_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fold {
	uint64_t lo, hi;	/* numbers of the first and last cell in use */
	uint32_t nr;		/* cells, a power of two */
	uint8_t shift;
	bool is_used;		/* false: no number came yet */
};

static inline struct fold fold_of(unsigned int nr_bits, unsigned int shift)
{
	return (struct fold){ .nr = 1u << nr_bits, .shift = (uint8_t)shift };
}

static inline size_t fold_slot(const struct fold *f, uint64_t cell)
{
	return cell & (f->nr - 1);
}

/* The number behind a cell; UINT64_MAX for the last cell that there is. */
static inline uint64_t fold_end(const struct fold *f, uint64_t cell)
{
	uint64_t end = (cell + 1) << f->shift;

	return end ? end : UINT64_MAX;
}

/* True if the cell of @value is in use. */
static inline bool fold_has(const struct fold *f, uint64_t value)
{
	uint64_t cell = value >> f->shift;

	return f->is_used && cell >= f->lo && cell <= f->hi;
}

/* fold_reach, for what is not in use yet. */
void fold_grow(struct fold *f, uint64_t value,
	       void (*halve)(void *ctx, const struct fold *before),
	       void *ctx);

/*
 * Makes the cells reach @value.  For each doubling of the width, @halve is
 * called with the fold as it was before: it has to merge cell i into cell
 * i / 2, most likely by fold_halve.
 */
static inline void fold_reach(struct fold *f, uint64_t value,
			      void (*halve)(void *ctx,
					    const struct fold *before),
			      void *ctx)
{
	if (!fold_has(f, value))
		fold_grow(f, value, halve, ctx);
}

/* Cells in use. */
static inline size_t fold_count(const struct fold *f)
{
	return f->is_used ? f->hi - f->lo + 1 : 0;
}

/*
 * Merges an array of cells of @size bytes in pairs.  @merge adds @from to
 * @to, which is zeroed at first; it may take over what @from owns.
 */
void fold_halve(const struct fold *before, void *cells, size_t size,
		void (*merge)(void *to, void *from, size_t size));

#endif
