/* SPDX-License-Identifier: GPL-2.0 */
/* plots/scene and its outputs: the text of a scene, SVG, pixels of PNGs. */
#include "config.h"

#include <errno.h>
#include <png.h>

#include "plots/image.h"
#include "plots/out.h"
#include "plots/utf8.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

static const struct out_options options = {
	.scale = 1, .source = "sda", .command = "iotape plot",
};

/* 40 x 20, white; a red box, a green line, a 2 x 2 image, a text. */
static struct scene *small_scene(void)
{
	static const struct scene_point points[] = {
		{ 0, 15.5 }, { 20, 15.5 }, { 40, 15.5 },
	};
	struct scene *s = scene_new(40, 20, "a <b> & \"c\"");
	struct scene_image image = { .cols = 2, .rows = 2, .nr_colors = 3 };

	image.palette[0] = 0xffffff00;
	image.palette[1] = 0x0000ffff;
	image.palette[2] = 0x000000ff;
	image.pixels = xmalloc(4);
	memcpy(image.pixels, "\0\1\2\1", 4);
	scene_begin(s, "one", "two");
	scene_rect(s, 0, 0, 40, 20, 0xffffffff);
	scene_rect(s, 2, 3, 10, 5, 0xff0000ff);
	scene_path(s, points, 3, &(struct path_style){
		.stroke = 0x00ff00ff, .width = 1, .tip = "it's" });
	scene_image(s, 20, 2, 8, 8, &image);
	scene_text(s, 5, 12, &(struct text_style){ .size = 6,
		   .color = 0x808080ff, .anchor = TEXT_END }, "%s", "x\x01<\xff");
	scene_end(s);
	return s;
}

/* What @write makes, NUL-terminated.  The caller frees it. */
static char *output_of(const struct scene *s, size_t *ret_len,
		       int (*write)(const struct scene *,
				    const struct out_options *, FILE *,
				    struct err *))
{
	struct err err = { 0 };
	char *buf = NULL;
	FILE *f = open_memstream(&buf, ret_len);

	assert_non_null(f);
	assert_int_equal(write(s, &options, f, &err), 0);
	assert_int_equal(fclose(f), 0);
	return buf;
}

static int write_dump(const struct scene *s, const struct out_options *o,
		      FILE *f, struct err *err)
{
	(void)o;
	(void)err;
	scene_dump(s, f);
	return 0;
}

static void dump_has_every_item(void **state)
{
	struct scene *s = small_scene();
	size_t len;
	char *text = output_of(s, &len, write_dump);

	(void)state;
	assert_string_equal(
		text,
		"scene 40x20 \"a <b> & \"c\"\"\n"
		"begin \"one\" \"two\"\n"
		"rect 0.0,0.0 40.0x20.0 #ffffffff\n"
		"rect 2.0,3.0 10.0x5.0 #ff0000ff\n"
		"path stroke #00ff00ff 1.0 0.0,15.5 20.0,15.5 40.0,15.5"
		" \"it's\"\n"
		"image 20.0,2.0 8.0x8.0 2x2 sum c1aa4e8b\n"
		"  #ffffff00 1\n"
		"  #0000ffff 2\n"
		"  #000000ff 1\n"
		"text 5.0,12.0 end 6 #808080ff"
		" \"x\xef\xbf\xbd<\xef\xbf\xbd\"\n"
		"end\n");
	free(text);
	scene_free(s);
}

static void svg_is_escaped(void **state)
{
	static const char *const parts[] = {
		"<title>a &lt;b&gt; &amp; &quot;c&quot;</title>",
		"<desc>iotape plot</desc>",
		"viewBox=\"0 0 40 20\"",
		"<g>\n<title>one</title>\n<desc>two</desc>",
		"<path d=\"M0 15.5L20 15.5 40 15.5\" fill=\"none\""
		" stroke=\"#00ff00\" stroke-linejoin=\"round\">"
		"<title>it&#39;s</title></path>",
		/* what XML cannot hold */
		"text-anchor=\"end\">x\xef\xbf\xbd&lt;\xef\xbf\xbd</text>",
		"href=\"data:image/png;base64,iVBORw0KGgo",
	};
	struct scene *s = small_scene();
	size_t len;
	char *svg = output_of(s, &len, out_svg);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strstr(svg, parts[i]))
			fail_msg("%s is not in %s", parts[i], svg);
	free(svg);
	scene_free(s);
}

static void bad_text_is_replaced(void **state)
{
	static const struct {
		const char *text, *clean;
	} rows[] = {
		{ "", "" },
		{ "a \xc2\xb5 \xe4\xb8\xad \xf0\x9f\x98\x80",
		  "a \xc2\xb5 \xe4\xb8\xad \xf0\x9f\x98\x80" },
		{ "\x1b[1m", "\xef\xbf\xbd[1m" },
		/* cut, and overlong */
		{ "\xe4\xb8", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },
		/* a surrogate */
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *clean = utf8_clean(rows[i].text);

		assert_string_equal(clean, rows[i].clean);
		free(clean);
	}
}

