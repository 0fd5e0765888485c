/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A field of numbers as an image in the plot area of a graph: from the
 * theme's palest colour of heat to its strongest, on a log scale.
 */
#ifndef PLOTS_HEATMAP_H
#define PLOTS_HEATMAP_H

#include "plots/graph.h"
#include "src/analyze/detail.h"

struct heatmap {
	uint32_t cols, rows;
	double *values;		/* rows from the top; 0 = nothing is there;
				   owned */
};

/*
 * A column for each pixel of the area, a row for two of them; where @nr things
 * are few, larger cells, that can be seen.  At most @rows_max rows.  All is 0.
 * The caller frees values.
 */
struct heatmap heatmap_of(const struct graph *g, double rows_max, uint64_t nr);

/* The buckets of a column, from *first to before *end. */
void heatmap_buckets(const struct graph *g, const struct heatmap *m,
		     uint32_t col, const struct detail *d, uint64_t *first,
		     uint64_t *end);

/* The values at the upper and the lower edge of a row. */
void heatmap_row(const struct graph *g, const struct heatmap *m, uint32_t row,
		 double *ret_low, double *ret_high);

/* From @lo (the palest; lower ones too) to @hi, both above 0. */
void heatmap_draw(struct scene *s, const struct graph *g,
		  const struct theme *theme, const struct heatmap *m,
		  double lo, double hi);

/* Lowest above 0, and highest; 0, 0 if there is none. */
void heatmap_range(const struct heatmap *m, double *ret_lo, double *ret_hi);

/* What the colours stand for. */
void heatmap_legend(struct graph *g, const struct theme *theme,
		    const char *few, const char *many);

#endif
