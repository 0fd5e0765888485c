/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/life.h"
#include "src/analyze/tag_rules.h"
#include "src/analyze/tag_tasks.h"
#include "src/base/words.h"
#include "src/base/xalloc.h"

#define REGION_SHIFT	21u /* 1 GiB, at least */
#define REGION_SECTORS	(UINT64_C(1) << REGION_SHIFT)
#define REGIONS		16u		    /* of a device */
#define LINE_BYTES_MAX	65536u

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

static const char *const condition_names[COND_MAX] = {
	[COND_PROCESS] = "process", [COND_PID] = "pid",
	[COND_CGROUP] = "cgroup",   [COND_DEVICE] = "device",
	[COND_SECTOR] = "sector",   [COND_SIZE] = "size",
	[COND_OP] = "op",
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
	/* made of these by prepare(): what is cheap to look at comes first */
	uint64_t first_sector, nr_sectors; /* first + nr is the last one */
	uint32_t first_size, nr_size;	   /* the same */
	uint32_t slow;			   /* conditions that are left */
};

struct tag_rules {
	struct labels *labels;
	struct tag_tasks tasks;
	struct rule *rules;
	size_t nr_rules, cap_rules;
	regex_t regexes[TAG_RULES_REGEXES];
	char *globs[TAG_RULES_REGEXES];
	unsigned int nr_regexes, nr_globs;
	uint32_t (*key)(struct tag_rules *r, const struct blk_rec *rec);
	uint32_t no_cgroup; /* labels */
	uint32_t by_op[LIFE_OP_MAX];
	uint32_t by_size[34];
	struct map64 by_region; /* device and region to label */
	struct map64 by_flush;	/* task and cgroup to label */
};

struct tag_rules *tag_rules_new(struct labels *labels)
{
	struct tag_rules *r = xcalloc(1, sizeof(*r));

	r->labels = labels;
	return r;
}

void tag_rules_free(struct tag_rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->nr_rules; i++) {
		free(r->rules[i].device);
		free(r->rules[i].pid.list);
		free(r->rules[i].sector.list);
		free(r->rules[i].size.list);
		free(r->rules[i].dev.list);
	}
	for (size_t i = 0; i < r->nr_regexes; i++)
		regfree(&r->regexes[i]);
	for (size_t i = 0; i < r->nr_globs; i++)
		free(r->globs[i]);
	free(r->rules);
	map64_release(&r->by_region);
	map64_release(&r->by_flush);
	tag_tasks_release(&r->tasks);
	free(r);
}

void tag_rules_note(struct tag_rules *r, const struct blk_rec *rec)
{
	tag_tasks_note(&r->tasks, rec);
}

/* ---- reading rules --------------------------------------------------------
 */

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

/* "5", "5-9", "5-", "1,3-4" */
static bool take_ranges(const char *p, struct ranges *to)
{
	for (;;) {
		struct range range;

		if (!take_number(&p, &range.from))
			return false;
		range.to = range.from;
		if (*p == '-' && (p[1] == ',' || !p[1])) {
			range.to = UINT64_MAX;
			p++;
		} else if (*p == '-') {
			p++;
			if (!take_number(&p, &range.to))
				return false;
		}
		if (range.to < range.from)
			return false;
		to->list = xgrow(to->list, to->nr, &to->cap,
				 sizeof(*to->list));
		to->list[to->nr++] = range;
		if (!*p)
			return true;
		if (*p++ != ',')
			return false;
	}
}

static bool take_device(struct rule *rule, const char *value)
{
	struct range range;
	unsigned int major, minor;
	int n = 0;

	if (sscanf(value, "%u,%u%n", &major, &minor, &n) == 2 && !value[n]) {
		range.from = range.to = blk_dev(major, minor);
		rule->dev.list = xgrow(rule->dev.list, rule->dev.nr,
				       &rule->dev.cap, sizeof(range));
		rule->dev.list[rule->dev.nr++] = range;
		return true;
	}
	if (!*value || rule->device)
		return false;
	rule->device = xstrdup(value);
	return true;
}

static bool take_ops(struct rule *rule, const char *value)
{
	while (*value) {
		size_t len = strcspn(value, ",");
		int op = 0;

		while (op < LIFE_OP_MAX &&
		       (strlen(life_op_name((enum life_op)op)) != len ||
			strncmp(life_op_name((enum life_op)op), value, len)))
			op++;
		if (op == LIFE_OP_MAX)
			return false;
		rule->ops |= 1u << op;
		value += len + (value[len] == ',');
	}
	return rule->ops != 0;
}

