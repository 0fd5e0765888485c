/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A heat map of latency: time, log of the latency, and the number of I/Os as
 * colour, on a log scale too, for the few slow ones are what one looks for.
 * It shows what a mean hides: two modes, a tail, a stall.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/kinds.h"
#include "plots/latency.h"
#include "src/base/xalloc.h"

#define ROW_PIXELS	2.0
#define LEVELS		15
#define NR_CURVES	4

static const struct {
	double quantile;
	const char *name;
	int trace, which;	/* its colour in theme->lines */
} shown[NR_CURVES] = {
	{ 0.999, "p99.9", 3, 0 },
	{ 0.99, "p99", 0, 1 },
	{ 0.9, "p90", 1, 0 },
	{ 0.5, "median", 1, 1 },
};

static const struct series *first_series(const struct plot_input *in)
{
	return in->wholes[0].series;
}

void kind_heat_prepare(struct graph *g, const struct plot_input *in)
{
	const struct series *series = first_series(in);
	enum series_phase phase = curve_phase(series);
	const struct hist *h = &series_totals(series)->lat[phase];

	g->remark = h->nr && phase == SERIES_Q2C ? "queue to completion" :
					  "issue to completion";
	if (!h->nr) {
		g->empty = "no I/O with both its issue and its completion";
		return;
	}
	axis_log(&g->y, AXIS_DURATION, (double)(h->min ? h->min : 1),
		 (double)(h->max ? h->max : 1));
	for (size_t i = 0; i < NR_CURVES; i++) {
		char note[AXIS_LABEL_MAX];

		axis_format(AXIS_DURATION,
			    (double)hist_quantile(h, shown[i].quantile), note);
		graph_add_legend(g, in->theme->lines[shown[i].trace]
						    [shown[i].which],
				 true, note, "%s", shown[i].name);
	}
}

static unsigned int cell_of(double ns)
{
	/* what 64 bits hold, and a double too */
	return hist_cell(ns < 0x1p63 ? (uint64_t)ns : UINT64_C(1) << 63);
}

/* I/Os of @h that took from @lo to below @hi; inside a cell evenly spread. */
static double count_between(const struct hist *h, double lo, double hi)
{
	double sum = 0;

	for (unsigned int i = cell_of(lo); i <= cell_of(hi); i++) {
		double low = (double)hist_cell_low(i);
		double high = (double)hist_cell_high(i);
		double part = fmin(high, hi) - fmax(low, lo);

		if (part > 0)
			sum += h->cells[i] * part / (high - low);
	}
	return sum;
}

static double row_edge(const struct graph *g, uint32_t rows, uint32_t row)
{
	double share = 1 - (double)row / rows;

	return g->y.lo * pow(g->y.hi / g->y.lo, share);
}

/* I/Os in each cell: rows of c->nr each.  The caller frees it. */
static double *count_cells(const struct graph *g, const struct plot_input *in,
			   const struct curve *c, uint32_t rows,
			   double *ret_max)
{
	const struct series *series = first_series(in);
	_cleanup_(freep) struct hist *h = xmalloc(sizeof(*h));
	double *counts = xcalloc(c->nr * rows, sizeof(*counts));

	*ret_max = 0;
	for (size_t x = 0; x < c->nr; x++) {
		memset(h, 0, sizeof(*h));
		latency_merge(h, series, curve_phase(series),
			      curve_part(c, x, in, series));
		for (uint32_t y = 0; y < rows && h->nr; y++) {
			double n = count_between(h, row_edge(g, rows, y + 1),
						 row_edge(g, rows, y));

			counts[y * c->nr + x] = n;
			*ret_max = fmax(*ret_max, n);
		}
	}
	return counts;
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

/* A tenth of an I/O is the least that is shown: cells are spread over rows. */
static uint8_t level_of(double n, double max)
{
	const double least = 0.1;
	double t;

	if (n < least)
		return 0;
	t = max > least ? log(n / least) / log(max / least) : 1;
	return (uint8_t)(1 + t * (LEVELS - 1) + 0.5);
}

static void draw_map(struct scene *s, const struct graph *g,
		     const struct plot_input *in, const struct curve *c)
{
	uint32_t cols = (uint32_t)c->nr;
	uint32_t rows = (uint32_t)fmax(1, g->height / ROW_PIXELS);
	/* pixels of the page: viewers blur what they have to enlarge */
	struct scene_image image = { .cols = (uint32_t)g->width,
				     .rows = (uint32_t)g->height };
	_cleanup_(freep) double *counts = NULL;
	uint8_t *to;
	double max;

	set_palette(&image, in->theme);
	counts = count_cells(g, in, c, rows, &max);
	image.pixels = xmalloc((size_t)image.cols * image.rows);
	to = image.pixels;
	for (uint32_t y = 0; y < image.rows; y++) {
		const double *row = counts + (size_t)cols *
					     (y * rows / image.rows);

		for (uint32_t x = 0; x < image.cols; x++)
			*to++ = level_of(row[x * cols / image.cols], max);
	}
	scene_image(s, g->left, g->top, g->width, g->height, &image);
}

void kind_heat_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in)
{
	_cleanup_(freep) struct curve *curves =
		xcalloc(NR_CURVES, sizeof(*curves));
	double quantiles[NR_CURVES];

	for (size_t i = 0; i < NR_CURVES; i++)
		quantiles[i] = shown[i].quantile;
	latency_curves(curves, quantiles, NR_CURVES, in, first_series(in));
	draw_map(s, g, in, &curves[0]);
	for (size_t i = 0; i < NR_CURVES; i++) {
		const struct path_style style = {
			.stroke = in->theme->lines[shown[i].trace]
						  [shown[i].which],
			.width = 1.2, .tip = shown[i].name,
		};

		curve_draw(s, g, &curves[i], &style, 0);
	}
}
