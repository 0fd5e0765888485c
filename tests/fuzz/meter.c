/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text of record --metrics and --listen: names of any bytes, of devices,
 * cgroups and VMs.  What is written is read again by the rules of the
 * exposition format 0.0.4, which are all here: no sample is there twice, each
 * line is whole, and a label's value is UTF-8.
 */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/meter.h"
#include "tests/fuzz/fuzz.h"

#define NAME_MAX_BYTES	300u

struct input {
	const uint8_t *at;
	size_t left;
};

static uint8_t take(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static uint64_t take64(struct input *in)
{
	unsigned int bytes = take(in) % 9;
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | take(in);
	return v;
}

/* The caller frees it. */
static char *take_name(struct input *in)
{
	size_t len = take(in) * 2u % NAME_MAX_BYTES;
	char *name;

	if (len > in->left)
		len = in->left;
	name = strndup((const char *)in->at, len);
	MUST(name);
	in->at += len;
	in->left -= len;
	return name;
}

static void add_row(struct meter *m, struct input *in)
{
	char *device = take_name(in), *cgroup = take_name(in);
	char *vm = take_name(in);
	struct top_row row = { 0 };

	for (int i = 0; i < TOP_OP_MAX; i++) {
		row.ios[i] = take(in);
		row.bytes[i] = take64(in) >> 16;
	}
	row.errors = take(in);
	row.in_flight = take(in);
	row.oldest_ns = take64(in);
	for (unsigned int i = take(in) % 4; i; i--)
		hist_add(&row.times, take64(in));
	meter_add(m, &(struct meter_who){
		.device = device, .cgroup = cgroup, .vm = vm,
		.op = (enum life_op)(take(in) % (LIFE_OP_MAX + 1)) }, &row);
	free(device);
	free(cgroup);
	free(vm);
}

/* ---- reading it again ----------------------------------------------------- */

/* RFC 3629: no surrogates, nothing longer than it has to be. */
static size_t utf8_len(const unsigned char *p)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t len;
	} rows[] = {
		{ 0x20, 0x7e, 0, 0, 1 },	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },	{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (*p < rows[i].first || *p > rows[i].last)
			continue;
		if (rows[i].len > 1 &&
		    (p[1] < rows[i].low || p[1] > rows[i].high))
			return 0;
		for (size_t k = 2; k < rows[i].len; k++)
			if (p[k] < 0x80 || p[k] > 0xbf)
				return 0;
		return rows[i].len;
	}
	return 0;
}

static const char *read_name(const char *p)
{
	MUST(isalpha((unsigned char)*p) || *p == '_' || *p == ':');
	while (isalnum((unsigned char)*p) || *p == '_' || *p == ':')
		p++;
	return p;
}

/* Behind the first quote. */
static const char *read_value(const char *p)
{
	while (*p != '"') {
		size_t len;

		if (*p == '\\') {
			MUST(p[1] == '\\' || p[1] == '"' || p[1] == 'n');
			p += 2;
			continue;
		}
		len = utf8_len((const unsigned char *)p);
		MUST(len);
		p += len;
	}
	return p + 1;
}

static void read_sample(const char *line)
{
	const char *p = read_name(line);
	char *end;

	if (*p == '{') {
		do {
			p = read_name(p + 1);
			MUST(p[0] == '=' && p[1] == '"');
			p = read_value(p + 2);
		} while (*p == ',');
		MUST(*p++ == '}');
	}
	MUST(*p++ == ' ');
	MUST(isdigit((unsigned char)*p));
	(void)strtod(p, &end);
	MUST(end != p && !*end);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A sample's name and labels, without its number, are there once. */
static void check_twice(char **lines, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		*strrchr(lines[i], ' ') = '\0';
	qsort(lines, nr, sizeof(*lines), compare);
	for (size_t i = 1; i < nr; i++)
		MUST(strcmp(lines[i - 1], lines[i]) != 0);
}

static void read_text(char *text, size_t len)
{
	char **lines = calloc(len + 1, sizeof(*lines)), *save = NULL;
	size_t nr = 0;

	MUST(lines && strlen(text) == len && len && text[len - 1] == '\n');
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "# HELP ", 7) ||
		    !strncmp(line, "# TYPE ", 7)) {
			MUST(*read_name(line + 7) == ' ');
			continue;
		}
		read_sample(line);
		lines[nr++] = line;
	}
	check_twice(lines, nr);
	free(lines);
}

static void write_and_read(const struct meter *m)
{
	/* of a disk of this machine: the kernel's name */
	const struct meter_trace trace = { .device = "sda", .events = 1 };
	const struct meter_about about = { .traces = &trace, .nr_traces = 1 };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	MUST(f);
	meter_write(m, &about, f);
	MUST(!fclose(f));
	read_text(text, len);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct meter m = { 0 };
	uint64_t now = 1;

	while (in.left) {
		meter_begin(&m, now);
		for (unsigned int i = take(&in) % 64 + 1; i && in.left; i--)
			add_row(&m, &in);
		now += take64(&in) >> 20;
	}
	write_and_read(&m);
	meter_release(&m);
	return 0;
}
