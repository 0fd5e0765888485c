/* SPDX-License-Identifier: GPL-2.0 */
/* Images with a palette as PNG: as few bits for each pixel as will do. */
#ifndef PLOTS_IMAGE_H
#define PLOTS_IMAGE_H

#include <stdio.h>

#include "plots/scene.h"
#include "src/base/err.h"

struct image_note {
	const char *key;	/* a PNG keyword: "Title", "Software", ... */
	const char *text;	/* UTF-8; "" = leave it out */
};

/*
 * @notes ends with a key of NULL; NULL = none.  Returns 0 or a negative errno
 * (-EIO: libpng said no); whether all was written only fclose tells.
 */
int image_write_png(const struct scene_image *image,
		    const struct image_note *notes, FILE *f, struct err *err);

/*
 * A palette image of @cols x @rows true colour pixels, without alpha:
 * 0xXXRRGGBB, rows @stride bytes apart.  With more than 256 colours, those of
 * @keep (@nr_keep, for instance from scene_colors) and the most frequent others
 * are kept, and the rest become the nearest of them.  Pixels are the caller's
 * to free.
 */
void image_quantise(const uint32_t *pixels, size_t stride, uint32_t cols,
		    uint32_t rows, const rgba *keep, size_t nr_keep,
		    struct scene_image *ret_image);

/* The colour of @palette from @first to before @end that is most like
   0xRRGGBB; 256 at most. */
uint8_t image_nearest(const rgba *palette, unsigned int first, unsigned int end,
		      uint32_t rgb);

#endif
