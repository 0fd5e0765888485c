/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/rings.h"

#define OTHER_MAX	((size_t)1 << 20)	/* of one that is not online */
#define ABSENT_TOTAL	((size_t)32 << 20)

static enum rings_cpu find_state(const char *sys, unsigned int cpu)
{
	_cleanup_(freep) char *dir =
		xasprintf("%s/devices/system/cpu/cpu%u", sys, cpu);
	_cleanup_(freep) char *path = xasprintf("%s/online", dir);
	_cleanup_(fclosep) FILE *f = NULL;
	char c = '1';

	if (access(dir, F_OK))
		return RINGS_CPU_ABSENT;
	f = fopen(path, "re");
	/* one that cannot be switched off has no such file */
	if (f && fread(&c, 1, 1, f) != 1)
		c = '1';
	return c == '0' ? RINGS_CPU_OFFLINE : RINGS_CPU_ONLINE;
}

/* The largest power of two that is not above @bytes; at least a page. */
static size_t floor_size(size_t bytes)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	while (size <= bytes / 2)
		size *= 2;
	return size;
}

void rings_plan(const char *sys, unsigned int nr_cpus, size_t size,
		struct rings_plan *ret_plan)
{
	size_t other = size < OTHER_MAX ? size : OTHER_MAX, absent = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		ret_plan[cpu].state = find_state(sys, cpu);
		absent += ret_plan[cpu].state == RINGS_CPU_ABSENT;
	}
	if (absent)
		absent = floor_size(ABSENT_TOTAL / absent);
	if (absent > other)
		absent = other;
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		const size_t sizes[] = {
			[RINGS_CPU_ONLINE] = size,
			[RINGS_CPU_OFFLINE] = other,
			[RINGS_CPU_ABSENT] = absent,
		};

		ret_plan[cpu].size = sizes[ret_plan[cpu].state];
	}
}

int rings_open(struct ring *rings, const struct rings_plan *plan,
	       unsigned int nr_cpus, int map, struct err *err)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		int r = ring_open(&rings[cpu], plan[cpu].size);

		if (r && plan[cpu].state != RINGS_CPU_ONLINE)
			continue;
		if (!r)
			r = bpf_map_update_elem(map, &cpu, &rings[cpu].fd, 0);
		if (r)
			return err_set_errno(err, r,
					     "cannot make a ring of %zu KiB"
					     " for CPU %u",
					     plan[cpu].size / 1024, cpu);
	}
	return 0;
}

void rings_close(struct ring *rings, unsigned int nr_cpus)
{
	for (unsigned int cpu = 0; rings && cpu < nr_cpus; cpu++)
		ring_close(&rings[cpu]);
}
