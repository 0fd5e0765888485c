/* SPDX-License-Identifier: GPL-2.0 */
/* Reading a file of rules. */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/tag_rules_impl.h"
#include "src/base/words.h"
#include "src/base/xalloc.h"

#define LINE_BYTES_MAX	65536u

static const char *const condition_names[COND_MAX] = {
	[COND_PROCESS] = "process", [COND_PID] = "pid",
	[COND_CGROUP] = "cgroup",   [COND_DEVICE] = "device",
	[COND_SECTOR] = "sector",   [COND_SIZE] = "size",
	[COND_OP] = "op",
};

/* "100", "4K", "1M": K M G T are powers of 1024. */
static bool take_number(const char **p, uint64_t *ret)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	if (**p < '0' || **p > '9')
		return false;
	errno = 0;
	*ret = strtoull(*p, &end, 0);
	if (errno)
		return false;
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		unsigned int shift = 10 * (unsigned int)(unit - units + 1);

		if (*ret > UINT64_MAX >> shift)
			return false;
		*ret <<= shift;
		end++;
	}
	*p = end;
	return true;
}

/* Each gives 0, -EINVAL for what is not understood, -E2BIG for too much. */

/* "5", "5-9", "5-", "1,3-4" */
static int take_ranges(const char *p, struct ranges *to)
{
	for (;;) {
		struct range range;

		if (!take_number(&p, &range.from))
			return -EINVAL;
		range.to = range.from;
		if (*p == '-' && (p[1] == ',' || !p[1])) {
			range.to = UINT64_MAX;
			p++;
		} else if (*p == '-') {
			p++;
			if (!take_number(&p, &range.to))
				return -EINVAL;
		}
		if (range.to < range.from)
			return -EINVAL;
		to->list = xgrow(to->list, to->nr, &to->cap,
				 sizeof(*to->list));
		to->list[to->nr++] = range;
		if (!*p)
			return 0;
		if (*p++ != ',')
			return -EINVAL;
	}
}

static int take_device(struct rule *rule, const char *value)
{
	struct range range;
	unsigned int major, minor;
	int n = 0;

	if (sscanf(value, "%u,%u%n", &major, &minor, &n) == 2 && !value[n]) {
		range.from = range.to = blk_dev(major, minor);
		rule->dev.list = xgrow(rule->dev.list, rule->dev.nr,
				       &rule->dev.cap, sizeof(range));
		rule->dev.list[rule->dev.nr++] = range;
		return 0;
	}
	if (!*value || rule->device)
		return -EINVAL;
	rule->device = xstrdup(value);
	return 0;
}

static int take_ops(struct rule *rule, const char *value)
{
	while (*value) {
		size_t len = strcspn(value, ",");
		int op = 0;

		while (op < LIFE_OP_MAX &&
		       (strlen(life_op_name((enum life_op)op)) != len ||
			strncmp(life_op_name((enum life_op)op), value, len)))
			op++;
		if (op == LIFE_OP_MAX)
			return -EINVAL;
		rule->ops |= 1u << op;
		value += len + (value[len] == ',');
	}
	return rule->ops ? 0 : -EINVAL;
}

/* @ret: the bit of the pattern, which is added to @list. */
static int take_pattern(struct pattern **list, unsigned int *nr,
			enum pattern_kind kind, const char *value,
			unsigned int *ret, struct err *err)
{
	int r;

	if (*nr == TAG_RULES_PATTERNS)
		return err_set(err, -E2BIG, "there are more than %u of them",
			       TAG_RULES_PATTERNS);
	r = pattern_new(kind, value, &list[*nr], err);
	if (!r)
		*ret = (*nr)++;
	return r;
}

static int take_value(struct tag_rules *r, struct rule *rule,
		      enum condition cond, const char *value, struct err *err)
{
	switch (cond) {
	case COND_PROCESS:
		return take_pattern(r->regexes, &r->nr_regexes, PATTERN_SEARCH,
				    value, &rule->process, err);
	case COND_PID:
		return take_ranges(value, &rule->pid);
	case COND_CGROUP:
		return take_pattern(r->globs, &r->nr_globs, PATTERN_GLOB, value,
				    &rule->cgroup, err);
	case COND_DEVICE:
		return take_device(rule, value);
	case COND_SECTOR:
		return take_ranges(value, &rule->sector);
	case COND_SIZE:
		return take_ranges(value, &rule->size);
	case COND_OP:
		return take_ops(rule, value);
	case COND_MAX:
		break;
	}
	return -EINVAL;
}

