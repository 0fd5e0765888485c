/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"

void xalloc_die(void)
{
	(void)fputs("iotape: out of memory\n", stderr);
	exit(1);
}

static void *check(void *p, size_t size)
{
	if (!p && size) {
		(void)fprintf(stderr,
			      "iotape: out of memory: %zu bytes wanted\n",
			      size);
		exit(1);
	}
	return p;
}

void *xmalloc(size_t size)
{
	return check(malloc(size), size);
}

void *xcalloc(size_t nr, size_t size)
{
	return check(calloc(nr, size), nr * size);
}

void *xreallocarray(void *p, size_t nr, size_t size)
{
	return check(reallocarray(p, nr, size), nr * size);
}

char *xstrdup(const char *s)
{
	return check(strdup(s), strlen(s) + 1);
}

char *xstrndup(const char *s, size_t len)
{
	return check(strndup(s, len), len + 1);
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return check(n < 0 ? NULL : s, 1);
}

void *xgrow(void *array, size_t nr, size_t *cap, size_t size)
{
	if (nr < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 16;
	return xreallocarray(array, *cap, size);
}

void *xgrow_ring(void *ring, size_t *cap, size_t size, uint64_t first,
		 uint64_t end)
{
	size_t old = *cap, new = old ? 2 * old : 64;
	char *to = xreallocarray(NULL, new, size);

	for (uint64_t i = first; i < end; i++)
		memcpy(to + (i & (new - 1)) * size,
		       (const char *)ring + (i & (old - 1)) * size, size);
	free(ring);
	*cap = new;
	return to;
}
