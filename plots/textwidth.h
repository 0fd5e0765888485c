/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How wide a text will be, from a built-in table: the layout of a picture
 * needs no font, and is the same on every machine.
 */
#ifndef PLOTS_TEXTWIDTH_H
#define PLOTS_TEXTWIDTH_H

#include <stdbool.h>

/* In the unit of @size, for UTF-8; a little more than most fonts need. */
double text_width(const char *text, double size, bool is_bold);

/* A copy that is not wider than @room, cut with an ellipsis if it has to be.
   The caller frees it. */
char *text_fit(const char *text, double size, bool is_bold, double room);

#endif
