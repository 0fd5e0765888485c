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

#define WORDS_MAX 40

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
	{ "stat", "--btt", "-A", "-X", "-Z", "-I", "i", "-B", "b", "-l", "l",
	  "-L", "1", "-m", "m", "-s", "s", "-p", "p", "-P", "P", "-q", "q",
	  "-Q", "Q", "-u", "u", "-z", "z", "-o", "o", "t" },
	{ "stat", "--diff", "t", "t" },
	{ "stat", "--by", "tag", "-t", "0.001", "-T", "1", "t" },
	{ "tag", "--tag-by", "region", "--format", "summary", "t" },
	{ "tag", "--emit", "--action", "D", "t" },
	{ "parse", "--all", "--time", "iso", "-w", "0.001:1", "t" },
	{ "parse", "--than", "1us", "--json", "t" },
	{ "parse", "--op", "write", "--sectors", "8+1000000", "t" },
	{ "export", "--format", "fio", "--by", "process", "-o", "o", "t" },
	{ "replay", "-o", "o", "t" },
#ifdef HAVE_PLOTS
#define SMALL "-w", "200", "-h", "60"
	{ "plot", SMALL, "-t", "t", "-o", "p.svg" },
	{ "plot", SMALL, "-t", "t", "--by", "process", "-o", "p.svg" },
	{ "plot", SMALL, "-t", "t", "-o", "p.png",
	  "-O", "kvm-exits", "-O", "virtqueues", "-O", "path", "-O", "phases",
	  "-O", "cpu-map", "-O", "cpu-sys", "-O", "depth-heat" },
	{ "plot", SMALL, "-t", "t", "-o", "p.svg", "--units", "si",
	  "-O", "latency-hist", "-O", "size-hist", "-O", "seek-hist",
	  "-O", "offset-heat", "-O", "offset-latency", "-O", "latency-heat",
	  "-O", "latency-cdf" },
	{ "plot", SMALL, "-t", "t", "-o", "p.svg", "-P", "-r", "0.1", "-a",
	  "D", "-x", "0.001:0.1", "-y", "1:100" },
	{ "plot", SMALL, "-t", "t", "-t", "t", "--diff", "-o", "p.svg" },
	{ "plot", SMALL, "-t", "t", "-o", "p.svg", "--time", "wall" },
	{ "replay", "--event", "issue", "-o", "o", "t" },
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
