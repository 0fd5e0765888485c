/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way of a virtual machine's I/O, over time: the mean of each part,
 * stacked.  On a host from the guest's kick to its interrupt, in a guest from
 * Q through the virtqueue to C; whichever the trace has.
 */
#include "config.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "plots/kinds.h"
#include "plots/stack.h"
#include "src/base/xalloc.h"

/* From below; the device's part is the lowest. */
static const struct layer {
	enum detail_step step;
	const char *name;
	int color;		/* of theme->groups */
} layers[] = {
	{ DETAIL_HOST_D_C, "D to C, device", 0 },
	{ DETAIL_HOST_Q_D, "Q to D", 2 },
	{ DETAIL_KICK_Q, "kick to Q", 1 },
	{ DETAIL_C_IRQ, "C to interrupt", 3 },
	{ DETAIL_IRQ_INJ, "to injection", 4 },
	{ DETAIL_ADD_GET, "virtqueue, host", 5 },
	{ DETAIL_GUEST_Q_D, "guest, Q to D", 6 },
	{ DETAIL_D_ADD, "guest, D to virtqueue", 7 },
	{ DETAIL_GET_C, "guest, back to C", 8 },
};

static_assert(ARRAY_SIZE(layers) == DETAIL_STEPS, "each step is a layer");
static_assert(DETAIL_STEPS <= STACK_MAX, "all fit");

struct sums {
	double ns[DETAIL_STEPS];
	double nr[DETAIL_STEPS];
};

static void add_bucket(struct sums *sums, const struct detail_bucket *b)
{
	for (int i = 0; i < DETAIL_STEPS; i++) {
		sums->ns[i] += (double)b->step_ns[i];
		sums->nr[i] += (double)b->step_nr[i];
	}
}

static struct sums total_of(const struct detail *d)
{
	const struct fold *t = detail_times(d);
	struct sums sums = { .nr = { 0 } };

	for (uint64_t i = t->lo; fold_count(t) && i <= t->hi; i++)
		add_bucket(&sums, detail_bucket(d, i));
	return sums;
}

static double most(const struct sums *sums)
{
	double nr = 0;

	for (int i = 0; i < DETAIL_STEPS; i++)
		nr = fmax(nr, sums->nr[i]);
	return nr;
}

/* The layers that the trace has anything of: from below, their number. */
static size_t choose_layers(const struct sums *total,
			    const struct layer *ret[DETAIL_STEPS])
{
	size_t nr = 0;

	for (size_t k = 0; k < DETAIL_STEPS; k++)
		if (total->nr[layers[k].step] > 0)
			ret[nr++] = &layers[k];
	return nr;
}

static void fill_point(struct stack *st, const struct layer *const *shown,
		       size_t i, const struct sums *sums)
{
	double top = 0;

	for (size_t k = 0; k < st->nr; k++) {
		enum detail_step step = shown[k]->step;

		if (sums->nr[step] > 0)
			top += sums->ns[step] / sums->nr[step];
		st->tops[k].value[i] = top;
	}
}

static void make(struct stack *st, const struct plot_input *in)
{
	const struct detail *d = in->wholes[0].detail;
	struct sums total = total_of(d);
	const struct layer *shown[DETAIL_STEPS];

	st->nr = choose_layers(&total, shown);
	stack_init(st, in, d, (uint64_t)most(&total));
	for (size_t i = 0; st->nr && i < st->tops[0].nr; i++) {
		struct sums sums = { .nr = { 0 } };
		uint64_t first, end;

		stack_buckets(st, i, d, &first, &end);
		for (uint64_t k = first; k < end; k++)
			add_bucket(&sums, detail_bucket(d, k));
		if (most(&sums) > 0)
			fill_point(st, shown, i, &sums);
	}
	for (size_t k = 0; k < st->nr; k++) {
		st->colors[k] = in->theme->groups[shown[k]->color];
		st->tips[k] = shown[k]->name;
	}
}

void kind_path_prepare(struct graph *g, const struct plot_input *in)
{
	_cleanup_(freep) struct stack *st = xcalloc(1, sizeof(*st));
	struct sums total = total_of(in->wholes[0].detail);
	const struct layer *shown[DETAIL_STEPS];
	size_t nr;

	g->remark = "mean of each part";
	make(st, in);
	axis_linear(&g->y, AXIS_DURATION, 0, stack_max(st), 5, true);
	if (!(most(&total) > 0)) {
		g->empty = "no I/O of a virtual machine in the trace: record"
			   " with --kvm, or in a guest with --virtio";
		return;
	}
	nr = choose_layers(&total, shown);
	for (size_t k = nr; k-- > 0;) {
		enum detail_step step = shown[k]->step;
		char note[AXIS_LABEL_MAX];

		axis_format(AXIS_DURATION, total.ns[step] / total.nr[step],
			    note);
		graph_add_legend(g, st->colors[k], false, note, "%s",
				 st->tips[k]);
	}
}

void kind_path_draw(struct scene *s, const struct graph *g,
		    const struct plot_input *in)
{
	_cleanup_(freep) struct stack *st = xcalloc(1, sizeof(*st));

	make(st, in);
	stack_draw(s, g, st);
}
