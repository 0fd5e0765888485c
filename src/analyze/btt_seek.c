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

	s->root = RB_NIL;
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
	rb_release(&s->tree);
	free(s->counts);
}

static void count(struct btt_seek *s, uint64_t distance)
{
	uint32_t n = rb_new(&s->tree, distance);
	uint32_t same = rb_insert(&s->tree, &s->root, n);

	if (same != RB_NIL) {
		s->counts[same]++;
		rb_free(&s->tree, n);
		return;
	}
	if (s->tree.cap > s->cap_counts) {
		s->cap_counts = s->tree.cap;
		s->counts = xreallocarray(s->counts, s->cap_counts,
					  sizeof(*s->counts));
	}
	s->counts[n] = 1;
}

/* Unless only ends count, no distance when the ranges touch or overlap. */
static long long distance_of(const struct btt_seek *s, long long start,
			     long long end, bool is_absolute)
{
	if (is_absolute)
		return start - s->last_end;
	if ((s->last_start <= start && start <= s->last_end) ||
	    (s->last_start <= end && end <= s->last_end))
		return 0;
	if (start > s->last_end)
		return start - s->last_end;
	return start - s->last_start;
}

void btt_seek_add(struct btt_seek *s, const struct blk_rec *rec,
		  bool is_absolute)
{
	long long start = (long long)rec->sector;
	long long end = start + (long long)(rec->bytes >> 9);
	long long distance = distance_of(s, start, end, is_absolute);
	int kind = btt_is_read(rec) ? 0 : 1;
	double time = btt_seconds(rec->time);

	for (int i = kind; i < 3; i += 2 - kind)
		if (s->files[i].f)
			(void)fprintf(s->files[i].f, "%15.9f %13lld %c\n",
				      time, distance, "rw"[kind]);
	s->last_start = start;
	s->last_end = end;
	distance = llabs(distance);
	s->nr++;
	s->sectors += (double)distance;
	count(s, (uint64_t)distance);
	if (s->rate.f)
		add_rate(s, time);
}

double btt_seek_mean(const struct btt_seek *s)
{
	return s->sectors / (double)s->nr;
}

/*
 * What btt prints as the median is none: the first distance, from the root of
 * its tree on, that makes up half of all; 0 when there is no such distance.
 */
long long btt_seek_median(const struct btt_seek *s)
{
	uint32_t stack[64];
	int nr = 0;

	if (s->root == RB_NIL)
		return 0;
	stack[nr++] = s->root;
	while (nr) {
		uint32_t n = stack[--nr];
		const struct rb_node *node = &s->tree.nodes[n];

		if (s->counts[n] >= s->nr / 2)
			return (long long)node->key;
		for (int side = 1; side >= 0; side--)
			if (node->child[side] != RB_NIL)
				stack[nr++] = node->child[side];
	}
	return 0;
}

static void add_mode(struct btt_modes *m, const struct btt_seek *s, uint32_t n)
{
	if (s->counts[n] < m->count)
		return;
	if (s->counts[n] > m->count)
		m->nr = 0;
	m->count = s->counts[n];
	m->list = xgrow(m->list, m->nr, &m->cap, sizeof(*m->list));
	m->list[m->nr++] = (long long)s->tree.nodes[n].key;
}

/* btt lists equal ones as they come when it goes through the tree, children
   first. */
void btt_seek_modes(const struct btt_seek *s, struct btt_modes *ret_modes)
{
	const struct rb_node *nodes = s->tree.nodes;
	struct btt_modes m = { 0 };
	uint32_t n = s->root, from = RB_NO_PARENT;

	while (n != RB_NIL && n != RB_NO_PARENT) {
		uint32_t next = RB_NIL;

		if (from == nodes[n].parent)
			next = nodes[n].child[0] != RB_NIL ? nodes[n].child[0] :
							     nodes[n].child[1];
		else if (from == nodes[n].child[0])
			next = nodes[n].child[1];
		from = n;
		if (next == RB_NIL) {
			add_mode(&m, s, n);
			next = nodes[n].parent;
		}
		n = next;
	}
	*ret_modes = m;
}
