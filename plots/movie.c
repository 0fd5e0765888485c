/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Each cell of the field remembers the frame of its last I/O, and whose it
 * was: a frame is the columns of the rasters that are new in it, and one look
 * at each cell.  So frames have to come in order.
 */
#include "config.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plots/group.h"
#include "plots/movie.h"
#include "plots/movie_field.h"
#include "plots/textwidth.h"
#include "src/base/xalloc.h"

#define GRAPH_WIDTH	280.0	/* of the graphs beside the field */
#define GRAPH_HEIGHT	96.0
#define FIELD_GAP	28.0
#define FADED		0.16	/* the oldest shade that is still seen */
#define COLORS_MAX	((IMAGE_COLORS_MAX - 2) / MOVIE_HISTORY)
#define LEGEND_GAP	20.0
#define SWATCH_ROOM	16.0
#define TIME_ROOM	80.0	/* right of the legend */

struct hit {
	uint32_t frame;		/* of the last I/O, from 1; 0 = none yet */
	uint8_t color;		/* its number */
};

/* A device of a trace, and the cells that are its places. */
struct zone {
	const struct series *series;
	const struct raster *raster;
	size_t trace;
	uint32_t device;
	uint32_t first, nr;	/* cells */
	double lo, hi;		/* bytes */
	uint64_t next_col;	/* of the fold of times */
};

struct movie {
	struct movie_options o;
	const struct plot_input *in;
	struct scene *background;
	struct page_box *boxes;		/* of the graphs */
	struct page_box box;		/* of the field */
	struct field field;
	struct hit *hits;		/* of each cell */
	struct zone *zones;
	size_t nr_zones, cap_zones;
	uint32_t frame;			/* the next one */
};

/* ---- devices ------------------------------------------------------------- */

static void add_zone(struct movie *m, size_t trace,
		     const struct series_device *d)
{
	const struct plot_input *in = m->in;
	struct zone *z;

	if (!d->raster || !d->raster->end)
		return;
	m->zones = xgrow(m->zones, m->nr_zones, &m->cap_zones,
			 sizeof(*m->zones));
	z = &m->zones[m->nr_zones++];
	*z = (struct zone){
		.series = in->traces[trace].series, .raster = d->raster,
		.trace = trace, .device = d->device,
		.lo = in->to_bytes > 0 ? in->from_bytes : 0,
		.hi = in->to_bytes > 0 ? in->to_bytes :
					 (double)d->raster->end * 512,
		.next_col = series_fold(in->traces[trace].series)->lo,
	};
}

static int by_device(const void *a, const void *b)
{
	const struct zone *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->trace < y->trace ? -1 : x->trace > y->trace;
}

/* Sorted zones: the end of those that are of the same device. */
static size_t end_of_device(const struct movie *m, size_t i)
{
	size_t end = i;

	while (end < m->nr_zones && m->zones[end].device == m->zones[i].device)
		end++;
	return end;
}

/*
 * Equal parts for each device, whole circles or rows; one that several traces
 * have is in one place, with one scale.
 */
static void share_cells(struct movie *m)
{
	uint32_t lines = m->field.nr_cells / m->field.line;
	size_t nr_devices = 0, at = 0;

	if (m->nr_zones)
		qsort(m->zones, m->nr_zones, sizeof(*m->zones), by_device);
	for (size_t i = 0; i < m->nr_zones; i = end_of_device(m, i))
		nr_devices++;
	for (size_t i = 0, end; i < m->nr_zones; i = end, at++) {
		size_t first = lines * at / nr_devices;
		size_t next = lines * (at + 1) / nr_devices;
		double hi = 0;

		end = end_of_device(m, i);
		for (size_t k = i; k < end; k++)
			hi = fmax(hi, m->zones[k].hi);
		for (size_t k = i; k < end; k++) {
			struct zone *z = &m->zones[k];

			z->hi = hi;
			z->first = (uint32_t)first * m->field.line;
			z->nr = (uint32_t)(next - first) * m->field.line;
		}
	}
}

/* ---- the background ------------------------------------------------------ */

static rgba paper_of(const struct movie *m)
{
	return rgba_mix(m->in->theme->background, m->in->theme->grid, 0.4);
}

/* Groups have one colour, whole traces one for each operation. */
static bool has_groups(const struct movie *m)
{
	return m->in->nr_traces && is_group(&m->in->traces[0]);
}

static unsigned int color_number(const struct movie *m, size_t trace, int op)
{
	return has_groups(m) ? (unsigned int)(trace % COLORS_MAX) :
	       (unsigned int)(trace % THEME_TRACES) * IO_OP_MAX +
		       (unsigned int)op;
}

static rgba color_of(const struct movie *m, unsigned int number)
{
	if (has_groups(m))
		return m->in->traces[number].color;
	return m->in->theme->ops[number / IO_OP_MAX][number % IO_OP_MAX];
}

