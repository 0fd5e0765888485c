/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What JSON output needs beyond printf: strings.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdio.h>

/*
 * Writes @s in quotes.  Control characters become \u00XX; bytes that are not
 * ASCII become U+FFFD, since names of processes and devices are bytes in no
 * known encoding (RFC 8259, 7 and 8.1).
 */
void json_put_string(FILE *out, const char *s);

#endif
