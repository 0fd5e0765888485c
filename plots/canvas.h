/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pixels that scenes are drawn on, one over the other: the frames of a movie.
 *
 *	canvas_copy(frame, background);
 *	r = canvas_draw(frame, scene, &err);
 *	use(canvas_pixels(frame, &stride));
 */
#ifndef PLOTS_CANVAS_H
#define PLOTS_CANVAS_H

#include "plots/scene.h"
#include "src/base/err.h"

struct canvas;

/* Black; @scale: pixels for each of the scene's. */
struct canvas *canvas_new(uint32_t width, uint32_t height, double scale);
void canvas_free(struct canvas *c);
DEFINE_CLEANUP(struct canvas, canvas_free)

/* Returns 0 or a negative errno. */
int canvas_draw(struct canvas *c, const struct scene *s, struct err *err);

/* Both of the same size. */
void canvas_copy(struct canvas *c, const struct canvas *from);

/* 0xXXRRGGBB in native byte order; rows *ret_stride bytes apart.  Borrowed
   until the next call. */
const uint32_t *canvas_pixels(const struct canvas *c, size_t *ret_stride);

#endif
