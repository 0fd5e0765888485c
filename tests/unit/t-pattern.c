/* SPDX-License-Identifier: GPL-2.0 */
/* src/base/pattern.h: what fits, what is refused, and what is given up. */
#include "config.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "src/base/pattern.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

static struct pattern *take(enum pattern_kind kind, const char *text)
{
	struct pattern *p = NULL;
	struct err err = { 0 };

	if (pattern_new(kind, text, &p, &err))
		fail_msg("%s: %s", text, err.text);
	assert_string_equal(pattern_text(p), text);
	return p;
}

static int match(enum pattern_kind kind, const char *text, const char *name)
{
	struct pattern *p = take(kind, text);
	int n = pattern_match(p, name);

	pattern_free(p);
	return n;
}

static void expressions(void **state)
{
	static const struct {
		const char *text, *name;
		bool is_in, is_at_begin;
	} rows[] = {
		{ "", "", true, true },
		{ "^postgres", "postgres: wal", true, true },
		{ "fio|dd$", "add", true, false },
		{ "kworker/\\d+:\\d+", "kworker/0:1-events", true, true },
		{ "\\bdd\\b|\\bfio\\b|\\bcp\\b", "a fio x", true, false },
		{ "^(?!kvm_exit)", "kvm_entry", true, true },
		{ "^(?!kvm_exit)", "kvm_exit", false, false },
		{ "a{3}", "xaaa", true, false },
		{ "[[:digit:]]x", "1x", true, true },
		/* $ is the end, . any byte, bytes are letters */
		{ "a$", "a\n", false, false },
		{ "a.b", "a\nb", true, true },
		{ "^.{2}$", "\xc3\xa4", true, true },
		{ "\xa4", "\xc3\xa4", true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (match(PATTERN_SEARCH, rows[i].text, rows[i].name) !=
			    rows[i].is_in ||
		    match(PATTERN_BEGIN, rows[i].text, rows[i].name) !=
			    rows[i].is_at_begin)
			fail_msg("%s and %s", rows[i].text, rows[i].name);
}

/* What fnmatch(3) says of each name. */
static void globs_are_fnmatchs(void **state)
{
	static const char *const globs[] = {
		"", "*", "**", "?", "/a/nginx*", "*.service", "/a/*/b", "*a*b*c",
		"a?c", "[a-c]*", "[!a]b", "[^a]b", "[]x]", "[!]x]", "[a-]", "[-a]",
		"[", "a[", "[a", "a]", "\\*", "\\a", "a\\", "[\\]]", "[a\\-c]",
		"[[:alpha:]]*", "[[:alpha:]0-9]", "[[x]", "a.c", "(a|b)+", "^a$",
		"*a*a*a", "*ab*ba", "a*?b", "*?", "?*?", "[*]", "[?]", "{a,b}",
		"*\n", "#x y",
	};
	static const char *const names[] = {
		"", "a", "b", "-", "]", "[", "x", "*", "?", "\\", "/", "ab", "bb",
		"abc", "a/b", "aXc", "a.c", "/a/nginx", "/a/nginx/x.service",
		"/a/x/y/b", "/a//b", "xaybzc", "xaybz", "a]", "[a", "a[", "a\\",
		"aaa", "aba", "abba", "a\nb", "\n", "(a|b)+", "^a$", "9", "zz",
		"{a,b}", "#x y", "\xff", "a\xff""c",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(globs); i++)
		for (size_t k = 0; k < ARRAY_SIZE(names); k++)
			if (match(PATTERN_GLOB, globs[i], names[k]) !=
			    !fnmatch(globs[i], names[k], 0))
				fail_msg("%s and %s", globs[i], names[k]);
}

static void assert_refused(const char *text, int wanted, const char *says)
{
	struct pattern *p = NULL;
	struct err err = { 0 };
	int r = pattern_new(PATTERN_SEARCH, text, &p, &err);

	if (r != wanted || p || !strstr(err.text, says))
		fail_msg("%.80s: %d, %s", text, r, err.text);
}

static void wrong_ones(void **state)
{
	(void)state;
	assert_refused("(", -EINVAL, "missing closing parenthesis");
	assert_refused("[a", -EINVAL, "missing terminating ]");
	assert_refused("*", -EINVAL, "quantifier");
	assert_refused("a{3,2}", -EINVAL, "out of order");
	assert_refused("(*UTF)a", -EINVAL, "UTF");
	assert_refused("\\C", -EINVAL, "\\C");
	assert_int_equal(pattern_new(PATTERN_GLOB, "[[.a.]]",
				     &(struct pattern *){ NULL }, NULL),
			 -EINVAL);
}

/* @head, @piece that many times, and @tail; good until the call after the next. */
static const char *repeated(const char *head, const char *piece,
			    unsigned int times, const char *tail)
{
	static char texts[2][16384];
	static unsigned int nr;
	char *text = texts[nr++ % 2];
	size_t len = strlen(piece), at = strlen(head);

	assert_true(at + len * times + strlen(tail) < sizeof(*texts));
	memcpy(text, head, at);
	for (unsigned int i = 0; i < times; i++, at += len)
		memcpy(text + at, piece, len);
	memcpy(text + at, tail, strlen(tail) + 1);
	return text;
}

static void large_ones(void **state)
{
	(void)state;
	pattern_free(take(PATTERN_SEARCH, repeated("", "a", PATTERN_MAX, "")));
	pattern_free(take(PATTERN_GLOB, repeated("", "*", PATTERN_MAX, "")));
	assert_refused(repeated("", "a", PATTERN_MAX + 1, ""), -E2BIG,
		       "more than 4096 bytes");
	assert_refused("((a{999}){999}){999}", -E2BIG, "too large");
	assert_refused(repeated("", "(", 300, repeated("", ")", 300, "")),
		       -E2BIG, "too deeply nested");
}

static double cpu_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Some that glibc would not end: each is told, or is no work here. */
static void endless_ones(void **state)
{
	static const char *const texts[] = {
		"(a+)+$", "(a|a)*$", "((a*)*)*$", "(a?){40}a{40}$",
		"((c?|b*)+){18}b", "(((o?)?)*)+x$", "(.*)(.*)(.*)(.*)(.*)(.*)$b",
		"(?:a?){500}[b]", "(a*)*\\1b", "(?R)?a+a+a+a+a+a+a+b",
	};
	static const char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac";
	double begin = cpu_seconds();
	struct pattern *p;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		int n = match(PATTERN_SEARCH, texts[i], name);

		if (n && n != -E2BIG)
			fail_msg("%s: %d", texts[i], n);
	}
	p = take(PATTERN_SEARCH, "(a+)+$");
	assert_int_equal(pattern_match(p, "aa"), 1);
	for (unsigned int i = 0; i < PATTERN_GIVE_UPS; i++)
		assert_int_equal(pattern_match(p, name), -E2BIG);
	assert_int_equal(pattern_match(p, "aa"), -E2BIG);
	pattern_free(p);
	/* one after the other, and no second try */
	assert_int_equal(match(PATTERN_GLOB, repeated("", "*a", 100, "*b"),
			       repeated("", "a", 4000, "c")), 0);
	/* not a measurement: hours, if there were no bounds */
	assert_true(cpu_seconds() - begin < 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions),
		cmocka_unit_test(globs_are_fnmatchs),
		cmocka_unit_test(wrong_ones),
		cmocka_unit_test(large_ones),
		cmocka_unit_test(endless_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
