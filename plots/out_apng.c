/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Animated PNG (PNG specification, third edition, 2025: chunks acTL, fcTL and
 * fdAT), written with zlib alone.  One palette for all frames, made from the
 * first one.  A frame holds the smallest rectangle with all changes; in it,
 * what did not change is transparent, which compresses to next to nothing.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "plots/out_movie.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

#define CHUNK_MAX	(INT32_MAX)
#define LEVEL		6
#define SAME		0	/* palette index of what did not change */
#define CACHE_BITS	12
#define CACHE_SIZE	(1u << CACHE_BITS)

enum { DISPOSE_NONE = 0, BLEND_SOURCE = 0, BLEND_OVER = 1 };

struct cached {
	uint32_t rgb;
	uint8_t index;
	bool is_used;
};

struct rect {
	uint32_t left, top, width, height;
};

struct apng {
	FILE *stream;
	uint32_t width, height, fps, nr_frames;
	uint32_t sequence;	/* of the next fcTL or fdAT */
	uint32_t nr_done;	/* frames */
	rgba palette[IMAGE_COLORS_MAX];
	unsigned int nr_colors;
	struct cached cache[CACHE_SIZE];
	uint8_t *shown, *next;	/* palette indices, width x height */
	uint8_t *raw, *packed;	/* of a frame, before and after zlib */
	size_t packed_size;
};

/* ---- chunks -------------------------------------------------------------- */

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* A chunk of @head and, behind it, @data. */
static void put_chunk(struct apng *a, const char type[4], const void *head,
		      size_t head_len, const void *data, size_t len)
{
	uLong crc = crc32(crc32(0, NULL, 0), (const Bytef *)type, 4);
	uint8_t number[4];

	put32(number, (uint32_t)(head_len + len));
	(void)fwrite(number, 1, 4, a->stream);
	(void)fwrite(type, 1, 4, a->stream);
	if (head_len) {
		crc = crc32(crc, head, (uInt)head_len);
		(void)fwrite(head, 1, head_len, a->stream);
	}
	if (len) {
		crc = crc32(crc, data, (uInt)len);
		(void)fwrite(data, 1, len, a->stream);
	}
	put32(number, (uint32_t)crc);
	(void)fwrite(number, 1, 4, a->stream);
}

/* iTXt: keyword, not compressed, no language, UTF-8 */
static void put_note(struct apng *a, const struct image_note *note)
{
	size_t len = strlen(note->key);
	_cleanup_(freep) uint8_t *head = xcalloc(len + 5, 1);

	memcpy(head, note->key, len);
	put_chunk(a, "iTXt", head, len + 5, note->text, strlen(note->text));
}

static void put_palette(struct apng *a)
{
	uint8_t colors[3 * IMAGE_COLORS_MAX], *p = colors;
	const uint8_t alpha = 0;	/* of SAME; all others are opaque */

	for (unsigned int i = 0; i < a->nr_colors; i++) {
		*p++ = (uint8_t)(a->palette[i] >> 24);
		*p++ = (uint8_t)(a->palette[i] >> 16);
		*p++ = (uint8_t)(a->palette[i] >> 8);
	}
	put_chunk(a, "PLTE", NULL, 0, colors, 3 * a->nr_colors);
	put_chunk(a, "tRNS", NULL, 0, &alpha, 1);
}

static void put_head(struct apng *a, const struct image_note *notes)
{
	static const uint8_t signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n',
					     0x1a, '\n' };
	uint8_t ihdr[13] = { 0 }, actl[8];

	(void)fwrite(signature, 1, sizeof(signature), a->stream);
	put32(ihdr, a->width);
	put32(ihdr + 4, a->height);
	ihdr[8] = 8;		/* bits of an index */
	ihdr[9] = 3;		/* a palette */
	put_chunk(a, "IHDR", NULL, 0, ihdr, sizeof(ihdr));
	put32(actl, a->nr_frames);
	put32(actl + 4, 0);	/* again and again */
	put_chunk(a, "acTL", NULL, 0, actl, sizeof(actl));
	for (; notes && notes->key; notes++)
		if (*notes->text)
			put_note(a, notes);
	put_palette(a);
}

/* ---- colours ------------------------------------------------------------- */

static bool has_color(const struct apng *a, rgba color)
{
	for (unsigned int i = 1; i < a->nr_colors; i++)
		if (a->palette[i] == color)
			return true;
	return false;
}

static void add_color(struct apng *a, rgba color)
{
	if (a->nr_colors < IMAGE_COLORS_MAX && !has_color(a, color))
		a->palette[a->nr_colors++] = color;
}

/* First what has to be there, then what the first frame has most of. */
static void make_palette(struct apng *a, const struct movie_out_options *o)
{
	struct scene_image image;

	a->nr_colors = SAME + 1;
	for (size_t i = 0; i < o->nr_keep; i++)
		add_color(a, o->keep[i] | 0xff);
	image_quantise(o->first, o->first_stride, o->width, o->height, NULL, 0,
		       &image);
	for (unsigned int i = 0; i < image.nr_colors; i++)
		add_color(a, image.palette[i]);
	free(image.pixels);
}

