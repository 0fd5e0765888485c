/* SPDX-License-Identifier: GPL-2.0 */
/* src/base/plain.h: every byte value, and what UTF-8 can hide. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/plain.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

static void each_byte_by_itself(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		const char in[2] = { (char)c, 0 };
		bool is_shown = c >= 0x20 && c < 0x7f;
		char want[8], got[8];

		(void)snprintf(want, sizeof(want), is_shown ? "%c" : "\\x%02x",
			       c);
		assert_int_equal(plain_copy(got, sizeof(got), in),
				 strlen(want));
		assert_string_equal(got, want);
	}
}

/* What plain_put writes; the caller frees. */
static char *put(const char *in)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	plain_put(out, in);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void characters_of_utf8(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{ "fio \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		  "fio \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\x1b[2J", "\\x1b[2J" },
		{ "a\nb\r\t", "a\\x0ab\\x0d\\x09" },
		/* U+009B begins a control sequence as ESC [ does */
		{ "\xc2\x9b" "2J", "\\xc2\\x9b2J" },
		{ "\xc2\xa0", "\xc2\xa0" },
		/* turned writing */
		{ "\xe2\x80\xae" "x", "\\xe2\\x80\\xaex" },
		{ "\xe2\x81\xa7", "\\xe2\\x81\\xa7" },
		/* too long a form of "/" and of NUL, a surrogate, too large */
		{ "\xc0\xaf", "\\xc0\\xaf" },
		{ "\xe0\x80\x80", "\\xe0\\x80\\x80" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
		/* cut off; a continuation alone */
		{ "\xe2\x82", "\\xe2\\x82" },
		{ "\x82z", "\\x82z" },
		{ "\xff\xfe", "\\xff\\xfe" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[PLAIN_SIZE(32)];
		char *text = put(rows[i].in);

		(void)plain_copy(got, sizeof(got), rows[i].in);
		assert_string_equal(got, rows[i].want);
		assert_string_equal(text, rows[i].want);
		free(text);
	}
}

static void copy_cuts_between_characters(void **state)
{
	char got[6];

	(void)state;
	assert_int_equal(plain_copy(got, sizeof(got), "ab\xe2\x82\xac"), 5);
	assert_string_equal(got, "ab\xe2\x82\xac");
	assert_int_equal(plain_copy(got, 5, "ab\xe2\x82\xac"), 2);
	assert_string_equal(got, "ab");
	assert_int_equal(plain_copy(got, 5, "a\x01"), 1);
	assert_int_equal(plain_copy(got, 1, "a"), 0);
	assert_string_equal(got, "");
}

static void mask_keeps_the_length(void **state)
{
	char text[] = "a\033[1m\x9b\xc2\x9b\xe2\x82\xac\xe2\x82";

	(void)state;
	plain_mask(text, sizeof(text) - 1);
	assert_string_equal(text, "a?[1m???\xe2\x82\xac??");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_by_itself),
		cmocka_unit_test(characters_of_utf8),
		cmocka_unit_test(copy_cuts_between_characters),
		cmocka_unit_test(mask_keeps_the_length),
	};

	return cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
