/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A scene as a file.  Each output writes to a stream that the caller opened
 * and checks the stream's own error; a new one is a row in out.c.
 */
#ifndef PLOTS_OUT_H
#define PLOTS_OUT_H

#include <stdio.h>

#include "plots/scene.h"
#include "src/base/err.h"

#define OUT_SIDE_MAX	32000	/* pixels of a PNG */

struct out_options {
	double scale;		/* PNG: pixels for each of the scene's */
	const char *source;	/* the trace's name; for the text chunks */
	const char *command;	/* the command line; "" = not to be told */
};

struct out_format {
	const char *extension;	/* ".svg" */
	int (*write)(const struct scene *s, const struct out_options *o,
		     FILE *f, struct err *err);
};

/* By the end of a file's name; NULL if there is no such format. */
const struct out_format *out_find(const char *path);

/* ".svg, .png, ...": for messages. */
const char *out_extensions(void);

int out_svg(const struct scene *s, const struct out_options *o, FILE *f,
	    struct err *err);
int out_png(const struct scene *s, const struct out_options *o, FILE *f,
	    struct err *err);
int out_pdf(const struct scene *s, const struct out_options *o, FILE *f,
	    struct err *err);

#endif
