/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Offset over time, as an image: the size of the picture does not depend on
 * the number of I/Os.  Each device has a band of its own with its own scale
 * (iowatcher lays devices end to end, where a small one next to a large one
 * is a line).  A device that several traces have is drawn in one band.
 *
 * Colour: what there is most of in a pixel; writes win a draw, and discards
 * and the like, which may cover a whole device, are behind reads and writes.
 * Three shades for few, more and many I/Os.  Groups have a colour each, and no
 * operations; smaller ones are drawn over larger ones.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/group.h"
#include "plots/kinds.h"
#include "src/base/xalloc.h"

#define BANDS_MAX	SERIES_DEVICES_MAX
#define BAND_GAP	18.0
#define BAND_MIN	72.0	/* height */
#define LEVELS		3
#define FULL_FROM	0.35	/* the axis begins at 0 if the first offset is
				   below so much of the last one */
#define SPAN_MIN	65536.0	/* of the axis, bytes */
#define DOT		1.5	/* size of an I/O, pixels of the page */

struct band {
	uint32_t device;
	const char *name;
	double first, end;	/* bytes */
};

struct bands {
	size_t nr;
	struct band of[BANDS_MAX];
};

static const char *const op_names[IO_OP_MAX] = {
	[IO_READ] = "reads",
	[IO_WRITE] = "writes",
	[IO_OTHER] = "discards and other",
};

static const double levels[LEVELS] = { 0.62, 0.82, 1.0 };

static void add_band(struct bands *b, const struct series_device *d)
{
	double first = (double)d->raster->first * 512;
	double end = (double)d->raster->end * 512;

	size_t i;

	for (i = 0; i < b->nr; i++) {
		if (b->of[i].device == d->device) {
			b->of[i].first = fmin(b->of[i].first, first);
			b->of[i].end = fmax(b->of[i].end, end);
			return;
		}
	}
	if (b->nr == BANDS_MAX)
		return;
	/* in the order of their numbers */
	for (i = b->nr++; i && b->of[i - 1].device > d->device; i--)
		b->of[i] = b->of[i - 1];
	b->of[i] = (struct band){ d->device, d->name, first, end };
}

static void find_bands(struct bands *b, const struct plot_input *in)
{
	b->nr = 0;
	for (size_t t = 0; t < in->nr_traces; t++) {
		size_t nr;
		const struct series_device *d =
			series_devices(in->traces[t].series, &nr);

		for (size_t i = 0; i < nr; i++)
			if (d[i].raster && d[i].raster->end)
				add_band(b, &d[i]);
	}
}

/* I/Os of each kind in the rasters of a trace. */
static void count_ops(const struct series *series, uint64_t nr[IO_OP_MAX])
{
	size_t nr_devices;
	const struct series_device *d = series_devices(series, &nr_devices);

	memset(nr, 0, IO_OP_MAX * sizeof(*nr));
	for (size_t i = 0; i < nr_devices; i++)
		for (int op = 0; op < IO_OP_MAX && d[i].raster; op++)
			nr[op] += d[i].raster->nr[op];
}

static void add_group(struct graph *g, const struct plot_trace *trace,
		      const uint64_t nr[IO_OP_MAX])
{
	uint64_t sum = nr[IO_READ] + nr[IO_WRITE] + nr[IO_OTHER];
	char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX];

	if (!sum)
		return;
	axis_format(AXIS_NUMBER, (double)sum, note);
	graph_add_legend(g, trace->color, false, note, "%s",
			 group_join(trace, "", text));
}

void kind_io_prepare(struct graph *g, const struct plot_input *in)
{
	struct bands bands;

	find_bands(&bands, in);
	for (size_t t = 0; t < in->nr_traces; t++) {
		const struct plot_trace *trace = &in->traces[t];
		uint64_t nr[IO_OP_MAX];
		char text[GRAPH_LABEL_MAX], note[AXIS_LABEL_MAX];

		count_ops(trace->series, nr);
		if (is_group(trace)) {
			add_group(g, trace, nr);
			continue;
		}
		for (int op = 0; op < IO_OP_MAX; op++) {
			if (!nr[op])
				continue;
			axis_format(AXIS_NUMBER, (double)nr[op], note);
			graph_add_legend(g, in->theme->ops[t % THEME_TRACES]
							  [op], false, note,
					 "%s", graph_join(op_names[op],
							  trace->label, text));
		}
	}
	g->has_own_y = true;
	g->remark = "offset";
	if (!bands.nr)
		g->empty = "no I/O with a place on a device";
	else
		g->min_height = (double)bands.nr * BAND_MIN +
				(double)(bands.nr - 1) * BAND_GAP;
}

/* ---- the image ----------------------------------------------------------- */

struct canvas {
	const struct graph *band;
	struct scene_image image;
	uint8_t *counts;	/* of one trace: columns of column_bytes, and
				   in each of them rows, enum io_op */
	uint8_t *column;	/* one more of them */
	uint32_t dot;
};

