/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs that tag records: started, fed, and listened to.
 *
 *	r = tag_helper_start(&(struct tag_helper_options){
 *		.command = "tag-by-pid.py" }, &labels, &helper, &err);
 *	r = tag_helper_exchange(&helper, 1, &batch);
 *	use(tag_helper_tags(helper)[i]);	for each record of the batch
 *	tag_helper_end(&helper, 1);
 *	if (tag_helper_problem(helper))
 *		say(tag_helper_problem(helper));
 *	tag_helper_free(helper);
 *
 * doc/TAGGING.md has the protocol.  Both directions are non-blocking and
 * bounded, so that nothing that a helper does can block this side for longer
 * than the timeout.  A helper that breaks the protocol, dies, or answers no
 * record for that long has a problem from then on: it is killed, its records
 * of this batch and all later ones have no tag, and the rest goes on.
 *
 * A helper runs in a process group of its own, has our standard error, and
 * nothing else of ours.  One thread at a time for all helpers of a process.
 */
#ifndef ANALYZE_TAG_HELPER_H
#define ANALYZE_TAG_HELPER_H

#include <stddef.h>
#include <stdint.h>

#include "src/analyze/labels.h"
#include "src/base/cleanup.h"
#include "src/base/err.h"

#define TAG_HELPER_TIMEOUT_MS 10000u
#define TAG_HELPER_WINDOW     16384u
#define TAG_HELPER_TAGS_MAX   65536u /* that one helper may declare */
#define TAG_HELPER_NOISE_MAX  (1u << 20) /* bytes of answer to one record */

struct tag_helper_options {
	const char *command;	   /* shell words, for no shell */
	uint32_t timeout_ms;	   /* 0 = TAG_HELPER_TIMEOUT_MS */
	uint32_t window;	   /* records on their way; 1 = lock-step; 0 =
				      TAG_HELPER_WINDOW */
	const char *dir;	   /* looked into when the PATH has no such
				      program; NULL = nowhere */
	const volatile int *stop;  /* give up when it is not 0; may be NULL */
};

/* Version 7 records in this machine's byte order, one behind the other. */
struct tag_batch {
	const uint8_t *bytes;
	const uint32_t *starts; /* of each record in @bytes; one more: the
				   end */
	size_t nr;
};

struct tag_helper;

/*
 * Returns 0, or a negative errno when the command cannot be split or started.
 * Tags are numbers of @labels, which is borrowed until tag_helper_free.
 */
int tag_helper_start(const struct tag_helper_options *opts,
		     struct labels *labels, struct tag_helper **ret_helper,
		     struct err *err);

/* Kills what still runs. */
void tag_helper_free(struct tag_helper *helper);
DEFINE_CLEANUP(struct tag_helper, tag_helper_free)

/*
 * Sends the batch to each helper and waits for its answers.  Returns 0, also
 * when helpers have problems, or -EINTR when *stop was set.
 */
int tag_helper_exchange(struct tag_helper *const *helpers, size_t nr,
			const struct tag_batch *batch);

/* The tag of each record of the last batch; 0 = none. */
const uint32_t *tag_helper_tags(const struct tag_helper *helper);

/* No more records: closes their input, and waits until they have ended. */
void tag_helper_end(struct tag_helper *const *helpers, size_t nr);

/* A sentence on what it did wrong, or NULL. */
const char *tag_helper_problem(const struct tag_helper *helper);

#endif
