/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names come from anywhere: a process may be called what it likes.  Pictures
 * only hold what XML 1.0 allows: UTF-8 without control characters.
 */
#ifndef PLOTS_UTF8_H
#define PLOTS_UTF8_H

/* A copy in which all else is U+FFFD.  The caller frees it. */
char *utf8_clean(const char *text);

#endif
