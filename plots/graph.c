/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/graph.h"
#include "plots/textwidth.h"
#include "src/base/cleanup.h"

#define SWATCH		10.0
#define SWATCH_GAP	6.0	/* between colour and label */
#define NOTE_GAP	5.0
#define ENTRY_GAP	18.0
#define LEGEND_ROW	17.0
#define EMPTY_ROW	16.0
#define TITLE_GAP	7.0	/* between title, unit and remark */
#define TICK_GAP	8.0	/* between axis and label */
#define LABEL_GAP	6.0	/* between two labels of the x axis */
#define X_LABEL_ROOM	26.0	/* right of the axis: the page's margin */

void graph_add_legend(struct graph *g, rgba color, bool is_line,
		      const char *note, const char *fmt, ...)
{
	struct legend_entry *e;
	va_list ap;

	if (g->nr_legend == GRAPH_LEGEND_MAX)
		return;
	e = &g->legend[g->nr_legend++];
	*e = (struct legend_entry){ .color = color, .is_line = is_line };
	va_start(ap, fmt);
	(void)vsnprintf(e->label, sizeof(e->label), fmt, ap);
	va_end(ap);
	(void)snprintf(e->note, sizeof(e->note), "%s", note);
}

const char *graph_join(const char *what, const char *label,
		       char ret_text[GRAPH_LABEL_MAX])
{
	_cleanup_(freep) char *short_label =
		text_fit(label, SIZE_LABEL, false, 180);

	(void)snprintf(ret_text, GRAPH_LABEL_MAX, *label ? "%.80s, %s" : "%s%s",
		       *label ? short_label : what, *label ? what : "");
	return ret_text;
}

/* ---- legend -------------------------------------------------------------- */

static double entry_width(const struct legend_entry *e)
{
	double w = SWATCH + SWATCH_GAP +
		   text_width(e->label, SIZE_LABEL, false);

	if (*e->note)
		w += NOTE_GAP + text_width(e->note, SIZE_LABEL, false);
	return w;
}

/* Where others are drawn by group. */
static const char of_all[] = "all groups:";

static double title_width(const struct graph *g)
{
	double w = text_width(g->title, SIZE_GRAPH, true);

	if (*g->y.unit_text && !g->empty)
		w += TITLE_GAP + text_width(g->y.unit_text, SIZE_LABEL, false);
	if (g->remark)
		w += TITLE_GAP + text_width(g->remark, SIZE_LABEL, false);
	if (g->is_of_all)
		w += TITLE_GAP + text_width(of_all, SIZE_LABEL, false);
	return w;
}

static double legend_width(const struct graph *g)
{
	double w = 0;

	for (size_t i = 0; i < g->nr_legend; i++)
		w += entry_width(&g->legend[i]) + (i ? ENTRY_GAP : 0);
	return w;
}

bool graph_legend_is_beside(const struct graph *g, double width)
{
	return title_width(g) + 2 * ENTRY_GAP + legend_width(g) <= width;
}

unsigned int graph_legend_rows(const struct graph *g, double width)
{
	unsigned int rows = 1;
	double x = 0;

	for (size_t i = 0; i < g->nr_legend; i++) {
		double w = entry_width(&g->legend[i]);

		if (x > 0 && x + w > width) {
			rows++;
			x = 0;
		}
		x += w + ENTRY_GAP;
	}
	return rows;
}

static void draw_entry(struct scene *s, const struct legend_entry *e,
		       const struct theme *theme, double x, double y)
{
	struct text_style style = { .size = SIZE_LABEL, .color = theme->text };

	if (e->is_line)
		scene_rect(s, x, y - 5, SWATCH, 2, e->color);
	else
		scene_rect(s, x, y - 9, SWATCH, SWATCH, e->color);
	x += SWATCH + SWATCH_GAP;
	scene_text(s, x, y, &style, "%s", e->label);
	if (!*e->note)
		return;
	x += text_width(e->label, SIZE_LABEL, false) + NOTE_GAP;
	style.color = theme->muted;
	scene_text(s, x, y, &style, "%s", e->note);
}

static void draw_legend(struct scene *s, const struct graph *g,
			const struct theme *theme, double y)
{
	bool is_beside = graph_legend_is_beside(g, g->width);
	double x = is_beside ? g->left + g->width - legend_width(g) : g->left;

	for (size_t i = 0; i < g->nr_legend; i++) {
		double w = entry_width(&g->legend[i]);

		if (!is_beside && x > g->left &&
		    x + w > g->left + g->width) {
			x = g->left;
			y += LEGEND_ROW;
		}
		draw_entry(s, &g->legend[i], theme, x, y);
		x += w + ENTRY_GAP;
	}
}

/* ---- axes ---------------------------------------------------------------- */

static void draw_title(struct scene *s, const struct graph *g,
		       const struct theme *theme, double y)
{
	struct text_style style = { .size = SIZE_GRAPH, .color = theme->text,
				    .is_bold = true };
	_cleanup_(freep) char *remark = NULL;
	double x = g->left;

	scene_text(s, x, y, &style, "%s", g->title);
	x += text_width(g->title, SIZE_GRAPH, true) + TITLE_GAP;
	style = (struct text_style){ .size = SIZE_LABEL,
				     .color = theme->muted };
	if (*g->y.unit_text && !g->empty) {
		scene_text(s, x, y, &style, "%s", g->y.unit_text);
		x += text_width(g->y.unit_text, SIZE_LABEL, false) + TITLE_GAP;
	}
	if (g->is_of_all) {
		scene_text(s, x, y, &style, "%s", of_all);
		x += text_width(of_all, SIZE_LABEL, false) + TITLE_GAP;
	}
	if (g->remark)
		remark = text_fit(g->remark, SIZE_LABEL, false,
				  g->left + g->width - x);
	if (remark)
		scene_text(s, x, y, &style, "%s", remark);
}

