/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/analyze/pairs.h"
#include "src/base/xalloc.h"

#define CAP_FIRST	64

struct pairs_slot {
	uint64_t a;
	uint64_t b;
	uint64_t time;
	bool is_used;
};

static size_t home(const struct pairs *p, uint64_t a, uint64_t b)
{
	uint64_t x = (b + a * UINT64_C(0x9e3779b97f4a7c15)) ^ b >> 32;

	x *= UINT64_C(0xd6e8feb86659fd93);
	return (size_t)(x >> 32) & (p->cap - 1);
}

/* The slot of the pair, or the free one where it would go. */
static size_t find(const struct pairs *p, uint64_t a, uint64_t b)
{
	size_t i = home(p, a, b);

	while (p->slots[i].is_used &&
	       (p->slots[i].a != a || p->slots[i].b != b))
		i = (i + 1) & (p->cap - 1);
	return i;
}

static void grow(struct pairs *p)
{
	struct pairs old = *p;

	p->cap = old.cap ? old.cap * 2 : CAP_FIRST;
	p->slots = xcalloc(p->cap, sizeof(*p->slots));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].is_used)
			p->slots[find(p, old.slots[i].a, old.slots[i].b)] =
				old.slots[i];
	free(old.slots);
}

bool pairs_begin(struct pairs *p, uint64_t a, uint64_t b, uint64_t time)
{
	struct pairs_slot *slot;
	bool is_new;

	if (2 * p->nr >= p->cap)
		grow(p);
	slot = &p->slots[find(p, a, b)];
	is_new = !slot->is_used;
	p->nr += is_new;
	*slot = (struct pairs_slot){ a, b, time, true };
	return is_new;
}

/* Those behind the free slot that could not be found any more move up. */
static void close_gap(struct pairs *p, size_t gap)
{
	size_t mask = p->cap - 1;

	for (size_t i = (gap + 1) & mask; p->slots[i].is_used;
	     i = (i + 1) & mask) {
		size_t at = home(p, p->slots[i].a, p->slots[i].b);

		if (((i - at) & mask) < ((i - gap) & mask))
			continue;
		p->slots[gap] = p->slots[i];
		gap = i;
	}
	p->slots[gap].is_used = false;
}

bool pairs_end(struct pairs *p, uint64_t a, uint64_t b, uint64_t *ret_time)
{
	size_t i;

	if (!p->nr)
		return false;
	i = find(p, a, b);
	if (!p->slots[i].is_used)
		return false;
	*ret_time = p->slots[i].time;
	p->nr--;
	close_gap(p, i);
	return true;
}

void pairs_clear(struct pairs *p)
{
	if (p->nr)
		memset(p->slots, 0, p->cap * sizeof(*p->slots));
	p->nr = 0;
}

void pairs_release(struct pairs *p)
{
	free(p->slots);
	*p = (struct pairs){ 0 };
}
