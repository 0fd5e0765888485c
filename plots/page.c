/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plots/group.h"
#include "plots/page.h"
#include "plots/textwidth.h"
#include "src/base/xalloc.h"

#define STRETCH		2	/* as high as a graph gets beside others */

#define MARGIN		24.0	/* around the page */
#define GUTTER_RIGHT	6.0	/* right of a plot area: half a label */
#define COLUMN_GAP	28.0
#define TITLE_ROW	26.0
#define SUBTITLE_ROW	18.0
#define HEAD_GAP	14.0	/* between the page's head and the graphs */
#define GRAPH_HEAD	26.0	/* a graph's title, above its plot area */
#define LEGEND_ROW	17.0
#define GRAPH_FOOT	22.0	/* tick labels, below it */
#define GRAPH_GAP	22.0	/* between graphs */
#define EMPTY_HEIGHT	64.0	/* of a graph without data */
#define IO_SHARE	1.35	/* the offset graph is higher than others */

struct cell {
	struct graph graph;
	const struct plot_kind *kind;
	double head;		/* height of title and legend */
};

static double legend_height(const struct graph *g, double width)
{
	if (!g->nr_legend || graph_legend_is_beside(g, width))
		return 0;
	return graph_legend_rows(g, width) * LEGEND_ROW + 2;
}

static const struct plot_input *input_of(const struct page_options *o,
					  const struct plot_kind *kind,
					  const struct plot_input *in)
{
	return o->others && kind->draw != kind_io_draw ? o->others : in;
}

static void prepare(struct cell *cell, const struct plot_kind *kind,
		    const struct page_options *o, const struct plot_input *in)
{
	struct graph *g = &cell->graph;

	cell->kind = kind;
	*g = (struct graph){ .title = kind->title,
			      .which = kind->which };
	if (in->is_wall)
		axis_wall(&g->x, in->from_ns, in->to_ns, in->day_ns,
			  (unsigned int)fmax(2, fmin(8, o->width / 100)));
	else
		axis_linear(&g->x, AXIS_CLOCK, in->from_ns, in->to_ns,
			    (unsigned int)fmax(2, fmin(12, o->width / 75)),
			    false);
	g->is_of_all = kind->is_of_all && in->nr_traces &&
		       is_group(in->traces);
	kind->prepare(g, in);
	g->width = floor(o->width);
	g->height = floor(g->has_own_y ? o->height * IO_SHARE : o->height);
	if (g->height < g->min_height)
		g->height = floor(g->min_height);
	if (g->empty && g->height > EMPTY_HEIGHT)
		g->height = EMPTY_HEIGHT;
	cell->head = GRAPH_HEAD + legend_height(g, g->width);
}

/* Graphs of a row share the height of title and legend, and of the plot. */
static double level_row(struct cell *cells, size_t nr)
{
	double head = 0, height = 0;

	for (size_t i = 0; i < nr; i++) {
		head = fmax(head, cells[i].head);
		height = fmax(height, cells[i].graph.height);
	}
	for (size_t i = 0; i < nr; i++) {
		struct graph *g = &cells[i].graph;

		cells[i].head = head;
		/* beside the bands of many devices a curve would be a wall */
		g->height = g->has_own_y ? height :
					   fmin(height, STRETCH * g->height);
	}
	return head + height + GRAPH_FOOT;
}

/* Sets left and top of each graph.  Returns the bottom of the last row. */
static double place(struct cell *cells, size_t nr,
		    const struct page_options *o, double y)
{
	double column = GRAPH_GUTTER + floor(o->width) + GUTTER_RIGHT +
			COLUMN_GAP;

	for (size_t i = 0; i < nr; i += o->columns) {
		size_t in_row = nr - i < o->columns ? nr - i : o->columns;
		double h = level_row(cells + i, in_row);

		for (size_t k = 0; k < in_row; k++) {
			struct graph *g = &cells[i + k].graph;

			g->left = MARGIN + (double)k * column + GRAPH_GUTTER;
			g->top = y + cells[i + k].head;
		}
		y += h + GRAPH_GAP;
	}
	return nr ? y - GRAPH_GAP : y;
}

