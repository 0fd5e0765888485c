/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze/meter and prom: made-up counts as text for Prometheus. */
#include "config.h"

#include <stdlib.h>

#include "src/analyze/meter.h"
#include "src/analyze/prom.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

#define SECOND UINT64_C(1000000000)

static const struct meter_about nothing = { .nr_traces = 0 };

/* The text of all; the caller frees it. */
static char *text_of(const struct meter *m, const struct meter_about *about)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	meter_write(m, about, f);
	assert_int_equal(fclose(f), 0);
	return text;
}

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = text; (p = strstr(p, line)); p++)
		if ((p == text || p[-1] == '\n') && p[len] == '\n')
			return true;
	return false;
}

#define assert_line(text, line)						\
	do {								\
		if (!has_line(text, line))				\
			fail_msg("no line \"%s\" in\n%s", line, text);	\
	} while (0)

/* @nr reads of 4 KiB, each of @ns. */
static struct top_row reads(uint64_t nr, uint64_t ns)
{
	struct top_row row = { .device = 1 };

	row.ios[TOP_READ] = nr;
	row.bytes[TOP_READ] = nr * 4096;
	for (uint64_t i = 0; i < nr; i++)
		hist_add(&row.times, ns);
	return row;
}

static void add(struct meter *m, const char *device, const char *cgroup,
		const char *vm, struct top_row row)
{
	meter_add(m, &(struct meter_who){ .device = device, .cgroup = cgroup,
					  .vm = vm, .op = LIFE_READ }, &row);
}

static void intervals_add_up(void **state)
{
	struct meter m = { 0 };
	char *text;

	(void)state;
	meter_begin(&m, SECOND);
	add(&m, "sda", "/a", "", reads(3, 15000));
	meter_begin(&m, 2 * SECOND);
	add(&m, "sda", "/a", "", reads(2, 3000000));
	add(&m, "sda", "", "web", reads(1, 20 * SECOND));
	text = text_of(&m, &nothing);
#define A "{device=\"sda\",op=\"read\",cgroup=\"/a\""
#define L "iotape_request_latency_seconds"
	assert_line(text, L "_bucket" A ",le=\"1e-05\"} 0");
	assert_line(text, L "_bucket" A ",le=\"2e-05\"} 3");
	assert_line(text, L "_bucket" A ",le=\"0.002\"} 3");
	assert_line(text, L "_bucket" A ",le=\"0.005\"} 5");
	assert_line(text, L "_bucket" A ",le=\"+Inf\"} 5");
	assert_line(text, L "_count" A "} 5");
	assert_line(text, L "_sum" A "} 0.006045000");
	assert_line(text, "iotape_requests_total" A "} 5");
	assert_line(text, "iotape_request_bytes_total" A "} 20480");
	assert_line(text, "iotape_request_errors_total" A "} 0");
	assert_line(text, L "_bucket{device=\"sda\",op=\"read\",vm=\"web\","
			 "le=\"10.0\"} 0");
	assert_line(text, L "_bucket{device=\"sda\",op=\"read\",vm=\"web\","
			 "le=\"+Inf\"} 1");
	assert_line(text, "iotape_series 2");
#undef A
#undef L
	/* no trace, no counts of one */
	assert_null(strstr(text, "iotape_lost"));
	free(text);
	meter_release(&m);
}

static void what_is_in_flight_is_of_now(void **state)
{
	struct meter m = { 0 };
	struct top_row row = { .in_flight = 3, .oldest_ns = 1500000000 };
	char *text;

	(void)state;
	meter_begin(&m, SECOND);
	add(&m, "sda", "/a", "", row);
	row.in_flight = 4;
	row.oldest_ns = 7;
	add(&m, "sda", "/b", "", row);
	text = text_of(&m, &nothing);
	assert_line(text, "iotape_requests_in_flight{device=\"sda\"} 7");
	assert_line(text, "iotape_oldest_request_seconds{device=\"sda\"}"
			  " 1.500000000");
	assert_line(text, "iotape_series 0");
	free(text);
	meter_begin(&m, 2 * SECOND);
	text = text_of(&m, &nothing);
	assert_line(text, "iotape_requests_in_flight{device=\"sda\"} 0");
	free(text);
	meter_release(&m);
}

