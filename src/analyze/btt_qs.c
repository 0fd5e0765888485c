/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Qs that wait, in the trees of btt.  A Q with the first sector of another
 * one takes its place.  A sector is looked for on the way from the root of the
 * tree to a leaf, so where Qs overlap, what is found depends on the shape of
 * the tree: that is why it is the same here (rbtree.h).
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

#define MET_FREE	65536u	/* events: a short trace may be as odd as it
				   likes */

struct btt_q *btt_q_at(const struct btt *b, const struct btt_dev *dev,
		       uint64_t sector)
{
	uint32_t n = dev->root;

	while (n != RB_NIL) {
		const struct rb_node *node = &b->tree.nodes[n];

		if (sector < node->key)
			n = node->child[0];
		else if (sector >= b->qs[n].end)
			n = node->child[1];
		else
			return &b->qs[n];
	}
	return NULL;
}

/* Events that lie over far more Qs than the blocks of a disk can explain: each
   of them meets all of them again. */
static void count_met(struct btt *b, uint64_t nr)
{
	b->nr_met += nr;
	if (b->err.code || b->nr_met / BTT_MET_MAX <= b->nr_events + MET_FREE)
		return;
	(void)err_set(&b->err, -E2BIG, "%" PRIu64 " events met queued I/Os %"
		      PRIu64 " times, more than %u times each: too many lie"
		      " inside of others for the pairing of btt",
		      b->nr_events, b->nr_met, BTT_MET_MAX);
}

void btt_qs_inside(struct btt *b, const struct btt_dev *dev, uint64_t start,
		   uint64_t end)
{
	uint32_t stack[64];
	uint64_t nr_met = 0;
	int nr = 0;

	b->nr_found = 0;
	if (dev->root != RB_NIL)
		stack[nr++] = dev->root;
	for (; nr; nr_met++) {
		uint32_t n = stack[--nr];
		const struct rb_node *node = &b->tree.nodes[n];
		uint64_t q_end = b->qs[n].end;

		if (start <= node->key && q_end <= end) {
			b->found = xgrow(b->found, b->nr_found, &b->cap_found,
					 sizeof(*b->found));
			b->found[b->nr_found++] = n;
		}
		if (q_end < end && node->child[1] != RB_NIL)
			stack[nr++] = node->child[1];
		if (start < node->key && node->child[0] != RB_NIL)
			stack[nr++] = node->child[0];
	}
	count_met(b, nr_met);
}

struct btt_q *btt_q_insert(struct btt *b, const struct blk_rec *rec,
			   struct btt_dev *dev)
{
	uint32_t n = rb_new(&b->tree, rec->sector), same;

	if (b->tree.cap > b->cap_qs) {
		b->cap_qs = b->tree.cap;
		b->qs = xreallocarray(b->qs, b->cap_qs, sizeof(*b->qs));
	}
	same = rb_insert(&b->tree, &dev->root, n);
	if (same != RB_NIL) {
		rb_replace(&b->tree, &dev->root, same, n);
		rb_free(&b->tree, same);
	}
	return &b->qs[n];
}

static void print_step(FILE *f, uint64_t time, char letter, uint64_t sector,
		       uint32_t blocks, const char *indent)
{
	if (time != BTT_NEVER)
		(void)fprintf(f, "%s%5d.%09lu %c %10" PRIu64 "+%-4u\n", indent,
			      (int)(time / 1000000000),
			      (unsigned long)(time % 1000000000), letter,
			      sector, blocks);
}

void btt_q_print(FILE *f, const struct blk_rec *c, const struct btt_q *q,
		 uint64_t sector)
{
	static const char indent[] = "         ";
	uint32_t blocks = q->bytes >> 9;

	(void)fprintf(f, "%3u,%-3u: ", blk_major(c->device),
		      blk_minor(c->device));
	print_step(f, q->time, 'Q', sector, blocks, "");
	print_step(f, q->g, 'G', sector, blocks, indent);
	print_step(f, q->i, 'I', sector, blocks, indent);
	print_step(f, q->m, 'M', sector, blocks, indent);
	print_step(f, q->d, 'D', q->d_sector, q->d_blocks, indent);
	print_step(f, c->time, 'C', c->sector, c->bytes >> 9, indent);
	(void)fprintf(f, "\n");
}
