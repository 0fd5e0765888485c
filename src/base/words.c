/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/words.h"
#include "src/base/xalloc.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * One word from *text on, into @to, which has room for it.  Moves *text
 * behind it.
 */
static int take_word(const char **text, char *to, struct err *err)
{
	const char *p = *text;
	char quote = 0;

	for (; *p && (quote || !is_blank(*p)); p++) {
		if (quote && *p == quote) {
			quote = 0;
		} else if (!quote && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else if (*p == '\\' &&
			   (!quote || (quote == '"' && p[1] &&
				       strchr("\"\\", p[1])))) {
			if (!*++p)
				return err_set(err, -EINVAL,
					       "%s: nothing is behind the"
					       " last \\",
					       *text);
			*to++ = *p;
		} else {
			*to++ = *p;
		}
	}
	if (quote)
		return err_set(err, -EINVAL, "%s: a %c is not closed", *text,
			       quote);
	*to = '\0';
	*text = p;
	return 0;
}

ssize_t words_split(const char *text, char ***ret_words, struct err *err)
{
	_cleanup_(words_freep) char **words = xcalloc(1, sizeof(char *));
	size_t nr = 0;

	for (;;) {
		int r;

		while (is_blank(*text))
			text++;
		if (!*text)
			break;
		words = xreallocarray(words, nr + 2, sizeof(char *));
		words[nr] = xmalloc(strlen(text) + 1);
		words[nr + 1] = NULL;
		r = take_word(&text, words[nr++], err);
		if (r)
			return r;
	}
	*ret_words = TAKE_PTR(words);
	return (ssize_t)nr;
}

void words_free(char **words)
{
	for (char **w = words; w && *w; w++)
		free(*w);
	free(words);
}
