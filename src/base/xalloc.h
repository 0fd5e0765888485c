/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocation that does not fail: out of memory ends the program with one
 * sentence and status 1.  Not for formats/ and not for the recorder's loop.
 * Sizes that come from input are checked against a limit before they come
 * here.  The caller frees with free().
 */
#ifndef BASE_XALLOC_H
#define BASE_XALLOC_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Ends the program like that, for memory that somebody else asked for. */
void xalloc_die(void) __attribute__((noreturn));

void *xmalloc(size_t size);
void *xcalloc(size_t nr, size_t size);
void *xreallocarray(void *p, size_t nr, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Makes room for one more element in a growing array.
 *
 *	array = xgrow(array, nr, &cap, sizeof(*array));
 *	array[nr++] = x;
 */
void *xgrow(void *array, size_t nr, size_t *cap, size_t size);

/*
 * Twice the room for a full ring, whose elements @first to @end, without it,
 * are each at their number & (*cap - 1).  *cap is a power of two, or 0 with
 * NULL.
 */
void *xgrow_ring(void *ring, size_t *cap, size_t size, uint64_t first,
		 uint64_t end);

#endif
