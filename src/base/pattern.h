/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Patterns for names, from users and from files of strangers: regular
 * expressions of PCRE2 (pcre2pattern(3), version 10.30 or later), and those of a
 * shell.
 *
 *	_cleanup_(pattern_freep) struct pattern *p = NULL;
 *	r = pattern_new(PATTERN_SEARCH, "^qemu|kvm", &p, &err);
 *	if (pattern_match(p, name) > 0)
 *		...
 *
 * Whatever they say, there are bounds.  PCRE2 compiles no more than 64 KiB, which
 * ends "((a{99}){99}){99}"; what a match may take is limited here, so that
 * "(a+)+$" is given up.  glibc's regcomp and fnmatch have no bound (2.36: the
 * first asks for a gigabyte; "*a*a*a*a*a*a*b" does not end for a long path).
 */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include "src/base/cleanup.h"
#include "src/base/err.h"

/* Bytes of a pattern. */
#define PATTERN_MAX	   4096u
/* Steps of a match (PCRE2's match limit): 3 ms, 30 ms with many groups.  15
 * letters and 500 names to choose from take 8000. */
#define PATTERN_STEPS_MAX  100000u
/* A pattern that was given up so often is not tried any more. */
#define PATTERN_GIVE_UPS   16u
/* Memory of a match, which the pattern keeps. */
#define PATTERN_MATCH_KIB  1024u

enum pattern_kind {
	PATTERN_SEARCH,	/* a regular expression that is somewhere in the name */
	PATTERN_BEGIN,	/* one that is at its beginning */
	PATTERN_GLOB,	/* * ? [] \ for the whole name; / is as any other */
};

struct pattern;

/*
 * 0, or -EINVAL for what is no pattern, -E2BIG for what is too much; the sentence
 * says what is wrong with it, without the text.  Letters are bytes.
 */
int pattern_new(enum pattern_kind kind, const char *text,
		struct pattern **ret_pattern, struct err *err);
void pattern_free(struct pattern *pattern);
DEFINE_CLEANUP(struct pattern, pattern_free)

/* As it was given. */
const char *pattern_text(const struct pattern *pattern);

/* 1 = it fits, 0 = it does not, -E2BIG = given up. */
int pattern_match(struct pattern *pattern, const char *name);

#endif
