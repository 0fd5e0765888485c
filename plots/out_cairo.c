/* SPDX-License-Identifier: GPL-2.0 */
/* PNG and PDF.  The only file that knows cairo. */
#include "config.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plots/canvas.h"
#include "plots/out.h"
#include "plots/image.h"
#include "plots/utf8.h"
#include "src/base/xalloc.h"

#define POINTS_PER_PIXEL	0.75

/*
 * fontconfig keeps its caches until the end, some where LeakSanitizer does not
 * find them.  These are read by a build with --enable-asan only.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}

const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig.so\n";
}

static void set_color(cairo_t *cr, rgba c)
{
	cairo_set_source_rgba(cr, (c >> 24) / 255.0, (c >> 16 & 0xff) / 255.0,
			      (c >> 8 & 0xff) / 255.0, (c & 0xff) / 255.0);
}

static void draw_path(cairo_t *cr, const struct scene_item *item)
{
	const struct path_style *p = &item->path;

	cairo_new_path(cr);
	for (size_t i = 0; i < item->nr_points; i++)
		cairo_line_to(cr, item->points[i].x, item->points[i].y);
	if (p->fill) {
		cairo_close_path(cr);
		set_color(cr, p->fill);
		cairo_fill_preserve(cr);
	}
	if (p->stroke) {
		set_color(cr, p->stroke);
		cairo_set_line_width(cr, p->width);
		cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
		cairo_set_dash(cr, &p->dash, p->dash > 0, 0);
		cairo_stroke_preserve(cr);
	}
	cairo_new_path(cr);
}

/* cairo's colours are premultiplied. */
static uint32_t argb_of(rgba c)
{
	uint32_t a = c & 0xff;

	return a << 24 | (c >> 24) * a / 255 << 16 |
	       (c >> 16 & 0xff) * a / 255 << 8 | (c >> 8 & 0xff) * a / 255;
}

static void draw_image(cairo_t *cr, const struct scene_item *item)
{
	const struct scene_image *image = item->image;
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_ARGB32,
					   (int)image->cols, (int)image->rows);
	unsigned char *data = cairo_image_surface_get_data(surface);
	int stride = cairo_image_surface_get_stride(surface);

	for (uint32_t y = 0; data && y < image->rows; y++) {
		uint32_t *row = (uint32_t *)(void *)(data +
						     (size_t)y * (size_t)stride);

		for (uint32_t x = 0; x < image->cols; x++)
			row[x] = argb_of(image->palette[
				image->pixels[(size_t)y * image->cols + x]]);
	}
	cairo_surface_mark_dirty(surface);
	cairo_save(cr);
	cairo_translate(cr, item->x, item->y);
	cairo_scale(cr, item->w / image->cols, item->h / image->rows);
	cairo_set_source_surface(cr, surface, 0, 0);
	/* cells that become larger keep their edges */
	if (item->w >= image->cols)
		cairo_pattern_set_filter(cairo_get_source(cr),
					 CAIRO_FILTER_NEAREST);
	cairo_paint(cr);
	cairo_restore(cr);
	cairo_surface_destroy(surface);
}

static void draw_text(cairo_t *cr, const struct scene_item *item)
{
	const struct text_style *style = &item->style;
	cairo_text_extents_t extents;
	double x = item->x;

	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
			       style->is_bold ? CAIRO_FONT_WEIGHT_BOLD :
						CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, style->size);
	cairo_text_extents(cr, item->text, &extents);
	if (style->anchor == TEXT_MIDDLE)
		x -= extents.x_advance / 2;
	else if (style->anchor == TEXT_END)
		x -= extents.x_advance;
	set_color(cr, style->color);
	cairo_move_to(cr, x, item->y);
	cairo_show_text(cr, item->text);
}

static void draw_item(cairo_t *cr, const struct scene_item *item)
{
	switch (item->kind) {
	case SCENE_BEGIN:
	case SCENE_END:
		break;
	case SCENE_RECT:
		set_color(cr, item->fill);
		cairo_rectangle(cr, item->x, item->y, item->w, item->h);
		cairo_fill(cr);
		break;
	case SCENE_PATH:
		draw_path(cr, item);
		break;
	case SCENE_IMAGE:
		draw_image(cr, item);
		break;
	case SCENE_TEXT:
		draw_text(cr, item);
		break;
	}
}

