/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A main() for a fuzz target without libFuzzer, for valgrind (tests/valgrind.sh)
 * and for gcov (tests/coverage.sh):
 *
 *	command-alone [-e N] FILE...
 *
 * runs the target once for each file; with -e, N times, each with another last
 * byte, from 0 on, behind the file's bytes: what the last byte means is the
 * target's business.  Bytes are in memory of their size: a byte behind them
 * is an error that memcheck sees.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

/* "command" renames the main of src/main.c. */
#undef main

static void die(const char *path)
{
	perror(path);
	exit(1);
}

/* With room for one byte more.  The caller frees it. */
static uint8_t *read_file(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rbe");
	uint8_t *bytes;
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0)
		die(path);
	rewind(f);
	bytes = malloc((size_t)len + 1);
	if (!bytes || fread(bytes, 1, (size_t)len, f) != (size_t)len)
		die(path);
	(void)fclose(f);
	*ret_len = (size_t)len;
	return bytes;
}

static void run_one(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		die("malloc");
	for (size_t i = 0; i < len; i++)
		copy[i] = bytes[i];
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

int main(int argc, char **argv)
{
	int c, nr_last = 0;

	while ((c = getopt(argc, argv, "e:")) == 'e')
		nr_last = (int)strtol(optarg, NULL, 10);
	if (c != -1 || optind == argc)
		return 2;
	for (int i = optind; i < argc; i++) {
		size_t len;
		uint8_t *bytes = read_file(argv[i], &len);

		if (!nr_last)
			run_one(bytes, len);
		for (int last = 0; last < nr_last; last++) {
			bytes[len] = (uint8_t)last;
			run_one(bytes, len + 1);
		}
		free(bytes);
	}
	return 0;
}
