/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A whole command: main() of iotape over a trace, its files, and its results.
 * The last byte of the input says which command it is, and whether the rest is
 * one file or two.  Behind the trace, so that captures are seeds as they are.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/folder.h"

#define WORDS_MAX 12

/* src/main.c is compiled with another name for it. */
int iotape_main(int argc, char **argv);

/* "t" is the trace. */
static const char *const rows[][WORDS_MAX] = {
	{ "parse", "t" },
	{ "parse", "-t", "-s", "-v", "t" },
	{ "parse", "-t", "-s", "--json", "t" },
	{ "parse", "-q", "-O", "-d", "dump", "t" },
	{ "parse", "--io", "t" },
	{ "parse", "-a", "write", "-A", "ff", "-f", "%a %C %N %P %e\n", "t" },
	{ "stat", "t" },
	{ "stat", "--by", "device,process,cgroup,op,size,cpu", "t" },
	{ "stat", "--json", "t" },
	{ "stat", "--interval", "1", "t" },
	{ "stat", "--interval", "0.1", "--json", "t" },
	{ "stat", "--vm", "t" },
	{ "stat", "--btt", "t" },
	{ "tag", "--tag-by", "process", "t" },
	{ "tag", "--tag-by", "cgroup", "--format", "json", "-o", "o", "t" },
	{ "kvmstat", "--input", "t" },
	{ "kvmstat", "--json", "--input", "t" },
	{ "virtiostat", "--input", "t" },
	{ "virtiostat", "--json", "--input", "t" },
	{ "verify", "t" },
	{ "verify", "--json", "--max", "0", "t" },
	{ "verify", "--repair", "repaired", "t" },
	{ "export", "--format", "csv", "t" },
	{ "export", "--format", "jsonl", "t" },
	{ "export", "--format", "fio", "-o", "o", "t" },
	{ "export", "--format", "openmetrics", "t" },
	{ "export", "--format", "perfetto", "-o", "o", "t" },
	{ "export", "--format", "sqlite", "-o", "o", "t" },
#ifdef HAVE_PLOTS
	{ "plot", "-t", "t", "-o", "p.svg" },
	{ "plot", "-t", "t", "--by", "process", "-o", "p.svg" },
#endif
};

static void put_trace(const uint8_t *data, size_t size, bool is_in_two)
{
	size_t part = is_in_two ? size / 2 : size;

	fuzz_put_file("t.blktrace.0", data, part);
	if (is_in_two)
		fuzz_put_file("t.blktrace.1", data + part, size - part);
}

static int run(const char *const *row)
{
	char *argv[WORDS_MAX + 2] = { strdup("iotape") };
	char *mine[WORDS_MAX + 2] = { argv[0] };	/* argp moves them */
	int argc, status;

	for (argc = 1; argc <= WORDS_MAX && row[argc - 1]; argc++)
		argv[argc] = mine[argc] = strdup(row[argc - 1]);
	status = iotape_main(argc, argv);
	for (int i = 0; i < argc; i++)
		free(mine[i]);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool has_folder;	/* libFuzzer keeps the process */
	uint8_t how;
	int status;

	if (!size)
		return 0;
	if (!has_folder)
		fuzz_enter_folder();
	has_folder = true;
	how = data[size - 1];
	put_trace(data, size - 1, how & 0x80);
	status = run(rows[(how & 0x7f) % (sizeof(rows) / sizeof(rows[0]))]);
	MUST(status == 0 || status == 1 || status == 3);
	fuzz_empty_folder();
	return 0;
}
