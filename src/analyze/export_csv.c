/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CSV as RFC 4180 has it, with "\n" at the end of lines, as most tools write
 * it: one header row, then a row for each I/O.  Unknown is empty.
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "src/analyze/export_text.h"
#include "src/base/digits.h"

#define ROW_MAX (COL_MAX * (CELL_MAX + DIGITS_MAX + 8))

static_assert(ROW_MAX < OUTBUF_SIZE, "a row fits in the buffer");

static int csv_open(struct export *x, void **ret_ctx, struct err *err)
{
	int r = export_text_open(x, ret_ctx, err);
	struct export_text *t = *ret_ctx;

	for (size_t i = 0; i < COL_MAX && !r; i++)
		outbuf_printf(&t->out, "%s%c", export_columns[i].name,
			      i + 1 < COL_MAX ? ',' : '\n');
	return r;
}

/* Labels have no line ends. */
static char *quote(char *p, const char *text)
{
	bool is_quoted = strpbrk(text, ",\"");

	if (is_quoted)
		*p++ = '"';
	for (; *text; text++) {
		if (*text == '"')
			*p++ = '"';
		*p++ = *text;
	}
	if (is_quoted)
		*p++ = '"';
	return p;
}

static char *put_label(struct export_text *t, char *p, uint64_t label)
{
	const struct export_cell *cell;

	if (!label)
		return p;
	cell = export_cell(&t->cells, t->x, (uint32_t)label, quote);
	memcpy(p, cell->text, cell->len);
	return p + cell->len;
}

static void csv_io(void *ctx, const struct export_io *io)
{
	struct export_text *t = ctx;
	uint64_t v[COL_MAX];
	char *p;

	export_row(t->x, &t->rows, io, v);
	p = outbuf_room(&t->out, ROW_MAX);
	for (size_t i = 0; i < COL_MAX; i++) {
		switch (export_columns[i].type) {
		case COLUMN_NUMBER:
			if (v[i] != LIFE_NEVER)
				p = digits_u64(p, v[i]);
			break;
		case COLUMN_LABEL:
			p = put_label(t, p, v[i]);
			break;
		case COLUMN_BOOL:
			*p++ = (char)('0' + v[i]);
			break;
		case COLUMN_TYPE_MAX:
			break;
		}
		*p++ = ',';
	}
	p[-1] = '\n';
	outbuf_took(&t->out, p);
}

const struct export_format export_csv = {
	.name = "csv",
	.has_ios = true,
	.open = csv_open,
	.io = csv_io,
	.status = export_text_status,
	.end = export_text_end,
	.free = export_text_free,
};
