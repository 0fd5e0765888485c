/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames as a movie file: one after the other, and none is kept.  What writes
 * them goes by the end of the file's name; a new format is a row in
 * out_movie.c.
 *
 *	format = movie_format_find("a.mp4");
 *	r = format->coder->begin(&o, &out, &err);
 *	for each frame: r = format->coder->frame(out, pixels, stride, &err);
 *	r = format->coder->end(out, &err);
 *	format->coder->free(out);
 */
#ifndef PLOTS_OUT_MOVIE_H
#define PLOTS_OUT_MOVIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "plots/image.h"
#include "plots/theme.h"
#include "src/base/err.h"

struct movie_format;

/* Borrowed until coder->free. */
struct movie_out_options {
	const struct movie_format *format;
	const char *codec;	/* of ffmpeg; NULL = the format's own */
	FILE *stream;		/* of the file, empty */
	const char *path;	/* of the file, for ffmpeg: NULL = not a
				   regular one, to be written in order */
	uint32_t width, height;	/* pixels, both even */
	uint32_t fps, nr_frames;
	const rgba *keep;	/* colours that a palette has to have */
	size_t nr_keep;
	const struct image_note *notes;
	const uint32_t *first;	/* a frame like most, rows first_stride bytes
				   apart: palettes are made from it */
	size_t first_stride;
};

struct movie_coder {
	/* Each returns 0 or a negative errno.  *ret is to be freed even so, if
	   it is not NULL. */
	int (*begin)(const struct movie_out_options *o, void **ret,
		     struct err *err);
	/* A frame as canvas_pixels has it. */
	int (*frame)(void *out, const uint32_t *pixels, size_t stride,
		     struct err *err);
	/* After all frames: the file is complete, but for stdio's buffer. */
	int (*end)(void *out, struct err *err);
	void (*free)(void *out);
};

struct movie_format {
	const char *extension;	/* ".mp4" */
	const struct movie_coder *coder;
	bool takes_codec;
	/* for ffmpeg: the container, the codec, and its options, which only
	   go with it */
	const char *muxer, *codec;
	const char *const *args;	/* ends with NULL */
};

/* By the end of a file's name; one without an end is an mp4, as in iowatcher.
 * NULL for an end that none has. */
const struct movie_format *movie_format_find(const char *path);

extern const struct movie_coder movie_ffmpeg;	/* out_ffmpeg.c */
extern const struct movie_coder movie_apng;	/* out_apng.c */

#endif