static uint8_t index_of(struct apng *a, uint32_t rgb)
{
	struct cached *c =
		&a->cache[(rgb * 2654435761u) >> (32 - CACHE_BITS)];

	if (!c->is_used || c->rgb != rgb)
		*c = (struct cached){
			rgb,
			image_nearest(a->palette, SAME + 1, a->nr_colors, rgb),
			true,
		};
	return c->index;
}

/* ---- frames -------------------------------------------------------------- */

/* Where @next differs from what is shown; one pixel if nowhere. */
static struct rect find_changes(const struct apng *a)
{
	uint32_t left = a->width, right = 0, top = a->height, bottom = 0;

	for (uint32_t y = 0; y < a->height; y++) {
		const uint8_t *old = a->shown + (size_t)y * a->width;
		const uint8_t *new = a->next + (size_t)y * a->width;
		uint32_t first = 0, end = a->width;

		if (!memcmp(old, new, a->width))
			continue;
		while (old[first] == new[first])
			first++;
		while (old[end - 1] == new[end - 1])
			end--;
		left = first < left ? first : left;
		right = end > right ? end : right;
		top = y < top ? y : top;
		bottom = y + 1;
	}
	if (!bottom)
		return (struct rect){ 0, 0, 1, 1 };
	return (struct rect){ left, top, right - left, bottom - top };
}

/* Rows of the rectangle, each behind a filter byte of 0; returns the bytes. */
static size_t make_rows(struct apng *a, const struct rect *r, bool is_first)
{
	uint8_t *to = a->raw;

	for (uint32_t y = r->top; y < r->top + r->height; y++) {
		size_t at = (size_t)y * a->width + r->left;

		*to++ = 0;
		for (uint32_t x = 0; x < r->width; x++, at++)
			*to++ = !is_first && a->next[at] == a->shown[at] ?
					SAME : a->next[at];
	}
	return (size_t)(to - a->raw);
}

static void put_control(struct apng *a, const struct rect *r, bool is_first)
{
	uint8_t fctl[26];

	put32(fctl, a->sequence++);
	put32(fctl + 4, r->width);
	put32(fctl + 8, r->height);
	put32(fctl + 12, r->left);
	put32(fctl + 16, r->top);
	put16(fctl + 20, 1);
	put16(fctl + 22, a->fps);
	fctl[24] = DISPOSE_NONE;
	fctl[25] = is_first ? BLEND_SOURCE : BLEND_OVER;
	put_chunk(a, "fcTL", NULL, 0, fctl, sizeof(fctl));
}

static int apng_frame(void *out, const uint32_t *pixels, size_t stride,
		      struct err *err)
{
	struct apng *a = out;
	bool is_first = !a->nr_done++;
	struct rect r = { 0, 0, a->width, a->height };
	uLongf len = a->packed_size;
	uint8_t number[4], *swap;

	for (uint32_t y = 0; y < a->height; y++) {
		const uint32_t *row = pixels + y * (stride / sizeof(*pixels));

		for (uint32_t x = 0; x < a->width; x++)
			a->next[(size_t)y * a->width + x] =
				index_of(a, row[x] & 0xffffff);
	}
	if (!is_first)
		r = find_changes(a);
	if (compress2(a->packed, &len, a->raw, make_rows(a, &r, is_first),
		      LEVEL) != Z_OK || len > CHUNK_MAX)
		return err_set(err, -EIO, "zlib: a frame of %ux%u pixels was"
			       " not compressed", r.width, r.height);
	put_control(a, &r, is_first);
	if (is_first) {
		put_chunk(a, "IDAT", NULL, 0, a->packed, len);
	} else {
		put32(number, a->sequence++);
		put_chunk(a, "fdAT", number, sizeof(number), a->packed, len);
	}
	swap = a->shown;
	a->shown = a->next;
	a->next = swap;
	return 0;
}

static int apng_begin(const struct movie_out_options *o, void **ret,
		      struct err *err)
{
	struct apng *a = xcalloc(1, sizeof(*a));
	size_t size = (size_t)o->width * o->height;
	size_t raw = size + o->height;

	(void)err;
	a->stream = o->stream;
	a->width = o->width;
	a->height = o->height;
	a->fps = o->fps;
	a->nr_frames = o->nr_frames;
	a->shown = xcalloc(size, 1);
	a->next = xcalloc(size, 1);
	a->raw = xmalloc(raw);
	a->packed_size = compressBound(raw);
	a->packed = xmalloc(a->packed_size);
	make_palette(a, o);
	put_head(a, o->notes);
	*ret = a;
	return 0;
}

static int apng_end(void *out, struct err *err)
{
	struct apng *a = out;

	if (a->nr_done != a->nr_frames)
		return err_set(err, -EINVAL, "%u frames of %u were drawn",
			       a->nr_done, a->nr_frames);
	put_chunk(a, "IEND", NULL, 0, NULL, 0);
	return 0;
}

static void apng_free(void *out)
{
	struct apng *a = out;

	if (!a)
		return;
	free(a->shown);
	free(a->next);
	free(a->raw);
	free(a->packed);
	free(a);
}

const struct movie_coder movie_apng = {
	.begin = apng_begin,
	.frame = apng_frame,
	.end = apng_end,
	.free = apng_free,
};
