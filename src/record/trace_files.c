/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/trace_files.h"

#define NR_LEFTOVER	512	/* CPU numbers that are looked at */

char *trace_files_path(const char *base, unsigned int cpu, bool is_packed)
{
	return xasprintf("%s.blktrace.%u%s", base, cpu,
			 is_packed ? PACK_SUFFIX : "");
}

static int open_lane(struct trace *trace, unsigned int cpu, const char *base,
		     struct err *err)
{
	struct lane *lane = &trace->lanes[cpu];
	_cleanup_(freep) char *path = trace_files_path(base, cpu, trace->pack);
	int r = sink_open(&lane->own, path, trace->buffer_size,
			  trace->version, err);

	lane->own.pack = trace->pack;
	return r;
}

static int refuse_leftover(const struct trace *trace, const char *base,
			   struct err *err)
{
	bool is_packed = trace->pack;

	for (unsigned int i = 0; i < trace->nr_cpus + NR_LEFTOVER; i++) {
		_cleanup_(freep) char *same =
			trace_files_path(base, i, is_packed);
		_cleanup_(freep) char *other =
			trace_files_path(base, i, !is_packed);

		if (i >= trace->nr_cpus && !access(same, F_OK))
			return err_set(err, -EEXIST,
				       "%s: left by a recording on more CPUs"
				       " than the %u here; remove it first",
				       same, trace->nr_cpus);
		if (!access(other, F_OK))
			return err_set(err, -EEXIST,
				       "%s: left by a recording %s --compress;"
				       " remove it first", other,
				       is_packed ? "without" : "with");
	}
	return 0;
}

int trace_files_open(struct trace *trace, const char *base, struct err *err)
{
	int r = refuse_leftover(trace, base, err);

	for (unsigned int cpu = 0; cpu < trace->nr_cpus && !r; cpu++)
		r = open_lane(trace, cpu, base, err);
	return r;
}

void trace_files_remove(const struct trace *trace, const char *base)
{
	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++) {
		_cleanup_(freep) char *path =
			trace_files_path(base, cpu, trace->pack);

		(void)unlink(path);
	}
}

uint64_t trace_files_on_disk(const struct trace *trace)
{
	uint64_t n = 0;
	struct stat st;

	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++)
		if (!fstat(trace->lanes[cpu].own.fd, &st))
			n += (uint64_t)st.st_blocks * 512;
	return n;
}

uint64_t trace_files_size(const struct trace *trace)
{
	uint64_t n = 0;

	for (unsigned int cpu = 0; cpu < trace->nr_cpus; cpu++)
		n += trace->lanes[cpu].own.offset +
		     trace->lanes[cpu].own.used;
	return n;
}
