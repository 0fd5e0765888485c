/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>

#include "plots/stack.h"

#define EVENTS_PER_POINT 8
#define POINTS_MIN	 10

void stack_init(struct stack *st, const struct plot_input *in,
		const struct detail *d, uint64_t nr_events)
{
	size_t nr = nr_events / EVENTS_PER_POINT;
	size_t most = fold_count(detail_times(d)) / 2;

	nr = nr < POINTS_MIN ? POINTS_MIN : nr;
	nr = most && nr > most ? most : nr;
	nr = nr > CURVE_POINTS_MAX ? CURVE_POINTS_MAX : nr;
	for (size_t k = 0; k < st->nr; k++) {
		struct curve *c = &st->tops[k];

		c->nr = nr;
		c->step_ns = (in->to_ns - in->from_ns) / (double)nr;
		for (size_t i = 0; i < nr; i++) {
			c->ns[i] = in->from_ns +
				   c->step_ns * ((double)i + 0.5);
			c->value[i] = NAN;
		}
	}
}

/* Each bucket is behind the point that its middle is in. */
static uint64_t bucket_from(const struct detail *d, double ns)
{
	const struct fold *t = detail_times(d);
	double cell = ceil((ns + (double)detail_first(d)) /
			   ldexp(1, t->shift) - 0.5);

	if (!(cell > (double)t->lo))
		return t->lo;
	return cell > (double)t->hi ? t->hi + 1 : (uint64_t)cell;
}

void stack_buckets(const struct stack *st, size_t point,
		   const struct detail *d, uint64_t *first, uint64_t *end)
{
	const struct curve *c = &st->tops[0];
	bool is_last = point + 1 == c->nr;

	*first = bucket_from(d, c->ns[point] - c->step_ns / 2);
	*end = is_last ? detail_times(d)->hi + 1 :
			 bucket_from(d, c->ns[point] + c->step_ns / 2);
	if (!fold_count(detail_times(d)))
		*end = *first;
}

void stack_draw(struct scene *s, const struct graph *g, const struct stack *st)
{
	struct curve floor = st->tops[0];

	for (size_t i = 0; i < floor.nr; i++)
		if (!isnan(floor.value[i]))
			floor.value[i] = 0;
	for (size_t k = 0; k < st->nr; k++) {
		const struct path_style style = { .stroke = st->colors[k],
						  .width = 0.5,
						  .tip = st->tips[k] };

		curve_draw_band(s, g, k ? &st->tops[k - 1] : &floor,
				&st->tops[k],
				with_alpha(st->colors[k], 0.75));
		curve_draw(s, g, &st->tops[k], &style, 0);
	}
}

double stack_max(const struct stack *st)
{
	return st->nr ? curve_max(&st->tops[st->nr - 1]) : 0;
}
