/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <errno.h>
#include <pcre2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/pattern.h"
#include "src/base/xalloc.h"

struct pattern {
	char *text;
	pcre2_code *code;
	pcre2_match_data *found;
	pcre2_match_context *limits;
	unsigned int nr_given_up;
};

/* Nothing of Unicode, $ only at the very end, . is any byte. */
#define OPTIONS                                                              \
	(PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C |       \
	 PCRE2_DOLLAR_ENDONLY | PCRE2_DOTALL)

/* What PCRE2 says of @number, as an error. */
static int set_error(struct err *err, int number)
{
	PCRE2_UCHAR text[256];

	if (number == PCRE2_ERROR_HEAP_FAILED || number == PCRE2_ERROR_NOMEMORY)
		xalloc_die();
	(void)pcre2_get_error_message(number, text, sizeof(text));
	switch (number) {
	case PCRE2_ERROR_PATTERN_TOO_LARGE:
	case PCRE2_ERROR_PATTERN_TOO_COMPLICATED:
	case PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP:
		return err_set(err, -E2BIG, "%s", (const char *)text);
	default:
		return err_set(err, -EINVAL, "%s", (const char *)text);
	}
}

/* ---- patterns of a shell --------------------------------------------------- */

static void put_byte(FILE *to, char byte)
{
	(void)fprintf(to, "\\x%02x", (unsigned char)byte);
}

/* Behind the :] of the [:alpha:] at @s, or NULL: it is none. */
static const char *end_of_class(const char *s)
{
	size_t len;

	if (s[0] != '[' || !s[1] || !strchr(":.=", s[1]))
		return NULL;
	len = strspn(s + 2, s[1] == ':' ? "abcdefghijklmnopqrstuvwxyz" : "a");
	return s[2 + len] == s[1] && s[3 + len] == ']' ? s + 4 + len : NULL;
}

/* Behind the ] of the [ at @s, or NULL: there is none. */
static const char *end_of_set(const char *s)
{
	s += s[1] == '!' || s[1] == '^' ? 2 : 1;
	for (const char *first = s; *s; s++) {
		const char *end = end_of_class(s);

		if (*s == ']' && s > first)
			return s + 1;
		if (*s == '\\' && s[1])
			s++;
		else if (end)
			s = end - 1;
	}
	return NULL;
}

/* The set from @s to @end, with its brackets. */
static void put_set(FILE *to, const char *s, const char *end)
{
	const char *last = end - 1;

	(void)fputc('[', to);
	if (*++s == '!' || *s == '^') {
		(void)fputc('^', to);
		s++;
	}
	for (const char *first = s; s < last; s++) {
		const char *word = end_of_class(s);

		if (word) {
			(void)fwrite(s, 1, (size_t)(word - s), to);
			s = word - 1;
		} else if (*s == '-' && s > first && s + 1 < last) {
			(void)fputc('-', to);
		} else {
			s += *s == '\\' && s + 1 < last;
			put_byte(to, *s);
		}
	}
	(void)fputc(']', to);
}

/*
 * The expression for a pattern of a shell; freed by the caller.  What stands
 * between two * is taken where it is first, which is never wrong and needs no
 * second try; only what follows the last one may come later.
 */
static char *convert(const char *s)
{
	static const char open[] = "(?>.*?", open_last[] = "(?s:.*";
	char *ret = NULL;
	size_t len = 0;
	long last = 0;
	FILE *to = open_memstream(&ret, &len);

	if (!to)
		xalloc_die();
	(void)fputs("\\A", to);
	while (*s) {
		const char *end = *s == '[' ? end_of_set(s) : NULL;

		if (*s == '*') {
			if (last)
				(void)fputc(')', to);
			last = ftell(to);
			(void)fputs(open, to);
			s += strspn(s, "*");
		} else if (end) {
			put_set(to, s, end);
			s = end;
		} else if (*s == '?') {
			(void)fputc('.', to);
			s++;
		} else if (!strcmp(s, "\\")) {
			/* as for fnmatch(3): nothing ends with half a letter */
			(void)fputs("(?!)", to);
			s++;
		} else {
			s += *s == '\\';
			put_byte(to, *s++);
		}
	}
	(void)fputs(last ? ")\\z" : "\\z", to);
	if (fclose(to))
		xalloc_die();
	if (last)
		memcpy(ret + last, open_last, sizeof(open_last) - 1);
	return ret;
}

/* ---- both ------------------------------------------------------------------ */

static int compile(struct pattern *p, const char *text, uint32_t options,
		   struct err *err)
{
	PCRE2_SIZE at;
	int number;

	p->code = pcre2_compile((PCRE2_SPTR)text, strlen(text), options,
				&number, &at, NULL);
	if (!p->code)
		return set_error(err, number);
	/* only whether it fits is wanted */
	p->found = pcre2_match_data_create(1, NULL);
	p->limits = pcre2_match_context_create(NULL);
	if (!p->found || !p->limits)
		xalloc_die();
	(void)pcre2_set_match_limit(p->limits, PATTERN_STEPS_MAX);
	(void)pcre2_set_heap_limit(p->limits, PATTERN_MATCH_KIB);
	return 0;
}

int pattern_new(enum pattern_kind kind, const char *text,
		struct pattern **ret_pattern, struct err *err)
{
	_cleanup_(pattern_freep) struct pattern *p = NULL;
	_cleanup_(freep) char *made = NULL;
	uint32_t options = OPTIONS;
	int r;

	if (strlen(text) > PATTERN_MAX)
		return err_set(err, -E2BIG, "it has more than %u bytes",
			       PATTERN_MAX);
	p = xcalloc(1, sizeof(*p));
	p->text = xstrdup(text);
	if (kind == PATTERN_GLOB)
		made = convert(text);
	if (kind == PATTERN_BEGIN)
		options |= PCRE2_ANCHORED;
	r = compile(p, made ? made : text, options, err);
	if (r)
		return r;
	*ret_pattern = TAKE_PTR(p);
	return 0;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_match_data_free(p->found);
	pcre2_code_free(p->code);
	free(p->text);
	free(p);
}

const char *pattern_text(const struct pattern *p)
{
	return p->text;
}

int pattern_match(struct pattern *p, const char *name)
{
	int n;

	if (p->nr_given_up == PATTERN_GIVE_UPS)
		return -E2BIG;
	n = pcre2_match(p->code, (PCRE2_SPTR)name, strlen(name), 0, 0, p->found,
			p->limits);
	if (n == PCRE2_ERROR_NOMATCH)
		return 0;
	if (n == PCRE2_ERROR_NOMEMORY)
		xalloc_die();
	if (n >= 0)
		return 1;
	p->nr_given_up++;
	return -E2BIG;
}