static bool take_regex(struct tag_rules *r, struct rule *rule,
		       const char *value)
{
	if (r->nr_regexes == TAG_RULES_REGEXES ||
	    regcomp(&r->regexes[r->nr_regexes], value,
		    REG_EXTENDED | REG_NOSUB))
		return false;
	rule->process = r->nr_regexes++;
	return true;
}

static bool take_glob(struct tag_rules *r, struct rule *rule,
		      const char *value)
{
	if (r->nr_globs == TAG_RULES_REGEXES)
		return false;
	r->globs[r->nr_globs] = xstrdup(value);
	rule->cgroup = r->nr_globs++;
	return true;
}

static bool take_value(struct tag_rules *r, struct rule *rule,
		       enum condition cond, const char *value)
{
	switch (cond) {
	case COND_PROCESS:
		return take_regex(r, rule, value);
	case COND_PID:
		return take_ranges(value, &rule->pid);
	case COND_CGROUP:
		return take_glob(r, rule, value);
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
	return false;
}

static int take_condition(struct tag_rules *r, struct rule *rule,
			  const char *word, struct err *err)
{
	const char *value = strchr(word, '=');
	size_t len = value ? (size_t)(value - word) : 0;
	int cond = 0;

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
	if (!take_value(r, rule, (enum condition)cond, value + 1))
		return err_set(err, -EINVAL,
			       "\"%s\" is not understood, or too much", word);
	return 0;
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

/* ---- rules of the file ----------------------------------------------------
 */

static bool is_in(const struct ranges *ranges, uint64_t v)
{
	for (size_t i = 0; i < ranges->nr; i++)
		if (v >= ranges->list[i].from && v <= ranges->list[i].to)
			return true;
	return false;
}

#define FAST	64u /* rules, as bits of tag_task.may */

static bool fits_task(const struct rule *rule, const struct tag_task *task)
{
	uint32_t c = rule->conditions;

	return (!(c & 1u << COND_PROCESS) ||
		task->matches >> rule->process & 1) &&
	       (!(c & 1u << COND_PID) || is_in(&rule->pid, task->pid));
}

/* Once for each task and name: regular expressions are slow. */
static void match_task(struct tag_rules *r, struct tag_task *task)
{
	task->matches = task->may = 0;
	for (unsigned int i = 0; i < r->nr_regexes; i++)
		if (!regexec(&r->regexes[i], task->name, 0, NULL, 0))
			task->matches |= UINT64_C(1) << i;
	for (size_t i = 0; i < r->nr_rules && i < FAST; i++)
		if (fits_task(&r->rules[i], task))
			task->may |= UINT64_C(1) << i;
	task->is_matched = true;
}

/* Of the I/O; else, if the trace does not say, of the process. */
static uint64_t cgroup_of(struct tag_rules *r, const struct blk_rec *rec)
{
	uint64_t id = tag_tasks_charge(&r->tasks, rec);

	return id ? id : tag_tasks_find(&r->tasks, rec->pid)->cgroup;
}

static bool fits_cgroup(struct tag_rules *r, unsigned int bit,
			const struct blk_rec *rec)
{
	uint64_t id = cgroup_of(r, rec);
	struct tag_cgroup *cgroup;

	if (!id)
		return false;
	cgroup = tag_tasks_cgroup(&r->tasks, id);
	if (!cgroup->is_matched) {
		cgroup->matches = 0;
		for (unsigned int i = 0; cgroup->path && i < r->nr_globs; i++)
			if (!fnmatch(r->globs[i], cgroup->path, 0))
				cgroup->matches |= UINT64_C(1) << i;
		cgroup->is_matched = true;
	}
	return cgroup->matches >> bit & 1;
}

static bool fits_device(struct tag_rules *r, const struct rule *rule,
			uint32_t device)
{
	const char *name;

	if (!rule->device)
		return is_in(&rule->dev, device);
	name = tag_tasks_device(&r->tasks, device)->name;
	return name && !strcmp(name, rule->device);
}

/* Conditions that are not of the task. */
static bool fits(struct tag_rules *r, const struct rule *rule,
		 enum condition cond, const struct blk_rec *rec)
{
	switch (cond) {
	case COND_PROCESS:
	case COND_PID:
		return true;
	case COND_CGROUP:
		return fits_cgroup(r, rule->cgroup, rec);
	case COND_DEVICE:
		return fits_device(r, rule, rec->device);
	case COND_SECTOR:
		return is_in(&rule->sector, rec->sector);
	case COND_SIZE:
		return is_in(&rule->size, rec->bytes);
	case COND_OP: /* in may_fit */
		return true;
	case COND_MAX:
		break;
	}
	return false;
}

/* What few comparisons say.  @op: 1 << life_op_of. */
static inline bool may_fit(const struct rule *rule, const struct blk_rec *rec,
			   uint32_t op)
{
	return rec->sector - rule->first_sector <= rule->nr_sectors &&
	       rec->bytes - rule->first_size <= rule->nr_size &&
	       rule->ops & op;
}

static bool fits_slow(struct tag_rules *r, const struct rule *rule,
		      const struct blk_rec *rec)
{
	uint32_t left = rule->slow;

	while (left &&
	       fits(r, rule, (enum condition)__builtin_ctz(left), rec))
		left &= left - 1;
	return !left;
}

static inline bool fits_all(struct tag_rules *r, const struct rule *rule,
			    const struct blk_rec *rec, uint32_t op)
{
	return may_fit(rule, rec, op) &&
	       (!rule->slow || fits_slow(r, rule, rec));
}

uint32_t tag_rules_match(struct tag_rules *r, const struct blk_rec *rec)
{
	struct tag_task *task;
	uint32_t op;

	if (!r->nr_rules)
		return 0;
	op = 1u << life_op_of(rec);
	task = tag_tasks_find(&r->tasks, rec->pid);
	if (!task->is_matched)
		match_task(r, task);
	for (uint64_t may = task->may; may; may &= may - 1) {
		const struct rule *rule = &r->rules[__builtin_ctzll(may)];

		if (fits_all(r, rule, rec, op))
			return rule->label;
	}
	for (size_t i = FAST; i < r->nr_rules; i++) {
		const struct rule *rule = &r->rules[i];

		/* found anew: fits_all may look up others */
		task = tag_tasks_find(&r->tasks, rec->pid);
		if (fits_task(rule, task) && fits_all(r, rule, rec, op))
			return rule->label;
	}
	return 0;
}

/* ---- rules by a key -------------------------------------------------------
 */

__attribute__((format(printf, 2, 3)))
static uint32_t add_label(struct tag_rules *r, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return labels_add(r->labels, text, strlen(text));
}

static uint32_t cgroup_label(struct tag_rules *r, uint64_t id)
{
	struct tag_cgroup *cgroup;

	if (!id && !r->no_cgroup)
		r->no_cgroup = add_label(r, "no cgroup");
	if (!id)
		return r->no_cgroup;
	cgroup = tag_tasks_cgroup(&r->tasks, id);
	if (!cgroup->label)
		cgroup->label = cgroup->path ?
					add_label(r, "%s", cgroup->path) :
					add_label(r, "cgroup %" PRIu64, id);
	return cgroup->label;
}

/* A write of the kernel's for somebody: both are said. */
static uint32_t flusher_label(struct tag_rules *r, const struct tag_task *task,
			      const struct blk_rec *rec)
{
	uint64_t id = tag_tasks_charge(&r->tasks, rec);
	uint64_t *label;

	if (!id || id == task->cgroup)
		return 0;
	label = map64_put(&r->by_flush, (uint64_t)task->pid << 32 ^ id);
	if (!*label)
		*label = add_label(r, "%s for %s", task->name,
				   labels_text(r->labels,
					       cgroup_label(r, id)));
	return (uint32_t)*label;
}

static uint32_t key_process(struct tag_rules *r, const struct blk_rec *rec)
{
	struct tag_task *task = tag_tasks_find(&r->tasks, rec->pid);
	uint32_t label = 0;

	if (blk_has(rec, BLK_TC_WRITE) && task->name[0] == 'k' &&
	    !strncmp(task->name, "kworker", 7))
		label = flusher_label(r, task, rec);
	if (label)
		return label;
	if (!task->label)
		task->label = task->name[0] ?
				      add_label(r, "%s", task->name) :
				      add_label(r, "? (%u)", rec->pid);
	return task->label;
}

static uint32_t key_pid(struct tag_rules *r, const struct blk_rec *rec)
{
	struct tag_task *task = tag_tasks_find(&r->tasks, rec->pid);

	if (!task->label)
		task->label = add_label(r, "%s (%u)",
					task->name[0] ? task->name : "?",
					rec->pid);
	return task->label;
}

static uint32_t key_cgroup(struct tag_rules *r, const struct blk_rec *rec)
{
	return cgroup_label(r, cgroup_of(r, rec));
}

static uint32_t key_device(struct tag_rules *r, const struct blk_rec *rec)
{
	struct tag_device *d = tag_tasks_device(&r->tasks, rec->device);

	if (!d->label)
		d->label = d->name ? add_label(r, "%s", d->name) :
				     add_label(r, "%u,%u",
					       blk_major(rec->device),
					       blk_minor(rec->device));
	return d->label;
}

static uint32_t key_op(struct tag_rules *r, const struct blk_rec *rec)
{
	enum life_op op = life_op_of(rec);

	if (!r->by_op[op])
		r->by_op[op] = add_label(r, "%s", life_op_name(op));
	return r->by_op[op];
}

/* By powers of two. */
static uint32_t key_size(struct tag_rules *r, const struct blk_rec *rec)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	unsigned int i = rec->bytes ?
				 32u - (unsigned int)__builtin_clz(rec->bytes) :
				 0;

	if (!r->by_size[i]) {
		unsigned int log = i ? i - 1 : 0;

		r->by_size[i] = i ? add_label(r, "%u %s", 1u << log % 10,
					      units[log / 10]) :
				    add_label(r, "no data");
	}
	return r->by_size[i];
}

/* A device has REGIONS regions at most, of 1 GiB times a power of two. */
static void set_regions(struct tag_device *d)
{
	d->region_shift = REGION_SHIFT;
	while (d->sectors / REGIONS > UINT64_C(1) << d->region_shift)
		d->region_shift++;
}

static uint32_t key_region(struct tag_rules *r, const struct blk_rec *rec)
{
	struct tag_device *d = tag_tasks_device(&r->tasks, rec->device);
	uint64_t nr, gib, *label;

	if (!d->region_shift)
		set_regions(d);
	nr = rec->sector >> d->region_shift;
	if (nr < TAG_REGIONS && d->regions[nr])
		return d->regions[nr];
	gib = (UINT64_C(1) << d->region_shift) / REGION_SECTORS;
	label = map64_put(&r->by_region,
			  (uint64_t)rec->device << 32 ^ nr);
	if (!*label)
		*label = add_label(r, "%s %" PRIu64 "-%" PRIu64 " GiB",
				   labels_text(r->labels, key_device(r, rec)),
				   nr * gib, (nr + 1) * gib);
	if (nr < TAG_REGIONS)
		d->regions[nr] = (uint32_t)*label;
	return (uint32_t)*label;
}

static uint32_t key_vm(struct tag_rules *r, const struct blk_rec *rec)
{
	struct tag_task *task = tag_tasks_find(&r->tasks, rec->pid);

	if (!task->label) {
		const char *vm = tag_tasks_vm(&r->tasks, rec->pid);

		task->label = add_label(r, "%s", vm ? vm : "host");
	}
	return task->label;
}

static const struct {
	const char *name;
	uint32_t (*key)(struct tag_rules *r, const struct blk_rec *rec);
} keys[] = {
	{"process", key_process}, {"pid", key_pid},
	{"cgroup", key_cgroup},	  {"device", key_device},
	{"op", key_op},		  {"size", key_size},
	{"region", key_region},	  {"vm", key_vm},
};

/* ARRAY_SIZE: there is none of that name. */
static size_t find_key(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(keys) && strcmp(keys[i].name, name) != 0)
		i++;
	return i;
}

bool tag_rules_is_key(const char *key)
{
	return find_key(key) < ARRAY_SIZE(keys);
}

int tag_rules_by(struct tag_rules *r, const char *key, struct err *err)
{
	size_t i = find_key(key);

	if (i == ARRAY_SIZE(keys))
		return err_set(err, -EINVAL, "%s: " TAG_RULES_KEYS
			       " is wanted", key);
	r->key = keys[i].key;
	return 0;
}

uint32_t tag_rules_key(struct tag_rules *r, const struct blk_rec *rec)
{
	return r->key ? r->key(r, rec) : 0;
}
