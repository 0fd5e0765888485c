/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A picture without a device: a list of things to draw, in the order in which
 * they are drawn.  Outputs (out.h) turn it into SVG, PNG or PDF, and
 * scene_dump into text for tests.
 *
 *	struct scene *s = scene_new(800, 600, "vda");
 *	scene_begin(s, "Throughput", "bytes per second over time");
 *	scene_rect(s, 0, 0, 800, 600, theme->background);
 *	scene_text(s, 10, 20, &(struct text_style){ .size = 12,
 *		   .color = theme->text }, "reads");
 *	scene_end(s);
 *
 * Coordinates are pixels at scale 1, from the top left corner.  Everything is
 * copied, but the pixels of an image are taken over.  Texts may hold any bytes
 * (utf8.h).
 */
#ifndef PLOTS_SCENE_H
#define PLOTS_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "plots/theme.h"
#include "src/base/cleanup.h"

struct scene_point {
	double x, y;
};

enum text_anchor {
	TEXT_START,
	TEXT_MIDDLE,
	TEXT_END,
};

struct text_style {
	double size;		/* pixels */
	rgba color;
	enum text_anchor anchor;
	bool is_bold;
};

struct path_style {
	rgba stroke;		/* 0 = no line */
	rgba fill;		/* 0 = not filled; else the path is closed */
	double width;		/* of the line, pixels */
	double dash;		/* length of dashes and gaps; 0 = none */
	const char *tip;	/* tooltip; NULL = none */
};

#define IMAGE_COLORS_MAX	256

/* An image with a palette; index 0 is what shows the background. */
struct scene_image {
	uint32_t cols, rows;
	uint8_t *pixels;	/* rows from the top; owned by the scene */
	rgba palette[IMAGE_COLORS_MAX];
	unsigned int nr_colors;
};

enum scene_kind {
	SCENE_BEGIN,		/* of a group; text = title, tip = description */
	SCENE_END,
	SCENE_RECT,
	SCENE_PATH,
	SCENE_IMAGE,
	SCENE_TEXT,
};

struct scene_item {
	enum scene_kind kind;
	double x, y, w, h;	/* rect, image; x, y of a text */
	rgba fill;		/* rect */
	struct path_style path;
	struct text_style style;
	struct scene_point *points;	/* of a path */
	size_t nr_points;
	struct scene_image *image;
	char *text;
	char *tip;
};

struct scene {
	double width, height;
	char *title;
	struct scene_item *items;
	size_t nr, cap;
};

struct scene *scene_new(double width, double height, const char *title);
void scene_free(struct scene *s);
DEFINE_CLEANUP(struct scene, scene_free)

void scene_begin(struct scene *s, const char *title, const char *description);
void scene_end(struct scene *s);

void scene_rect(struct scene *s, double x, double y, double w, double h,
		rgba fill);
void scene_line(struct scene *s, double x1, double y1, double x2, double y2,
		rgba color, double width);
void scene_path(struct scene *s, const struct scene_point *points, size_t nr,
		const struct path_style *style);

/* Takes over @image->pixels, which xmalloc made. */
void scene_image(struct scene *s, double x, double y, double w, double h,
		 const struct scene_image *image);

void scene_text(struct scene *s, double x, double y,
		const struct text_style *style, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* The opaque colours that are in it, each once; at most @max.  Returns how
   many. */
size_t scene_colors(const struct scene *s, rgba *ret_colors, size_t max);

/* One line for each item; images as a line with the count of each colour and
   a checksum. */
void scene_dump(const struct scene *s, FILE *f);

#endif
