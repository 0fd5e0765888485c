/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plots/canvas.h"
#include "plots/out.h"
#include "plots/out_movie.h"
#include "src/base/newfile.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/plot_movie.h"

#define KINDS_MAX	3
#define SIDE_MAX	8192.0	/* of a frame, pixels: encoders refuse more */
#define MODE_DIR	0777

int plot_movie_check(const struct plot_options *o)
{
	const struct out_format *picture = out_find(o->output);

	if (!o->nr_traces && !o->device) {
		cmd_error("-m: a trace is wanted: -t NAME");
		return CMD_USAGE;
	}
	if (!strcmp(o->output, "-")) {
		cmd_error("-m: a movie does not go to standard output");
		return CMD_USAGE;
	}
	if (!movie_format_find(o->output) ||
	    (picture && picture != out_find(".png"))) {
		cmd_error("-o %s: a movie has to end in .mp4, .webm, .ogv,"
			  " .mkv, .png or .apng", o->output);
		return CMD_USAGE;
	}
	if (o->movie.codec && !movie_format_find(o->output)->takes_codec) {
		cmd_error("-C %s: %s is made without ffmpeg", o->movie.codec,
			  o->output);
		return CMD_USAGE;
	}
	return CMD_OK;
}

/* The graphs beside the field that there is data for. */
static size_t choose_kinds(const struct plot_options *o,
			   const struct plot_input *in,
			   const struct plot_kind *ret_kinds[KINDS_MAX])
{
	static const char *const names[KINDS_MAX] = { "tput", "cpu-sys",
						      "queue-depth" };
	const struct plot_kind *first;
	bool has_load = false;
	size_t nr = 0, nr_all;

	first = plot_kinds(&nr_all);
	for (size_t t = 0; t < in->nr_wholes; t++)
		has_load |= in->wholes[t].load &&
			    in->wholes[t].load->all.of[CPULOAD_SYS].nr;
	for (size_t i = 0; i < KINDS_MAX; i++) {
		const struct plot_kind *kind = plot_kind_find(names[i]);

		if (!strcmp(names[i], "cpu-sys") && !has_load)
			continue;
		if (!(o->without >> (kind - first) & 1))
			ret_kinds[nr++] = kind;
	}
	return nr;
}

static bool has_io(const struct plot_input *in)
{
	for (size_t t = 0; t < in->nr_wholes; t++) {
		size_t nr;
		const struct series_device *d =
			series_devices(in->wholes[t].series, &nr);

		for (size_t i = 0; i < nr; i++)
			if (d[i].raster && d[i].raster->end)
				return true;
	}
	return false;
}

/* ---- frames as files (-K) ------------------------------------------------ */

/* The items of @from at the end of @to. */
static void write_items(const struct scene *background,
			const struct scene *frame, struct scene *ret_all)
{
	*ret_all = *background;
	ret_all->nr = background->nr + frame->nr;
	ret_all->items = xreallocarray(NULL, ret_all->nr,
				       sizeof(*ret_all->items));
	memcpy(ret_all->items, background->items,
	       background->nr * sizeof(*ret_all->items));
	memcpy(ret_all->items + background->nr, frame->items,
	       frame->nr * sizeof(*ret_all->items));
}

static char *frame_path(const char *dir, unsigned int number)
{
	return xasprintf("%s/%04u.svg", dir, number);
}

/* A run that failed leaves no frames, nor the folder if it holds no others. */
static void remove_frames(const char *dir, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		_cleanup_(freep) char *path = frame_path(dir, i);

		(void)unlink(path);
	}
	(void)rmdir(dir);
}

static int keep_frame(const struct plot_options *o, const char *dir,
		      const struct scene *background,
		      const struct scene *frame, unsigned int number,
		      struct err *err)
{
	_cleanup_(freep) char *path = frame_path(dir, number);
	_cleanup_(newfile_release) struct newfile file = { 0 };
	const struct out_options out = { .scale = o->scale, .source = "",
					 .command = "" };
	struct scene all;	/* borrows all items */
	int r = newfile_open(&file, path, err);

	if (r)
		return r;
	write_items(background, frame, &all);
	r = out_svg(&all, &out, file.stream, err);
	free(all.items);
	return r ? r : newfile_commit(&file, err);
}

static int make_dir(const struct plot_options *o, char **ret_dir,
		    struct err *err)
{
	_cleanup_(freep) char *dir = NULL;

	if (!o->movie.keeps_frames)
		return 0;
	dir = xasprintf("%s.frames", o->output);
	if (mkdir(dir, MODE_DIR) && errno != EEXIST)
		return err_set_errno(err, -errno, "%s", dir);
	*ret_dir = TAKE_PTR(dir);
	return 0;
}

/* ---- the movie ----------------------------------------------------------- */

struct shoot {
	const struct plot_options *o;
	struct movie *movie;
	const char *dir;	/* of kept frames; NULL = none */
	unsigned int nr_kept;
	struct canvas *background, *frame;
	const struct movie_coder *coder;
	void *out;
};

