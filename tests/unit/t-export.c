/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The writers of iotape export: names of any bytes, limits, disks that are
 * full.  What other tools read is tested with them (tests/export-*.sh).
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "formats/note.h"
#include "src/analyze/export.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

#define DISK	blk_dev(8, 0)
#define MS	UINT64_C(1000000)

struct out {
	char dir[64];
	char *path;
	struct export *x;
	uint32_t sequence;
};

static void add(struct out *o, struct blk_rec rec)
{
	rec.sequence = ++o->sequence;
	if (!rec.device)
		rec.device = DISK;
	export_add(o->x, &rec, true, 0);
}

static void add_note(struct out *o, const struct note *note)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int n = note_encode(note, pdu, sizeof(pdu));

	assert_true(n > 0);
	add(o, (struct blk_rec){ .action = note_action(note->id),
				 .time = 1, .pdu = pdu,
				 .pdu_len = (uint16_t)n });
}

static void begin(struct out *o, const char *format, const char *path)
{
	struct err err = { 0 };

	*o = (struct out){ .dir = "/tmp/iotape-export-XXXXXX" };
	assert_non_null(mkdtemp(o->dir));
	o->path = path ? xstrdup(path) : xasprintf("%s/out", o->dir);
	assert_int_equal(export_open(&(struct export_options){
		.format = export_format_of(format), .output = o->path,
		.by_process = !strcmp(format, "fio"),
	}, &o->x, &err), 0);
	add_note(o, &(struct note){ .id = NOTE_CLOCK, .clock = {
		.realtime = UINT64_C(1700000000) * 1000 * MS, .monotonic = 1,
		.boottime = 1, .flags = NOTE_CLOCK_START } });
}

/* The caller frees it. */
static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	assert_non_null(f);
	n = getdelim(&text, &size, EOF, f);
	(void)fclose(f);
	assert_true(n > 0);
	assert_int_equal(strlen(text), n);
	return text;
}

static void remove_all(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char *path = xasprintf("%s/%s", dir, e->d_name);
		struct stat st;

		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) {
			assert_int_equal(lstat(path, &st), 0);
			if (S_ISDIR(st.st_mode))
				remove_all(path);
			else
				assert_int_equal(unlink(path), 0);
		}
		free(path);
	}
	(void)closedir(d);
	assert_int_equal(rmdir(dir), 0);
}

static void release(struct out *o)
{
	export_free(o->x);
	remove_all(o->dir);
	free(o->path);
}

static char *end(struct out *o)
{
	struct err err = { 0 };

	assert_int_equal(export_end(o->x, &err), 0);
	return read_file(o->path);
}

/* Q, D, C of 4 KiB, 2 ms apart. */
static void add_io(struct out *o, uint64_t time, uint32_t pid, uint64_t sector)
{
	static const enum blk_act acts[] = {
		BLK_ACT_QUEUE, BLK_ACT_ISSUE, BLK_ACT_COMPLETE
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(acts); i++)
		add(o, (struct blk_rec){
			.time = time + 2 * MS * i, .pid = pid, .bytes = 4096,
			.sector = sector,
			.action = BLK_TC_ACT(BLK_TC_WRITE) | (uint32_t)acts[i],
		});
}

static void name_process(struct out *o, uint32_t pid, const char *name)
{
	add(o, (struct blk_rec){
		.time = 1, .pid = pid, .action = BLK_TN_PROCESS |
			BLK_TC_ACT(BLK_TC_NOTIFY),
		.pdu = (const uint8_t *)name,
		.pdu_len = (uint16_t)(strlen(name) + 1),
	});
}

/* Each byte but NUL, a few at a time, as names of processes and cgroups. */
static void add_odd_names(struct out *o)
{
	for (unsigned int i = 0; i < 32; i++) {
		char name[10] = "n";

		for (unsigned int k = 0; k < 8; k++)
			name[1 + k] = (char)(i * 8 + k ? i * 8 + k : 1);
		name_process(o, 100 + i, name);
		add_note(o, &(struct note){ .id = NOTE_CGROUP, .cgroup = {
			.id = 1000 + i, .path = name } });
		add_note(o, &(struct note){ .id = NOTE_CHARGE, .charge = {
			.cgroup = 1000 + i } });
		add_io(o, (10 + i * 10) * MS, 100 + i, 8 * i);
	}
}

