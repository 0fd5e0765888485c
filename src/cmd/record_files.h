/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options of iotape record about its files: compression, parts, limits.
 */
#ifndef CMD_RECORD_FILES_H
#define CMD_RECORD_FILES_H

#include <argp.h>

#include "src/record/parts.h"

struct record_files {
	int compress;		/* level of zstd; 0 = no */
	struct parts_options parts;
};

/* A child parser; its input is a struct record_files. */
extern const struct argp record_files_argp;

#endif
