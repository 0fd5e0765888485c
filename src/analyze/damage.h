/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was wrong with the input: a count, and a sentence for each of the
 * first DAMAGE_KEPT places, to be said at the end of a run.
 *
 *	struct damage d = { 0 };
 *	damage_add(&d, "%s: offset %llu: bad magic %#x", ...);
 *	damage_release(&d);
 *
 * Who wants to know each place, and where it is, sets a hook.
 */
#ifndef ANALYZE_DAMAGE_H
#define ANALYZE_DAMAGE_H

#include <stddef.h>
#include <stdint.h>

#define DAMAGE_KEPT	64	/* SOURCE_DAMAGE_KEPT */

enum damage_kind {
	DAMAGE_FILE,	/* a file is missing, or cannot be read */
	DAMAGE_HEADER,	/* bytes that are no record */
	DAMAGE_CUT,	/* the last record is not all there */
	DAMAGE_CPU,	/* a record of a CPU that has no business here */
	DAMAGE_ZSTD,	/* what was compressed cannot be unpacked */
	DAMAGE_MAX
};

/* A damaged place. */
struct damage_place {
	enum damage_kind kind;
	const char *path;	/* borrowed for the call */
	uint64_t offset;	/* of the unpacked bytes */
	uint64_t bytes;		/* that are not read; 0 = not known */
};

struct damage {
	void (*hook)(void *ctx, const struct damage_place *place,
		     const char *sentence);	/* may be NULL */
	void *ctx;		/* of the hook; borrowed */
	uint64_t nr;		/* places, kept or not */
	size_t nr_kept;
	char *kept[DAMAGE_KEPT];
};

/* Adds a place, in a sentence that names it too. */
void damage_at(struct damage *damage, const struct damage_place *place,
	       const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same about a whole file that is missing or cannot be read. */
#define damage_add(damage, ...)						\
	damage_at(damage, &(const struct damage_place){ .kind = DAMAGE_FILE }, \
		  __VA_ARGS__)

void damage_release(struct damage *damage);

#endif
