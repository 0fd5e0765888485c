/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/pattern.h"

/* Groups in each other; regcomp itself recurses for each. */
#define DEPTH_MAX 64

struct weigher {
	unsigned int before[DEPTH_MAX];	/* of each open group */
	int depth;
	unsigned int sum;	/* of the group, without its last atom */
	unsigned int last;	/* the last atom, with its repetitions */
};

/* The end of the bracket expression that begins at @s. */
static const char *skip_bracket(const char *s)
{
	s += s[1] == '^' ? 2 : 1;
	if (*s == ']')
		s++;
	for (; *s && *s != ']'; s++) {
		const char kind = s[1];

		if (*s != '[' || !kind || !strchr(":.=", kind))
			continue;
		/* [:alpha:], [.-.], [=a=] */
		for (s += 2; *s && !(*s == kind && s[1] == ']'); s++)
			;
		if (!*s)
			return s;
		s++;
	}
	return *s ? s + 1 : s;
}

static void add_atom(struct weigher *w, unsigned int weight)
{
	w->sum += w->last;
	w->last = weight;
}

static bool open_group(struct weigher *w)
{
	if (w->depth == DEPTH_MAX)
		return false;
	add_atom(w, 0);
	w->before[w->depth++] = w->sum;
	w->sum = 1;
	return true;
}

static void close_group(struct weigher *w)
{
	/* without an open one a parenthesis stands for itself */
	if (!w->depth) {
		add_atom(w, 1);
		return;
	}
	w->last += w->sum;
	w->sum = w->before[--w->depth];
}

/* The end of the interval that begins at @s, "{2,5}"; its copies. */
static const char *take_interval(const char *s, unsigned int *copies)
{
	unsigned long most = 1;

	while (*++s && *s != '}') {
		unsigned long v;
		char *end;

		if (*s < '0' || *s > '9')
			continue;
		v = strtoul(s, &end, 10);
		if (v > most)
			most = v;
		s = end - 1;
	}
	/* {2,} is two and a star */
	*copies = most < PATTERN_MAX ? (unsigned int)most + 1 :
				       PATTERN_MAX + 1;
	return *s ? s + 1 : s;
}

bool pattern_is_bounded(const char *text)
{
	struct weigher w = { .depth = 0 };
	const char *s = text;

	while (*s) {
		unsigned int copies = 1;

		if (*s == '[') {
			s = skip_bracket(s);
			add_atom(&w, 1);
		} else if (*s == '\\') {
			if (s[1] >= '1' && s[1] <= '9')
				return false;
			s += s[1] ? 2 : 1;
			add_atom(&w, 1);
		} else if (*s == '(') {
			s++;
			if (!open_group(&w))
				return false;
		} else if (*s == ')') {
			s++;
			close_group(&w);
		} else if (*s == '{') {
			s = take_interval(s, &copies);
		} else if (*s == '+') {
			s++;
			copies = 2;
		} else {
			if (*s != '*' && *s != '?')
				add_atom(&w, 1);
			s++;
		}
		/* each factor is small enough for 32 bits */
		w.last *= copies;
		if (w.last > PATTERN_MAX || w.sum > PATTERN_MAX)
			return false;
	}
	return true;
}

bool pattern_compile(regex_t *regex, const char *text, int flags)
{
	return pattern_is_bounded(text) &&
	       !regcomp(regex, text, REG_EXTENDED | flags);
}
