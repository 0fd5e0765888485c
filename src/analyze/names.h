/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of processes by thread id, from the PROCESS notes of a trace.  As in
 * blkparse the first name of an id stays.
 *
 *	struct names names = { 0 };
 *	names_add(&names, &rec);
 *	const struct name *name = names_find(&names, rec.pid);
 *	names_release(&names);
 */
#ifndef ANALYZE_NAMES_H
#define ANALYZE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"

struct name {
	uint32_t pid;
	uint8_t len;
	bool is_used;		/* false: an empty slot */
	char text[BLK_COMM_LEN + 2];	/* NUL-terminated */
};

struct names {
	struct name *slots;	/* open addressing; cap is a power of two */
	size_t nr;
	size_t cap;
	bool is_escaped;	/* control characters become "?" */
};

/* Keeps the name in @rec if it is a PROCESS note.  True if it is new. */
bool names_add(struct names *names, const struct blk_rec *rec);

/* As names_add, with any text. */
bool names_add_text(struct names *names, uint32_t pid, const char *text,
		    size_t len);

/* NULL = not known.  Valid until the next names_add. */
const struct name *names_find(const struct names *names, uint32_t pid);

void names_release(struct names *names);

#endif
