/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the time of an I/O went, over time: the mean of each part of Q to C,
 * stacked.  What is in none of them (an I/O that was merged, or issued without
 * a scheduler) is a part of its own: the top of the stack is the mean Q2C.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "plots/kinds.h"
#include "plots/stack.h"
#include "src/base/xalloc.h"

#define NR_LAYERS	(DETAIL_PHASES + 1)
#define REST		DETAIL_PHASES

/* The order of the stack, from below. */
static const struct {
	const char *name;
	int color;		/* of theme->groups */
} layers[NR_LAYERS] = {
	[DETAIL_Q2G] = { "Q2G", 4 },
	[DETAIL_G2I] = { "G2I", 3 },
	[DETAIL_I2D] = { "I2D, scheduler", 2 },
	[DETAIL_D2C] = { "D2C, device", 0 },
	[REST] = { "other", 8 },
};

static const int order[NR_LAYERS] = {
	DETAIL_D2C, DETAIL_I2D, DETAIL_G2I, DETAIL_Q2G, REST,
};

struct sums {
	double ns[NR_LAYERS];
	double nr;
};

static void add_bucket(struct sums *sums, const struct detail_bucket *b)
{
	double rest = (double)b->q2c_ns;

	for (int p = 0; p < DETAIL_PHASES; p++) {
		sums->ns[p] += (double)b->phase_ns[p];
		rest -= (double)b->phase_ns[p];
	}
	sums->ns[REST] += fmax(0, rest);
	sums->nr += (double)b->nr;
}

static struct sums total_of(const struct detail *d)
{
	const struct fold *t = detail_times(d);
	struct sums sums = { .nr = 0 };

	for (uint64_t i = t->lo; fold_count(t) && i <= t->hi; i++)
		add_bucket(&sums, detail_bucket(d, i));
	return sums;
}

static void make(struct stack *st, const struct plot_input *in)
{
	const struct detail *d = in->wholes[0].detail;

	st->nr = NR_LAYERS;
	stack_init(st, in, d, (uint64_t)total_of(d).nr);
	for (size_t i = 0; i < st->tops[0].nr; i++) {
		struct sums sums = { .nr = 0 };
		uint64_t first, end;
		double top = 0;

		stack_buckets(st, i, d, &first, &end);
		for (uint64_t k = first; k < end; k++)
			add_bucket(&sums, detail_bucket(d, k));
		for (int k = 0; k < NR_LAYERS && sums.nr > 0; k++) {
			top += sums.ns[order[k]] / sums.nr;
			st->tops[k].value[i] = top;
		}
	}
	for (int k = 0; k < NR_LAYERS; k++) {
		st->colors[k] = in->theme->groups[layers[order[k]].color];
		st->tips[k] = layers[order[k]].name;
	}
}

void kind_phases_prepare(struct graph *g, const struct plot_input *in)
{
	_cleanup_(freep) struct stack *st = xcalloc(1, sizeof(*st));
	struct sums total = total_of(in->wholes[0].detail);

	g->remark = "mean, queue to completion";
	make(st, in);
	axis_linear(&g->y, AXIS_DURATION, 0, stack_max(st), 5, true);
	if (!(total.nr > 0)) {
		g->empty = "no I/O with both its queueing and its completion";
		return;
	}
	for (int k = NR_LAYERS - 1; k >= 0; k--) {
		char note[AXIS_LABEL_MAX];

		if (!(total.ns[order[k]] > 0))
			continue;
		axis_format(AXIS_DURATION, total.ns[order[k]] / total.nr,
			    note);
		graph_add_legend(g, st->colors[k], false, note, "%s",
				 st->tips[k]);
	}
}

void kind_phases_draw(struct scene *s, const struct graph *g,
		      const struct plot_input *in)
{
	_cleanup_(freep) struct stack *st = xcalloc(1, sizeof(*st));

	make(st, in);
	stack_draw(s, g, st);
}
