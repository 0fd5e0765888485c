/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of a recording, and numbers with units. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "src/base/cleanup.h"
#include "src/base/units.h"
#include "src/base/xalloc.h"
#include "src/record/parts.h"

static void units_are_read(void **state)
{
	static const struct {
		const char *text;
		enum units kind;
		uint64_t value;	/* 0 = refused */
	} rows[] = {
		{ "1", UNITS_BYTES, 1 },
		{ "64K", UNITS_BYTES, 65536 },
		{ "1.5m", UNITS_BYTES, 1572864 },
		{ "2T", UNITS_BYTES, UINT64_C(2199023255552) },
		{ "30s", UNITS_TIME, UINT64_C(30000000000) },
		{ "100ms", UNITS_TIME, 100000000 },
		{ "1h", UNITS_TIME, UINT64_C(3600000000000) },
		{ "7ns", UNITS_TIME, 7 },
		{ "", UNITS_BYTES, 0 },
		{ "0", UNITS_BYTES, 0 },
		{ "-1K", UNITS_BYTES, 0 },
		{ " 1K", UNITS_BYTES, 0 },
		{ "1KB", UNITS_BYTES, 0 },
		{ "0x10", UNITS_BYTES, 0 },
		{ "1e30", UNITS_BYTES, 0 },
		{ "8388608T", UNITS_BYTES, 0 },	/* 2^63 */
		{ "30", UNITS_TIME, 0 },
		{ "30K", UNITS_TIME, 0 },
		{ "30M", UNITS_TIME, 0 },
		{ "30m", UNITS_TIME, UINT64_C(1800000000000) },
		{ "inf", UNITS_TIME, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = 0;
		int r = units_parse(rows[i].text, rows[i].kind, &v);

		assert_int_equal(r, rows[i].value ? 0 : -EINVAL);
		assert_int_equal(v, rows[i].value);
	}
}

static void parts_come_and_go(void **state)
{
	struct parts p = { .opts = { .rotate_bytes = 100, .rotate_ns = 50,
				     .keep = 2 } };
	unsigned int n = 0;

	(void)state;
	assert_true(parts_is_on(&p.opts));
	parts_begin(&p, 7, 1000);
	assert_false(parts_is_due(&p, 99, 1049));
	assert_true(parts_is_due(&p, 100, 1000));
	assert_true(parts_is_due(&p, 0, 1050));
	assert_false(parts_is_over(&p, 99, 0));
	parts_next(&p, 120, 1010);
	assert_int_equal(p.number, 8);
	assert_false(parts_is_due(&p, 0, 1050));
	assert_false(parts_is_over(&p, 0, 0));
	parts_next(&p, 130, 1020);
	assert_true(parts_is_over(&p, 0, 0));
	assert_true(parts_pop(&p, &n));
	assert_int_equal(n, 7);
	assert_false(parts_is_over(&p, 0, 0));
	assert_true(parts_pop(&p, &n));
	assert_int_equal(n, 8);
	assert_false(parts_pop(&p, &n));
	assert_int_equal(p.old_bytes, 0);
	parts_release(&p);
}

static void limits_hold_without_parts(void **state)
{
	struct parts p = { .opts = { .max_bytes = 1000, .min_free = 50 } };

	(void)state;
	assert_false(parts_is_on(&p.opts));
	assert_false(parts_is_due(&p, UINT64_MAX, UINT64_MAX));
	assert_false(parts_is_over(&p, 999, 50));
	assert_true(parts_is_over(&p, 1000, 50));
	assert_true(parts_is_over(&p, 0, 49));
}

static void touch(const char *dir, const char *name)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", dir, name);
	_cleanup_(fclosep) FILE *f = fopen(path, "w");

	assert_non_null(f);
}

static void earlier_parts_are_found(void **state)
{
	char dir[] = "/tmp/t-parts-XXXXXX";
	_cleanup_(freep) char *cmd = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(parts_find_last(dir, "sda"), 0);
	touch(dir, "sda.blktrace.0");
	touch(dir, "sdab.99.blktrace.0");
	touch(dir, "sda.8");
	assert_int_equal(parts_find_last(dir, "sda"), 0);
	touch(dir, "sda.9.blktrace.0");
	touch(dir, "sda.10.kvm.blktrace.0");
	assert_int_equal(parts_find_last(dir, "sda"), 10);
	touch(dir, "note.2024.txt");
	assert_int_equal(parts_find_last(dir, NULL), 99);
	touch(dir, "x.100.sdb.blktrace.0");
	assert_int_equal(parts_find_last(dir, NULL), 100);
	assert_int_equal(parts_find_last("/no/such/dir", "sda"), 0);
	cmd = xasprintf("rm -r %s", dir);
	assert_int_equal(system(cmd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_are_read),
		cmocka_unit_test(parts_come_and_go),
		cmocka_unit_test(limits_hold_without_parts),
		cmocka_unit_test(earlier_parts_are_found),
	};

	return cmocka_run_group_tests_name("parts", tests, NULL, NULL);
}
