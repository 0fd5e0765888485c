/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <string.h>

#include "plots/out_movie.h"
#include "src/base/xalloc.h"

/* Thin lines and small letters want more than the 250 kbit/s of iowatcher. */
static const char *const x264_args[] = { "-preset", "veryfast", "-crf", "23",
					 NULL };
static const char *const vp9_args[] = { "-deadline", "realtime", "-cpu-used",
					"8", "-crf", "33", "-b:v", "0", NULL };
static const char *const theora_args[] = { "-q:v", "7", NULL };

/* The first is for any other name too. */
static const struct movie_format formats[] = {
	{ ".mp4", &movie_ffmpeg, true, "mp4", "libx264", x264_args },
	{ ".webm", &movie_ffmpeg, true, "webm", "libvpx-vp9", vp9_args },
	{ ".ogv", &movie_ffmpeg, true, "ogg", "libtheora", theora_args },
	{ ".ogg", &movie_ffmpeg, true, "ogg", "libtheora", theora_args },
	{ ".mkv", &movie_ffmpeg, true, "matroska", "libx264", x264_args },
	{ ".png", &movie_apng, false, NULL, NULL, NULL },
	{ ".apng", &movie_apng, false, NULL, NULL, NULL },
};

static const struct movie_format *find(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		size_t n = strlen(formats[i].extension);

		if (len >= n && !strcmp(path + len - n, formats[i].extension))
			return &formats[i];
	}
	return NULL;
}

const struct movie_format *movie_format_find(const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct movie_format *format = find(path);

	if (!format && !strchr(slash ? slash : path, '.'))
		format = &formats[0];
	return format;
}