static unsigned int nr_colors(const struct movie *m)
{
	size_t nr = m->in->nr_traces;

	if (has_groups(m))
		return (unsigned int)(nr < COLORS_MAX ? nr : COLORS_MAX);
	return (unsigned int)(nr < THEME_TRACES ? nr : THEME_TRACES) *
	       IO_OP_MAX;
}

static bool has_op(const struct movie *m, size_t trace, int op)
{
	for (size_t i = 0; i < m->nr_zones; i++)
		if (m->zones[i].trace == trace && m->zones[i].raster->nr[op])
			return true;
	return false;
}

static void make_legend(const struct movie *m, struct graph *g)
{
	static const char *const names[IO_OP_MAX] = {
		[IO_READ] = "reads",
		[IO_WRITE] = "writes",
		[IO_OTHER] = "discards and other",
	};

	for (size_t t = 0; t < m->in->nr_traces; t++) {
		const struct plot_trace *trace = &m->in->traces[t];
		char text[GRAPH_LABEL_MAX];

		for (int op = 0; op < IO_OP_MAX; op++)
			if (group_has_op(trace, op) &&
			    (has_groups(m) || has_op(m, t, op)))
				graph_add_legend(
					g, color_of(m, color_number(m, t, op)),
					false, "", "%s",
					group_join(trace, names[op], text));
	}
}

/* What fits beside the time. */
static void draw_legend(const struct movie *m, struct scene *s)
{
	const struct text_style style = { .size = SIZE_LABEL,
					  .color = m->in->theme->text };
	double x = m->box.left;
	struct graph g = { 0 };

	make_legend(m, &g);
	for (size_t i = 0; i < g.nr_legend; i++) {
		const char *label = g.legend[i].label;
		double end = x + SWATCH_ROOM +
			     text_width(label, SIZE_LABEL, false);

		if (end > m->box.left + m->box.width - TIME_ROOM)
			break;
		scene_rect(s, x, m->box.top - 21, 10, 10, g.legend[i].color);
		scene_text(s, x + SWATCH_ROOM, m->box.top - 12, &style, "%s",
			   label);
		x = end + LEGEND_GAP;
	}
}

static void make_background(struct movie *m)
{
	const struct page_options page = {
		.title = m->o.title, .subtitle = m->o.subtitle,
		.warning = m->o.warning, .width = GRAPH_WIDTH,
		.height = GRAPH_HEIGHT, .columns = 1, .kinds = m->o.kinds,
		.nr_kinds = m->o.nr_kinds, .boxes = m->boxes,
		.others = m->o.others,
		.room_width = m->o.width, .room_height = m->o.height,
		.room = &m->box,
	};

	m->background = page_make(&page, m->in);
	draw_legend(m, m->background);
	scene_rect(m->background, m->box.left, m->box.top, m->box.width,
		   m->box.height, paper_of(m));
}

struct movie *movie_new(const struct movie_options *o,
			const struct plot_input *in)
{
	struct movie *m = xcalloc(1, sizeof(*m));

	m->o = *o;
	m->in = in;
	m->boxes = xcalloc(o->nr_kinds + 1, sizeof(*m->boxes));
	field_init(&m->field, o->style, o->width, o->height, in->image_scale);
	m->hits = xcalloc(m->field.nr_cells, sizeof(*m->hits));
	for (size_t t = 0; t < in->nr_traces; t++) {
		size_t nr;
		const struct series_device *d =
			series_devices(in->traces[t].series, &nr);

		for (size_t i = 0; i < nr; i++)
			add_zone(m, t, &d[i]);
	}
	share_cells(m);
	make_background(m);
	return m;
}

void movie_free(struct movie *m)
{
	if (!m)
		return;
	scene_free(m->background);
	field_release(&m->field);
	free(m->boxes);
	free(m->hits);
	free(m->zones);
	free(m);
}

const struct scene *movie_background(const struct movie *m)
{
	return m->background;
}

/* ---- frames -------------------------------------------------------------- */

static void hit_cells(struct movie *m, const struct zone *z, double from,
		      double to, uint8_t color)
{
	double scale = z->nr / (z->hi - z->lo);
	double first = (from - z->lo) * scale, end = (to - z->lo) * scale;
	uint32_t i, last;

	if (end <= 0 || first >= z->nr)
		return;
	i = first > 0 ? (uint32_t)first : 0;
	last = (uint32_t)ceil(fmin(end, z->nr));
	if (last < i + m->field.min_cells)
		last = i + m->field.min_cells;
	for (; i < last && i < z->nr; i++)
		m->hits[z->first + i] = (struct hit){ m->frame + 1, color };
}

static void hit_column(struct movie *m, const struct zone *z, uint64_t col)
{
	const uint8_t *column = raster_column(z->raster,
					      series_fold(z->series), col);
	const struct fold *rows = &z->raster->rows;
	double bytes = ldexp(512, rows->shift);

	for (uint64_t row = rows->lo; column && row <= rows->hi; row++) {
		const uint8_t *nr = raster_cell(z->raster, column, row);
		int op = IO_OTHER;

		/* as in the graph io: writes win a draw */
		if (nr[IO_READ] || nr[IO_WRITE])
			op = nr[IO_READ] > nr[IO_WRITE] ? IO_READ : IO_WRITE;
		if (nr[op])
			hit_cells(m, z, (double)row * bytes,
				  (double)(row + 1) * bytes,
				  (uint8_t)color_number(m, z->trace, op));
	}
}

