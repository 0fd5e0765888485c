/* SPDX-License-Identifier: GPL-2.0 */
/* plots/movie_field: which cell is where; plots/out_apng: chunks and pixels. */
#include "config.h"

#include <zlib.h>

#include "plots/movie_field.h"
#include "plots/out_movie.h"
#include "tests/unit/unit.h"

static uint32_t cell_at(const struct field *f, uint32_t x, uint32_t y)
{
	return f->cell_of[(size_t)y * f->cols + x];
}

/* 4 x 4 squares, row after row; what is left over at the edge is none. */
static void rect_goes_by_rows(void **state)
{
	struct field f;

	(void)state;
	field_init(&f, MOVIE_RECT, 42, 20, 1);
	assert_int_equal(f.line, 10);
	assert_int_equal(f.nr_cells, 50);
	assert_int_equal(cell_at(&f, 0, 0), 0);
	assert_int_equal(cell_at(&f, 3, 3), 0);
	assert_int_equal(cell_at(&f, 4, 3), 1);
	assert_int_equal(cell_at(&f, 0, 4), 10);
	assert_int_equal(cell_at(&f, 39, 19), 49);
	assert_int_equal(cell_at(&f, 40, 0), FIELD_NOWHERE);
	field_release(&f);
}

/* Circles from the edge inwards, each clockwise from the top. */
static void spindle_goes_inwards(void **state)
{
	struct field f;
	uint32_t top, right, bottom, left;

	(void)state;
	field_init(&f, MOVIE_SPINDLE, 200, 200, 1);
	assert_int_equal(f.nr_cells, (100 / 4 - 3) * f.line);
	top = cell_at(&f, 100, 1);
	right = cell_at(&f, 198, 100);
	bottom = cell_at(&f, 99, 198);
	left = cell_at(&f, 1, 99);
	assert_true(top < right && right < bottom && bottom < left);
	assert_true(left < f.line);
	assert_int_equal(right / (f.line / 4), 1);
	assert_in_range(cell_at(&f, 100, 5), f.line, 2 * f.line - 1);
	assert_int_equal(cell_at(&f, 100, 100), FIELD_NOWHERE);
	assert_int_equal(cell_at(&f, 0, 0), FIELD_NOWHERE);
	field_release(&f);
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* The number-th chunk of a PNG: its length, or -1 if it is of another type
   or its checksum is wrong. */
static long chunk_at(const unsigned char *png, size_t len, unsigned int number,
		     const char *type, const unsigned char **ret_data)
{
	size_t at = 8;

	for (;; at += 12 + get32(png + at)) {
		size_t n;

		if (at + 12 > len)
			return -1;
		n = get32(png + at);
		if (number--)
			continue;
		if (memcmp(png + at + 4, type, 4) != 0 ||
		    get32(png + at + 8 + n) !=
			    crc32(0, png + at + 4, (uInt)n + 4))
			return -1;
		*ret_data = png + at + 8;
		return (long)n;
	}
}

/* Two frames of 4 x 2; one pixel changes. */
static void apng_holds_changes_only(void **state)
{
	static const uint32_t first[8] = { 0xff0000, 0xff0000, 0xff0000,
					   0xff0000, 0xffffff, 0xffffff,
					   0xffffff, 0xffffff };
	static const rgba keep[] = { 0x0000ffff };
	static const struct image_note notes[] = { { "Title", "t" },
						   { NULL, NULL } };
	uint32_t second[8];
	char *png = NULL;
	size_t len;
	FILE *f = open_memstream(&png, &len);
	const struct movie_out_options o = {
		.format = movie_format_find("x.png"), .stream = f, .width = 4,
		.height = 2, .fps = 20, .nr_frames = 2, .keep = keep,
		.nr_keep = 1, .notes = notes, .first = first,
		.first_stride = 16,
	};
	const unsigned char *p, *d;
	unsigned char raw[64];
	uLongf raw_len = sizeof(raw);
	void *out = NULL;

	(void)state;
	memcpy(second, first, sizeof(second));
	second[6] = 0x0000ff;
	assert_int_equal(movie_apng.begin(&o, &out, NULL), 0);
	assert_int_equal(movie_apng.frame(out, first, 16, NULL), 0);
	assert_int_equal(movie_apng.frame(out, second, 16, NULL), 0);
	assert_int_equal(movie_apng.end(out, NULL), 0);
	movie_apng.free(out);
	assert_int_equal(fclose(f), 0);
	p = (const unsigned char *)png;
	assert_int_equal(chunk_at(p, len, 0, "IHDR", &d), 13);
	assert_int_equal(chunk_at(p, len, 1, "acTL", &d), 8);
	assert_int_equal(get32(d), 2);
	assert_int_equal(chunk_at(p, len, 2, "iTXt", &d), 11);
	/* transparent, the kept blue, red, white */
	assert_int_equal(chunk_at(p, len, 3, "PLTE", &d), 12);
	assert_int_equal(chunk_at(p, len, 4, "tRNS", &d), 1);
	assert_int_equal(chunk_at(p, len, 5, "fcTL", &d), 26);
	assert_int_equal(get32(d + 4), 4);
	assert_true(chunk_at(p, len, 6, "IDAT", &d) > 0);
	assert_int_equal(chunk_at(p, len, 7, "fcTL", &d), 26);
	assert_int_equal(get32(d), 1);		/* sequence */
	assert_int_equal(get32(d + 4), 1);	/* width, height, x, y */
	assert_int_equal(get32(d + 8), 1);
	assert_int_equal(get32(d + 12), 2);
	assert_int_equal(get32(d + 16), 1);
	assert_true(chunk_at(p, len, 8, "fdAT", &d) > 4);
	assert_int_equal(get32(d), 2);
	assert_int_equal(uncompress(raw, &raw_len, d + 4, 60), Z_OK);
	assert_int_equal(raw_len, 2);
	assert_int_equal(raw[0], 0);		/* no filter */
	assert_int_equal(raw[1], 1);		/* blue */
	assert_int_equal(chunk_at(p, len, 9, "IEND", &d), 0);
	free(png);
}

static void formats_go_by_names(void **state)
{
	(void)state;
	assert_string_equal(movie_format_find("a.webm")->muxer, "webm");
	assert_string_equal(movie_format_find("a.ogg")->codec, "libtheora");
	assert_string_equal(movie_format_find("a.b/whatever")->muxer, "mp4");
	assert_null(movie_format_find("what.ever"));
	assert_null(movie_format_find("a.apng")->muxer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rect_goes_by_rows),
		cmocka_unit_test(spindle_goes_inwards),
		cmocka_unit_test(apng_holds_changes_only),
		cmocka_unit_test(formats_go_by_names),
	};

	return cmocka_run_group_tests_name("movie", tests, NULL, NULL);
}
