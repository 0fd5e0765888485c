/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "tests/tools/pair.h"

static int cmp_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int cmp_payload(const struct blk_rec *a, const struct blk_rec *b)
{
	if (a->pdu_len != b->pdu_len)
		return cmp_u64(a->pdu_len, b->pdu_len);
	return a->pdu_len ? memcmp(a->pdu, b->pdu, a->pdu_len) : 0;
}

int cmp_field(enum field f, const struct blk_rec *a, const struct blk_rec *b)
{
	switch (f) {
	case FIELD_ACTION:
		return cmp_u64(a->action, b->action);
	case FIELD_SECTOR:
		return cmp_u64(a->sector, b->sector);
	case FIELD_BYTES:
		return cmp_u64(a->bytes, b->bytes);
	case FIELD_PID:
		return cmp_u64(a->pid, b->pid);
	case FIELD_DEVICE:
		return cmp_u64(a->device, b->device);
	case FIELD_CPU:
		return cmp_u64(a->cpu, b->cpu);
	case FIELD_ERROR:
		return cmp_u64(a->error, b->error);
	case FIELD_PAYLOAD:
		return cmp_payload(a, b);
	case FIELD_MAX:
		break;
	}
	return 0;
}

/* By CPU of the file and all fields; the time does not count. */
static int cmp_key(const struct item *a, const struct item *b)
{
	int r = cmp_u64(a->stream, b->stream);

	for (unsigned int f = 0; !r && f < FIELD_MAX; f++)
		r = cmp_field((enum field)f, &a->rec, &b->rec);
	return r;
}

static int by_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = cmp_key(x, y);

	return r ? r : cmp_u64(x->rec.time, y->rec.time);
}

static int by_time(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int r = cmp_u64(x->stream, y->stream);

	return r ? r : cmp_u64(x->rec.time, y->rec.time);
}

static uint64_t distance(const struct item *a, const struct item *b)
{
	uint64_t x = a->rec.time, y = b->rec.time;

	return x < y ? y - x : x - y;
}

bool is_inside(const struct pair_options *o, const struct item *it)
{
	return it->rec.time >= o->from && it->rec.time <= o->to;
}

static void pair(const struct pair_options *o, struct result *res, struct item *a,
		 struct item *b)
{
	a->is_paired = true;
	b->is_paired = true;
	if (!is_inside(o, a) && !is_inside(o, b))
		return;
	res->diffs = xgrow(res->diffs, res->nr_diffs, &res->cap_diffs,
			   sizeof(*res->diffs));
	res->diffs[res->nr_diffs++] = distance(a, b);
	res->compared++;
}

/*
 * Pairs the equal records a[0..na) and b[0..nb), both in time order.  Where
 * one side has more, those are left over whose neighbour fits better.
 */
static void pair_equal(const struct pair_options *o, struct result *res,
		       struct item *a, size_t na, struct item *b, size_t nb)
{
	while (na && nb) {
		uint64_t d = distance(a, b);
		bool skip_a = na > nb && distance(a + 1, b) < d;
		bool skip_b = nb > na && distance(a, b + 1) < d;

		if (d > o->pair_ns) {
			skip_a = a->rec.time < b->rec.time;
			skip_b = !skip_a;
		}
		if (!skip_a && !skip_b)
			pair(o, res, a, b);
		if (!skip_b) {
			a++;
			na--;
		}
		if (!skip_a) {
			b++;
			nb--;
		}
	}
}

static size_t group_len(const struct item *it, size_t nr)
{
	size_t n = 1;

	while (n < nr && !cmp_key(it, it + n))
		n++;
	return n;
}

void pair_equal_records(const struct pair_options *o, struct result *res,
			struct trace *a, struct trace *b)
{
	size_t i = 0, j = 0;

	qsort(a->items, a->nr, sizeof(*a->items), by_key);
	qsort(b->items, b->nr, sizeof(*b->items), by_key);
	while (i < a->nr && j < b->nr) {
		struct item *x = a->items + i, *y = b->items + j;
		size_t na = group_len(x, a->nr - i);
		size_t nb = group_len(y, b->nr - j);
		int r = cmp_key(x, y);

		if (!r)
			pair_equal(o, res, x, na, y, nb);
		if (r <= 0)
			i += na;
		if (r >= 0)
			j += nb;
	}
}

void keep_unpaired(struct trace *t)
{
	size_t nr = 0;

	for (size_t i = 0; i < t->nr; i++)
		if (!t->items[i].is_paired)
			t->items[nr++] = t->items[i];
	t->nr = nr;
	qsort(t->items, t->nr, sizeof(*t->items), by_time);
}

enum field only_difference(const struct item *a, const struct item *b)
{
	enum field found = FIELD_MAX;

	for (unsigned int f = 0; f < FIELD_MAX; f++) {
		if (!cmp_field((enum field)f, &a->rec, &b->rec))
			continue;
		if (found != FIELD_MAX)
			return FIELD_MAX;
		found = (enum field)f;
	}
	return found;
}

/* The nearest record of @b that is @a but for one field, or NULL. */
static struct item *find_near(const struct pair_options *o, const struct item *a,
			      struct trace *b, size_t start)
{
	struct item *best = NULL;

	for (size_t j = start; j < b->nr; j++) {
		struct item *y = b->items + j;

		if (y->stream > a->stream ||
		    (y->stream == a->stream &&
		     y->rec.time > a->rec.time + o->near_ns))
			break;
		if (y->is_paired || y->stream != a->stream ||
		    distance(a, y) > o->near_ns ||
		    only_difference(a, y) == FIELD_MAX)
			continue;
		if (!best || distance(a, y) < distance(a, best))
			best = y;
	}
	return best;
}

void pair_different(const struct pair_options *o, struct result *res,
		    struct trace *a, struct trace *b,
		    void (*show)(const struct item *a, const struct item *b,
				 void *ctx), void *ctx)
{
	size_t start = 0;

	for (size_t i = 0; i < a->nr; i++) {
		struct item *x = a->items + i, *y;

		/* Records that come too early for this one and all after it. */
		while (start < b->nr &&
		       (b->items[start].stream < x->stream ||
			(b->items[start].stream == x->stream &&
			 b->items[start].rec.time + o->near_ns <
			 x->rec.time)))
			start++;
		y = find_near(o, x, b, start);
		if (!y || (!is_inside(o, x) && !is_inside(o, y)))
			continue;
		x->is_paired = true;
		y->is_paired = true;
		res->different++;
		show(x, y, ctx);
	}
}
