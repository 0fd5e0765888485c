/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was wrong with the input: a count, and a sentence for each of the
 * first DAMAGE_KEPT places, to be said at the end of a run.
 *
 *	struct damage d = { 0 };
 *	damage_add(&d, "%s: offset %llu: bad magic %#x", ...);
 *	damage_release(&d);
 */
#ifndef ANALYZE_DAMAGE_H
#define ANALYZE_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

#define DAMAGE_KEPT	64	/* SOURCE_DAMAGE_KEPT */

struct damage {
	uint64_t nr;		/* places, kept or not */
	size_t nr_kept;
	char *kept[DAMAGE_KEPT];
};

void damage_add(struct damage *damage, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void damage_release(struct damage *damage);

#endif