static size_t column_bytes(const struct canvas *c)
{
	return ((size_t)c->image.rows * IO_OP_MAX + 7) & ~(size_t)7;
}

/* Adds to the pixels from y1 to before y2 of a column. */
static void stamp(const struct canvas *c, uint8_t *column, uint32_t y1,
		  uint32_t y2, const uint8_t nr[IO_OP_MAX])
{
	if (y2 > c->image.rows)
		y2 = c->image.rows;
	for (uint32_t y = y1; y < y2; y++) {
		uint8_t *to = column + (size_t)y * IO_OP_MAX;

		for (int op = 0; op < IO_OP_MAX; op++)
			to[op] = nr[op] > 255 - to[op] ?
					 255 : (uint8_t)(to[op] + nr[op]);
	}
}

/* Pixels of a row of a raster: from y1 to before y2. */
struct span {
	uint32_t y1, y2;
};

/* For all rows of a raster.  The caller frees them. */
static struct span *find_spans(const struct canvas *c, const struct raster *r)
{
	struct span *spans = xcalloc(fold_count(&r->rows), sizeof(*spans));
	double row_bytes = ldexp(512, r->rows.shift);

	for (uint64_t row = r->rows.lo; row <= r->rows.hi; row++) {
		struct span *s = &spans[row - r->rows.lo];
		double high = 1 - axis_at(&c->band->y,
					  (double)(row + 1) * row_bytes);
		double low = 1 - axis_at(&c->band->y, (double)row * row_bytes);

		s->y1 = (uint32_t)(high * (c->image.rows - c->dot));
		s->y2 = (uint32_t)(low * (c->image.rows - c->dot));
		if (s->y2 <= s->y1 + c->dot)
			s->y2 = s->y1 + c->dot;
	}
	return spans;
}

static void stamp_column(struct canvas *c, const struct raster *r,
			 const struct span *spans, const uint8_t *column)
{
	for (uint64_t row = r->rows.lo; row <= r->rows.hi; row++) {
		const uint8_t *nr = raster_cell(r, column, row);
		const struct span *s = &spans[row - r->rows.lo];

		if (nr[IO_READ] | nr[IO_WRITE] | nr[IO_OTHER])
			stamp(c, c->column, s->y1, s->y2, nr);
	}
}

/* Puts what was stamped into the image at @x, as wide as a dot is. */
static void flush_column(struct canvas *c, uint32_t x)
{
	size_t size = column_bytes(c);

	for (uint32_t i = 0; i < c->dot && x + i < c->image.cols; i++)
		raster_add_counts(c->counts + (x + i) * size, c->column, size);
	memset(c->column, 0, size);
}

static void stamp_raster(struct canvas *c, const struct series *series,
			 const struct raster *r)
{
	_cleanup_(freep) struct span *spans = find_spans(c, r);
	const struct fold *cols = series_fold(series);
	double first = (double)series_first(series);
	uint32_t at = 0;

	for (uint64_t col = cols->lo; col <= cols->hi; col++) {
		const uint8_t *column = raster_column(r, cols, col);
		double ns = ((double)col + 0.5) * ldexp(1, cols->shift) - first;
		uint32_t x = (uint32_t)(axis_at(&c->band->x, ns) *
					(c->image.cols - c->dot));

		if (!column)
			continue;
		if (x != at)
			flush_column(c, at);
		at = x;
		stamp_column(c, r, spans, column);
	}
	flush_column(c, at);
}

static uint8_t pixel_of(const uint8_t nr[IO_OP_MAX], size_t trace,
			bool is_of_group)
{
	unsigned int many = nr[IO_READ] + nr[IO_WRITE];
	enum io_op op = nr[IO_READ] > nr[IO_WRITE] ? IO_READ : IO_WRITE;
	unsigned int level;

	if (!many) {
		op = IO_OTHER;
		many = nr[IO_OTHER];
	}
	if (!many)
		return 0;
	level = many < 2 ? 0 : many < 5 ? 1 : 2;
	if (is_of_group)
		return (uint8_t)(1 + trace * LEVELS + level);
	return (uint8_t)(1 + (trace % THEME_TRACES * IO_OP_MAX + op) * LEVELS +
			 level);
}

/* Draws the raster that a trace has of a device into the image. */
static void paint(struct canvas *c, const struct plot_input *in, size_t trace,
		  const struct raster *r)
{
	const struct series *series = in->traces[trace].series;
	bool is_of_group = is_group(&in->traces[trace]);
	size_t size = column_bytes(c);

	memset(c->counts, 0, size * c->image.cols);
	stamp_raster(c, series, r);
	for (uint32_t x = 0; x < c->image.cols; x++) {
		const uint8_t *of = c->counts + x * size;
		uint8_t *to = c->image.pixels + x;

		for (uint32_t y = 0; y < c->image.rows; y++) {
			/* most are empty */
			if (of[IO_READ] | of[IO_WRITE] | of[IO_OTHER])
				*to = pixel_of(of, trace, is_of_group);
			of += IO_OP_MAX;
			to += c->image.cols;
		}
	}
}

