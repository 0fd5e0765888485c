/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>

#include "src/base/map64.h"
#include "src/base/xalloc.h"

struct map64_slot {
	uint64_t key;
	uint64_t value;
	bool is_used;
};

/* Fibonacci hashing: the high bits of the product are the good ones. */
static struct map64_slot *slot_of(const struct map64 *map, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32);

	for (;; i++) {
		struct map64_slot *slot = &map->slots[i & (map->cap - 1)];

		if (!slot->is_used || slot->key == key)
			return slot;
	}
}

static void grow(struct map64 *map)
{
	struct map64 old = *map;

	map->cap = old.cap ? 2 * old.cap : 64;
	map->slots = xcalloc(map->cap, sizeof(*map->slots));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].is_used)
			*slot_of(map, old.slots[i].key) = old.slots[i];
	free(old.slots);
}

uint64_t *map64_get(const struct map64 *map, uint64_t key)
{
	struct map64_slot *slot;

	if (!map->cap)
		return NULL;
	slot = slot_of(map, key);
	return slot->is_used ? &slot->value : NULL;
}

uint64_t *map64_put(struct map64 *map, uint64_t key)
{
	struct map64_slot *slot;

	if (2 * map->nr >= map->cap)
		grow(map);
	slot = slot_of(map, key);
	if (!slot->is_used) {
		*slot = (struct map64_slot){.key = key, .is_used = true};
		map->nr++;
	}
	return &slot->value;
}

void map64_release(struct map64 *map)
{
	free(map->slots);
	*map = (struct map64){0};
}
