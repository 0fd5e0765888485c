/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two traces compared: for each operation the change of the median and of the
 * 99th percentile, with its 95 % interval, as a line and in words.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "plots/kinds.h"

#define ROW		22.0
#define WORDS		290.0	/* room for the numbers, left */

static bool has_row(const struct diff_row *r)
{
	return r->nr_a && r->nr_b;
}

void kind_diff_prepare(struct graph *g, const struct plot_input *in)
{
	double most = 0.1, nr = 0;

	g->is_not_time = g->has_own_y = true;
	g->remark = "second trace against the first, 95 % interval";
	for (int op = 0; in->diff && op < IO_OP_MAX; op++) {
		const struct diff_row *r = &in->diff->rows[op];

		for (int w = 0; w < DIFF_WHATS && has_row(r); w++) {
			const struct diff_change *c = &r->of[w];

			nr++;
			most = fmax(most, fabs(c->change));
			if (c->has_interval)
				most = fmax(most, fmax(fabs(c->low),
						       fabs(c->high)));
		}
	}
	if (!in->diff)
		g->empty = "--diff of two traces is wanted";
	else if (nr < 1)
		g->empty = "no operation that both traces have";
	g->min_height = nr * ROW;
	axis_linear(&g->x, AXIS_PERCENT, -110 * most, 110 * most, 5, false);
	/* the ticks would be below the numbers */
	g->x.nr_ticks = 0;
	g->x.unit_text[0] = '\0';
}

static double at(const struct graph *g, double change)
{
	return g->left + WORDS + axis_at(&g->x, 100 * change) *
					 (g->width - WORDS);
}

static void draw_row(struct scene *s, const struct graph *g,
		     const struct theme *theme, const struct diff_change *c,
		     const char *name, double y)
{
	struct text_style style = { .size = SIZE_LABEL, .color = theme->text };
	char a[AXIS_LABEL_MAX], b[AXIS_LABEL_MAX];
	double x = at(g, c->change);

	axis_format(AXIS_DURATION, (double)c->a_ns, a);
	axis_format(AXIS_DURATION, (double)c->b_ns, b);
	scene_text(s, g->left, y + 4, &style, "%s", name);
	style.anchor = TEXT_END;
	scene_text(s, g->left + 140, y + 4, &style, "%s", a);
	scene_text(s, g->left + 200, y + 4, &style, "%s", b);
	style.is_bold = true;
	scene_text(s, g->left + 272, y + 4, &style, "%+.1f %%",
		   100 * c->change);
	if (c->has_interval) {
		scene_rect(s, at(g, c->low), y - 3,
			   fmax(1, at(g, c->high) - at(g, c->low)), 6,
			   with_alpha(theme->lines[0][0], 0.45));
		style = (struct text_style){ .size = SIZE_LABEL,
					     .color = theme->muted,
					     .anchor = TEXT_MIDDLE };
		scene_text(s, fmin(fmax(x, g->left + WORDS + 60),
				   g->left + g->width - 60), y + 15, &style,
			   "%+.1f to %+.1f %%", 100 * c->low, 100 * c->high);
	}
	scene_rect(s, x - 1.5, y - 6, 3, 12, theme->lines[0][0]);
}

void kind_diff_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in)
{
	double nr = g->min_height / ROW, y = g->top + g->height / nr / 2 - 4;

	scene_line(s, at(g, 0), g->top, at(g, 0), g->top + g->height,
		   in->theme->axis, 1);
	for (int op = 0; op < IO_OP_MAX; op++) {
		const struct diff_row *r = &in->diff->rows[op];

		for (int w = 0; w < DIFF_WHATS && has_row(r); w++) {
			char name[32];

			(void)snprintf(name, sizeof(name), "%s, %s",
				       diff_op_name((enum io_op)op),
				       diff_what_name((enum diff_what)w));
			draw_row(s, g, in->theme, &r->of[w], name, y);
			y += g->height / nr;
		}
	}
}