static void a_recorder_has_counts(void **state)
{
	const struct meter_trace traces[] = {
		{ .device = "sda", .events = 5, .bytes = 240, .lost = 7,
		  .unwritten = 1 },
		{ .device = "s\"b", .events = 6 },
	};
	const struct meter_about about = { traces, 2, 8, 9 };
	struct meter m = { 0 };
	char *text;

	(void)state;
	text = text_of(&m, &about);
	assert_line(text, "iotape_recorded_events_total{device=\"sda\"} 5");
	assert_line(text, "iotape_recorded_events_total{device=\"s\\\"b\"} 6");
	assert_line(text, "iotape_recorded_bytes_total{device=\"sda\"} 240");
	assert_line(text, "iotape_lost_events_total{device=\"sda\"} 7");
	assert_line(text, "iotape_unwritten_events_total{device=\"sda\"} 1");
	assert_line(text, "iotape_uncounted_requests_total{reason=\"missed\"}"
			  " 8");
	assert_line(text, "iotape_uncounted_requests_total{reason=\"untimed\"}"
			  " 9");
	free(text);
	meter_release(&m);
}

/* Two of them for each of @nr cgroups; returns the number of series. */
static size_t many(struct meter *m, const char *prefix, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		char *name = xasprintf("/%s%u", prefix, i);

		add(m, "sda", name, "", reads(1, 1000));
		add(m, "sda", name, "vm", reads(1, 1000));
		free(name);
	}
	return m->nr;
}

static uint64_t value_of(const char *text, const char *begin)
{
	const char *p = strstr(text, begin);

	return p ? strtoull(p + strlen(begin), NULL, 10) : 0;
}

static void too_many_are_others(void **state)
{
	struct meter m = { 0 };
	char *text;

	(void)state;
	meter_begin(&m, SECOND);
	assert_int_equal(many(&m, "a", 600), METER_SERIES_MAX + 1);
	text = text_of(&m, &nothing);
	assert_int_equal(value_of(text, "iotape_requests_total{device=\"sda\","
					"op=\"read\",cgroup=\"other\"} "),
			 200);
	free(text);
	/* one that has its own goes on with it */
	add(&m, "sda", "/a0", "", reads(5, 1000));
	text = text_of(&m, &nothing);
	assert_line(text, "iotape_requests_total{device=\"sda\",op=\"read\","
			  "cgroup=\"/a0\"} 6");
	free(text);
	meter_release(&m);
}

/* Containers come and go for weeks: what is idle makes room. */
static void idle_series_make_room(void **state)
{
	struct meter m = { 0 };
	uint64_t now = SECOND;
	char *text;

	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		char prefix[16];

		(void)snprintf(prefix, sizeof(prefix), "g%u.", i);
		now += METER_IDLE_NS;
		meter_begin(&m, now);
		add(&m, "sda", "/always", "", reads(1, 1000));
		assert_true(many(&m, prefix, 450) <= METER_SERIES_MAX);
		assert_true(m.labels.nr <= 4000);
	}
	text = text_of(&m, &nothing);
	assert_line(text, "iotape_requests_total{device=\"sda\",op=\"read\","
			  "cgroup=\"/always\"} 200");
	assert_null(strstr(text, "cgroup=\"other\""));
	assert_non_null(strstr(text, "cgroup=\"/g199.449\",vm=\"vm\""));
	free(text);
	meter_release(&m);
}