/* Columns whose middle is before the end of this frame. */
static void hit_new_columns(struct movie *m, struct zone *z)
{
	const struct fold *cols = series_fold(z->series);
	double step = (m->in->to_ns - m->in->from_ns) / MOVIE_FRAMES;
	double end = m->in->from_ns + step * (m->frame + 1);

	for (; z->next_col <= cols->hi; z->next_col++) {
		double ns = ((double)z->next_col + 0.5) *
				    ldexp(1, cols->shift) -
			    (double)series_first(z->series);

		/* the last column may have its middle behind the end */
		if (ns >= end && m->frame + 1 < MOVIE_FRAMES)
			break;
		hit_column(m, z, z->next_col);
	}
}

static void set_palette(const struct movie *m, struct scene_image *image)
{
	rgba paper = paper_of(m);
	unsigned int n = 0;

	static_assert(THEME_TRACES * IO_OP_MAX <= COLORS_MAX &&
			      COLORS_MAX * MOVIE_HISTORY + 2 <=
				      IMAGE_COLORS_MAX,
		      "too many shades");
	image->palette[n++] = paper & 0xffffff00u;
	for (unsigned int c = 0; c < nr_colors(m); c++) {
		for (unsigned int age = 0; age < MOVIE_HISTORY; age++) {
			double t = 1 - (1 - FADED) * age / (MOVIE_HISTORY - 1);

			image->palette[n++] = rgba_mix(paper, color_of(m, c),
						       t);
		}
	}
	/* the platter itself can be seen; squares fill the field anyway */
	image->palette[n++] = m->o.style == MOVIE_SPINDLE ?
				      rgba_mix(paper, m->in->theme->grid, 0.7) :
				      image->palette[0];
	image->nr_colors = n;
}

size_t movie_colors(const struct movie *m, rgba *ret_colors, size_t max)
{
	struct scene_image image;
	size_t nr = 0;

	set_palette(m, &image);
	for (unsigned int i = 1; i < image.nr_colors && nr < max; i++)
		if ((image.palette[i] & 0xff) == 0xff)
			ret_colors[nr++] = image.palette[i];
	return nr;
}

static uint8_t shade_of(const struct movie *m, uint32_t cell)
{
	const struct hit *h = &m->hits[cell];
	uint32_t age = m->frame + 1 - h->frame;

	if (!h->frame || age >= MOVIE_HISTORY)
		return (uint8_t)(1 + nr_colors(m) * MOVIE_HISTORY);
	return (uint8_t)(1 + h->color * MOVIE_HISTORY + age);
}

static void draw_field(const struct movie *m, struct scene *s)
{
	struct scene_image image = { .cols = m->field.cols,
				     .rows = m->field.rows };
	size_t size = (size_t)image.cols * image.rows;
	_cleanup_(freep) uint8_t *shades = xmalloc(m->field.nr_cells);

	set_palette(m, &image);
	for (uint32_t i = 0; i < m->field.nr_cells; i++)
		shades[i] = shade_of(m, i);
	image.pixels = xcalloc(size, 1);
	for (size_t i = 0; i < size; i++)
		if (m->field.cell_of[i] != FIELD_NOWHERE)
			image.pixels[i] = shades[m->field.cell_of[i]];
	scene_image(s, m->box.left, m->box.top, m->box.width, m->box.height,
		    &image);
}

static void draw_time(const struct movie *m, struct scene *s, double ns)
{
	const struct text_style style = { .size = SIZE_GRAPH,
					  .color = m->in->theme->text,
					  .anchor = TEXT_END,
					  .is_bold = true };
	double share = (ns - m->in->from_ns) /
		       (m->in->to_ns - m->in->from_ns);
	char text[AXIS_LABEL_MAX];

	for (size_t i = 0; i < m->o.nr_kinds; i++) {
		const struct page_box *b = &m->boxes[i];
		double x = b->left + share * b->width;

		scene_line(s, x, b->top, x, b->top + b->height,
			   m->in->theme->text, 1);
	}
	axis_format(AXIS_CLOCK, ns, text);
	scene_text(s, m->box.left + m->box.width, m->box.top - 12, &style,
		   "%s", text);
}

struct scene *movie_next(struct movie *m)
{
	struct scene *s;

	if (m->frame == MOVIE_FRAMES)
		return NULL;
	for (size_t i = 0; i < m->nr_zones; i++)
		hit_new_columns(m, &m->zones[i]);
	s = scene_new(m->background->width, m->background->height,
		      m->background->title);
	draw_field(m, s);
	draw_time(m, s, m->in->from_ns +
				(m->in->to_ns - m->in->from_ns) *
					(m->frame + 0.5) / MOVIE_FRAMES);
	m->frame++;
	return s;
}
