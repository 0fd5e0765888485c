/* SPDX-License-Identifier: GPL-2.0 */
/*
 * blkparse's -f and -F: lines of one's own making.
 *
 *	struct format_set *set = formats_new();
 *	r = formats_add(set, "C,%D %S %n\n", &err);	-F
 *	r = formats_add_all(set, "%a %T.%t\n", &err);	-f
 *
 * A format is text, the escapes \b \n \r \t, and fields %[-][WIDTH]LETTER.
 * It is read once; what is wrong in it is said before any line is printed.
 */
#ifndef ANALYZE_FORMAT_H
#define ANALYZE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/act.h"
#include "src/analyze/text.h"
#include "src/base/err.h"

#define FORMAT_WIDTH_MAX	4096u	/* columns; blkparse has no limit */

struct format_set *formats_new(void);
void formats_free(struct format_set *set);

/* "LETTER,FORMAT": for one action.  0 or -EINVAL. */
int formats_add(struct format_set *set, const char *spec, struct err *err);

/* For all actions that have no format yet.  0 or -EINVAL. */
int formats_add_all(struct format_set *set, const char *format,
		    struct err *err);

/* Prints the event; false if its action has no format. */
bool formats_print(const struct format_set *set, struct text *text,
		   const struct blk_rec *rec, const struct act *act,
		   uint64_t time_ns, uint64_t elapsed_ns);

#endif
