/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "plots/out.h"
#include "src/base/xalloc.h"

static int out_scene(const struct scene *s, const struct out_options *o,
		     FILE *f, struct err *err)
{
	(void)o;
	(void)err;
	scene_dump(s, f);
	return 0;
}

static const struct out_format formats[] = {
	{ ".svg", out_svg },
	{ ".png", out_png },
	{ ".pdf", out_pdf },
	{ ".scene", out_scene },	/* for tests */
};

const struct out_format *out_find(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(formats); i++)
		if (!strcasecmp(dot, formats[i].extension))
			return &formats[i];
	return NULL;
}

const char *out_extensions(void)
{
	return ".svg, .png, .pdf, .scene";
}
