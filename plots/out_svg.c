/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SVG, written by ourselves: text stays text (cairo 1.16 draws it as paths),
 * images are PNG data URIs, and each graph has a title and a description.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "plots/image.h"
#include "plots/out.h"
#include "plots/utf8.h"

/* Text for XML: characters that mean something are escaped. */
static void put_text(const char *text, FILE *f)
{
	_cleanup_(freep) char *clean = utf8_clean(text);

	for (const char *s = clean; *s; s++) {
		if (*s == '&')
			(void)fputs("&amp;", f);
		else if (*s == '<')
			(void)fputs("&lt;", f);
		else if (*s == '>')
			(void)fputs("&gt;", f);
		else if (*s == '"')
			(void)fputs("&quot;", f);
		else if (*s == '\'')
			(void)fputs("&#39;", f);
		else
			(void)fputc(*s, f);
	}
}

/* To a hundredth, without zeros at the end. */
static void put_number(double v, FILE *f)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.2f", fmax(-1e9, fmin(v, 1e9)));

	while (n > 0 && text[n - 1] == '0')
		n--;
	if (n > 0 && text[n - 1] == '.')
		n--;
	(void)fwrite(text, 1, (size_t)n, f);
}

static void put_attr(const char *name, double v, FILE *f)
{
	(void)fprintf(f, " %s=\"", name);
	put_number(v, f);
	(void)fputc('"', f);
}

static void put_color(const char *name, rgba c, FILE *f)
{
	if (!(c & 0xff)) {
		(void)fprintf(f, " %s=\"none\"", name);
		return;
	}
	(void)fprintf(f, " %s=\"#%06" PRIx32 "\"", name, c >> 8);
	if ((c & 0xff) != 0xff) {
		(void)fprintf(f, " %s-opacity=\"", name);
		put_number((c & 0xff) / 255.0, f);
		(void)fputc('"', f);
	}
}

static void put_box(const struct scene_item *item, FILE *f)
{
	put_attr("x", item->x, f);
	put_attr("y", item->y, f);
	put_attr("width", item->w, f);
	put_attr("height", item->h, f);
}

static void put_path(const struct scene_item *item, FILE *f)
{
	const struct path_style *p = &item->path;

	(void)fputs("<path d=\"", f);
	for (size_t i = 0; i < item->nr_points; i++) {
		(void)fputc(i ? i == 1 ? 'L' : ' ' : 'M', f);
		put_number(item->points[i].x, f);
		(void)fputc(' ', f);
		put_number(item->points[i].y, f);
	}
	(void)fprintf(f, "%s\"", p->fill ? "z" : "");
	put_color("fill", p->fill, f);
	if (p->stroke) {
		put_color("stroke", p->stroke, f);
		if (p->width < 0.99 || p->width > 1.01)
			put_attr("stroke-width", p->width, f);
		if (item->nr_points > 2)
			(void)fputs(" stroke-linejoin=\"round\"", f);
	}
	if (p->dash > 0)
		put_attr("stroke-dasharray", p->dash, f);
	if (!item->tip) {
		(void)fputs("/>\n", f);
		return;
	}
	(void)fputs("><title>", f);
	put_text(item->tip, f);
	(void)fputs("</title></path>\n", f);
}

static void put_base64(const unsigned char *p, size_t len, FILE *f)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t)p[i] << 16;
		char out[4];

		v |= n > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= n > 2 ? p[i + 2] : 0;
		for (unsigned int k = 0; k < 4; k++)
			out[k] = k <= n ? digits[v >> (18 - 6 * k) & 63] : '=';
		(void)fwrite(out, 1, sizeof(out), f);
	}
}

static int put_image(const struct scene_item *item, FILE *f, struct err *err)
{
	_cleanup_(freep) char *png = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&png, &len);
	int r;

	if (!mem)
		return err_set_errno(err, -errno, "memory for an image");
	r = image_write_png(item->image, NULL, mem, err);
	if ((ferror(mem) || fclose(TAKE_PTR(mem)) || !png || !len) && !r)
		r = err_set_errno(err, -ENOMEM, "memory for an image");
	if (mem)
		(void)fclose(mem);
	if (r)
		return r;
	(void)fputs("<image", f);
	put_box(item, f);
	if (item->w >= item->image->cols)
		(void)fputs(" style=\"image-rendering:pixelated\"", f);
	(void)fputs(" preserveAspectRatio=\"none\""
		    " href=\"data:image/png;base64,", f);
	put_base64((const unsigned char *)png, len, f);
	(void)fputs("\"/>\n", f);
	return 0;
}

static void put_label(const struct scene_item *item, FILE *f)
{
	static const char *const anchors[] = {
		[TEXT_START] = "",
		[TEXT_MIDDLE] = " text-anchor=\"middle\"",
		[TEXT_END] = " text-anchor=\"end\"",
	};

	(void)fputs("<text", f);
	put_attr("x", item->x, f);
	put_attr("y", item->y, f);
	put_attr("font-size", item->style.size, f);
	if (item->style.is_bold)
		(void)fputs(" font-weight=\"bold\"", f);
	put_color("fill", item->style.color, f);
	(void)fprintf(f, "%s>", anchors[item->style.anchor]);
	put_text(item->text, f);
	(void)fputs("</text>\n", f);
}

static void put_title(const char *title, const char *description, FILE *f)
{
	(void)fputs("<title>", f);
	put_text(title, f);
	(void)fputs("</title>\n<desc>", f);
	put_text(description, f);
	(void)fputs("</desc>\n", f);
}

static int put_item(const struct scene_item *item, FILE *f, struct err *err)
{
	switch (item->kind) {
	case SCENE_BEGIN:
		(void)fputs("<g>\n", f);
		put_title(item->text, item->tip, f);
		break;
	case SCENE_END:
		(void)fputs("</g>\n", f);
		break;
	case SCENE_RECT:
		(void)fputs("<rect", f);
		put_box(item, f);
		put_color("fill", item->fill, f);
		(void)fputs("/>\n", f);
		break;
	case SCENE_PATH:
		put_path(item, f);
		break;
	case SCENE_IMAGE:
		return put_image(item, f, err);
	case SCENE_TEXT:
		put_label(item, f);
		break;
	}
	return 0;
}

int out_svg(const struct scene *s, const struct out_options *o, FILE *f,
	    struct err *err)
{
	int r = 0;

	(void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"",
		    f);
	put_attr("width", s->width * o->scale, f);
	put_attr("height", s->height * o->scale, f);
	(void)fputs(" viewBox=\"0 0 ", f);
	put_number(s->width, f);
	(void)fputc(' ', f);
	put_number(s->height, f);
	(void)fputs("\" font-family=\"" THEME_FONT "\">\n", f);
	put_title(s->title, *o->command ? o->command : o->source, f);
	for (size_t i = 0; i < s->nr && !r; i++)
		r = put_item(&s->items[i], f, err);
	(void)fputs("</svg>\n", f);
	return r;
}