static void assert_is_text(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		assert_true((*p >= ' ' || *p == '\n') && *p < 0x7f);
}

static size_t count_lines(const char *text, const char *part)
{
	size_t nr = 0;

	while ((text = strstr(text, part))) {
		nr++;
		text = strchr(text, '\n');
		if (!text++)
			break;
	}
	return nr;
}

/* RFC 4180: quotes are doubled; the other cells have none. */
static void csv_holds_each_byte(void **state)
{
	struct out o;
	size_t commas = 0;
	char *text;

	(void)state;
	begin(&o, "csv", NULL);
	add_odd_names(&o);
	text = end(&o);
	assert_is_text(text);
	assert_int_equal(count_lines(text, "\n"), 33);
	/* 0x20 to 0x27: quotes are doubled, so the cell is quoted */
	assert_non_null(strstr(text, "\"n !\"\"#$%&'\""));
	/* 0x08 to 0x0f: tab and ends of lines are no ends of lines here */
	assert_non_null(strstr(text, "n\\x08\\x09\\x0a\\x0b\\x0c\\x0d\\x0e"
			       "\\x0f"));
	for (const char *p = text; *p; p = strchr(p, '\n') + 1) {
		bool is_quoted = false;
		size_t cells = 0;

		for (const char *q = p; *q != '\n'; q++) {
			is_quoted ^= *q == '"';
			cells += *q == ',' && !is_quoted;
		}
		assert_false(is_quoted);
		commas = p == text ? cells : commas;
		assert_int_equal(cells, commas);
	}
	free(text);
	release(&o);
}

/* RFC 8259: a quote and a backslash have a backslash in front. */
static void jsonl_holds_each_byte(void **state)
{
	struct out o;
	char *text;

	(void)state;
	begin(&o, "jsonl", NULL);
	add_odd_names(&o);
	text = end(&o);
	assert_is_text(text);
	assert_int_equal(count_lines(text, "\n"), 32);
	assert_non_null(strstr(text, "\"process\":\"n !\\\"#$%&'\""));
	assert_non_null(strstr(text, "\"process\":\"nXYZ[\\\\]^_\""));
	assert_non_null(strstr(text, "\"process\":\"n\\\\x08\\\\x09\\\\x0a"));
	free(text);
	release(&o);
}

static void openmetrics_holds_each_byte(void **state)
{
	struct out o;
	char *text;

	(void)state;
	begin(&o, "openmetrics", NULL);
	add_odd_names(&o);
	text = end(&o);
	assert_is_text(text);
	assert_non_null(strstr(text, ",cgroup=\"n !\\\"#$%&'\"}"));
	assert_non_null(strstr(text, ",cgroup=\"nXYZ[\\\\]^_\"}"));
	/* requests are of the cgroup of their first I/O */
	assert_non_null(strstr(text, "iotape_requests_total{device=\"8,0\","
				     "op=\"write\",cgroup=\"n01234567\"} 1 "
				     "1700000001.000\n"));
	assert_int_equal(count_lines(text, "iotape_requests_total{"),
			 count_lines(text, "iotape_io_bytes_total{"));
	free(text);
	release(&o);
}

static uint64_t sum_of(const char *text, const char *begin, const char *part)
{
	uint64_t sum = 0;

	for (const char *p = text; (p = strstr(p, begin));) {
		const char *line_end = strchr(p, '\n');
		const char *found = strstr(p, part), *value = strstr(p, "} ");

		if (found && found < line_end)
			sum += strtoull(value + 2, NULL, 10);
		p = line_end;
	}
	return sum;
}

