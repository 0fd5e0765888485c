/* SPDX-License-Identifier: GPL-2.0 */
/* What tag_rules.c and tag_rules_load.c share. */
#ifndef ANALYZE_TAG_RULES_IMPL_H
#define ANALYZE_TAG_RULES_IMPL_H

#include <stddef.h>

#include "src/analyze/life.h"
#include "src/analyze/tag_rules.h"
#include "src/analyze/tag_tasks.h"
#include "src/base/pattern.h"

/* What a rule asks for: one bit each. */
enum condition {
	COND_PROCESS,
	COND_PID,
	COND_CGROUP,
	COND_DEVICE,
	COND_SECTOR,
	COND_SIZE,
	COND_OP,
	COND_MAX
};

/* Both ends belong to it. */
struct range {
	uint64_t from, to;
};

struct ranges {
	struct range *list;
	size_t nr, cap;
};

struct rule {
	uint32_t label;
	uint32_t conditions;   /* bits 1 << enum condition */
	uint32_t ops;	       /* bits 1 << enum life_op */
	unsigned int process;  /* bit in tag_task.matches */
	unsigned int cgroup;   /* bit in tag_cgroup.matches */
	char *device;	       /* name */
	struct ranges pid, sector, size, dev;
	/* made of these when the rule is read: what is cheap to look at comes first */
	uint64_t first_sector, nr_sectors; /* first + nr is the last one */
	uint32_t first_size, nr_size;	   /* the same */
	uint32_t slow;			   /* conditions that are left */
};

struct tag_rules {
	struct labels *labels;
	struct tag_tasks tasks;
	struct rule *rules;
	size_t nr_rules, cap_rules;
	struct pattern *regexes[TAG_RULES_PATTERNS];
	struct pattern *globs[TAG_RULES_PATTERNS];
	unsigned int nr_regexes, nr_globs;
	const struct pattern *given_up; /* the first one */
	size_t nr_given_up;		/* names */
	struct err problem;
	uint32_t (*key)(struct tag_rules *r, const struct blk_rec *rec);
	uint32_t no_cgroup; /* labels */
	uint32_t by_op[LIFE_OP_MAX];
	uint32_t by_size[34];
	struct map64 by_region; /* device and region to label */
	struct map64 by_flush;	/* task and cgroup to label */
};

#endif
