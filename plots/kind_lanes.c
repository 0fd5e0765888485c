/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lanes of detail.h as a stack of rates: KVM exits by reason, and bytes by
 * virtqueue.  The most frequent ones; the rest is one layer.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plots/kinds.h"
#include "plots/stack.h"
#include "src/base/xalloc.h"

#define NAMED_MAX	(STACK_MAX - 1)	/* the rest is one layer */

/* By graph.which. */
static const struct lanes_kind {
	enum detail_lanes lanes;
	enum axis_unit axis;
	double unit;		/* of a count */
	const char *remark;
	const char *empty;
} lanes_kinds[] = {
	[LANES_EXITS] = { DETAIL_EXITS, AXIS_NUMBER, 1, "exits/s",
			  "no exit of KVM in the trace" },
	[LANES_QUEUES] = { DETAIL_QUEUES, AXIS_BYTES, DETAIL_QUEUE_UNIT,
			   "bytes/s put in, both directions",
			   "no virtqueue in the trace: record with"
			   " --virtio" },
};

static void name_of(int which, const struct detail_lane *lane, char *text,
		    size_t size)
{
	char buf[EXIT_TEXT_MAX];

	if (which == LANES_QUEUES)
		(void)snprintf(text, size, "virtio%u %s", lane->key >> 16,
			       *lane->name ? lane->name : "?");
	else
		(void)snprintf(text, size, "%s",
			       exit_text(lane->kind, lane->key, buf));
}

static void make(struct stack *st, int which, const struct plot_input *in)
{
	const struct lanes_kind *kind = &lanes_kinds[which];
	const struct detail *d = in->wholes[0].detail;
	const struct fold *t = detail_times(d);
	size_t nr;
	const struct detail_lane *lanes = detail_lanes(d, kind->lanes, &nr);
	uint64_t all = 0;

	for (size_t k = 0; k < nr; k++)
		all += lanes[k].nr;
	st->nr = nr > NAMED_MAX ? STACK_MAX : nr;
	stack_init(st, in, d, all);
	for (size_t i = 0; st->nr && i < st->tops[0].nr; i++) {
		uint64_t first, end;
		double sum = 0;

		stack_buckets(st, i, d, &first, &end);
		for (size_t k = 0; k < nr && first < end; k++) {
			for (uint64_t b = first; b < end; b++)
				sum += lanes[k].cells[fold_slot(t, b)];
			st->tops[k < st->nr ? k : st->nr - 1].value[i] =
				sum * kind->unit * 1e9 / st->tops[0].step_ns;
		}
	}
	for (size_t k = 0; k < st->nr; k++)
		st->colors[k] = k < NAMED_MAX ? in->theme->groups[k] :
						  in->theme->group_other;
}

void kind_lanes_prepare(struct graph *g, const struct plot_input *in)
{
	_cleanup_(freep) struct stack *st = xcalloc(1, sizeof(*st));
	const struct detail *d = in->wholes[0].detail;
	size_t nr;
	const struct lanes_kind *kind = &lanes_kinds[g->which];
	const struct detail_lane *lanes = detail_lanes(d, kind->lanes, &nr);
	uint64_t rest = 0;
	char note[AXIS_LABEL_MAX];

	make(st, g->which, in);
	g->remark = kind->remark;
	axis_linear(&g->y, plot_unit(in, kind->axis), 0, stack_max(st), 5, true);
	if (!nr)
		g->empty = kind->empty;
	for (size_t k = 0; k < nr; k++) {
		char name[GRAPH_LABEL_MAX];

		if (k >= NAMED_MAX) {
			rest += lanes[k].nr;
			continue;
		}
		name_of(g->which, &lanes[k], name, sizeof(name));
		axis_format(plot_unit(in, kind->axis),
			    (double)lanes[k].nr * kind->unit, note);
		graph_add_legend(g, st->colors[k], false, note, "%s", name);
	}
	axis_format(plot_unit(in, kind->axis), (double)rest * kind->unit, note);
	if (rest)
		graph_add_legend(g, in->theme->group_other, false, note,
				 "other");
}

void kind_lanes_draw(struct scene *s, const struct graph *g,
		     const struct plot_input *in)
{
	_cleanup_(freep) struct stack *st = xcalloc(1, sizeof(*st));

	make(st, g->which, in);
	stack_draw(s, g, st);
}
