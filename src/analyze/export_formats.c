/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <string.h>

#include "src/analyze/export_impl.h"
#include "src/base/xalloc.h"

static const struct export_format *const formats[] = {
	&export_csv,
	&export_jsonl,
	&export_fio,
	&export_openmetrics,
	&export_perfetto,
#ifdef HAVE_SQLITE
	&export_sqlite,
#endif
};

const char *export_format_name(size_t i)
{
	return i < ARRAY_SIZE(formats) ? formats[i]->name : NULL;
}

const struct export_format *export_format_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}
