/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/analyze/gauge.h"
#include "src/base/xalloc.h"

#define CELL_BITS	9
#define FIRST_SHIFT	20		/* cells of 1 ms at first */

static void merge_cells(void *to, void *from, size_t size)
{
	struct gauge_cell *t = to;
	const struct gauge_cell *f = from;

	(void)size;
	t->sum += f->sum;
	t->weight += f->weight;
}

static void halve(void *ctx, const struct fold *before)
{
	struct gauge *g = ctx;

	fold_halve(before, g->cells, sizeof(*g->cells), merge_cells);
}

void gauge_add(struct gauge *g, uint64_t ns, double value, double weight)
{
	struct gauge_cell *cell;

	if (!g->cells) {
		g->times = fold_of(CELL_BITS, FIRST_SHIFT);
		g->cells = xcalloc(g->times.nr, sizeof(*g->cells));
	}
	fold_reach(&g->times, ns, halve, g);
	cell = &g->cells[fold_slot(&g->times, ns >> g->times.shift)];
	cell->sum += (float)(value * weight);
	cell->weight += (float)weight;
	g->sum += value * weight;
	g->weight += weight;
	if (!g->nr || value > g->max)
		g->max = value;
	if (!g->nr || ns != g->newest)
		g->nr_times++;
	g->newest = ns;
	if (!g->nr || ns < g->first)
		g->first = ns;
	if (!g->nr || ns > g->last)
		g->last = ns;
	g->nr++;
}

double gauge_mean(const struct gauge *g, double from_ns, double to_ns)
{
	double width, sum = 0, weight = 0;

	if (!g->nr || to_ns <= from_ns)
		return NAN;
	width = ldexp(1, g->times.shift);
	for (uint64_t i = g->times.lo; i <= g->times.hi; i++) {
		const struct gauge_cell *c =
			&g->cells[fold_slot(&g->times, i)];
		double middle = ((double)i + 0.5) * width;

		if (middle < from_ns || middle >= to_ns)
			continue;
		sum += (double)c->sum;
		weight += (double)c->weight;
	}
	return weight > 0 ? sum / weight : NAN;
}

double gauge_total(const struct gauge *g)
{
	return g->weight > 0 ? g->sum / g->weight : 0;
}

void gauge_release(struct gauge *g)
{
	free(g->cells);
	*g = (struct gauge){ 0 };
}
