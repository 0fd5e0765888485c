/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording in parts: when the next one begins, which of the old ones go,
 * and when there is no room for more.  Knows numbers, not files.
 *
 *	struct parts parts = { .opts = *opts };
 *	parts_begin(&parts, first_number, now);
 *	if (parts_is_due(&parts, bytes, now))
 *		parts_next(&parts, bytes, now);		parts.number is new
 *	while (parts_is_over(&parts, bytes, free))
 *		if (parts_pop(&parts, &number))
 *			... remove that part ...
 *		else
 *			... the recording must end ...
 *	parts_release(&parts);
 */
#ifndef RECORD_PARTS_H
#define RECORD_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 = no such limit. */
struct parts_options {
	uint64_t rotate_bytes;	/* begin a new part at that size */
	uint64_t rotate_ns;	/* and at that age */
	unsigned int keep;	/* that many parts, the current one included */
	uint64_t max_bytes;	/* all parts together */
	uint64_t min_free;	/* bytes to leave free on the file system */
};

struct part {
	unsigned int number;
	uint64_t bytes;
};

struct parts {
	struct parts_options opts;
	unsigned int number;	/* of the current part; 0 = there are none */
	uint64_t begun;		/* the current one; ns */
	uint64_t old_bytes;	/* of all old ones */
	struct part *old;	/* the oldest first; owned */
	size_t nr_old;
	size_t cap_old;
};

/* Parts are made at all. */
bool parts_is_on(const struct parts_options *opts);

void parts_begin(struct parts *parts, unsigned int number, uint64_t now);
void parts_release(struct parts *parts);	/* { 0 } is fine */

/* The current part has @bytes. */
bool parts_is_due(const struct parts *parts, uint64_t bytes, uint64_t now);

/* The current part, of @bytes, becomes an old one. */
void parts_next(struct parts *parts, uint64_t bytes, uint64_t now);

/* Too many, too large, or too little free space on the file system. */
bool parts_is_over(const struct parts *parts, uint64_t bytes, uint64_t free);

/* Takes the oldest of the old parts.  False if there is none. */
bool parts_pop(struct parts *parts, unsigned int *ret_number);

/*
 * The highest number N of a file STEM.N.* in @folder; 0 = there is none.
 * Where @stem is NULL, of any trace's file, *.N.*blktrace.*.
 * Earlier recordings are not overwritten.
 */
unsigned int parts_find_last(const char *folder, const char *stem);

#endif
