/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers by number: a hash table from uint64_t to uint64_t.
 *
 *	struct map64 map = { 0 };
 *	*map64_put(&map, key) = value;		a new key begins with 0
 *	uint64_t *value = map64_get(&map, key);	NULL = not there
 *	map64_release(&map);
 *
 * Keys are never removed.  What is returned is valid until the next put.
 */
#ifndef BASE_MAP64_H
#define BASE_MAP64_H

#include <stddef.h>
#include <stdint.h>

struct map64_slot;

struct map64 {
	struct map64_slot *slots; /* open addressing */
	size_t nr;
	size_t cap; /* a power of two, or 0 */
};

uint64_t *map64_get(const struct map64 *map, uint64_t key);
uint64_t *map64_put(struct map64 *map, uint64_t key);
void map64_release(struct map64 *map);

#endif