/* 4096 series: those of further cgroups are "other", the first go on. */
static void openmetrics_has_a_limit(void **state)
{
	struct out o;
	char *text;

	(void)state;
	begin(&o, "openmetrics", NULL);
	for (uint32_t i = 0; i < 3001; i++) {
		uint32_t id = i == 3000 ? 1 : i + 1;
		char path[16];

		(void)snprintf(path, sizeof(path), "/c%u.", id);
		add_note(&o, &(struct note){ .id = NOTE_CGROUP, .cgroup = {
			.id = id, .path = path } });
		add_note(&o, &(struct note){ .id = NOTE_CHARGE, .charge = {
			.cgroup = id } });
		add_io(&o, (10 + i / 100) * MS, 100, 8 * i);
	}
	text = end(&o);
	/* each cgroup has a series of I/Os and one of requests */
	assert_int_equal(sum_of(text, "iotape_requests_total{",
				"cgroup=\"other\""), 3000 - 2048);
	assert_int_equal(sum_of(text, "iotape_requests_total{",
				"cgroup=\"/c1.\""), 2);
	assert_int_equal(sum_of(text, "iotape_requests_total{", "op=\"write\""),
			 3001);
	free(text);
	release(&o);
}

/* 199 logs of processes, and one of all others; names are those of files. */
static void fio_has_a_limit(void **state)
{
	struct err err = { 0 };
	struct out o;
	char *path, *text;
	size_t nr = 0;

	(void)state;
	begin(&o, "fio", NULL);
	for (uint32_t i = 0; i < 300; i++) {
		name_process(&o, 100 + i, i ? "../a b" : "");
		add_io(&o, (10 + i * 10) * MS, 100 + i, 8 * i);
	}
	assert_int_equal(export_end(o.x, &err), 0);
	path = xasprintf("%s/replay.fio", o.path);
	text = read_file(path);
	free(path);
	for (const char *p = text; (p = strstr(p, "\n[")); p++)
		nr++;
	assert_int_equal(nr, 1 + 200);
	assert_non_null(strstr(text, "\n[_._a_b-101]\n"));
	assert_non_null(strstr(text, "\n[others]\n"));
	free(text);
	path = xasprintf("%s/others.v3.iolog", o.path);
	text = read_file(path);
	free(path);
	assert_int_equal(count_lines(text, " write "), 300 - 199);
	free(text);
	release(&o);
}

/* A full disk: an error, and soon enough. */
static void a_full_disk_is_told(void **state)
{
	static const char *const formats[] = { "csv", "jsonl", "openmetrics",
					       "perfetto" };

	(void)state;
	if (access("/dev/full", W_OK))
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct err err = { 0 };
		struct out o;

		begin(&o, formats[i], "/dev/full");
		for (uint32_t k = 0; k < 20000; k++)
			add_io(&o, (10 + k) * MS, 100, 8 * k);
		if (strcmp(formats[i], "openmetrics") != 0)
			assert_int_equal(export_status(o.x), -ENOSPC);
		assert_int_equal(export_end(o.x, &err), -ENOSPC);
		assert_non_null(strstr(err.text, "/dev/full"));
		release(&o);
	}
}

/* Nothing happened: each format still says so. */
static void nothing_is_written_as_nothing(void **state)
{
	const char *format;

	(void)state;
	for (size_t i = 0; (format = export_format_name(i)); i++) {
		struct err err = { 0 };
		struct out o;
		struct stat st;
		int r;

		begin(&o, format, NULL);
		r = export_end(o.x, &err);
		assert_int_equal(r, 0);
		assert_int_equal(stat(o.path, &st), 0);
		release(&o);
	}
}

/* What is not completed is not there. */
static void an_end_that_did_not_come(void **state)
{
	const char *format;

	(void)state;
	for (size_t i = 0; (format = export_format_name(i)); i++) {
		struct out o;

		begin(&o, format, NULL);
		add_io(&o, 10 * MS, 100, 8);
		export_free(o.x);
		o.x = NULL;
		if (strcmp(format, "fio") != 0)
			assert_int_equal(access(o.path, F_OK), -1);
		release(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_holds_each_byte),
		cmocka_unit_test(jsonl_holds_each_byte),
		cmocka_unit_test(openmetrics_holds_each_byte),
		cmocka_unit_test(openmetrics_has_a_limit),
		cmocka_unit_test(fio_has_a_limit),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(nothing_is_written_as_nothing),
		cmocka_unit_test(an_end_that_did_not_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