static void set_palette(struct scene_image *image, const struct plot_input *in)
{
	const struct theme *theme = in->theme;
	unsigned int n = 0;

	image->palette[n++] = theme->background & 0xffffff00u;
	for (size_t t = 0; t < in->nr_traces && is_group(in->traces); t++)
		for (int level = 0; level < LEVELS; level++)
			image->palette[n++] = rgba_mix(theme->background,
						       in->traces[t].color,
						       levels[level]);
	image->nr_colors = n;
	if (n > 1)
		return;
	for (unsigned int t = 0; t < THEME_TRACES; t++)
		for (int op = 0; op < IO_OP_MAX; op++)
			for (int level = 0; level < LEVELS; level++)
				image->palette[n++] = rgba_mix(
					theme->background, theme->ops[t][op],
					levels[level]);
	image->nr_colors = n;
}

static void paint_all(struct canvas *c, const struct plot_input *in,
		      uint32_t device, bool is_rest)
{
	for (size_t t = 0; t < in->nr_traces; t++) {
		size_t nr;
		const struct series_device *d =
			series_devices(in->traces[t].series, &nr);

		if (group_is_rest(in, t) != is_rest)
			continue;
		for (size_t i = 0; i < nr; i++)
			if (d[i].device == device && d[i].raster &&
			    d[i].raster->end)
				paint(c, in, t, d[i].raster);
	}
}

/* By the number of I/Os of a device in all traces. */
static double dot_of(const struct plot_input *in, uint32_t device)
{
	uint64_t sum = 0;

	for (size_t t = 0; t < in->nr_traces; t++) {
		size_t nr;
		const struct series_device *d =
			series_devices(in->traces[t].series, &nr);

		for (size_t i = 0; i < nr; i++)
			for (int op = 0; op < IO_OP_MAX; op++)
				if (d[i].device == device && d[i].raster)
					sum += d[i].raster->nr[op];
	}
	return graph_dot(sum, DOT);
}

static void draw_image(struct scene *s, const struct graph *g,
		       const struct plot_input *in, uint32_t device)
{
	struct canvas c = { .band = g };
	_cleanup_(freep) uint8_t *counts = NULL, *column = NULL;

	c.image.cols = (uint32_t)(g->width * in->image_scale + 0.5);
	c.image.rows = (uint32_t)(g->height * in->image_scale + 0.5);
	c.dot = (uint32_t)(dot_of(in, device) * in->image_scale + 0.5);
	if (!c.dot)
		c.dot = 1;
	c.image.pixels = xcalloc(c.image.cols, c.image.rows);
	c.counts = counts = xmalloc(column_bytes(&c) * c.image.cols);
	c.column = column = xcalloc(column_bytes(&c), 1);
	set_palette(&c.image, in);
	paint_all(&c, in, device, true);
	paint_all(&c, in, device, false);
	scene_image(s, g->left, g->top, g->width, g->height, &c.image);
}

/* ---- bands --------------------------------------------------------------- */

static void set_axis(struct graph *g, const struct band *b,
		     const struct plot_input *in)
{
	double lo = b->first < b->end * FULL_FROM ? 0 : b->first;
	double hi = fmax(b->end, lo + SPAN_MIN);
	double want = fmin(6, fmax(2, g->height / 45));

	if (in->to_bytes > 0) {
		lo = in->from_bytes;
		hi = in->to_bytes;
	}
	axis_linear(&g->y, plot_unit(in, AXIS_BYTES), lo, hi,
		    (unsigned int)want, false);
	/* bands differ in unit: each label says it */
	axis_label_units(&g->y);
}

static void draw_name(struct scene *s, const struct graph *g,
		      const struct band *b, const struct theme *theme)
{
	char name[SERIES_NAME_MAX];

	if (*b->name)
		(void)snprintf(name, sizeof(name), "%s", b->name);
	else
		(void)snprintf(name, sizeof(name), "%u,%u",
			       blk_major(b->device), blk_minor(b->device));
	graph_draw_name(s, g, theme, name);
}

void kind_io_draw(struct scene *s, const struct graph *g,
		  const struct plot_input *in)
{
	struct bands bands;
	struct graph band = *g;

	find_bands(&bands, in);
	band.height = floor((g->height - (double)(bands.nr - 1) * BAND_GAP) /
			    (double)bands.nr);
	for (size_t i = 0; i < bands.nr; i++) {
		double bottom;

		band.top = g->top + (double)i * (band.height + BAND_GAP);
		/* the last one ends where the frame does */
		if (i + 1 == bands.nr)
			band.height = g->top + g->height - band.top;
		set_axis(&band, &bands.of[i], in);
		graph_draw_y(s, &band, in->theme);
		draw_image(s, &band, in, bands.of[i].device);
		bottom = floor(band.top + band.height) + 0.5;
		if (i + 1 < bands.nr)
			scene_line(s, g->left, bottom, g->left + g->width,
				   bottom, in->theme->axis, 1);
		if (bands.nr > 1)
			draw_name(s, &band, &bands.of[i], in->theme);
	}
}
