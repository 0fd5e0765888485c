/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The field of a movie: cells of a row of places, and where on an image each
 * of them is.
 */
#ifndef PLOTS_MOVIE_FIELD_H
#define PLOTS_MOVIE_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "plots/movie.h"

#define FIELD_NOWHERE	UINT32_MAX

struct field {
	uint32_t cols, rows;	/* of the image */
	uint32_t *cell_of;	/* [rows][cols]: number of the cell, or
				   FIELD_NOWHERE; owned */
	uint32_t nr_cells;	/* above 0 */
	uint32_t line;		/* cells of a circle or of a row of squares */
	uint32_t min_cells;	/* that an I/O covers at least, to be seen */
};

/* @scale: pixels of the image for each of the page's. */
void field_init(struct field *f, enum movie_style style, double width,
		double height, double scale);
void field_release(struct field *f);

#endif
