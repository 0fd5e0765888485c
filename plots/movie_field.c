/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "plots/movie_field.h"
#include "src/base/xalloc.h"

/* Sizes in pixels of the page; those of iowatcher 1.2.0. */
#define TRACK		4.0	/* width of a circle's line */
#define HUB_TRACKS	3	/* the innermost circles are left free */
#define SQUARE		4.0

#define TRACK_CELLS	1024u	/* cells of a circle: about a pixel each */
#define ARC_MIN		4u	/* cells */

static uint32_t at_least_one(double v)
{
	return v < 1 ? 1 : (uint32_t)v;
}

static void init_spindle(struct field *f, double scale)
{
	double radius = fmin(f->cols, f->rows) / 2.0;
	uint32_t tracks = at_least_one(radius / (TRACK * scale) - HUB_TRACKS);

	f->line = TRACK_CELLS;
	f->nr_cells = tracks * TRACK_CELLS;
	f->min_cells = ARC_MIN;
	for (uint32_t row = 0; row < f->rows; row++) {
		for (uint32_t col = 0; col < f->cols; col++) {
			double x = col + 0.5 - f->cols / 2.0;
			double y = row + 0.5 - f->rows / 2.0;
			double track = (radius - hypot(x, y)) /
				       (TRACK * scale);
			/* from the top, clockwise */
			double turn = atan2(x, -y) / (2 * M_PI);
			uint32_t cell;

			/* a gap of a quarter between two circles */
			if (track < 0 || track >= tracks ||
			    track - floor(track) >= 0.75)
				continue;
			cell = (uint32_t)((turn < 0 ? turn + 1 : turn) *
					  TRACK_CELLS);
			f->cell_of[(size_t)row * f->cols + col] =
				(uint32_t)track * TRACK_CELLS +
				cell % TRACK_CELLS;
		}
	}
}

static void init_rect(struct field *f, double scale)
{
	uint32_t side = at_least_one(SQUARE * scale + 0.5);
	uint32_t across = f->cols / side ? f->cols / side : 1;
	uint32_t down = f->rows / side ? f->rows / side : 1;

	f->line = across;
	f->nr_cells = across * down;
	f->min_cells = 1;
	for (uint32_t row = 0; row < f->rows && row / side < down; row++)
		for (uint32_t col = 0; col < f->cols && col / side < across;
		     col++)
			f->cell_of[(size_t)row * f->cols + col] =
				row / side * across + col / side;
}

void field_init(struct field *f, enum movie_style style, double width,
		double height, double scale)
{
	static void (*const init[])(struct field *, double) = {
		[MOVIE_SPINDLE] = init_spindle,
		[MOVIE_RECT] = init_rect,
	};
	size_t size;

	static_assert(ARRAY_SIZE(init) == MOVIE_STYLES, "a style is missing");
	*f = (struct field){ .cols = at_least_one(width * scale + 0.5),
			     .rows = at_least_one(height * scale + 0.5) };
	size = (size_t)f->cols * f->rows;
	f->cell_of = xreallocarray(NULL, size, sizeof(*f->cell_of));
	for (size_t i = 0; i < size; i++)
		f->cell_of[i] = FIELD_NOWHERE;
	init[style](f, scale);
}

void field_release(struct field *f)
{
	free(f->cell_of);
	*f = (struct field){ 0 };
}
