/* SPDX-License-Identifier: GPL-2.0 */
/* KVM exits in a second, by reason: the most frequent ones, stacked. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plots/kinds.h"
#include "plots/stack.h"
#include "src/base/xalloc.h"

#define REASONS_MAX	(STACK_MAX - 1)	/* the rest is one layer */

static void name_of(const struct detail_lane *lane, char *text, size_t size)
{
	const char *name = exit_name(lane->kind, lane->key);

	if (name)
		(void)snprintf(text, size, "%s", name);
	else
		(void)snprintf(text, size, "%u", lane->key);
}

static void make(struct stack *st, const struct plot_input *in)
{
	const struct detail *d = in->wholes[0].detail;
	const struct fold *t = detail_times(d);
	size_t nr;
	const struct detail_lane *lanes = detail_lanes(d, DETAIL_EXITS, &nr);
	uint64_t all = 0;

	for (size_t k = 0; k < nr; k++)
		all += lanes[k].nr;
	st->nr = nr > REASONS_MAX ? STACK_MAX : nr;
	stack_init(st, in, d, all);
	for (size_t i = 0; st->nr && i < st->tops[0].nr; i++) {
		uint64_t first, end;
		double sum = 0;

		stack_buckets(st, i, d, &first, &end);
		for (size_t k = 0; k < nr && first < end; k++) {
			for (uint64_t b = first; b < end; b++)
				sum += lanes[k].cells[fold_slot(t, b)];
			st->tops[k < st->nr ? k : st->nr - 1].value[i] =
				sum * 1e9 / st->tops[0].step_ns;
		}
	}
	for (size_t k = 0; k < st->nr; k++)
		st->colors[k] = k < REASONS_MAX ? in->theme->groups[k] :
						  in->theme->group_other;
}

void kind_exits_prepare(struct graph *g, const struct plot_input *in)
{
	_cleanup_(freep) struct stack *st = xcalloc(1, sizeof(*st));
	const struct detail *d = in->wholes[0].detail;
	size_t nr;
	const struct detail_lane *lanes = detail_lanes(d, DETAIL_EXITS, &nr);
	uint64_t rest = 0;
	char note[AXIS_LABEL_MAX];

	make(st, in);
	g->remark = "exits/s";
	axis_linear(&g->y, AXIS_NUMBER, 0, stack_max(st), 5, true);
	if (!nr)
		g->empty = "no exit of KVM in the trace";
	for (size_t k = 0; k < nr; k++) {
		char name[GRAPH_LABEL_MAX];

		if (k >= REASONS_MAX) {
			rest += lanes[k].nr;
			continue;
		}
		name_of(&lanes[k], name, sizeof(name));
		axis_format(AXIS_NUMBER, (double)lanes[k].nr, note);
		graph_add_legend(g, st->colors[k], false, note, "%s", name);
	}
	axis_format(AXIS_NUMBER, (double)rest, note);
	if (rest)
		graph_add_legend(g, in->theme->group_other, false, note,
				 "other");
}

void kind_exits_draw(struct scene *s, const struct graph *g,
		     const struct plot_input *in)
{
	_cleanup_(freep) struct stack *st = xcalloc(1, sizeof(*st));

	make(st, in);
	stack_draw(s, g, st);
}
