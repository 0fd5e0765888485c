/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON lines: one object for each I/O.  What is unknown is left out.
 */
#include "config.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "src/analyze/export_text.h"
#include "src/base/digits.h"
#include "src/base/xalloc.h"

#define KEY_MAX 24 /* ,"name": and its length in the last byte */
#define ROW_MAX (COL_MAX * (KEY_MAX + CELL_MAX + DIGITS_MAX + 8))

static_assert(ROW_MAX < OUTBUF_SIZE, "a row fits in the buffer");

static int jsonl_open(struct export *x, void **ret_ctx, struct err *err)
{
	int r = export_text_open(x, ret_ctx, err);
	struct export_text *t = *ret_ctx;

	t->keys = xcalloc(COL_MAX, KEY_MAX);
	for (size_t i = 0; i < COL_MAX; i++) {
		char *key = t->keys + i * KEY_MAX;

		key[KEY_MAX - 1] = (char)snprintf(key, KEY_MAX - 1, ",\"%s\":",
						  export_columns[i].name);
	}
	return r;
}

/* Labels are UTF-8 without control characters. */
static char *quote(char *p, const char *text)
{
	*p++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*p++ = '\\';
		*p++ = *text;
	}
	*p++ = '"';
	return p;
}

static char *put_key(const struct export_text *t, char *p, size_t column)
{
	const char *key = t->keys + column * KEY_MAX;

	memcpy(p, key, KEY_MAX);
	return p + key[KEY_MAX - 1];
}

static char *put_value(struct export_text *t, char *p, size_t column,
		       uint64_t v)
{
	const struct export_cell *cell;

	switch (export_columns[column].type) {
	case COLUMN_NUMBER:
		if (v != LIFE_NEVER)
			p = digits_u64(put_key(t, p, column), v);
		break;
	case COLUMN_LABEL:
		if (!v)
			break;
		cell = export_cell(&t->cells, t->x, (uint32_t)v, quote);
		p = put_key(t, p, column);
		memcpy(p, cell->text, cell->len);
		p += cell->len;
		break;
	case COLUMN_BOOL:
		p = put_key(t, p, column);
		memcpy(p, v ? "true " : "false", 5);
		p += v ? 4 : 5;
		break;
	case COLUMN_TYPE_MAX:
		break;
	}
	return p;
}

static void jsonl_io(void *ctx, const struct export_io *io)
{
	struct export_text *t = ctx;
	uint64_t v[COL_MAX];
	char *p, *begin;

	export_row(t->x, &t->rows, io, v);
	begin = p = outbuf_room(&t->out, ROW_MAX);
	for (size_t i = 0; i < COL_MAX; i++)
		p = put_value(t, p, i, v[i]);
	*begin = '{'; /* the id is always there */
	*p++ = '}';
	*p++ = '\n';
	outbuf_took(&t->out, p);
}

const struct export_format export_jsonl = {
	.name = "jsonl",
	.has_ios = true,
	.open = jsonl_open,
	.io = jsonl_io,
	.status = export_text_status,
	.end = export_text_end,
	.free = export_text_free,
};
