/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The labels of tags, numbered from 1 in the order in which they came.  The
 * same text has one number, whoever gave it.
 *
 * A label is cut at LABEL_MAX bytes, between characters.  What could harm a
 * terminal, a table or a picture is written as \xNN: control characters and
 * bytes that are no UTF-8.  "<", "&" and quotes stay: whoever writes XML or
 * JSON escapes them.
 */
#ifndef ANALYZE_LABELS_H
#define ANALYZE_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/map64.h"

#define LABEL_MAX  255u	  /* bytes, less the NUL */
#define LABELS_MAX 65536u /* of a trace */

struct labels {
	char **texts; /* [number - 1]; owned */
	size_t nr, cap;
	struct map64 by_hash; /* hash -> number of the newest with it */
	uint32_t *same;	      /* [number - 1]: the one before with this hash */
	size_t cap_same;
};

/* The number of @text; 0 when there are LABELS_MAX others. */
uint32_t labels_add(struct labels *labels, const char *text, size_t len);

/* Never NULL for a number that labels_add returned; "" for 0. */
const char *labels_text(const struct labels *labels, uint32_t number);

void labels_release(struct labels *labels);

#endif
