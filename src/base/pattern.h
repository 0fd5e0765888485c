/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Regular expressions of strangers: POSIX extended ones, bounded before
 * regcomp(3) sees them.
 *
 *	if (!pattern_compile(&regex, text, REG_NOSUB))
 *		... not a regular expression, or too large ...
 *	regfree(&regex);
 *
 * glibc writes x+ as two copies of x, and x{m,n} as n of them, so that
 * "((a{99}){99}){99}" or forty nested + ask for more memory than a machine
 * has (seen with glibc 2.36; its manual leaves this to the caller).  Back
 * references make matching exponential.
 */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <regex.h>
#include <stdbool.h>

/* Characters of a pattern, each counted as often as repetitions copy it. */
#define PATTERN_MAX 2048u

/* Back references are absent, and the pattern has PATTERN_MAX copies at most. */
bool pattern_is_bounded(const char *text);

/*
 * Compiles @text with REG_EXTENDED and @flags.  On false nothing is to be
 * freed.  The caller ends @regex with regfree.
 */
bool pattern_compile(regex_t *regex, const char *text, int flags);

#endif
