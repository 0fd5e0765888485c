/* SPDX-License-Identifier: GPL-2.0 */
/* A whole file: as a per-CPU file and as a stream, with all options. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "src/analyze/source.h"
#include "tests/fuzz/fuzz.h"

static void read_all(const char *path, const struct source_options *opts)
{
	struct source *src = NULL;
	struct source_batch batch;
	struct err err = { 0 };
	uint64_t sum = 0;

	if (!source_open(&path, 1, opts, &src, &err)) {
		while (source_read(src, &batch, &err) > 0)
			for (size_t i = 0; i < batch.nr; i++)
				for (size_t k = 0; k < batch.recs[i].pdu_len;
				     k++)
					sum += batch.recs[i].pdu[k];
		(void)source_damage(src, NULL, NULL);
	}
	MUST(sum != UINT64_MAX);
	source_free(src);
}

/* Without a folder per run: links of a name that a per-CPU file has. */
static void read_as_cpu(const char *target, const struct source_options *opts)
{
	char dir[] = "/tmp/fuzz-source-XXXXXX";
	char path[64];

	MUST(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/f.blktrace.0", dir);
	MUST(!symlink(target, path));
	read_all(path, opts);
	(void)unlink(path);
	(void)rmdir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct source_options options[] = {
		{ .notes_ahead = 0 }, { .notes_ahead = SOURCE_NOTES_BLKPARSE },
		{ .notes_ahead = 3, .has_late_messages = true },
	};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[64];

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		read_all(path, &options[i]);
	if (size)
		read_as_cpu(path, &options[size % 3]);
	(void)close(fd);
	return 0;
}
