/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/analyze/hist.h"

unsigned int hist_cell(uint64_t value)
{
	return hist_layout_cell(value);
}

uint64_t hist_cell_low(unsigned int cell)
{
	unsigned int shift;

	if (cell < HIST_SUB)
		return cell;
	shift = (cell >> HIST_SUB_BITS) - 1;
	return (uint64_t)((cell & (HIST_SUB - 1)) + HIST_SUB) << shift;
}

uint64_t hist_cell_high(unsigned int cell)
{
	return hist_cell_low(cell + 1);
}

static uint32_t add_capped(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

void hist_add(struct hist *h, uint64_t value)
{
	uint32_t *cell = &h->cells[hist_cell(value)];

	if (!h->nr || value < h->min)
		h->min = value;
	if (value > h->max)
		h->max = value;
	h->nr++;
	h->sum += value;
	*cell = add_capped(*cell, 1);
}

void hist_merge(struct hist *h, const struct hist *from)
{
	if (!from->nr)
		return;
	if (!h->nr || from->min < h->min)
		h->min = from->min;
	if (from->max > h->max)
		h->max = from->max;
	h->nr += from->nr;
	h->sum += from->sum;
	for (unsigned int i = hist_cell(from->min);
	     i <= hist_cell(from->max); i++)
		h->cells[i] = add_capped(h->cells[i], from->cells[i]);
}

/* Inside a cell, values are taken as spread evenly. */
static uint64_t inside_cell(const struct hist *h, unsigned int cell,
			    double share)
{
	uint64_t low = hist_cell_low(cell), high = hist_cell_high(cell) - 1;
	uint64_t v;

	if (cell == HIST_CELLS - 1)
		return h->max;
	v = low + (uint64_t)((double)(high - low) * share);
	if (v < h->min)
		return h->min;
	return v > h->max ? h->max : v;
}

uint64_t hist_quantile(const struct hist *h, double q)
{
	double want = q * (double)h->nr, seen = 0;

	if (!h->nr)
		return 0;
	if (want < 1)
		want = 1;
	for (unsigned int i = hist_cell(h->min); i < HIST_CELLS; i++) {
		double in_cell = h->cells[i];

		if (in_cell > 0 && seen + in_cell >= want)
			return inside_cell(h, i, (want - seen) / in_cell);
		seen += in_cell;
	}
	return h->max;
}

double hist_mean(const struct hist *h)
{
	return h->nr ? (double)h->sum / (double)h->nr : 0;
}