void graph_draw_y(struct scene *s, const struct graph *g,
		  const struct theme *theme)
{
	const struct text_style style = { .size = SIZE_LABEL,
					  .color = theme->muted,
					  .anchor = TEXT_END };

	for (size_t i = 0; i < g->y.nr_ticks; i++) {
		const struct axis_tick *t = &g->y.ticks[i];
		double y = floor(graph_y(g, t->value)) + 0.5;

		if (y < g->top + g->height - 1)
			scene_line(s, g->left, y, g->left + g->width, y,
				   theme->grid, 1);
		scene_text(s, g->left - TICK_GAP, y + 3.5, &style, "%s",
			   t->label);
	}
}

/*
 * In the middle below its tick; the last one further left, where it would run
 * out of the page.  It gives way to the one before it (*end, moved).
 */
static void draw_x_label(struct scene *s, const struct graph *g, double x,
			 double y, const char *label, rgba color, double *end)
{
	struct text_style style = { .size = SIZE_LABEL, .color = color,
				    .anchor = TEXT_MIDDLE };
	double most = g->left + g->width + X_LABEL_ROOM;
	double w = text_width(label, SIZE_LABEL, false);

	if (x + w / 2 > most) {
		if (most - w < *end + LABEL_GAP)
			return;
		style.anchor = TEXT_END;
		x = most;
	}
	*end = x + w / 2;
	scene_text(s, x, y, &style, "%s", label);
}

static void draw_x(struct scene *s, const struct graph *g,
		   const struct theme *theme)
{
	double bottom = floor(g->top + g->height) + 0.5;
	const struct text_style style = { .size = SIZE_LABEL,
					  .color = theme->muted,
					  .anchor = TEXT_END };
	double right = g->left + g->width, unit_left = INFINITY;
	double end = -INFINITY;

	/* the unit stands where the axis ends; a number there makes room */
	if (*g->x.unit_text)
		unit_left = right - 5 -
			    text_width(g->x.unit_text, SIZE_LABEL, false);
	for (size_t i = 0; i < g->x.nr_ticks; i++) {
		const struct axis_tick *t = &g->x.ticks[i];
		double x = floor(graph_x(g, t->value)) + 0.5;
		double w = text_width(t->label, SIZE_LABEL, false);

		scene_line(s, x, bottom, x, bottom + 4, theme->axis, 1);
		if (x + w / 2 > unit_left)
			continue;
		draw_x_label(s, g, x, bottom + 16, t->label, theme->muted,
			     &end);
	}
	if (*g->x.unit_text)
		scene_text(s, right, bottom + 16, &style, "%s",
			   g->x.unit_text);
	scene_line(s, g->left, bottom, right, bottom, theme->axis, 1);
}

static void draw_lost(struct scene *s, const struct graph *g,
		      const struct plot_input *in)
{
	for (size_t t = 0; t < in->nr_wholes; t++) {
		const struct series *series = in->wholes[t].series;
		double first = (double)series_first(series);
		size_t nr = series_count(series), end;

		for (size_t i = 0; i < nr; i = end + 1) {
			double x1, x2;

			end = i;
			while (end < nr && series_bucket(series, end)->is_lost)
				end++;
			if (end == i)
				continue;
			x1 = graph_x(g, (double)series_time(series, i) - first);
			x2 = graph_x(g, (double)series_time(series, end) -
						first);
			if (x2 < x1 + 1.5)
				x2 = x1 + 1.5;
			scene_rect(s, x1, g->top, x2 - x1, g->height,
				   in->theme->lost);
		}
	}
}

void graph_draw_name(struct scene *s, const struct graph *g,
		     const struct theme *theme, const char *name)
{
	const struct text_style style = { .size = SIZE_LABEL,
					  .color = theme->text,
					  .is_bold = true };

	scene_rect(s, g->left + 4, g->top + 4,
		   text_width(name, SIZE_LABEL, true) + 8, 16,
		   with_alpha(theme->background, 0.85));
	scene_text(s, g->left + 8, g->top + 16, &style, "%s", name);
}

/* Why there is nothing, in two lines if it is wider than the graph. */
static void draw_empty(struct scene *s, const struct graph *g,
		       const struct theme *theme)
{
	const struct text_style style = { .size = SIZE_SUBTITLE,
					  .color = theme->muted,
					  .anchor = TEXT_MIDDLE };
	double x = g->left + g->width / 2, y = g->top + g->height / 2;
	const char *cut = strchr(g->empty + strlen(g->empty) / 2, ' ');

	if (!cut || text_width(g->empty, SIZE_SUBTITLE, false) <= g->width) {
		scene_text(s, x, y, &style, "%s", g->empty);
		return;
	}
	scene_text(s, x, y - EMPTY_ROW / 2, &style, "%.*s",
		   (int)(cut - g->empty), g->empty);
	scene_text(s, x, y + EMPTY_ROW / 2, &style, "%s", cut + 1);
}

void graph_draw_frame(struct scene *s, const struct graph *g,
		      const struct plot_input *in, double head_y,
		      double legend_y)
{
	const struct theme *theme = in->theme;

	draw_title(s, g, theme, head_y);
	draw_legend(s, g, theme, legend_y);
	if (!g->empty && !g->has_own_y)
		graph_draw_y(s, g, theme);
	draw_x(s, g, theme);
	if (!g->is_not_time)
		draw_lost(s, g, in);
	if (g->empty)
		draw_empty(s, g, theme);
}
