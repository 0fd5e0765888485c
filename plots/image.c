/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "plots/image.h"
#include "src/base/xalloc.h"

/*
 * 6 makes noise 8 % smaller and takes four times as long.  Z_RLE is better for
 * noise, and twice as large for heat maps.
 */
#define COMPRESSION	4
#define NOTES_MAX	8

/* ---- writing ------------------------------------------------------------- */

static void on_error(png_structp png, png_const_charp text)
{
	(void)err_set(png_get_error_ptr(png), -EIO, "libpng: %s", text);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static int bit_depth(unsigned int nr_colors)
{
	return nr_colors <= 2 ? 1 : nr_colors <= 4 ? 2 : nr_colors <= 16 ? 4 :
									   8;
}

static void set_palette(png_structp png, png_infop info,
			const struct scene_image *image)
{
	png_color colors[IMAGE_COLORS_MAX];
	png_byte alphas[IMAGE_COLORS_MAX];
	int nr_alphas = 0;

	for (unsigned int i = 0; i < image->nr_colors; i++) {
		rgba c = image->palette[i];

		colors[i] = (png_color){ .red = (png_byte)(c >> 24),
					 .green = (png_byte)(c >> 16),
					 .blue = (png_byte)(c >> 8) };
		alphas[i] = (png_byte)c;
		if (alphas[i] != 255)
			nr_alphas = (int)i + 1;
	}
	png_set_PLTE(png, info, colors, (int)image->nr_colors);
	if (nr_alphas)
		png_set_tRNS(png, info, alphas, nr_alphas, NULL);
}

static void set_notes(png_structp png, png_infop info,
		      const struct image_note *notes)
{
	png_text texts[NOTES_MAX];
	int nr = 0;

	memset(texts, 0, sizeof(texts));
	for (; notes && notes->key && nr < NOTES_MAX; notes++) {
		if (!*notes->text)
			continue;
		texts[nr].compression = PNG_ITXT_COMPRESSION_NONE;
		texts[nr].key = (png_charp)(uintptr_t)notes->key;
		texts[nr].text = (png_charp)(uintptr_t)notes->text;
		texts[nr].itxt_length = strlen(notes->text);
		nr++;
	}
	png_set_text(png, info, texts, nr);
}

static void write_all(png_structp png, png_infop info,
		      const struct scene_image *image,
		      const struct image_note *notes, FILE *f)
{
	png_init_io(png, f);
	png_set_IHDR(png, info, image->cols, image->rows,
		     bit_depth(image->nr_colors), PNG_COLOR_TYPE_PALETTE,
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	set_palette(png, info, image);
	set_notes(png, info, notes);
	png_set_compression_level(png, COMPRESSION);
	png_set_filter(png, 0, PNG_FILTER_NONE);
	png_write_info(png, info);
	png_set_packing(png);
	for (uint32_t y = 0; y < image->rows; y++)
		png_write_row(png, image->pixels + (size_t)y * image->cols);
	png_write_end(png, info);
}

int image_write_png(const struct scene_image *image,
		    const struct image_note *notes, FILE *f, struct err *err)
{
	struct err mine = { 0 };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &mine,
						  on_error, on_warning);
	png_infop info = png ? png_create_info_struct(png) : NULL;

	if (!info) {
		png_destroy_write_struct(&png, NULL);
		return err_set(err, -ENOMEM, "libpng: out of memory");
	}
	if (setjmp(png_jmpbuf(png))) {
		png_destroy_write_struct(&png, &info);
		return err_set(err, mine.code, "%s", mine.text);
	}
	write_all(png, info, image, notes, f);
	png_destroy_write_struct(&png, &info);
	return 0;
}

/* ---- colours ------------------------------------------------------------- */

#define TABLE_BITS	17	/* far more than a picture of ours has */
#define TABLE_SIZE	(1u << TABLE_BITS)
#define RGB_MASK	0xffffffu

struct color {
	uint32_t rgb;
	uint32_t nr;		/* pixels; 0 = the slot is free */
	uint8_t index;
	bool is_kept;		/* before more frequent ones */
};

/* NULL when the table is full. */
static struct color *find_color(struct color *table, uint32_t rgb)
{
	uint32_t i = (rgb * 2654435761u) >> (32 - TABLE_BITS);

	for (uint32_t tries = 0; tries < TABLE_SIZE; tries++) {
		struct color *c = &table[(i + tries) & (TABLE_SIZE - 1)];

		if (!c->nr || c->rgb == rgb)
			return c;
	}
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	const struct color *x = *(const struct color *const *)a;
	const struct color *y = *(const struct color *const *)b;

	if (x->is_kept != y->is_kept)
		return x->is_kept ? -1 : 1;
	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return x->rgb < y->rgb ? -1 : x->rgb > y->rgb;
}

uint8_t image_nearest(const rgba *palette, unsigned int first, unsigned int end,
		      uint32_t rgb)
{
	uint32_t best = UINT32_MAX;
	unsigned int index = first;

	for (unsigned int i = first; i < end; i++) {
		uint32_t d = 0;

		for (unsigned int shift = 0; shift < 24; shift += 8) {
			int a = rgb >> shift & 0xff;
			int b = palette[i] >> (shift + 8) & 0xff;

			d += (uint32_t)((a - b) * (a - b));
		}
		if (d < best) {
			best = d;
			index = i;
		}
	}
	return (uint8_t)index;
}

static uint8_t nearest(const struct scene_image *image, uint32_t rgb)
{
	return image_nearest(image->palette, 0, image->nr_colors, rgb);
}

static void choose_palette(struct color *table, struct scene_image *image)
{
	_cleanup_(freep) struct color **used =
		xcalloc(TABLE_SIZE, sizeof(*used));
	size_t nr = 0;

	for (uint32_t i = 0; i < TABLE_SIZE; i++)
		if (table[i].nr)
			used[nr++] = &table[i];
	qsort(used, nr, sizeof(*used), by_number);
	for (size_t i = 0; i < nr && i < IMAGE_COLORS_MAX; i++) {
		used[i]->index = (uint8_t)i;
		image->palette[image->nr_colors++] = used[i]->rgb << 8 | 0xff;
	}
	for (size_t i = IMAGE_COLORS_MAX; i < nr; i++)
		used[i]->index = nearest(image, used[i]->rgb);
}

void image_quantise(const uint32_t *pixels, size_t stride, uint32_t cols,
		    uint32_t rows, const rgba *keep, size_t nr_keep,
		    struct scene_image *ret_image)
{
	_cleanup_(freep) struct color *table =
		xcalloc(TABLE_SIZE, sizeof(*table));
	struct scene_image image = { .cols = cols, .rows = rows };

	for (uint32_t y = 0; y < rows; y++) {
		const uint32_t *row = pixels + y * (stride / sizeof(*pixels));

		for (uint32_t x = 0; x < cols; x++) {
			struct color *c = find_color(table, row[x] & RGB_MASK);

			if (!c)
				continue;
			c->rgb = row[x] & RGB_MASK;
			c->nr++;
		}
	}
	for (size_t i = 0; i < nr_keep; i++) {
		struct color *c = find_color(table, keep[i] >> 8);

		if (c && c->nr)
			c->is_kept = true;
	}
	choose_palette(table, &image);
	image.pixels = xmalloc((size_t)cols * rows);
	for (uint32_t y = 0; y < rows; y++) {
		const uint32_t *row = pixels + y * (stride / sizeof(*pixels));

		for (uint32_t x = 0; x < cols; x++) {
			const struct color *c =
				find_color(table, row[x] & RGB_MASK);

			image.pixels[(size_t)y * cols + x] =
				c && c->nr ? c->index :
					     nearest(&image, row[x] & RGB_MASK);
		}
	}
	*ret_image = image;
}
