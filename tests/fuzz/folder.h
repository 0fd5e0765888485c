/* SPDX-License-Identifier: GPL-2.0 */
/* For targets that write files: a folder of their own, empty for each run. */
#ifndef TESTS_FUZZ_FOLDER_H
#define TESTS_FUZZ_FOLDER_H

#include <dirent.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Below the one that it was started in.  libFuzzer keeps the process: each
 * target does this once. */
static inline void fuzz_enter_folder(void)
{
	char dir[] = "fuzz-iotape-XXXXXX";

	MUST(mkdtemp(dir) && !chdir(dir));
}

/* Removes what is in the folder @fd, which it closes, and in those in it. */
static inline void fuzz_empty(int fd)
{
	DIR *dir = fdopendir(fd);
	struct dirent *d;

	MUST(dir);
	while ((d = readdir(dir))) {
		int is_dir = d->d_type == DT_DIR ? AT_REMOVEDIR : 0;

		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (is_dir)
			fuzz_empty(openat(dirfd(dir), d->d_name,
					  O_RDONLY | O_CLOEXEC));
		MUST(!unlinkat(dirfd(dir), d->d_name, is_dir));
	}
	(void)closedir(dir);
}

static inline void fuzz_empty_folder(void)
{
	fuzz_empty(open(".", O_RDONLY | O_CLOEXEC));
}

static inline void fuzz_put_file(const char *name, const uint8_t *data,
				 size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	MUST(fd >= 0);
	MUST(write(fd, data, size) == (ssize_t)size);
	(void)close(fd);
}

#endif