static int draw_all(const struct scene *s, cairo_surface_t *surface,
		    double scale, struct err *err)
{
	cairo_t *cr = cairo_create(surface);
	cairo_status_t status;

	cairo_scale(cr, scale, scale);
	for (size_t i = 0; i < s->nr; i++)
		draw_item(cr, &s->items[i]);
	status = cairo_status(cr);
	cairo_destroy(cr);
	if (status != CAIRO_STATUS_SUCCESS)
		return err_set(err, -EIO, "cairo: %s",
			       cairo_status_to_string(status));
	return 0;
}

static int write_quantised(const struct scene *s, cairo_surface_t *surface,
			   const struct out_options *o, FILE *f,
			   struct err *err)
{
	_cleanup_(freep) char *source = utf8_clean(o->source);
	_cleanup_(freep) char *command = utf8_clean(o->command);
	const struct image_note notes[] = {
		{ "Title", s->title },
		{ "Source", source },
		{ "Comment", command },
		{ "Software", "iotape " PACKAGE_VERSION },
		{ NULL, NULL },
	};
	rgba keep[IMAGE_COLORS_MAX / 2];
	struct scene_image image;
	int r;

	cairo_surface_flush(surface);
	image_quantise((const uint32_t *)(const void *)
		     cairo_image_surface_get_data(surface),
		     (size_t)cairo_image_surface_get_stride(surface),
		     (uint32_t)cairo_image_surface_get_width(surface),
		     (uint32_t)cairo_image_surface_get_height(surface),
		     keep, scene_colors(s, keep, ARRAY_SIZE(keep)), &image);
	r = image_write_png(&image, notes, f, err);
	free(image.pixels);
	return r;
}

int out_png(const struct scene *s, const struct out_options *o, FILE *f,
	    struct err *err)
{
	double width = s->width * o->scale, height = s->height * o->scale;
	cairo_surface_t *surface;
	int r;

	if (width > OUT_SIDE_MAX || height > OUT_SIDE_MAX)
		return err_set(err, -E2BIG,
			       "a PNG of %.0f x %.0f pixels is too large:"
			       " %d on a side at most", width, height,
			       OUT_SIDE_MAX);
	surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24,
					     (int)(width + 0.5),
					     (int)(height + 0.5));
	r = draw_all(s, surface, o->scale, err);
	if (!r)
		r = write_quantised(s, surface, o, f, err);
	cairo_surface_destroy(surface);
	return r;
}

static cairo_status_t write_bytes(void *closure, const unsigned char *data,
				  unsigned int len)
{
	return fwrite(data, 1, len, closure) == len ?
		       CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

int out_pdf(const struct scene *s, const struct out_options *o, FILE *f,
	    struct err *err)
{
	_cleanup_(freep) char *source = utf8_clean(o->source);
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
		write_bytes, f, s->width * POINTS_PER_PIXEL,
		s->height * POINTS_PER_PIXEL);
	cairo_status_t status;
	int r;

	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
				       s->title);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT,
				       source);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR,
				       "iotape " PACKAGE_VERSION);
	r = draw_all(s, surface, POINTS_PER_PIXEL, err);
	cairo_surface_finish(surface);
	status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	if (!r && status != CAIRO_STATUS_SUCCESS)
		r = err_set(err, -EIO, "cairo: %s",
			    cairo_status_to_string(status));
	return r;
}

/* ---- pixels for frames --------------------------------------------------- */

struct canvas {
	cairo_surface_t *surface;
	double scale;
};

struct canvas *canvas_new(uint32_t width, uint32_t height, double scale)
{
	struct canvas *c = xcalloc(1, sizeof(*c));

	c->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width,
						(int)height);
	c->scale = scale;
	return c;
}

void canvas_free(struct canvas *c)
{
	if (!c)
		return;
	cairo_surface_destroy(c->surface);
	free(c);
}

int canvas_draw(struct canvas *c, const struct scene *s, struct err *err)
{
	int r = draw_all(s, c->surface, c->scale, err);

	cairo_surface_flush(c->surface);
	return r;
}

void canvas_copy(struct canvas *c, const struct canvas *from)
{
	size_t stride = (size_t)cairo_image_surface_get_stride(c->surface);
	size_t rows = (size_t)cairo_image_surface_get_height(c->surface);
	unsigned char *to = cairo_image_surface_get_data(c->surface);

	if (!to)
		return;
	memcpy(to, cairo_image_surface_get_data(from->surface), stride * rows);
	cairo_surface_mark_dirty(c->surface);
}

const uint32_t *canvas_pixels(const struct canvas *c, size_t *ret_stride)
{
	*ret_stride = (size_t)cairo_image_surface_get_stride(c->surface);
	return (const uint32_t *)(const void *)
		cairo_image_surface_get_data(c->surface);
}