static int take_condition(struct tag_rules *r, struct rule *rule,
			  const char *word, struct err *err)
{
	const char *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : 0;
	struct err why = { 0 };
	int cond = 0, ret;

	while (cond < COND_MAX && (strlen(condition_names[cond]) != len ||
				   strncmp(condition_names[cond], word, len)))
		cond++;
	if (cond == COND_MAX)
		return err_set(err, -EINVAL,
			       "\"%s\" is no condition: process, pid, cgroup,"
			       " device, sector, size or op, and = is wanted",
			       word);
	if (rule->conditions & 1u << cond)
		return err_set(err, -EINVAL, "\"%s\": %s is there twice", word,
			       condition_names[cond]);
	rule->conditions |= 1u << cond;
	ret = take_value(r, rule, (enum condition)cond, value + 1, &why);
	if (!ret)
		return 0;
	return err_set(err, ret, "\"%.200s\" is %s%s%s", word,
		       ret == -E2BIG ? "too much" : "not understood",
		       *why.text ? ": " : "", why.text);
}

/* One range, or all; several are looked at one by one. */
static bool is_simple(const struct ranges *ranges, uint64_t max)
{
	return !ranges->nr || (ranges->nr == 1 && ranges->list[0].from <= max);
}

/*
 * A rule as a few comparisons: "every sector" and "every size" are ranges, too.
 */
static void prepare(struct rule *rule)
{
	static const struct range all = { 0, UINT64_MAX };
	const struct range *sector = rule->sector.nr ? rule->sector.list : &all;
	const struct range *size = rule->size.nr ? rule->size.list : &all;
	uint64_t last = size->to < UINT32_MAX ? size->to : UINT32_MAX;

	rule->slow = rule->conditions & (1u << COND_CGROUP | 1u << COND_DEVICE);
	rule->nr_sectors = UINT64_MAX;
	rule->nr_size = UINT32_MAX;
	if (!(rule->conditions & 1u << COND_OP))
		rule->ops = UINT32_MAX;
	if (is_simple(&rule->sector, UINT64_MAX)) {
		rule->first_sector = sector->from;
		rule->nr_sectors = sector->to - sector->from;
	} else {
		rule->slow |= 1u << COND_SECTOR;
	}
	if (is_simple(&rule->size, UINT32_MAX)) {
		rule->first_size = (uint32_t)size->from;
		rule->nr_size = (uint32_t)(last - size->from);
	} else {
		rule->slow |= 1u << COND_SIZE;
	}
	/* a flush is nowhere, though its record says sector 0 */
	if (rule->conditions & 1u << COND_SECTOR && !rule->first_size) {
		if (rule->nr_size)
			rule->nr_size--;
		else
			rule->ops = 0;
		rule->first_size = 1;
	}
}

static int take_line(struct tag_rules *r, const char *line, struct err *err)
{
	_cleanup_(words_freep) char **words = NULL;
	struct rule *rule;
	ssize_t n;

	if (line[strspn(line, " \t")] == '#')
		return 0;
	n = words_split(line, &words, err);
	if (n <= 0)
		return (int)n;
	if (r->nr_rules == TAG_RULES_MAX)
		return err_set(err, -E2BIG, "there are more than %u rules",
			       TAG_RULES_MAX);
	r->rules = xgrow(r->rules, r->nr_rules, &r->cap_rules,
			 sizeof(*r->rules));
	rule = &r->rules[r->nr_rules++];
	*rule = (struct rule){
		.label = labels_add(r->labels, words[0], strlen(words[0])),
	};
	for (ssize_t i = 1; i < n; i++) {
		int ret = take_condition(r, rule, words[i], err);

		if (ret)
			return ret;
	}
	prepare(rule);
	return 0;
}

int tag_rules_load(struct tag_rules *r, const char *path, struct err *err)
{
	_cleanup_(fclosep) FILE *f = fopen(path, "re");
	_cleanup_(freep) char *line = xmalloc(LINE_BYTES_MAX);
	unsigned int nr = 0;

	if (!f)
		return err_set_errno(err, -errno, "%s", path);
	while (fgets(line, LINE_BYTES_MAX, f)) {
		struct err why = {0};
		int ret = take_line(r, line, &why);

		nr++;
		if (ret)
			return err_set(err, ret, "%s: line %u: %.300s", path,
				       nr, why.text);
	}
	return ferror(f) ? err_set_errno(err, -errno, "%s", path) : 0;
}
