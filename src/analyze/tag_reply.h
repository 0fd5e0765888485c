/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a tag helper says, byte by byte (doc/TAGGING.md has the protocol).
 *
 *	while ((r = tag_reply_next(&reply, &p, end, &answer, &err)) > 0)
 *		use(&answer);
 *
 * The bytes may come in pieces of any size: what is unfinished is kept.
 */
#ifndef ANALYZE_TAG_REPLY_H
#define ANALYZE_TAG_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"

/* u32 in this machine's byte order. */
#define TAG_REPLY_END	  0u /* this record is answered */
#define TAG_REPLY_NEW_TAG 1u /* u32 tag, u32 len, label with a NUL */
#define TAG_REPLY_TAG_IO  2u /* u32 tag */

#define TAG_REPLY_LABEL_MAX 4096u /* bytes, with the NUL */

struct tag_answer {
	uint32_t kind; /* TAG_REPLY_* */
	uint32_t tag;
	const char *label; /* NUL-terminated; borrowed until the next call */
};

struct tag_reply {
	uint8_t head[12];
	uint32_t nr_head; /* bytes in it */
	uint32_t nr_label;
	char label[TAG_REPLY_LABEL_MAX];
};

/*
 * Takes bytes from *p on, and moves it.  Returns 1 with an answer, 0 when all
 * bytes are taken, or -EPROTO with what is wrong, as the end of a sentence
 * that begins with the helper ("sent ...").
 */
int tag_reply_next(struct tag_reply *reply, const uint8_t **p,
		   const uint8_t *end, struct tag_answer *ret_answer,
		   struct err *err);

/* The bytes ended in the middle of an answer. */
static inline bool tag_reply_is_open(const struct tag_reply *reply)
{
	return reply->nr_head > 0;
}

#endif
