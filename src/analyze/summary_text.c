/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/summary_data.h"
#include "src/base/cleanup.h"
#include "src/base/plain.h"
#include "src/base/xalloc.h"

/* "%8Lu" and a suffix: thousands are cut off while it is above a million. */
static const char *size_text(char *buf, size_t size, uint64_t v, bool is_kib)
{
	static const char suffixes[] = { '\0', 'K', 'M', 'G', 'P' };
	size_t i = is_kib ? 1 : 0;

	for (; v > 1000 * 1000 && i < sizeof(suffixes) - 1; i++)
		v /= 1000;
	(void)snprintf(buf, size, "%8" PRIu64 "%c", v, suffixes[i]);
	return buf;
}

/* One half of a line: "title count, kibibytes". */
static void print_half(struct outbuf *out, const char *title,
		       const struct count *c, bool has_size, const char *end)
{
	char nr[32], size[32];

	(void)size_text(nr, sizeof(nr), c->nr, false);
	(void)size_text(size, sizeof(size), c->kib + (c->bytes >> 10), true);
	if (has_size)
		outbuf_printf(out, "%s%s, %siB%s", title, nr, size, end);
	else
		outbuf_printf(out, "%s%s%s", title, nr, end);
}

struct row {
	enum kind kind;
	bool has_size;
	const char *read_title;
	const char *write_title;
};

static const struct row rows[] = {
	{ KIND_QUEUED, true, " Reads Queued:    ", " Writes Queued:    " },
	{ KIND_ISSUED, true, " Read Dispatches: ", " Write Dispatches: " },
	{ KIND_REQUEUED, false, " Reads Requeued:  ", " Writes Requeued:  " },
	{ KIND_COMPLETED, true, " Reads Completed: ", " Writes Completed: " },
	{ KIND_MERGED, true, " Read Merges:     ", " Write Merges:     " },
};

static const struct row pc_rows[] = {
	{ KIND_PC_QUEUED, true, " PC Reads Queued: ", " PC Writes Queued: " },
	{ KIND_PC_ISSUED, true, " PC Read Disp.:   ", " PC Write Disp.:   " },
	{ KIND_PC_REQUEUED, false, " PC Reads Req.:   ",
	  " PC Writes Req.:   " },
	{ KIND_PC_COMPLETED, false, " PC Reads Compl.: ",
	  " PC Writes Compl.: " },
};

static void print_rows(struct outbuf *out, const struct row *r, size_t nr,
		       const struct counts *counts)
{
	for (; nr--; r++) {
		print_half(out, r->read_title, &counts->of[r->kind][0],
			   r->has_size, r->has_size ? "\t" : "\t\t");
		print_half(out, r->write_title, &counts->of[r->kind][1],
			   r->has_size, "\n");
	}
}

static bool has_pc(const struct counts *counts)
{
	for (int kind = KIND_PC_QUEUED; kind <= KIND_PC_COMPLETED; kind++)
		if (counts->of[kind][0].nr || counts->of[kind][1].nr)
			return true;
	return false;
}

/* @depth: NULL = without. */
static void print_counts(struct outbuf *out, const char *title,
			 const struct counts *counts,
			 const unsigned int *depth)
{
	outbuf_printf(out, "%s\n", title);
	print_rows(out, rows, ARRAY_SIZE(rows), counts);
	if (depth)
		outbuf_printf(out, " Read depth:      %8u%8c\t"
			      " Write depth:      %8u\n", depth[0], ' ',
			      depth[1]);
	if (has_pc(counts))
		print_rows(out, pc_rows, ARRAY_SIZE(pc_rows), counts);
	outbuf_printf(out, " IO unplugs:      %8" PRIu64 "%8c\t"
		      " Timer unplugs:    %8" PRIu64 "\n", counts->io_unplugs,
		      ' ', counts->timer_unplugs);
}

static void add_counts(struct counts *to, const struct counts *from)
{
	for (int kind = 0; kind < KIND_MAX; kind++) {
		for (int w = 0; w < 2; w++) {
			to->of[kind][w].nr += from->of[kind][w].nr;
			to->of[kind][w].kib += from->of[kind][w].kib;
			to->of[kind][w].bytes += from->of[kind][w].bytes;
		}
	}
	to->io_unplugs += from->io_unplugs;
	to->timer_unplugs += from->timer_unplugs;
}

static int compare_programs(const void *a, const void *b)
{
	const struct program *x = *(const struct program *const *)a;
	const struct program *y = *(const struct program *const *)b;
	int r = strverscmp(x->name, y->name);

	return r ? r : (x->pid > y->pid) - (x->pid < y->pid);
}

/* blkparse -S: of equal ones, the last to appear is the first. */
static int compare_weights(const void *a, const void *b)
{
	const struct program *x = *(const struct program *const *)a;
	const struct program *y = *(const struct program *const *)b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? 1 : -1;
	return (x->nr < y->nr) - (x->nr > y->nr);
}

struct sort {
	char letter;
	enum kind kind;
	bool has_reads;
	bool has_writes;
	bool is_kib;
};

static const struct sort sorts[] = {
	{ 'Q', KIND_QUEUED, true, true, true },
	{ 'R', KIND_QUEUED, true, false, true },
	{ 'W', KIND_QUEUED, false, true, true },
	{ 'C', KIND_COMPLETED, true, true, true },
	{ 'q', KIND_QUEUED, true, true, false },
	{ 'r', KIND_QUEUED, true, false, false },
	{ 'w', KIND_QUEUED, false, true, false },
	{ 'c', KIND_COMPLETED, true, true, false },
};