static void devices_have_a_limit(void **state)
{
	struct meter m = { 0 };
	char *text;

	(void)state;
	meter_begin(&m, SECOND);
	for (unsigned int i = 0; i < 3000; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "loop%u", i);
		add(&m, name, "/a", "", reads(1, 1000));
	}
	assert_int_equal(m.nr_devices, METER_DEVICES_MAX + 1);
	assert_true(m.nr <= METER_SERIES_MAX + METER_DEVICES_MAX + 1);
	text = text_of(&m, &nothing);
	assert_int_equal(value_of(text, "iotape_requests_total{device="
					"\"other\",op=\"read\","
					"cgroup=\"other\"} "),
			 3000 - METER_DEVICES_MAX);
	free(text);
	meter_release(&m);
}

/* The text of a label as the format says it is read. */
static size_t unescape(const char *p, char *out)
{
	size_t nr = 0;

	for (; *p != '"'; p++) {
		assert_true(*p != '\0' && *p != '\n');
		if (*p == '\\') {
			p++;
			assert_non_null(strchr("\\\"n", *p));
			out[nr++] = *p == 'n' ? '\n' : *p;
		} else {
			out[nr++] = *p;
		}
	}
	assert_int_equal(p[1], '\0');
	return nr;
}

static void each_byte_of_a_label(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		const char in[] = { 'a', (char)c, 'b', '\0' };
		char out[16], *text = NULL;
		size_t size;
		FILE *f = open_memstream(&text, &size);

		prom_put_label(f, "x", in);
		assert_int_equal(fclose(f), 0);
		assert_memory_equal(text, "x=\"", 3);
		assert_int_equal(unescape(text + 3, out), 3);
		assert_memory_equal(out, in, 3);
		free(text);
	}
}

/* Whatever a cgroup is called, lines stay lines, and all is UTF-8. */
static void each_byte_of_a_name(void **state)
{
	struct meter m = { 0 };
	size_t nr_lines = 0;
	char *text;

	(void)state;
	meter_begin(&m, SECOND);
	for (int c = 1; c < 256; c++) {
		const char name[] = { '/', (char)c, '\0' };

		add(&m, name, name, name, reads(1, 1000));
	}
	text = text_of(&m, &nothing);
	for (const char *p = text; *p; p++) {
		assert_true((unsigned char)*p < 0x7f);
		assert_true(*p >= ' ' || *p == '\n');
		nr_lines += *p == '\n';
	}
	/* each series: 20 buckets, 5 numbers; each device 2; 10 more */
	assert_true(nr_lines >= m.nr * 25 + m.nr_devices * 2);
	assert_line(text, "iotape_requests_total{device=\"/\\\\x0a\","
			  "op=\"read\",cgroup=\"/\\\\x0a\",vm=\"/\\\\x0a\"} 1");
	assert_line(text, "iotape_requests_in_flight{device=\"/\\\"\"} 0");
	free(text);
	meter_release(&m);
}

/* The bounds as numbers are those that are written. */
static void buckets_are_what_they_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROM_NR_BUCKETS - 1; i++) {
		double le = strtod(prom_buckets[i].le, NULL) * 1e9;

		assert_int_equal((uint64_t)(le + 0.5), prom_buckets[i].ns);
		assert_int_equal(prom_bucket(prom_buckets[i].ns), i);
		assert_int_equal(prom_bucket(prom_buckets[i].ns + 1), i + 1);
	}
	assert_string_equal(prom_buckets[PROM_NR_BUCKETS - 1].le, "+Inf");
	assert_int_equal(prom_bucket(0), 0);
	assert_int_equal(prom_bucket(UINT64_MAX), PROM_NR_BUCKETS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_add_up),
		cmocka_unit_test(what_is_in_flight_is_of_now),
		cmocka_unit_test(a_recorder_has_counts),
		cmocka_unit_test(too_many_are_others),
		cmocka_unit_test(idle_series_make_room),
		cmocka_unit_test(devices_have_a_limit),
		cmocka_unit_test(each_byte_of_a_label),
		cmocka_unit_test(each_byte_of_a_name),
		cmocka_unit_test(buckets_are_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
