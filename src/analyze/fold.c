/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/fold.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

void fold_grow(struct fold *f, uint64_t value,
	       void (*halve)(void *ctx, const struct fold *before),
	       void *ctx)
{
	uint64_t cell = value >> f->shift;

	if (!f->is_used) {
		f->lo = cell;
		f->hi = cell;
		f->is_used = true;
	}
	while ((cell > f->lo && cell - f->lo >= f->nr) ||
	       (cell < f->hi && f->hi - cell >= f->nr)) {
		struct fold before = *f;

		f->shift++;
		f->lo >>= 1;
		f->hi >>= 1;
		halve(ctx, &before);
		cell = value >> f->shift;
	}
	if (cell < f->lo)
		f->lo = cell;
	if (cell > f->hi)
		f->hi = cell;
}

void fold_halve(const struct fold *before, void *cells, size_t size,
		void (*merge)(void *to, void *from, size_t size))
{
	_cleanup_(freep) char *old = xmalloc(before->nr * size);
	char *now = cells;

	memcpy(old, cells, before->nr * size);
	memset(cells, 0, before->nr * size);
	for (uint64_t i = before->lo; i <= before->hi; i++)
		merge(now + fold_slot(before, i >> 1) * size,
		      old + fold_slot(before, i) * size, size);
}
