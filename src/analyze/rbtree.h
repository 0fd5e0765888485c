/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Red-black trees of numbered nodes, after Cormen et al., "Introduction to
 * Algorithms", chapter 13.  btt's answers depend on the shape of its trees
 * where keys are equal or ranges overlap, so this one has to have the same.
 *
 *	struct rb_pool pool = { 0 };
 *	uint32_t root = RB_NIL;
 *	uint32_t n = rb_new(&pool, key);
 *	uint32_t same = rb_insert(&pool, &root, n);
 *	if (same != RB_NIL)
 *		...			the key is there: n was not put in
 *
 * Many trees may share a pool.  Node numbers are stable and small, so what
 * belongs to a node can stand in an array beside it.
 */
#ifndef ANALYZE_RBTREE_H
#define ANALYZE_RBTREE_H

#include <stdbool.h>
#include <stdint.h>

#define RB_NIL	UINT32_MAX

struct rb_node {
	uint64_t key;
	uint32_t child[2];	/* smaller, greater; RB_NIL = none */
	uint32_t parent : 31;	/* RB_NO_PARENT = none */
	uint32_t is_red : 1;
};

#define RB_NO_PARENT	(RB_NIL >> 1)

struct rb_pool {
	struct rb_node *nodes;	/* owned; moves when it grows */
	uint32_t nr, cap;
	uint32_t free;		/* number + 1 of the first free one; 0 = none */
};

/* A node that is in no tree. */
uint32_t rb_new(struct rb_pool *pool, uint64_t key);

/* It is in no tree any more. */
void rb_free(struct rb_pool *pool, uint32_t node);

/* Puts it in, or returns the node that has its key. */
uint32_t rb_insert(struct rb_pool *pool, uint32_t *root, uint32_t node);

/* @node takes the place of @old, which has the same key. */
void rb_replace(struct rb_pool *pool, uint32_t *root, uint32_t old,
		uint32_t node);

void rb_erase(struct rb_pool *pool, uint32_t *root, uint32_t node);

void rb_release(struct rb_pool *pool);

#endif
