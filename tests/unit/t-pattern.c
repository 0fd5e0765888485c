/* SPDX-License-Identifier: GPL-2.0 */
/* src/base/pattern.h: what is refused before regcomp, and what must not be. */
#include "config.h"

#include <string.h>

#include "src/base/pattern.h"
#include "tests/unit/unit.h"

static void usual_ones_are_taken(void **state)
{
	static const char *const texts[] = {
		"", "^postgres", "kworker/[0-9]+:[0-9]+", "(fio|dd)+$", "a{1000}",
		"[[:alpha:]_][]+*{9}]*", "[^]]+", "x{2,}", "\\(\\)\\+", "a|b|",
		"((a+)+)+", "([0-9]{1,3}\\.){3}[0-9]{1,3}", "[[.-.]+]{2}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		regex_t regex;

		if (!pattern_compile(&regex, texts[i], REG_NOSUB))
			fail_msg("%s", texts[i]);
		regfree(&regex);
	}
}

static void copies_multiply(void **state)
{
	char nested[200] = "";

	(void)state;
	assert_false(pattern_is_bounded("((a{99}){99}){99}"));
	assert_false(pattern_is_bounded("a{9}{9}{9}{9}"));
	assert_false(pattern_is_bounded("(abcdefgh){300}"));
	assert_false(pattern_is_bounded("a{99999999999999999999}"));
	assert_false(pattern_is_bounded("(b(a{45}){45}|c)"));
	assert_true(pattern_is_bounded("(ab){300}"));
	memset(nested, '(', 40);
	nested[40] = 'a';
	for (int i = 0; i < 40; i++)
		memcpy(nested + 41 + 2 * i, "+)", 3);
	assert_false(pattern_is_bounded(nested));
}

static void depth_is_bounded(void **state)
{
	char deep[200] = "";

	(void)state;
	memset(deep, '(', 65);
	assert_false(pattern_is_bounded(deep));
	deep[64] = 0;
	assert_true(pattern_is_bounded(deep));
}

static void no_back_references(void **state)
{
	(void)state;
	assert_false(pattern_is_bounded("(a*)\\1"));
	assert_true(pattern_is_bounded("[\\1]"));
}

/* No end is looked for behind the text. */
static void cut_ones(void **state)
{
	static const char *const texts[] = {
		"[", "[^", "[]", "[[", "[[:", "[[:a", "[[:a:", "\\", "{", "{1",
		"{1,", "(", "a{", ")", "+", "*",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		regex_t regex;

		if (pattern_compile(&regex, texts[i], 0))
			regfree(&regex);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_ones_are_taken),
		cmocka_unit_test(copies_multiply),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(no_back_references),
		cmocka_unit_test(cut_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
