/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "src/base/units.h"
#include "src/cmd/arg.h"
#include "src/cmd/record_files.h"
#include "src/record/pack.h"

#define LEVEL_MAX	19	/* as zstd(1) without --ultra */
#define KEEP_MAX	100000ul
#define PART_MIN	65536u	/* bytes; the first notes want some */
#define PART_MIN_NS	100000000u

enum {
	OPT_COMPRESS = 0x300,
	OPT_ROTATE,
	OPT_KEEP,
	OPT_MAX_SIZE,
	OPT_MIN_FREE,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Files:", 1 },
	{ "compress", OPT_COMPRESS, "LEVEL", OPTION_ARG_OPTIONAL, "write"
	  " NAME.blktrace.N.zst, compressed with zstd, level 1 to 19 [1]", 1 },
	{ "rotate", OPT_ROTATE, "SIZE|TIME", 0, "begin new files, NAME.1,"
	  " NAME.2, ..., at that size (100M) and at that age (10m);"
	  " repeatable", 1 },
	{ "keep", OPT_KEEP, "NUMBER", 0, "keep that many of them [all]", 1 },
	{ "max-size", OPT_MAX_SIZE, "SIZE", 0, "all files together: remove the"
	  " oldest of --rotate, or stop", 1 },
	{ "min-free", OPT_MIN_FREE, "SIZE", 0, "leave that much free where the"
	  " files are: remove the oldest, or stop", 1 },
	{ 0 },
};

static uint64_t parse_size(const char *arg, const char *option,
			   const struct argp_state *state)
{
	uint64_t bytes = 0;

	if (units_parse(arg, UNITS_BYTES, &bytes) || bytes < PART_MIN)
		argp_error(state, "--%s %s: a size from 64K on is wanted, such"
			   " as 100M (K M G T)", option, arg);
	return bytes;
}

static void set_rotate(struct parts_options *o, const char *arg,
		       const struct argp_state *state)
{
	uint64_t v;

	if (!units_parse(arg, UNITS_TIME, &v) && v >= PART_MIN_NS)
		o->rotate_ns = v;
	else if (!units_parse(arg, UNITS_BYTES, &v) && v >= PART_MIN)
		o->rotate_bytes = v;
	else
		argp_error(state, "--rotate %s: a size from 64K on, such as"
			   " 100M (K M G T), or a time from 100ms on, such as"
			   " 10m (ms s m h d), is wanted", arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct record_files *o = state->input;

	switch (key) {
	case OPT_COMPRESS:
		o->compress = PACK_LEVEL_DEFAULT;
		if (arg)
			o->compress = (int)arg_number(arg, "--compress", 1,
						      LEVEL_MAX, state);
		break;
	case OPT_ROTATE:
		set_rotate(&o->parts, arg, state);
		break;
	case OPT_KEEP:
		o->parts.keep = (unsigned int)arg_number(
			arg, "--keep", 1, KEEP_MAX, state);
		break;
	case OPT_MAX_SIZE:
		o->parts.max_bytes = parse_size(arg, "max-size", state);
		break;
	case OPT_MIN_FREE:
		o->parts.min_free = parse_size(arg, "min-free", state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp record_files_argp = { option_table, parse_option, NULL,
					NULL, NULL, NULL, NULL };
