/* SPDX-License-Identifier: GPL-2.0 */
/* Areas on top of each other, over time, from the buckets of detail.h. */
#ifndef PLOTS_STACK_H
#define PLOTS_STACK_H

#include "plots/curve.h"
#include "src/analyze/detail.h"

#define STACK_MAX	9

struct stack {
	size_t nr;		/* layers, the lowest first */
	rgba colors[STACK_MAX];
	const char *tips[STACK_MAX];	/* borrowed */
	struct curve tops[STACK_MAX];	/* each with all below it */
};

/* The time axis of a trace that may have no block event. */
void stack_init(struct stack *st, const struct plot_input *in,
		const struct detail *d, uint64_t nr_events);

/* The buckets behind a point, from *first to before *end. */
void stack_buckets(const struct stack *st, size_t point,
		   const struct detail *d, uint64_t *first, uint64_t *end);

void stack_draw(struct scene *s, const struct graph *g,
		const struct stack *st);

/* The highest point of all. */
double stack_max(const struct stack *st);

#endif
