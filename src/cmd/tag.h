/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape tag: from its options (tag.c) to its output (tag_run.c).
 */
#ifndef CMD_TAG_H
#define CMD_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "src/cmd/tag_choice.h"
#include "src/cmd/traces.h"

enum tag_format {
	TAG_TRACE,
	TAG_TSV,
	TAG_JSON,
	TAG_SUMMARY,
	TAG_FORMAT_MAX
};

struct tag_options {
	struct traces traces;
	struct tag_choice choice;
	const char *output; /* NULL = standard output */
	enum tag_format format;
	bool is_emit; /* only the protocol's bytes */
	bool is_quiet;
};

/* Returns an exit status; says what went wrong. */
int tag_run(const struct tag_options *options);

#endif
