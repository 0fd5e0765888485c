/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "src/analyze/rbtree.h"
#include "src/base/xalloc.h"

uint32_t rb_new(struct rb_pool *p, uint64_t key)
{
	uint32_t n;

	if (p->free) {
		n = p->free - 1;
		p->free = p->nodes[n].child[0];
	} else {
		if (p->nr == p->cap) {
			p->cap = p->cap ? 2 * p->cap : 256;
			p->nodes = xreallocarray(p->nodes, p->cap,
						 sizeof(*p->nodes));
		}
		n = p->nr++;
	}
	p->nodes[n] = (struct rb_node){
		.key = key, .child = { RB_NIL, RB_NIL },
		.parent = RB_NO_PARENT, .is_red = 1,
	};
	return n;
}

void rb_free(struct rb_pool *p, uint32_t n)
{
	p->nodes[n].child[0] = p->free;
	p->free = n + 1;
}

void rb_release(struct rb_pool *p)
{
	free(p->nodes);
	*p = (struct rb_pool){ 0 };
}

static bool is_red(const struct rb_pool *p, uint32_t n)
{
	return n != RB_NIL && p->nodes[n].is_red;
}

static int side_of(const struct rb_pool *p, uint32_t n)
{
	return p->nodes[p->nodes[n].parent].child[1] == n;
}

/* @with stands where @n stood, under its parent. */
static void hang(struct rb_pool *p, uint32_t *root, uint32_t n, uint32_t with)
{
	uint32_t parent = p->nodes[n].parent;

	if (parent == RB_NO_PARENT)
		*root = with;
	else
		p->nodes[parent].child[side_of(p, n)] = with;
	if (with != RB_NIL)
		p->nodes[with].parent = parent & RB_NO_PARENT;
}

/* Its child on the other side goes up; @n goes down to @side. */
static void rotate(struct rb_pool *p, uint32_t *root, uint32_t n, int side)
{
	uint32_t up = p->nodes[n].child[!side];
	uint32_t middle = p->nodes[up].child[side];

	hang(p, root, n, up);
	p->nodes[n].child[!side] = middle;
	if (middle != RB_NIL)
		p->nodes[middle].parent = n & RB_NO_PARENT;
	p->nodes[up].child[side] = n;
	p->nodes[n].parent = up & RB_NO_PARENT;
}

static void mend_insert(struct rb_pool *p, uint32_t *root, uint32_t n)
{
	struct rb_node *nodes = p->nodes;
	uint32_t parent;

	while ((parent = nodes[n].parent) != RB_NO_PARENT &&
	       nodes[parent].is_red) {
		uint32_t grand = nodes[parent].parent;
		int side = side_of(p, parent);
		uint32_t uncle = nodes[grand].child[!side];

		if (is_red(p, uncle)) {
			nodes[uncle].is_red = 0;
			nodes[parent].is_red = 0;
			nodes[grand].is_red = 1;
			n = grand;
			continue;
		}
		if (side_of(p, n) != side) {
			rotate(p, root, parent, side);
			parent = n;
		}
		nodes[parent].is_red = 0;
		nodes[grand].is_red = 1;
		rotate(p, root, grand, !side);
		break;
	}
	nodes[*root].is_red = 0;
}

uint32_t rb_insert(struct rb_pool *p, uint32_t *root, uint32_t n)
{
	uint64_t key = p->nodes[n].key;
	uint32_t at = *root, parent = RB_NO_PARENT;
	int side = 0;

	while (at != RB_NIL) {
		if (p->nodes[at].key == key)
			return at;
		side = key > p->nodes[at].key;
		parent = at;
		at = p->nodes[at].child[side];
	}
	p->nodes[n].parent = parent & RB_NO_PARENT;
	if (parent == RB_NO_PARENT)
		*root = n;
	else
		p->nodes[parent].child[side] = n;
	mend_insert(p, root, n);
	return RB_NIL;
}

void rb_replace(struct rb_pool *p, uint32_t *root, uint32_t old, uint32_t n)
{
	hang(p, root, old, n);
	for (int side = 0; side < 2; side++) {
		uint32_t child = p->nodes[old].child[side];

		p->nodes[n].child[side] = child;
		if (child != RB_NIL)
			p->nodes[child].parent = n & RB_NO_PARENT;
	}
	p->nodes[n].is_red = p->nodes[old].is_red;
}

/* A black node is missing above @n, which is @parent's child on @side. */
static void mend_erase(struct rb_pool *p, uint32_t *root, uint32_t n,
		       uint32_t parent)
{
	struct rb_node *nodes = p->nodes;

	while (!is_red(p, n) && n != *root) {
		int side = nodes[parent].child[1] == n;
		uint32_t other = nodes[parent].child[!side];

		if (nodes[other].is_red) {
			nodes[other].is_red = 0;
			nodes[parent].is_red = 1;
			rotate(p, root, parent, side);
			other = nodes[parent].child[!side];
		}
		if (!is_red(p, nodes[other].child[0]) &&
		    !is_red(p, nodes[other].child[1])) {
			nodes[other].is_red = 1;
			n = parent;
			parent = nodes[n].parent;
			continue;
		}
		if (!is_red(p, nodes[other].child[!side])) {
			nodes[nodes[other].child[side]].is_red = 0;
			nodes[other].is_red = 1;
			rotate(p, root, other, !side);
			other = nodes[parent].child[!side];
		}
		nodes[other].is_red = nodes[parent].is_red;
		nodes[parent].is_red = 0;
		nodes[nodes[other].child[!side]].is_red = 0;
		rotate(p, root, parent, side);
		n = *root;
		break;
	}
	if (n != RB_NIL)
		nodes[n].is_red = 0;
}

/* With two children: the next greater node comes to its place. */
static void erase_inner(struct rb_pool *p, uint32_t *root, uint32_t n)
{
	struct rb_node *nodes = p->nodes;
	uint32_t next = nodes[n].child[1], child, parent;
	bool was_red;

	while (nodes[next].child[0] != RB_NIL)
		next = nodes[next].child[0];
	child = nodes[next].child[1];
	parent = nodes[next].parent;
	was_red = nodes[next].is_red;
	hang(p, root, next, child);
	if (parent == n)
		parent = next;
	rb_replace(p, root, n, next);
	if (!was_red)
		mend_erase(p, root, child, parent);
}

void rb_erase(struct rb_pool *p, uint32_t *root, uint32_t n)
{
	struct rb_node *node = &p->nodes[n];
	uint32_t child;

	if (node->child[0] != RB_NIL && node->child[1] != RB_NIL) {
		erase_inner(p, root, n);
		return;
	}
	child = node->child[node->child[0] == RB_NIL];
	hang(p, root, n, child);
	if (!node->is_red)
		mend_erase(p, root, child, node->parent);
}
