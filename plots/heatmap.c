/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plots/heatmap.h"
#include "src/base/xalloc.h"

#define LEVELS		15
#define ROW_PIXELS	2.0

struct heatmap heatmap_of(const struct graph *g, double rows_max, uint64_t nr)
{
	double cell = graph_dot(nr, 1);
	double rows = fmin(fmax(1, floor(g->height / fmax(cell, ROW_PIXELS))),
			   rows_max);
	struct heatmap m = { .cols = (uint32_t)fmax(1, g->width / cell),
			     .rows = (uint32_t)fmax(1, rows) };

	m.values = xcalloc((size_t)m.cols * m.rows, sizeof(*m.values));
	return m;
}

void heatmap_buckets(const struct graph *g, const struct heatmap *m,
		     uint32_t col, const struct detail *d, uint64_t *first,
		     uint64_t *end)
{
	const struct fold *t = detail_times(d);
	double step = (g->x.hi - g->x.lo) / m->cols;
	double base = (double)detail_first(d) + g->x.lo;
	double width = ldexp(1, t->shift);
	double last = fmin(base + step * (col + 1), (double)detail_last(d));

	*first = (uint64_t)((base + step * col) / width);
	*end = (uint64_t)((base + step * (col + 1)) / width);
	/* the last time of all is in the last column */
	if (col + 1 == m->cols || (*end == *first && last >= base + step * col))
		++*end;
	if (*first < t->lo)
		*first = t->lo;
	if (*end > t->hi + 1)
		*end = t->hi + 1;
	if (!fold_count(t) || *end < *first)
		*end = *first;
}

void heatmap_row(const struct graph *g, const struct heatmap *m, uint32_t row,
		 double *ret_low, double *ret_high)
{
	double step = (g->y.hi - g->y.lo) / m->rows;

	*ret_high = g->y.hi - step * row;
	*ret_low = *ret_high - step;
}

static void set_palette(struct scene_image *image, const struct theme *theme)
{
	image->palette[0] = theme->background & 0xffffff00u;
	for (int i = 0; i < LEVELS; i++) {
		double t = 2.0 * i / (LEVELS - 1);

		image->palette[i + 1] =
			t < 1 ? rgba_mix(theme->heat[0], theme->heat[1], t) :
				rgba_mix(theme->heat[1], theme->heat[2], t - 1);
	}
	image->nr_colors = LEVELS + 1;
}

static uint8_t level_of(double v, double lo, double hi)
{
	double t = hi > lo ? log(v / lo) / log(hi / lo) : 1;

	if (!(v > 0))
		return 0;
	return (uint8_t)(1 + fmin(1, fmax(0, t)) * (LEVELS - 1) + 0.5);
}

void heatmap_draw(struct scene *s, const struct graph *g,
		  const struct theme *theme, const struct heatmap *m,
		  double lo, double hi)
{
	/* pixels of the page: viewers blur what they have to enlarge */
	struct scene_image image = { .cols = (uint32_t)fmax(1, g->width),
				     .rows = (uint32_t)fmax(1, g->height) };
	uint8_t *to;

	set_palette(&image, theme);
	to = image.pixels = xmalloc((size_t)image.cols * image.rows);
	for (uint32_t y = 0; y < image.rows; y++) {
		uint32_t row = (uint32_t)((uint64_t)y * m->rows / image.rows);
		const double *values = m->values + (size_t)m->cols * row;

		for (uint32_t x = 0; x < image.cols; x++)
			*to++ = level_of(values[x * m->cols / image.cols], lo,
					 hi);
	}
	scene_image(s, g->left, g->top, g->width, g->height, &image);
}

void heatmap_range(const struct heatmap *m, double *ret_lo, double *ret_hi)
{
	*ret_lo = INFINITY;
	*ret_hi = 0;
	for (size_t i = 0; i < (size_t)m->cols * m->rows; i++) {
		if (!(m->values[i] > 0))
			continue;
		*ret_lo = fmin(*ret_lo, m->values[i]);
		*ret_hi = fmax(*ret_hi, m->values[i]);
	}
	if (!(*ret_hi > 0))
		*ret_lo = 0;
}

void heatmap_legend(struct graph *g, const struct theme *theme,
		    const char *few, const char *many)
{
	graph_add_legend(g, theme->heat[0], false, "", "%s", few);
	graph_add_legend(g, theme->heat[1], false, "", "%s", "");
	graph_add_legend(g, theme->heat[2], false, "", "%s", many);
}
