/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Patterns of names: what bpf/glob.h makes of them is what fnmatch(3) says.
 */
#include "config.h"

#include <errno.h>
#include <fnmatch.h>

#include "tests/unit/unit.h"

#include "src/base/xalloc.h"
#include "src/record/filter.h"

#define COMM_LEN	16

static const char *const patterns[] = {
	"fio", "*", "?", "f*", "*o", "*i*", "f?o", "f[a-i]o", "f[!a-h]o",
	"[]a]*", "a*b*c", "*a*a*", "kworker/*", "kworker/[0-9]*:[0-9]*", "\\*",
	"a\\?", "[a-c-]x", "??????????????*", "***", "a**b", "[!a]", "x[a-]",
};

static const char *const names[] = {
	"", "f", "fio", "fioo", "fo", "fjo", "afio", "i", "]", "]b", "a", "aa",
	"aaa", "ab", "abc", "axbxc", "axbx", "acb", "kworker/0:1", "kworker/x",
	"kworker/10:22-a", "*", "**", "a?", "ab?", "-x", "bx", "dx", "x-",
	"abcdefghijklmno", "fffffffffffffff", "\xc3\xa4", "\xff",
};

static int fits(const struct rec_filter *f, const char *name)
{
	char comm[COMM_LEN] = "";

	(void)strncpy(comm, name, sizeof(comm) - 1);
	return glob_fits(&f->comm, comm, sizeof(comm));
}

static void pattern_is_fnmatchs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct rec_filter f = { 0 };

		assert_int_equal(rec_filter_add_comm(&f, patterns[i], NULL),
				 0);
		for (size_t k = 0; k < ARRAY_SIZE(names); k++)
			if (fits(&f, names[k]) !=
			    !fnmatch(patterns[i], names[k], 0))
				fail_msg("\"%s\" and \"%s\"", patterns[i],
					 names[k]);
	}
}

/* Side by side, they do not run into each other. */
static void patterns_are_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(patterns); j++) {
			struct rec_filter f = { 0 };

			assert_int_equal(rec_filter_add_comm(&f, patterns[i],
							     NULL), 0);
			assert_int_equal(rec_filter_add_comm(&f, patterns[j],
							     NULL), 0);
			for (size_t k = 0; k < ARRAY_SIZE(names); k++)
				assert_int_equal(
					fits(&f, names[k]),
					!fnmatch(patterns[i], names[k], 0) ||
					!fnmatch(patterns[j], names[k], 0));
		}
	}
}

static void pattern_has_limits(void **state)
{
	struct rec_filter f = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(rec_filter_add_comm(&f, "", &err), -EINVAL);
	assert_int_equal(rec_filter_add_comm(&f, "a[b", &err), -EINVAL);
	/* one more than the kernel keeps, whatever else there is */
	assert_int_equal(rec_filter_add_comm(&f, "abcdefghijklmnop", &err),
			 -EINVAL);
	assert_int_equal(rec_filter_add_comm(&f, "*a?[b-d]defghijklmnop*",
					     &err), -EINVAL);
	assert_int_equal(f.glob_bits, 0);
	for (int i = 0; i < 4; i++)	/* 16 places each */
		assert_int_equal(rec_filter_add_comm(&f, "abcdefghijklmno",
						     &err), 0);
	assert_int_equal(rec_filter_add_comm(&f, "a", &err), -E2BIG);
	assert_int_equal(fits(&f, "abcdefghijklmno"), 1);
	assert_int_equal(fits(&f, "abcdefghijklmn"), 0);
	assert_int_equal(fits(&f, "a"), 0);
}

static void names_of_operations(void **state)
{
	struct rec_filter f = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(rec_filter_add_op(&f, "read", &err), 0);
	assert_int_equal(rec_filter_add_op(&f, "zone", &err), 0);
	assert_int_equal(f.ops, 1u << REC_OP_READ | 1u << REC_OP_ZONE);
	assert_int_equal(rec_filter_add_op(&f, "Read", &err), -EINVAL);
	assert_int_equal(rec_filter_add_pid(&f, UINT32_MAX, &err), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pattern_is_fnmatchs),
		cmocka_unit_test(patterns_are_apart),
		cmocka_unit_test(pattern_has_limits),
		cmocka_unit_test(names_of_operations),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
