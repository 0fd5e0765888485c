/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Colours and sizes of the pictures: one const table for each theme.  The
 * colours of data are those of Okabe and Ito ("Color Universal Design", 2008),
 * which people with any kind of colour blindness can tell apart; the dark
 * theme has lighter shades of them.
 */
#ifndef PLOTS_THEME_H
#define PLOTS_THEME_H

#include <stdint.h>

typedef uint32_t rgba;		/* 0xRRGGBBAA; alpha 0 = nothing is drawn */

#define THEME_FONT	"Helvetica Neue, Arial, DejaVu Sans, sans-serif"
#define THEME_TRACES	4	/* then colours repeat */

#define SIZE_TITLE	18.0	/* of letters, in pixels */
#define SIZE_SUBTITLE	12.0
#define SIZE_GRAPH	13.0
#define SIZE_LABEL	11.0

struct theme {
	const char *name;
	rgba background;
	rgba text;
	rgba muted;		/* tick labels, units, remarks */
	rgba grid;
	rgba axis;
	rgba lost;		/* shade over time in which events were lost */
	rgba lost_text;
	/* Of each trace: reads, writes, other; two for what has no direction. */
	rgba ops[THEME_TRACES][3];
	rgba lines[THEME_TRACES][2];
	rgba groups[12];	/* of each group of I/Os: tags, processes, ... */
	rgba group_other;	/* of all further groups */
	rgba group_none;	/* of I/Os without a tag */
	rgba heat[3];	/* few, more, most; from the background on */
};

/* By name ("light", "dark"); NULL if there is none of that name. */
const struct theme *theme_find(const char *name);

/* The same colour with another opacity, 0 to 1. */
static inline rgba with_alpha(rgba c, double alpha)
{
	return (c & 0xffffff00u) | (uint32_t)(alpha * 255 + 0.5);
}

/* Between @a (@t = 0) and @b (@t = 1), both opaque. */
rgba rgba_mix(rgba a, rgba b, double t);

#endif
