/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <float.h>
#include <stdlib.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

void btt_seek_open(struct btt *b, struct btt_seek *s,
		   const struct btt_dev *dev, const char *kind, bool has_rate)
{
	static const char letters[] = "rwc";

	for (int i = 0; b->opts.seeks && i < 3; i++)
		s->files[i] = btt_open(b, "%s_%s%s_%c.dat", b->opts.seeks,
				       dev->name, kind, letters[i]);
	if (b->opts.seek_rate && has_rate)
		s->rate = btt_open(b, "%s_%s.dat", b->opts.seek_rate,
				   dev->name);
}

static void emit_rate(struct btt_seek *s)
{
	double span = s->rate_last - s->rate_start;
	double rate = (double)s->rate_nr;

	if (s->rate_nr != 1 && span >= DBL_EPSILON)
		rate = rate / span;
	(void)fprintf(s->rate.f, "%15.9f %.2f\n", s->rate_start, rate);
	s->rate_nr = 0;
}

static void add_rate(struct btt_seek *s, double time)
{
	if (s->rate_nr && time - s->rate_start >= 1.0)
		emit_rate(s);
	s->rate_last = time;
	if (!s->rate_nr++)
		s->rate_start = time;
}

void btt_seek_close(struct btt *b, struct btt_seek *s)
{
	if (s->rate.f && s->rate_nr)
		emit_rate(s);
	btt_close(b, &s->rate, false);
	for (int i = 0; i < 3; i++)
		btt_close(b, &s->files[i], false);
	tally_release(&s->distances);
}

/* Modulo 2^64, as btt's come out; a damaged trace has such sectors. */
static long long apart(long long a, long long b)
{
	return (long long)((unsigned long long)a - (unsigned long long)b);
}

/* Unless only ends count, no distance when the ranges touch or overlap. */
static long long distance_of(const struct btt_seek *s, long long start,
			     long long end, bool is_absolute)
{
	if (is_absolute)
		return apart(start, s->last_end);
	if ((s->last_start <= start && start <= s->last_end) ||
	    (s->last_start <= end && end <= s->last_end))
		return 0;
	if (start > s->last_end)
		return apart(start, s->last_end);
	return apart(start, s->last_start);
}

void btt_seek_add(struct btt_seek *s, const struct blk_rec *rec,
		  bool is_absolute)
{
	long long start = (long long)rec->sector;
	long long end = (long long)(rec->sector + (rec->bytes >> 9));
	long long distance = distance_of(s, start, end, is_absolute);
	int kind = btt_is_read(rec) ? 0 : 1;

	for (int i = kind; i < 3; i += 2 - kind)
		if (s->files[i].f)
			(void)fprintf(s->files[i].f, "%15.9f %13lld %c\n",
				      btt_seconds(rec->time), distance,
				      "rw"[kind]);
	s->last_start = start;
	s->last_end = end;
	distance = distance < 0 ? apart(0, distance) : distance;
	s->nr++;
	s->sectors += (double)distance;
	tally_add(&s->distances, (uint64_t)distance & INT64_MAX);
	if (s->rate.f)
		add_rate(s, btt_seconds(rec->time));
}

/* ---- the tree of btt ----------------------------------------------------- */

/* Of few seeks.  In what order btt names them depends on its shape. */
struct tree {
	struct rb_pool pool;
	uint32_t root;
	int *counts;		/* of each node */
	long long nr;		/* sum of all */
};

static struct tree grow_tree(const uint64_t *distances, size_t nr)
{
	struct tree t = {
		.root = RB_NIL, .nr = (long long)nr,
		.counts = xcalloc(nr + 1, sizeof(*t.counts)),
	};

	for (size_t i = 0; i < nr; i++) {
		uint32_t n = rb_new(&t.pool, distances[i]);
		uint32_t same = rb_insert(&t.pool, &t.root, n);

		if (same != RB_NIL)
			rb_free(&t.pool, n);
		t.counts[same != RB_NIL ? same : n]++;
	}
	return t;
}

/*
 * What btt prints as the median is none: the first distance, from the root of
 * its tree on, that makes up half of all; 0 when there is no such distance.
 */
static long long tree_median(const struct tree *t)
{
	uint32_t stack[64];
	int nr = 0;

	if (t->root == RB_NIL)
		return 0;
	stack[nr++] = t->root;
	while (nr) {
		uint32_t n = stack[--nr];
		const struct rb_node *node = &t->pool.nodes[n];

		if (t->counts[n] >= t->nr / 2)
			return (long long)node->key;
		for (int side = 1; side >= 0; side--)
			if (node->child[side] != RB_NIL)
				stack[nr++] = node->child[side];
	}
	return 0;
}

static void add_mode(struct btt_modes *m, uint64_t distance, int count)
{
	if (count < m->count)
		return;
	if (count > m->count)
		m->nr = m->nr_all = 0;
	m->count = count;
	m->list = xgrow(m->list, m->nr, &m->cap, sizeof(*m->list));
	m->list[m->nr++] = (long long)distance;
	m->nr_all++;
}

/* btt lists equal ones as they come when it goes through the tree, children
   first. */
static void tree_modes(const struct tree *t, struct btt_modes *modes)
{
	const struct rb_node *nodes = t->pool.nodes;
	uint32_t n = t->root, from = RB_NO_PARENT;

	while (n != RB_NIL && n != RB_NO_PARENT) {
		uint32_t next = RB_NIL;

		if (from == nodes[n].parent)
			next = nodes[n].child[0] != RB_NIL ? nodes[n].child[0] :
							     nodes[n].child[1];
		else if (from == nodes[n].child[0])
			next = nodes[n].child[1];
		from = n;
		if (next == RB_NIL) {
			add_mode(modes, nodes[n].key, t->counts[n]);
			next = nodes[n].parent;
		}
		n = next;
	}
}

/* ---- many seeks ---------------------------------------------------------- */

struct view {
	struct btt_seek_info *info;
	uint64_t half;
	bool has_median;
};

static void look(void *ctx, uint64_t distance, uint64_t count)
{
	struct view *v = ctx;
	struct btt_modes *m = &v->info->modes;

	if (count >= v->half && !v->has_median) {
		v->info->median = (long long)distance;
		v->has_median = true;
	}
	if ((int)count == m->count && m->nr == BTT_MODES)
		m->nr_all++;
	else
		add_mode(m, distance, (int)count);
}

int btt_seek_get(struct btt_seek *s, struct btt_seek_info *ret_info)
{
	struct btt_seek_info info = { .mean = s->sectors / (double)s->nr };
	struct view v = { .info = &info, .half = (uint64_t)s->nr / 2 };
	const uint64_t *held = tally_held(&s->distances);
	int r = 0;

	if (held && s->nr <= (long long)TALLY_HELD) {
		struct tree t = grow_tree(held, (size_t)s->nr);

		info.median = tree_median(&t);
		tree_modes(&t, &info.modes);
		rb_release(&t.pool);
		free(t.counts);
	} else {
		r = tally_each(&s->distances, look, &v);
	}
	*ret_info = info;
	return r;
}
