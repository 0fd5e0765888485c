/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What unit tests share: cmocka in the order that it wants, bytes written as
 * hex, and memory that ends at a page nobody may touch.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * Bytes from hex text, blanks ignored: "07 74 61 65".  Returns their number;
 * fails the test when there are more than @size or the text is bad.
 */
static inline size_t unit_hex(const char *text, uint8_t *buf, size_t size)
{
	size_t len = 0;
	unsigned int v;
	int n;

	for (; *text; text++) {
		if (*text == ' ' || *text == '\n' || *text == '\t')
			continue;
		n = sscanf(text, "%2x", &v);
		assert_true(n == 1 && text[1] != '\0');
		assert_true(len < size);
		buf[len++] = (uint8_t)v;
		text++;
	}
	return len;
}

/* Memory whose last byte lies right before a page that cannot be touched. */
struct unit_guard {
	uint8_t *map;
	size_t size;		/* usable bytes: whole pages */
};

static inline struct unit_guard unit_guard_new(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct unit_guard g = { .size = (len + page - 1) / page * page };

	g.map = mmap(NULL, g.size + page, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g.map != MAP_FAILED);
	assert_int_equal(mprotect(g.map + g.size, page, PROT_NONE), 0);
	return g;
}

/* Room for @len bytes, the last one right before the guard page. */
static inline uint8_t *unit_guard_end(const struct unit_guard *g, size_t len)
{
	assert_true(len <= g->size);
	return g->map + g->size - len;
}

/* A copy of @len bytes that ends at the guard page. */
static inline uint8_t *unit_guard_put(const struct unit_guard *g,
				      const void *bytes, size_t len)
{
	uint8_t *p = unit_guard_end(g, len);

	if (len)
		memcpy(p, bytes, len);
	return p;
}

static inline void unit_guard_free(struct unit_guard *g)
{
	(void)munmap(g->map, g->size + (size_t)sysconf(_SC_PAGESIZE));
}

#endif
