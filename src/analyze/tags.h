/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose I/O it is: a tag for each record of a stream.
 *
 *	r = tags_open(&(struct tags_options){ .by = "process" }, &tags, &err);
 *	while ((n = source_read(src, &batch, &err)) > 0) {
 *		r = tags_batch(tags, &batch, &of);
 *		for (size_t i = 0; i < batch.nr; i++)
 *			use(&batch.recs[i], tags_label(tags, of[i]));
 *	}
 *	tags_end(tags);
 *	for (size_t i = 0; i < tags_nr_givers(tags); i++)
 *		if (tags_problem(tags, i))
 *			say(tags_problem(tags, i));
 *	tags_free(tags);
 *
 * An I/O has the tag of its Q, and Q, D and C carry it; other records carry
 * none.  A request has the tag of the I/O that it begins with.  A D whose Q
 * was not seen is tagged by itself.  What gives a tag is asked in this order,
 * and the first that has one wins: the rules of a file, the helpers as they
 * are given, the key.  Without any of them the tags are those that the trace
 * itself holds.  One thread at a time.
 */
#ifndef ANALYZE_TAGS_H
#define ANALYZE_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/source.h"
#include "src/analyze/tag_helper.h"
#include "src/analyze/tag_rules.h"
#include "src/base/cleanup.h"
#include "src/base/err.h"

/* Strings are borrowed for the call. */
struct tags_options {
	const char *rules; /* a file (tag_rules.h); NULL = none */
	const char *by;	   /* a key (tag_rules.h); NULL = none */
	const char *const *helpers; /* commands */
	size_t nr_helpers;
	const char *helper_dir;	    /* tag_helper_options.dir; is kept */
	uint32_t timeout_ms;	    /* tag_helper_options */
	uint32_t window;	    /* the same */
	const volatile int *stop;   /* the same; is kept */
	bool at_issue;		    /* a tag is given at D, not at Q */
	bool no_followers;	    /* the caller only looks at the tags of those
				       records; others may have none */
};

struct tags;

/* 0, or a negative errno: bad rules, a helper that cannot be started. */
int tags_open(const struct tags_options *opts, struct tags **ret_tags,
	      struct err *err);
void tags_free(struct tags *tags);
DEFINE_CLEANUP(struct tags, tags_free)

/*
 * The tags of a batch, one for each record: 0 = none.  Borrowed until the
 * next call.  Returns 0, or -EINTR when *stop was set.
 */
int tags_batch(struct tags *tags, const struct source_batch *batch,
	       const uint32_t **ret_tags);

/* No more records: waits for the ends of the helpers. */
void tags_end(struct tags *tags);

/* How many tags there are: numbers from 1. */
size_t tags_count(const struct tags *tags);

/* "" for 0.  No control characters, 255 bytes at most. */
const char *tags_label(const struct tags *tags, uint32_t tag);

/* What the rules or one of the helpers, who give tags, did wrong; NULL = nothing. */
size_t tags_nr_givers(const struct tags *tags);
const char *tags_problem(const struct tags *tags, size_t i);

#endif