static uint32_t pixel(const uint8_t *rgba8, uint32_t cols, uint32_t x,
		      uint32_t y)
{
	const uint8_t *p = rgba8 + ((size_t)y * cols + x) * 4;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* RGBA bytes of a PNG.  The caller frees them. */
static uint8_t *decode(const char *data, size_t len, uint32_t *ret_cols,
		       uint32_t *ret_rows)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint8_t *bytes;

	assert_true(png_image_begin_read_from_memory(&image, data, len));
	image.format = PNG_FORMAT_RGBA;
	bytes = xmalloc(PNG_IMAGE_SIZE(image));
	assert_true(png_image_finish_read(&image, NULL, bytes, 0, NULL));
	*ret_cols = image.width;
	*ret_rows = image.height;
	return bytes;
}

static void png_has_the_pixels(void **state)
{
	struct scene *s = small_scene();
	size_t len;
	char *png = output_of(s, &len, out_png);
	uint32_t cols, rows;
	uint8_t *bytes = decode(png, len, &cols, &rows);

	(void)state;
	assert_int_equal(cols, 40);
	assert_int_equal(rows, 20);
	assert_int_equal(pixel(bytes, cols, 0, 0), 0xffffffff);
	assert_int_equal(pixel(bytes, cols, 2, 3), 0xff0000ff);
	assert_int_equal(pixel(bytes, cols, 11, 7), 0xff0000ff);
	assert_int_equal(pixel(bytes, cols, 12, 8), 0xffffffff);
	assert_int_equal(pixel(bytes, cols, 30, 15), 0x00ff00ff);
	/* the middles of the image's pixels: nothing, blue, black, blue */
	assert_int_equal(pixel(bytes, cols, 27, 3), 0x0000ffff);
	assert_int_equal(pixel(bytes, cols, 20, 9), 0x000000ff);
	free(bytes);
	/* a text chunk with the command line */
	assert_non_null(memmem(png, len, "iotape plot", 11));
	free(png);
	scene_free(s);
}

static void png_of_many_colors_is_near(void **state)
{
	struct scene_image image;
	const rgba keep = 0xfcfc00ff;
	uint32_t pixels[64 * 64], cols, rows;
	uint8_t *bytes;
	char *png = NULL;
	size_t len;
	FILE *f = open_memstream(&png, &len);

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(pixels); i++)
		pixels[i] = (i % 64 * 4) << 16 | (i / 64 * 4) << 8;
	/* the last one is as rare as all others, but wanted */
	image_quantise(pixels, 64 * sizeof(pixels[0]), 64, 64, &keep, 1,
		       &image);
	assert_int_equal(image.nr_colors, 256);
	assert_int_equal(image_write_png(&image, NULL, f, NULL), 0);
	assert_int_equal(fclose(f), 0);
	free(image.pixels);
	bytes = decode(png, len, &cols, &rows);
	assert_int_equal(cols, 64);
	assert_int_equal(pixel(bytes, cols, 0, 0), 0x000000ff);
	assert_int_equal(pixel(bytes, cols, 63, 63), keep);
	free(bytes);
	free(png);
}

static void few_colors_take_few_bits(void **state)
{
	static const unsigned int colors[] = { 2, 4, 16, 200 };
	static const uint8_t depths[] = { 1, 2, 4, 8 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(colors); i++) {
		struct scene_image image = { .cols = 8, .rows = 1,
					     .nr_colors = colors[i] };
		char *png = NULL;
		size_t len;
		FILE *f = open_memstream(&png, &len);

		image.pixels = xcalloc(8, 1);
		image.pixels[3] = (uint8_t)(colors[i] - 1);
		assert_int_equal(image_write_png(&image, NULL, f, NULL), 0);
		assert_int_equal(fclose(f), 0);
		/* IHDR: 8 signature, 4 length, 4 type, 4 width, 4 height */
		assert_int_equal(png[24], depths[i]);
		free(image.pixels);
		free(png);
	}
}

static void pdf_is_one(void **state)
{
	struct scene *s = small_scene();
	size_t len;
	char *pdf = output_of(s, &len, out_pdf);

	(void)state;
	assert_memory_equal(pdf, "%PDF-", 5);
	assert_non_null(memmem(pdf, len, "%%EOF", 5));
	free(pdf);
	scene_free(s);
}

static void large_png_is_refused(void **state)
{
	struct scene *s = scene_new(40000, 10, "");
	struct err err = { 0 };

	(void)state;
	assert_int_equal(out_png(s, &options, stdout, &err), -E2BIG);
	assert_string_equal(err.text, "a PNG of 40000 x 10 pixels is too"
			    " large: 32000 on a side at most");
	scene_free(s);
}

static void formats_are_found(void **state)
{
	(void)state;
	assert_ptr_equal(out_find("a.svg")->write, out_svg);
	assert_ptr_equal(out_find("x.y/a.PNG")->write, out_png);
	assert_ptr_equal(out_find("a.pdf")->write, out_pdf);
	assert_null(out_find("a.gif"));
	assert_null(out_find("svg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump_has_every_item),
		cmocka_unit_test(svg_is_escaped),
		cmocka_unit_test(bad_text_is_replaced),
		cmocka_unit_test(png_has_the_pixels),
		cmocka_unit_test(png_of_many_colors_is_near),
		cmocka_unit_test(few_colors_take_few_bits),
		cmocka_unit_test(pdf_is_one),
		cmocka_unit_test(large_png_is_refused),
		cmocka_unit_test(formats_are_found),
	};

	return cmocka_run_group_tests_name("scene", tests, NULL, NULL);
}