static int shoot_frame(struct shoot *s, const struct scene *scene,
		       unsigned int number, struct err *err)
{
	const uint32_t *pixels;
	size_t stride;
	int r;

	canvas_copy(s->frame, s->background);
	r = canvas_draw(s->frame, scene, err);
	if (!r && s->dir)
		r = keep_frame(s->o, s->dir, movie_background(s->movie), scene,
			       number, err);
	if (r)
		return r;
	s->nr_kept = number + 1;
	pixels = canvas_pixels(s->frame, &stride);
	return s->coder->frame(s->out, pixels, stride, err);
}

static int shoot_all(struct shoot *s, struct err *err)
{
	for (unsigned int i = 0;; i++) {
		_cleanup_(scene_freep) struct scene *scene =
			movie_next(s->movie);
		int r;

		if (!scene)
			return s->coder->end(s->out, err);
		if (cmd_signal)
			return err_set(err, -EINTR, "interrupted");
		r = shoot_frame(s, scene, i, err);
		if (r)
			return r;
	}
}

/* The file that ffmpeg may write to wherever it likes; NULL: in order. */
static char *path_of(const struct newfile *file)
{
	return file->temporary ? realpath(file->temporary, NULL) : NULL;
}

static int begin(struct shoot *s, const struct newfile *file,
		 const struct image_note *notes, uint32_t width,
		 uint32_t height, struct err *err)
{
	const struct movie_format *format = movie_format_find(s->o->output);
	_cleanup_(freep) char *path = path_of(file);
	rgba keep[IMAGE_COLORS_MAX];
	struct movie_out_options o = {
		.format = format, .codec = s->o->movie.codec,
		.stream = file->stream, .path = path, .width = width,
		.height = height, .fps = MOVIE_FPS, .nr_frames = MOVIE_FRAMES,
		.keep = keep, .nr_keep = movie_colors(s->movie, keep,
						      IMAGE_COLORS_MAX),
		.notes = notes,
	};

	s->background = canvas_new(width, height, s->o->scale);
	s->frame = canvas_new(width, height, s->o->scale);
	s->coder = format->coder;
	if (canvas_draw(s->background, movie_background(s->movie), err))
		return -EIO;
	o.first = canvas_pixels(s->background, &o.first_stride);
	return s->coder->begin(&o, &s->out, err);
}

/* Encoders want even sides. */
static uint32_t side_of(double side)
{
	return ((uint32_t)(side + 0.5) + 1) & ~1u;
}

static int check_size(double width, double height, struct err *err)
{
	if (width <= SIDE_MAX && height <= SIDE_MAX)
		return 0;
	return err_set(err, -E2BIG, "a movie of %.0f x %.0f pixels is too large:"
		       " %.0f on a side at most", width, height, SIDE_MAX);
}

static int shoot(struct shoot *s, const struct image_note *notes,
		 struct err *err)
{
	_cleanup_(newfile_release) struct newfile file = { 0 };
	_cleanup_(freep) char *dir = NULL;
	const struct scene *b = movie_background(s->movie);
	double width = b->width * s->o->scale, height = b->height * s->o->scale;
	int r = check_size(width, height, err);

	if (!r)
		r = make_dir(s->o, &dir, err);
	if (!r)
		r = newfile_open(&file, s->o->output, err);
	s->dir = dir;
	if (!r)
		r = begin(s, &file, notes, side_of(width), side_of(height),
			  err);
	if (!r)
		r = shoot_all(s, err);
	if (!r)
		r = newfile_commit(&file, err);
	if (r && dir)
		remove_frames(dir, s->nr_kept);
	return r;
}

int plot_movie(const struct plot_options *o, const struct page_options *page,
	       const struct plot_input *in, const char *source,
	       const char *command)
{
	const struct plot_kind *kinds[KINDS_MAX];
	const struct movie_options options = {
		.style = o->movie.style, .title = page->title,
		.subtitle = page->subtitle, .warning = page->warning,
		.width = o->width, .height = o->height, .kinds = kinds,
		.nr_kinds = choose_kinds(o, in, kinds), .others = page->others,
	};
	const struct image_note notes[] = {
		{ "Title", page->title },
		{ "Source", source },
		{ "Comment", command },
		{ "Software", "iotape " PACKAGE_VERSION },
		{ NULL, NULL },
	};
	_cleanup_(movie_freep) struct movie *movie = NULL;
	struct shoot s = { .o = o };
	struct err err = { 0 };
	int r;

	if (!has_io(in)) {
		cmd_error("%s: there is no I/O in it to make a movie of",
			  source);
		return CMD_FAILED;
	}
	/* of the field alone: it is in memory before the rest is known */
	r = check_size(o->width * o->scale, o->height * o->scale, &err);
	if (r)
		return cmd_fail(&err);
	s.movie = movie = movie_new(&options, in);
	r = shoot(&s, notes, &err);
	if (s.coder)
		s.coder->free(s.out);
	canvas_free(s.background);
	canvas_free(s.frame);
	return r ? cmd_fail(&err) : CMD_OK;
}
