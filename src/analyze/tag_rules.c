/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/life.h"
#include "src/analyze/tag_rules_impl.h"
#include "src/base/xalloc.h"

#define REGION_SHIFT	21u /* 1 GiB, at least */
#define REGION_SECTORS	(UINT64_C(1) << REGION_SHIFT)
#define REGIONS		16u		    /* of a device */

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
		pattern_free(r->regexes[i]);
	for (size_t i = 0; i < r->nr_globs; i++)
		pattern_free(r->globs[i]);
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

/* The patterns of @list that @name fits, as bits. */
static uint64_t match_all(struct tag_rules *r, struct pattern *const *list,
			  unsigned int nr, const char *name)
{
	uint64_t fits = 0;

	for (unsigned int i = 0; i < nr; i++) {
		int n = pattern_match(list[i], name);

		if (n > 0)
			fits |= UINT64_C(1) << i;
		if (n >= 0)
			continue;
		if (!r->nr_given_up++)
			r->given_up = list[i];
	}
	return fits;
}

const char *tag_rules_problem(struct tag_rules *r)
{
	if (!r->nr_given_up)
		return NULL;
	(void)err_set(&r->problem, -E2BIG, "\"%.200s\" takes too long: %zu"
		      " names were taken not to fit such rules",
		      pattern_text(r->given_up), r->nr_given_up);
	return r->problem.text;
}

/* Once for each task and name: regular expressions are slow. */
static void match_task(struct tag_rules *r, struct tag_task *task)
{
	task->may = 0;
	task->matches = match_all(r, r->regexes, r->nr_regexes, task->name);
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
		cgroup->matches = cgroup->path ?
					  match_all(r, r->globs, r->nr_globs,
						    cgroup->path) : 0;
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
