/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/cpuload.h"
#include "src/base/xalloc.h"

#define NS_PER_S	1e9
#define HALF_DAY	43200
#define SECONDS_MAX	1e9		/* 31 years, and in 64 bits as ns */
#define COLUMNS_MAX	24
#define NOWHERE		(-1)

struct cpuload *cpuload_new(void)
{
	return xcalloc(1, sizeof(struct cpuload));
}

void cpuload_free(struct cpuload *load)
{
	if (!load)
		return;
	for (int k = 0; k < CPULOAD_KINDS; k++)
		gauge_release(&load->all.of[k]);
	for (uint32_t i = 0; i < load->nr_cpus; i++)
		for (int k = 0; k < CPULOAD_KINDS; k++)
			gauge_release(&load->cpus[i].of[k]);
	free(load->cpus);
	free(load);
}

static struct cpuload_cpu *find_cpu(struct cpuload *load, uint32_t cpu)
{
	if (cpu >= CPULOAD_CPUS_MAX)
		return NULL;
	if (cpu >= load->nr_cpus) {
		load->cpus = xreallocarray(load->cpus, cpu + 1,
					   sizeof(*load->cpus));
		memset(load->cpus + load->nr_cpus, 0,
		       (cpu + 1 - load->nr_cpus) * sizeof(*load->cpus));
		load->nr_cpus = cpu + 1;
	}
	return &load->cpus[cpu];
}

/* ---- notes --------------------------------------------------------------- */

void cpuload_add(struct cpuload *load, uint64_t time,
		 const struct note_cpustat *note)
{
	const uint64_t now[CPULOAD_KINDS] = {
		[CPULOAD_USER] = note->user + note->nice,
		[CPULOAD_SYS] = note->system,
		[CPULOAD_IO] = note->iowait,
		[CPULOAD_IRQ] = note->irq,
		[CPULOAD_SOFT] = note->softirq,
	};
	struct cpuload_cpu *c = find_cpu(load, note->cpu);
	uint64_t all = note->idle + note->steal, spent;

	if (!c)
		return;
	for (int k = 0; k < CPULOAD_KINDS; k++)
		all += now[k];
	spent = all > c->before_all ? all - c->before_all : 0;
	if (c->before_all && !spent)
		return;
	for (int k = 0; k < CPULOAD_KINDS; k++) {
		/* iowait may go backwards */
		uint64_t part = now[k] > c->before[k] ?
					now[k] - c->before[k] : 0;
		double percent = 100.0 * (double)part / (double)spent;
		uint64_t at = c->before_time +
			      (time > c->before_time ?
				       (time - c->before_time) / 2 : 0);

		if (c->before_all) {
			gauge_add(&c->of[k], at, percent, 1);
			gauge_add(&load->all.of[k], at, percent, 1);
		}
		c->before[k] = now[k];
	}
	c->before_all = all;
	c->before_time = time;
}

/* ---- mpstat -------------------------------------------------------------- */

struct table {
	int columns[CPULOAD_KINDS];	/* of the header line, or NOWHERE */
	int nice, cpu;
	int first_second, last_second;	/* of the clock */
	double seconds;			/* since the first block */
	bool has_header, has_time;
};

static int split(char *line, char *words[COLUMNS_MAX])
{
	char *save = NULL;
	int nr = 0;

	for (char *w = strtok_r(line, " \t\n", &save); w && nr < COLUMNS_MAX;
	     w = strtok_r(NULL, " \t\n", &save))
		words[nr++] = w;
	return nr;
}

static bool read_header(struct table *t, char **words, int nr)
{
	static const char *const names[CPULOAD_KINDS] = {
		[CPULOAD_USER] = "%usr", [CPULOAD_SYS] = "%sys",
		[CPULOAD_IO] = "%iowait", [CPULOAD_IRQ] = "%irq",
		[CPULOAD_SOFT] = "%soft",
	};
	struct table new = { .nice = NOWHERE, .cpu = NOWHERE };

	for (int k = 0; k < CPULOAD_KINDS; k++)
		new.columns[k] = NOWHERE;
	for (int i = 0; i < nr; i++) {
		if (!strcmp(words[i], "CPU"))
			new.cpu = i;
		if (!strcmp(words[i], "%nice"))
			new.nice = i;
		for (int k = 0; k < CPULOAD_KINDS; k++)
			if (!strcmp(words[i], names[k]))
				new.columns[k] = i;
	}
	if (new.cpu == NOWHERE || new.columns[CPULOAD_SYS] == NOWHERE)
		return false;
	t->nice = new.nice;
	t->cpu = new.cpu;
	memcpy(t->columns, new.columns, sizeof(t->columns));
	t->has_header = true;
	return true;
}

/* Seconds of the day (or of half of it) as "HH:MM:SS"; -1 if it is none. */
static int clock_of(const char *word)
{
	int value[3] = { 0 };
	const char *p = word;

	for (int i = 0; i < 3; i++) {
		char *end;
		long v;

		if (!isdigit((unsigned char)*p))
			return -1;
		v = strtol(p, &end, 10);
		if (v > 99 || *end != (i < 2 ? ':' : '\0'))
			return -1;
		value[i] = (int)v;
		p = end + 1;
	}
	return (value[0] * 60 + value[1]) * 60 + value[2];
}

/* False if the line does not begin with a time: "Average:". */
static bool read_clock(struct table *t, const char *word)
{
	int now = clock_of(word), step;

	if (now < 0)
		return false;
	if (!t->has_time)
		t->last_second = now;
	t->has_time = true;
	step = (now - t->last_second) % HALF_DAY;
	t->seconds += step < 0 ? step + HALF_DAY : step;
	if (t->seconds > SECONDS_MAX)
		t->seconds = SECONDS_MAX;
	t->last_second = now;
	return true;
}

static double percent_of(char **words, int nr, int column)
{
	return column != NOWHERE && column < nr ? strtod(words[column], NULL) :
						  0;
}

static unsigned int read_row(struct cpuload *load, const struct table *t,
			     char **words, int nr)
{
	uint64_t ns = (uint64_t)((t->seconds + 0.5) * NS_PER_S);
	bool is_all = t->cpu < nr && !strcmp(words[t->cpu], "all");
	struct cpuload_cpu *c = &load->all;

	if (t->cpu >= nr)
		return 0;
	if (!is_all && !isdigit((unsigned char)*words[t->cpu]))
		return 0;
	if (!is_all)
		c = find_cpu(load, (uint32_t)strtoul(words[t->cpu], NULL, 10));
	if (!c)
		return 0;
	for (int k = 0; k < CPULOAD_KINDS; k++) {
		double v = percent_of(words, nr, t->columns[k]);

		if (k == CPULOAD_USER)
			v += percent_of(words, nr, t->nice);
		/* "nan" is 0 */
		gauge_add(&c->of[k], ns, !(v > 0) ? 0 : v > 100 ? 100 : v, 1);
	}
	return is_all;
}

unsigned int cpuload_read_mpstat(struct cpuload *load, FILE *f)
{
	_cleanup_(freep) char *line = NULL;
	struct table t = { .cpu = NOWHERE };
	unsigned int nr_samples = 0;
	size_t size = 0;

	load->is_relative = true;
	while (getline(&line, &size, f) > 0) {
		char *words[COLUMNS_MAX];
		int nr = split(line, words);

		if (nr < 3 || clock_of(words[0]) < 0)
			continue;
		if (read_header(&t, words, nr))
			continue;
		if (t.has_header && read_clock(&t, words[0]))
			nr_samples += read_row(load, &t, words, nr);
	}
	return nr_samples;
}