static uint64_t weigh(const struct count *c, bool is_kib)
{
	return is_kib ? c->kib + (c->bytes >> 10) : c->nr;
}

static void sort_programs(struct program **programs, size_t nr, char letter)
{
	const struct sort *sort = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(sorts); i++)
		if (sorts[i].letter == letter)
			sort = &sorts[i];
	for (size_t i = 0; i < nr && sort; i++) {
		const struct count *c = programs[i]->counts.of[sort->kind];

		programs[i]->weight =
			(sort->has_reads ? weigh(&c[0], sort->is_kib) : 0) +
			(sort->has_writes ? weigh(&c[1], sort->is_kib) : 0);
	}
	qsort(programs, nr, sizeof(struct program *),
	      sort ? compare_weights : compare_programs);
}

static void print_waits(const struct program *p, struct outbuf *out)
{
	static const char *const titles[][2] = {
		{ " Allocation wait: ", " Allocation wait:  " },
		{ " Dispatch wait:   ", " Dispatch wait:    " },
		{ " Completion wait: ", " Completion wait:  " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		outbuf_printf(out, "%s%8" PRIu64 "%8c\t%s%8" PRIu64 "\n",
			      titles[i][0], p->longest[i][0] / 1000, ' ',
			      titles[i][1], p->longest[i][1] / 1000);
}

static void print_programs(const struct summary *sum, struct outbuf *out)
{
	struct program **sorted = xcalloc(sum->nr_programs + 1,
					  sizeof(struct program *));
	char title[64];
	size_t nr = 0;

	for (size_t i = 0; i < sum->cap_programs; i++)
		if (sum->programs[i])
			sorted[nr++] = sum->programs[i];
	sort_programs(sorted, nr, sum->opts.sort);
	for (size_t i = 0; i < nr; i++) {
		(void)snprintf(title, sizeof(title),
			       sorted[i]->has_others ? "%s (%u, ...)" :
						       "%s (%u)",
			       sorted[i]->name, sorted[i]->pid);
		print_counts(out, title, &sorted[i]->counts, NULL);
		print_waits(sorted[i], out);
	}
	outbuf_add(out, "\n", 1);
	free(sorted);
}

/* blkparse cuts names off at these lengths. */
#define NAME_COLUMNS	31
#define TITLE_COLUMNS	46
#define EVENTS_COLUMNS	47

static void print_rates(const struct device *d, const struct counts *total,
			const char *name, struct outbuf *out)
{
	const struct count *read = &total->of[KIND_COMPLETED][0];
	const struct count *write = &total->of[KIND_COMPLETED][1];
	uint64_t ms = (d->last_ns - d->first_ns) / 1000000;
	double ratio = 0;

	if (d->nr_skips || d->nr_events)
		ratio = 100.0 * (double)d->nr_skipped /
			(double)(d->nr_events + d->nr_skipped);
	outbuf_printf(out, "\nThroughput (R/W): %" PRIu64 "KiB/s / %" PRIu64
		      "KiB/s\n",
		      ms ? (1000 * read->kib + read->bytes) / ms : 0,
		      ms ? (1000 * write->kib + write->bytes) / ms : 0);
	outbuf_printf(out, "Events (%.*s): %" PRIu64 " entries\n",
		      EVENTS_COLUMNS, name, d->nr_events);
	outbuf_printf(out, "Skips: %" PRIu64 " forward (%" PRIu64
		      " - %5.1f%%)\n", d->nr_skips, d->nr_skipped, ratio);
}

static char *name_of(const struct device *d, bool is_escaped)
{
	char *name = d->label ? xstrdup(d->label) :
				xasprintf("%u,%u", blk_major(d->number),
					  blk_minor(d->number));

	if (is_escaped)
		plain_mask(name, strlen(name));
	return name;
}

static void print_device(const struct device *d, bool is_escaped,
			 struct outbuf *out)
{
	_cleanup_(freep) char *name = name_of(d, is_escaped);
	struct counts total = { 0 };
	char title[128];
	size_t nr = 0;

	for (size_t cpu = 0; cpu < d->nr_cpus; cpu++) {
		const struct summary_cpu *c = d->cpus[cpu];

		if (!c || !c->nr_seen)
			continue;
		nr++;
		add_counts(&total, &c->counts);
		(void)snprintf(title, sizeof(title), "CPU%zu (%.*s):", cpu,
			       NAME_COLUMNS, name);
		title[TITLE_COLUMNS] = '\0';
		print_counts(out, title, &c->counts, d->max_depth);
	}
	if (nr > 1) {
		(void)snprintf(title, sizeof(title), "Total (%.*s):",
			       NAME_COLUMNS, name);
		outbuf_add(out, "\n", 1);
		print_counts(out, title, &total, NULL);
	}
	print_rates(d, &total, name, out);
}

void summary_print(struct summary *sum, struct outbuf *out)
{
	if (sum->opts.by_program)
		print_programs(sum, out);
	for (size_t i = 0; i < sum->nr_devices && !sum->opts.no_devices; i++) {
		if (i)
			outbuf_add(out, "\n", 1);
		print_device(sum->devices[i], sum->names->is_escaped, out);
	}
}
