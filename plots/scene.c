/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "plots/scene.h"
#include "plots/utf8.h"
#include "src/base/xalloc.h"

struct scene *scene_new(double width, double height, const char *title)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	s->width = width;
	s->height = height;
	s->title = utf8_clean(title);
	return s;
}

void scene_free(struct scene *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++) {
		struct scene_item *item = &s->items[i];

		if (item->image)
			free(item->image->pixels);
		free(item->image);
		free(item->points);
		free(item->text);
		free(item->tip);
	}
	free(s->items);
	free(s->title);
	free(s);
}

static struct scene_item *add(struct scene *s, enum scene_kind kind)
{
	struct scene_item *item;

	s->items = xgrow(s->items, s->nr, &s->cap, sizeof(*s->items));
	item = &s->items[s->nr++];
	*item = (struct scene_item){ .kind = kind };
	return item;
}

void scene_begin(struct scene *s, const char *title, const char *description)
{
	struct scene_item *item = add(s, SCENE_BEGIN);

	item->text = utf8_clean(title);
	item->tip = utf8_clean(description);
}

void scene_end(struct scene *s)
{
	(void)add(s, SCENE_END);
}

void scene_rect(struct scene *s, double x, double y, double w, double h,
		rgba fill)
{
	struct scene_item *item = add(s, SCENE_RECT);

	item->x = x;
	item->y = y;
	item->w = w;
	item->h = h;
	item->fill = fill;
}

void scene_line(struct scene *s, double x1, double y1, double x2, double y2,
		rgba color, double width)
{
	const struct scene_point points[] = { { x1, y1 }, { x2, y2 } };

	scene_path(s, points, 2,
		   &(struct path_style){ .stroke = color, .width = width });
}

void scene_path(struct scene *s, const struct scene_point *points, size_t nr,
		const struct path_style *style)
{
	struct scene_item *item;

	if (nr < 2)
		return;
	item = add(s, SCENE_PATH);
	item->points = xreallocarray(NULL, nr, sizeof(*points));
	memcpy(item->points, points, nr * sizeof(*points));
	item->nr_points = nr;
	item->path = *style;
	item->path.tip = NULL;
	if (style->tip)
		item->tip = utf8_clean(style->tip);
}

void scene_image(struct scene *s, double x, double y, double w, double h,
		 const struct scene_image *image)
{
	struct scene_item *item = add(s, SCENE_IMAGE);

	item->x = x;
	item->y = y;
	item->w = w;
	item->h = h;
	item->image = xmalloc(sizeof(*image));
	*item->image = *image;
}

void scene_text(struct scene *s, double x, double y,
		const struct text_style *style, const char *fmt, ...)
{
	struct scene_item *item = add(s, SCENE_TEXT);
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	item->x = x;
	item->y = y;
	item->style = *style;
	item->text = utf8_clean(text);
}

static size_t add_color(rgba *colors, size_t nr, size_t max, rgba c)
{
	if ((c & 0xff) != 0xff || nr == max)
		return nr;
	for (size_t i = 0; i < nr; i++)
		if (colors[i] == c)
			return nr;
	colors[nr] = c;
	return nr + 1;
}

size_t scene_colors(const struct scene *s, rgba *ret_colors, size_t max)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->nr; i++) {
		const struct scene_item *item = &s->items[i];
		const rgba colors[] = { item->fill, item->path.stroke,
					item->path.fill, item->style.color };

		for (size_t k = 0; k < ARRAY_SIZE(colors); k++)
			nr = add_color(ret_colors, nr, max, colors[k]);
		for (unsigned int k = 0; item->image &&
					 k < item->image->nr_colors; k++)
			nr = add_color(ret_colors, nr, max,
				       item->image->palette[k]);
	}
	return nr;
}

/* ---- as text ------------------------------------------------------------- */

static void dump_image(const struct scene_item *item, FILE *f)
{
	const struct scene_image *image = item->image;
	size_t nr = (size_t)image->cols * image->rows;
	uint32_t counts[IMAGE_COLORS_MAX] = { 0 };
	uint32_t sum = 2166136261u;	/* FNV-1a */

	for (size_t i = 0; i < nr; i++) {
		counts[image->pixels[i]]++;
		sum = (sum ^ image->pixels[i]) * 16777619u;
	}
	(void)fprintf(f, "image %.1f,%.1f %.1fx%.1f %" PRIu32 "x%" PRIu32
		      " sum %08" PRIx32 "\n", item->x, item->y, item->w,
		      item->h, image->cols, image->rows, sum);
	for (unsigned int i = 0; i < image->nr_colors; i++)
		if (counts[i])
			(void)fprintf(f, "  #%08" PRIx32 " %" PRIu32 "\n",
				      image->palette[i], counts[i]);
}

static void dump_path(const struct scene_item *item, FILE *f)
{
	(void)fprintf(f, "path");
	if (item->path.stroke)
		(void)fprintf(f, " stroke #%08" PRIx32 " %.1f",
			      item->path.stroke, item->path.width);
	if (item->path.dash > 0)
		(void)fprintf(f, " dash %.1f", item->path.dash);
	if (item->path.fill)
		(void)fprintf(f, " fill #%08" PRIx32, item->path.fill);
	for (size_t i = 0; i < item->nr_points; i++)
		(void)fprintf(f, " %.1f,%.1f", item->points[i].x,
			      item->points[i].y);
	if (item->tip)
		(void)fprintf(f, " \"%s\"", item->tip);
	(void)fputc('\n', f);
}

static void dump_text(const struct scene_item *item, FILE *f)
{
	static const char *const anchors[] = {
		[TEXT_START] = "start",
		[TEXT_MIDDLE] = "middle",
		[TEXT_END] = "end",
	};

	(void)fprintf(f, "text %.1f,%.1f %s %.0f%s #%08" PRIx32 " \"%s\"\n",
		      item->x, item->y, anchors[item->style.anchor],
		      item->style.size, item->style.is_bold ? " bold" : "",
		      item->style.color, item->text);
}

void scene_dump(const struct scene *s, FILE *f)
{
	(void)fprintf(f, "scene %.0fx%.0f \"%s\"\n", s->width, s->height,
		      s->title);
	for (size_t i = 0; i < s->nr; i++) {
		const struct scene_item *item = &s->items[i];

		switch (item->kind) {
		case SCENE_BEGIN:
			(void)fprintf(f, "begin \"%s\" \"%s\"\n", item->text,
				      item->tip);
			break;
		case SCENE_END:
			(void)fprintf(f, "end\n");
			break;
		case SCENE_RECT:
			(void)fprintf(f, "rect %.1f,%.1f %.1fx%.1f"
				      " #%08" PRIx32 "\n", item->x, item->y,
				      item->w, item->h, item->fill);
			break;
		case SCENE_PATH:
			dump_path(item, f);
			break;
		case SCENE_IMAGE:
			dump_image(item, f);
			break;
		case SCENE_TEXT:
			dump_text(item, f);
			break;
		}
	}
}
