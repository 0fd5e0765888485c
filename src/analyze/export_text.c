/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "src/analyze/export_text.h"
#include "src/base/xalloc.h"

int export_text_open(struct export *x, void **ret_ctx, struct err *err)
{
	struct export_text *t = xcalloc(1, sizeof(*t));
	int r;

	t->x = x;
	*ret_ctx = t;
	r = newfile_open(&t->file, x->opts.output ? x->opts.output : "-", err);
	if (!r)
		outbuf_init(&t->out, fileno(t->file.stream));
	return r;
}

int export_text_status(const void *ctx)
{
	const struct export_text *t = ctx;

	return t->out.error;
}

int export_text_end(void *ctx, struct err *err)
{
	struct export_text *t = ctx;
	int r = outbuf_flush(&t->out);

	if (r)
		return err_set_errno(err, r, "%s", t->x->opts.output ?
				     t->x->opts.output : "standard output");
	return newfile_commit(&t->file, err);
}

void export_text_free(void *ctx)
{
	struct export_text *t = ctx;

	outbuf_release(&t->out);
	newfile_release(&t->file);
	export_cells_release(&t->cells);
	free(t->keys);
	free(t);
}
