/* SPDX-License-Identifier: GPL-2.0 */
/* Frames of zstd with anything between them: what is good is read. */
#include "config.h"

#include <stdio.h>
#include <sys/mman.h>

#include "src/analyze/source.h"
#include "tests/fuzz/fuzz.h"

#define BLOCK_MAX	(128u << 10)

static uint8_t *put_le(uint8_t *p, uint32_t v, int nr)
{
	for (int i = 0; i < nr; i++)
		*p++ = (uint8_t)(v >> 8 * i);
	return p;
}

/* A frame of one block that is not compressed: RFC 8878, 3.1.1. */
static void put_frame(int fd, const uint8_t *data, size_t size)
{
	uint8_t head[12], *p = head;

	p = put_le(p, 0xfd2fb528, 4);
	*p++ = 0xa0;	/* one segment, its size in four bytes */
	p = put_le(p, (uint32_t)size, 4);
	p = put_le(p, (uint32_t)size << 3 | 1, 3);
	MUST(write(fd, head, sizeof(head)) == sizeof(head));
	MUST(write(fd, data, size) == (ssize_t)size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	size_t part = size / 3;
	struct source *src = NULL;
	struct source_batch batch;
	struct err err = { 0 };
	const char *path;
	char text[64];

	MUST(fd >= 0 && size < BLOCK_MAX);
	put_frame(fd, data, part);
	MUST(write(fd, data + part, part) == (ssize_t)part);
	put_frame(fd, data + 2 * part, size - 2 * part);
	(void)snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	path = text;
	if (!source_open(&path, 1, &(struct source_options){ 0 }, &src, &err))
		while (source_read(src, &batch, &err) > 0)
			MUST(batch.nr);
	source_free(src);
	(void)close(fd);
	return 0;
}
