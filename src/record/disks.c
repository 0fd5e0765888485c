/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <stdlib.h>

#include "src/base/xalloc.h"
#include "src/record/disks.h"

static int compare_traces(const void *a, const void *b)
{
	const struct trace *x = *(struct trace *const *)a;
	const struct trace *y = *(struct trace *const *)b;

	if (x->dev.disk != y->dev.disk)
		return x->dev.disk < y->dev.disk ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

struct disk *disks_find(struct disks *disks, uint32_t device)
{
	size_t low = 0, high = disks->nr;

	if (disks->last < high && disks->disks[disks->last].device == device)
		return &disks->disks[disks->last];
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (disks->disks[mid].device == device) {
			disks->last = mid;
			return &disks->disks[mid];
		}
		if (disks->disks[mid].device < device)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* As open_session() of recorder_open.c does it: by first appearance. */
static void number(struct disks *disks, const struct trace *traces,
		   size_t nr_traces)
{
	uint32_t next = 0;

	for (size_t i = 0; i < disks->nr; i++)
		disks->disks[i].index = UINT32_MAX;
	for (size_t i = 0; i < nr_traces; i++) {
		struct disk *d = disks_find(disks, traces[i].dev.disk);

		assert(d);
		if (d->index == UINT32_MAX)
			d->index = next++;
	}
}

void disks_init(struct disks *disks, struct trace *traces, size_t nr_traces,
		size_t max_traces, unsigned int nr_cpus)
{
	*disks = (struct disks){ .nr_traces = nr_traces };
	disks->order = xcalloc(max_traces, sizeof(*disks->order));
	disks->disks = xcalloc(max_traces, sizeof(*disks->disks));
	for (size_t i = 0; i < nr_traces; i++)
		disks->order[i] = &traces[i];
	qsort(disks->order, nr_traces, sizeof(*disks->order), compare_traces);
	for (size_t i = 0; i < nr_traces; i++) {
		uint32_t device = disks->order[i]->dev.disk;
		struct disk *d = &disks->disks[disks->nr];

		if (disks->nr && d[-1].device == device) {
			d[-1].nr++;
			continue;
		}
		*d = (struct disk){
			.device = device, .first = i, .nr = 1,
			.lost = xcalloc(nr_cpus, sizeof(uint32_t)),
		};
		disks->nr++;
	}
	number(disks, traces, nr_traces);
}

void disks_add(struct disks *disks, struct trace *trace, uint32_t index,
	       unsigned int nr_cpus)
{
	size_t i = disks->nr++;

	for (; i && disks->disks[i - 1].device > trace->dev.disk; i--)
		disks->disks[i] = disks->disks[i - 1];
	disks->disks[i] = (struct disk){
		.device = trace->dev.disk,
		.index = index,
		.first = disks->nr_traces,
		.nr = 1,
		.lost = xcalloc(nr_cpus, sizeof(uint32_t)),
	};
	disks->order[disks->nr_traces++] = trace;
	disks->last = i;
}

void disks_release(struct disks *disks)
{
	for (size_t i = 0; disks->disks && i < disks->nr; i++)
		free(disks->disks[i].lost);
	free(disks->disks);
	free(disks->order);
	*disks = (struct disks){ 0 };
}

uint32_t disk_lost_since(struct disk *disk, unsigned int cpu, uint32_t lost)
{
	uint32_t n = lost - disk->lost[cpu];

	/* The event of an interrupt is older than that of the program that it
	 * interrupted, which may have read the counter before it. */
	if ((int32_t)n <= 0)
		return 0;
	disk->lost[cpu] = lost;
	return n;
}
