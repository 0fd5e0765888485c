/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the formats that are lines of text share: a file and a buffer.
 */
#ifndef ANALYZE_EXPORT_TEXT_H
#define ANALYZE_EXPORT_TEXT_H

#include "src/analyze/export_columns.h"
#include "src/base/newfile.h"
#include "src/base/outbuf.h"

struct export_text {
	struct export *x;
	struct newfile file;
	struct outbuf out;
	struct export_rows rows;
	struct export_cells cells;
	char *keys; /* jsonl: KEY_MAX bytes for each column */
};

/* *ret_ctx is a struct export_text. */
int export_text_open(struct export *x, void **ret_ctx, struct err *err);
int export_text_status(const void *ctx);
int export_text_end(void *ctx, struct err *err);
void export_text_free(void *ctx);

#endif
