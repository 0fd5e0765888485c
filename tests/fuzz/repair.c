/* SPDX-License-Identifier: GPL-2.0 */
/*
 * verify --repair: what is left out and what is written are all there was,
 * and there is nothing to leave out of what was written.
 */
#include "config.h"

#include <stdio.h>

#include "src/analyze/verify.h"
#include "tests/fuzz/folder.h"

#define FILES 2

struct written {
	int fd;			/* -1 = no file yet */
	unsigned int nr_files;
	uint64_t bytes;
};

static int on_file(void *ctx, const char *path, const char *label, int cpu,
		   struct err *err)
{
	struct written *w = ctx;
	char name[64];

	(void)path;
	(void)err;
	MUST(label && cpu >= 0 && cpu < FILES);
	if (w->fd >= 0)
		(void)close(w->fd);
	(void)snprintf(name, sizeof(name), "again.blktrace.%d", cpu);
	w->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	MUST(w->fd >= 0);
	w->nr_files++;
	return 0;
}

static int on_record(void *ctx, const void *bytes, size_t size,
		     struct err *err)
{
	struct written *w = ctx;

	(void)err;
	MUST(write(w->fd, bytes, size) == (ssize_t)size);
	w->bytes += size;
	return 0;
}

/* A file that is empty is none. */
static void verify(const char *name, const struct verify_sink *sink,
		   struct verify_result *result)
{
	struct err err = { 0 };

	MUST(!verify_run(&name, 1, &(struct verify_options){ 0 }, sink,
			 result, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool has_folder;	/* libFuzzer keeps the process */
	struct written w = { .fd = -1 };
	const struct verify_sink write_all = {
		.file = on_file, .record = on_record, .ctx = &w,
	};
	struct verify_result first, again = { 0 };
	size_t part = size / 4 * 3;

	if (!has_folder)
		fuzz_enter_folder();
	has_folder = true;
	fuzz_put_file("t.blktrace.0", data, part);
	fuzz_put_file("t.blktrace.1", data + part, size - part);
	verify("t", &write_all, &first);
	if (w.fd >= 0)
		(void)close(w.fd);
	/* of what was unpacked, where it was packed */
	MUST(w.bytes + first.left_out_bytes == first.bytes);
	if (w.nr_files)
		verify("again", &(struct verify_sink){ 0 }, &again);
	MUST(again.bytes == w.bytes);
	MUST(!again.left_out_bytes && again.records == first.records);
	fuzz_empty_folder();
	return 0;
}