static void draw_head(struct scene *s, const struct page_options *o,
		      const struct theme *theme)
{
	struct text_style style = { .size = SIZE_TITLE, .color = theme->text,
				    .is_bold = true };
	double x = MARGIN + GRAPH_GUTTER, y = MARGIN + SIZE_TITLE - 4;
	double room = s->width - x - MARGIN;
	_cleanup_(freep) char *title =
		text_fit(o->title, SIZE_TITLE, true, room);
	_cleanup_(freep) char *subtitle =
		text_fit(o->subtitle, SIZE_SUBTITLE, false, room);
	_cleanup_(freep) char *warning =
		text_fit(o->warning, SIZE_SUBTITLE, true, room);

	if (*title) {
		scene_text(s, x, y, &style, "%s", title);
		y += SUBTITLE_ROW + 3;
	}
	style = (struct text_style){ .size = SIZE_SUBTITLE,
				     .color = theme->muted };
	if (*subtitle) {
		scene_text(s, x, y, &style, "%s", subtitle);
		y += SUBTITLE_ROW;
	}
	style.color = theme->lost_text;
	style.is_bold = true;
	if (*warning)
		scene_text(s, x, y, &style, "%s", warning);
}

static void draw_cell(struct scene *s, const struct cell *c,
		      const struct plot_input *in)
{
	const struct graph *g = &c->graph;
	double head_y = g->top - c->head + GRAPH_HEAD - 12;
	bool is_beside = graph_legend_is_beside(g, g->width);

	scene_begin(s, g->title, c->kind->help);
	graph_draw_frame(s, g, in, head_y,
			 is_beside ? head_y : head_y + LEGEND_ROW);
	if (!g->empty)
		c->kind->draw(s, g, in);
	scene_end(s);
}

/* Where the graphs came to be, and the room beside them. */
static void tell_boxes(const struct page_options *o, const struct cell *cells,
		       double top, double width)
{
	for (size_t i = 0; i < o->nr_kinds && o->boxes; i++) {
		const struct graph *g = &cells[i].graph;

		o->boxes[i] = (struct page_box){ g->left, g->top, g->width,
						 g->height };
	}
	if (o->room)
		*o->room = (struct page_box){
			.left = MARGIN + width - o->room_width,
			.top = top + GRAPH_HEAD,
			.width = o->room_width, .height = o->room_height,
		};
}

struct scene *page_make(const struct page_options *o,
			const struct plot_input *in)
{
	_cleanup_(freep) struct cell *cells =
		xcalloc(o->nr_kinds + 1, sizeof(*cells));
	struct scene *s;
	double y = MARGIN + HEAD_GAP, width, bottom;
	size_t columns = o->columns < o->nr_kinds ? o->columns : o->nr_kinds;

	y += *o->title ? TITLE_ROW : 0;
	y += *o->subtitle ? SUBTITLE_ROW : 0;
	y += *o->warning ? SUBTITLE_ROW : 0;
	for (size_t i = 0; i < o->nr_kinds; i++)
		prepare(&cells[i], o->kinds[i], o,
			input_of(o, o->kinds[i], in));
	bottom = place(cells, o->nr_kinds, o, y);
	width = (GRAPH_GUTTER + floor(o->width) + GUTTER_RIGHT) *
			(double)columns +
		COLUMN_GAP * (double)(columns ? columns - 1 : 0);
	if (o->room_width > 0)
		width += o->room_width + (columns ? COLUMN_GAP : 0);
	if (o->room_height > 0)
		bottom = fmax(bottom, y + GRAPH_HEAD + o->room_height);
	tell_boxes(o, cells, y, width);
	s = scene_new(width + 2 * MARGIN, bottom + MARGIN, o->title);
	scene_rect(s, 0, 0, s->width, s->height, in->theme->background);
	draw_head(s, o, in->theme);
	for (size_t i = 0; i < o->nr_kinds; i++)
		draw_cell(s, &cells[i], input_of(o, o->kinds[i], in));
	return s;
}
