/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command line as words, as a shell splits it, without a shell: blanks part
 * words, '...' and "..." hold them together, a backslash takes the next byte
 * as it is (in "..." only before " and \).  Nothing is expanded, and no other
 * character means anything.
 *
 *	_cleanup_(words_freep) char **words = NULL;
 *	n = words_split("tag.py -g 'my group:7'", &words, &err);
 */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <sys/types.h>

#include "src/base/cleanup.h"
#include "src/base/err.h"

/*
 * Returns the number of words; *ret_words ends with NULL and is freed by the
 * caller with words_free.  -EINVAL when a quote is not closed or a backslash
 * is the last character.
 */
ssize_t words_split(const char *text, char ***ret_words, struct err *err);
void words_free(char **words);
DEFINE_CLEANUP(char *, words_free)

#endif
