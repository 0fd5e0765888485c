/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/stats_impl.h"
#include "src/base/xalloc.h"

#define SLOTS (4 * STATS_GROUPS)
#define RECENT 256 /* a power of two */

struct stats_recent {
	uint32_t pid;
	struct stats_group *group; /* NULL = not known */
};

static struct stats_key key_of(const struct stats_groups *g,
			       const struct life_io *io,
			       const struct names *names)
{
	struct stats_key key;

	memset(&key, 0, sizeof(key)); /* it is compared as bytes */
	if (g->by & STATS_BY_DEVICE)
		key.device = io->device;
	if (g->by & STATS_BY_PROCESS) {
		const struct name *name = names_find(names, io->pid);

		if (name && name->text[0])
			memcpy(key.process, name->text, BLK_COMM_LEN);
		else
			key.pid = io->pid;
	}
	if (g->by & STATS_BY_CGROUP)
		key.cgroup = io->cgroup;
	if (g->by & STATS_BY_OP)
		key.op = io->op;
	if (g->by & STATS_BY_SIZE && io->bytes)
		key.size = 1u << (31 - __builtin_clz(io->bytes));
	if (g->by & STATS_BY_CPU)
		key.cpu = io->cpu;
	if (g->by & STATS_BY_TAG)
		key.tag = io->tag;
	return key;
}

static size_t hash_of(const struct stats_key *key)
{
	uint64_t h = 0, word;

	static_assert(sizeof(*key) % sizeof(word) == 0, "whole words");
	for (size_t i = 0; i < sizeof(*key); i += sizeof(word)) {
		memcpy(&word, (const char *)key + i, sizeof(word));
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return (size_t)h & (SLOTS - 1);
}

static struct stats_group *find(struct stats_groups *g, struct stats_key *key)
{
	size_t i = hash_of(key);
	struct stats_group *group;

	if (!g->slots) {
		g->slots = xcalloc(SLOTS, sizeof(*g->slots));
		g->list = xcalloc(STATS_GROUPS + 1, sizeof(*g->list));
	}
	for (; g->slots[i]; i = (i + 1) & (SLOTS - 1)) {
		group = g->list[g->slots[i] - 1];
		if (!memcmp(&group->key, key, sizeof(*key)))
			return group;
	}
	if (g->nr >= STATS_GROUPS && !key->is_rest) {
		memset(key, 0, sizeof(*key));
		key->is_rest = true;
		return find(g, key);
	}
	group = xcalloc(1, sizeof(*group));
	group->key = *key;
	g->list[g->nr++] = group;
	g->slots[i] = (uint32_t)g->nr;
	return group;
}

static struct stats_group *group_of(struct stats_groups *g,
				    const struct life_io *io,
				    const struct names *names)
{
	bool is_process = g->by == STATS_BY_PROCESS;
	struct stats_recent *recent = NULL;
	struct stats_key key;

	if (is_process && !g->recent)
		g->recent = xcalloc(RECENT, sizeof(*g->recent));
	if (is_process) {
		recent = &g->recent[io->pid & (RECENT - 1)];
		if (recent->group && recent->pid == io->pid)
			return recent->group;
	}
	key = key_of(g, io, names);
	if (!is_process)
		return find(g, &key);
	recent->pid = io->pid;
	return recent->group = find(g, &key);
}

void stats_groups_renamed(struct stats_groups *g)
{
	if (g->recent)
		memset(g->recent, 0, RECENT * sizeof(*g->recent));
}

void stats_groups_add(struct stats_groups *g, const struct life_io *io,
		      const struct names *names)
{
	struct stats_group *group = group_of(g, io, names);

	group->ios++;
	group->bytes += io->bytes;
	if (!group->ops[io->op])
		group->ops[io->op] = stats_op_new(DIST_COARSE);
	stats_op_add(group->ops[io->op], io, g->is_brief);
}

static int compare(const void *a, const void *b)
{
	const struct stats_group *x = *(struct stats_group *const *)a;
	const struct stats_group *y = *(struct stats_group *const *)b;

	if (x->key.is_rest != y->key.is_rest)
		return x->key.is_rest ? 1 : -1;
	if (x->ios != y->ios)
		return x->ios < y->ios ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

void stats_groups_end(struct stats_groups *g)
{
	if (g->nr)
		qsort(g->list, g->nr, sizeof(struct stats_group *), compare);
}

void stats_groups_release(struct stats_groups *g)
{
	for (size_t i = 0; i < g->nr; i++) {
		for (int op = 0; op < LIFE_OP_MAX; op++)
			stats_op_free(g->list[i]->ops[op]);
		free(g->list[i]);
	}
	free(g->list);
	free(g->slots);
	free(g->recent);
}
