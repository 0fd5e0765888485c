/* SPDX-License-Identifier: GPL-2.0 */
/* What options take: masks, sectors, sizes, times, command lines. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/units.h"
#include "src/base/words.h"
#include "src/cmd/arg.h"
#include "tests/fuzz/fuzz.h"

static void read_masks(const char *text)
{
	uint32_t mask = 0;

	if (!blk_mask_from_name(text, &mask))
		MUST(mask && mask <= UINT16_MAX);
	mask = 0;
	if (!blk_mask_from_hex(text, &mask))
		MUST(mask <= UINT16_MAX);
}

static void read_ranges(const char *text)
{
	uint64_t from, to;
	uint32_t min, max;

	if (arg_read_sectors(text, &from, &to))
		MUST(from <= to);
	if (arg_read_sizes(text, &min, &max))
		MUST(min <= max);
	if (arg_read_time(text, &to))
		MUST(to);
}

static void read_units(const char *text)
{
	uint64_t v;

	if (!units_parse(text, UNITS_BYTES, &v))
		MUST(v && v <= INT64_MAX);
	if (!units_parse(text, UNITS_TIME, &v))
		MUST(v && v <= INT64_MAX);
}

static void read_words(const char *text)
{
	char **words = NULL;
	struct err err = { 0 };
	ssize_t n = words_split(text, &words, &err);

	MUST(n < 0 || !words[n]);
	if (n >= 0)
		words_free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	MUST(text);
	read_masks(text);
	read_ranges(text);
	read_units(text);
	read_words(text);
	free(text);
	return 0;
}
