/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Labels of I/Os by rule, without a helper program.
 *
 *	struct tag_rules *rules = tag_rules_new(&labels);
 *	r = tag_rules_load(rules, "my.rules", &err);
 *	r = tag_rules_by(rules, "process", &err);
 *	tag_rules_note(rules, &rec);		each note, in order
 *	label = tag_rules_match(rules, &rec);	each Q (or D)
 *
 * A file of rules has one rule on a line: a label, and conditions that must
 * all hold; words as in a shell.  The first rule that fits gives the label.
 *
 *	# comment
 *	database  process=^postgres
 *	backup    pid=100,200-210
 *	web       cgroup=/system.slice/nginx*
 *	log       device=sda sector=2048-1050623 op=write
 *	large     size=1M-
 *	rest
 *
 * process is a regular expression for the thread's name, cgroup a pattern of a
 * shell for the path of the cgroup that the I/O is charged to (* and ? also
 * for "/"), both as in src/base/pattern.h; device is a name or MAJOR,MINOR; pid,
 * sector and size are ranges, op is read, write, discard, flush, ...; lists have
 * commas.
 */
#ifndef ANALYZE_TAG_RULES_H
#define ANALYZE_TAG_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/labels.h"
#include "src/base/cleanup.h"
#include "src/base/err.h"

#define TAG_RULES_MAX	   1024u /* rules */
#define TAG_RULES_PATTERNS 64u	 /* process= conditions, and cgroup= ones */

struct tag_rules;

/* @labels is borrowed until tag_rules_free. */
struct tag_rules *tag_rules_new(struct labels *labels);
void tag_rules_free(struct tag_rules *rules);
DEFINE_CLEANUP(struct tag_rules, tag_rules_free)

/* 0, or a negative errno; the sentence names file, line and word. */
int tag_rules_load(struct tag_rules *rules, const char *path,
		   struct err *err);

/*
 * process, pid, cgroup, device, op, size, region or vm: what has no label by
 * the file gets one by this.  0, or -EINVAL for another word.
 */
int tag_rules_by(struct tag_rules *rules, const char *key, struct err *err);

/* Whether tag_rules_by takes it. */
bool tag_rules_is_key(const char *key);

/* The words of tag_rules_by, with ", " between them. */
#define TAG_RULES_KEYS "process, pid, cgroup, device, op, size, region or vm"

void tag_rules_note(struct tag_rules *rules, const struct blk_rec *rec);

/* By the file; 0 = no rule fits, or there is none. */
uint32_t tag_rules_match(struct tag_rules *rules, const struct blk_rec *rec);

/* By the key; 0 = there is none. */
uint32_t tag_rules_key(struct tag_rules *rules, const struct blk_rec *rec);

/*
 * A sentence about patterns that were given up, so that names did not fit them;
 * NULL = there were none.  Borrowed.
 */
const char *tag_rules_problem(struct tag_rules *rules);

#endif
