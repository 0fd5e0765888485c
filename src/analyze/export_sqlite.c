/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A database of SQLite with the tables ios (a row for each I/O), columns
 * (what they are) and trace (what is to be known about the whole).
 *
 * It is a new file that takes its name when it is complete, so neither a
 * journal nor syncing is needed.
 */
#include "config.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/export_columns.h"
#include "src/base/newfile.h"
#include "src/base/xalloc.h"

struct sqlite {
	struct export *x;
	struct newfile file;
	sqlite3 *db;
	sqlite3_stmt *insert;
	struct export_rows rows;
	int error; /* of SQLite; SQLITE_OK = none */
};

static int fail(const struct sqlite *s, struct err *err)
{
	int r = sqlite3_system_errno(s->db);

	/* a text that there was no memory for is no error of the database */
	return err_set(err, r ? -r : -EIO, "%s: %s", s->x->opts.output,
		       sqlite3_errcode(s->db) ? sqlite3_errmsg(s->db) :
						sqlite3_errstr(SQLITE_NOMEM));
}

/* Takes @sql, which is NULL when there was no memory for it: sqlite3_exec
 * would do nothing, and call it good. */
static int exec_text(struct sqlite *s, char *sql)
{
	int r = sql ? sqlite3_exec(s->db, sql, NULL, NULL, NULL) :
		      SQLITE_NOMEM;

	sqlite3_free(sql);
	return r;
}

static const char *type_of(enum column_type type)
{
	return type == COLUMN_LABEL ? "TEXT" : "INTEGER";
}

static int create_ios(struct sqlite *s)
{
	sqlite3_str *create = sqlite3_str_new(s->db);
	sqlite3_str *insert = sqlite3_str_new(s->db);
	char *text;
	int r;

	sqlite3_str_appendall(create, "CREATE TABLE ios (");
	sqlite3_str_appendall(insert, "INSERT INTO ios VALUES (");
	for (size_t i = 0; i < COL_MAX; i++) {
		sqlite3_str_appendf(create, "%s%s %s%s", i ? ", " : "",
				    export_columns[i].name,
				    type_of(export_columns[i].type),
				    i ? "" : " PRIMARY KEY");
		sqlite3_str_appendall(insert, i ? ",?" : "?");
	}
	sqlite3_str_appendall(create, ")");
	sqlite3_str_appendall(insert, ")");
	r = exec_text(s, sqlite3_str_finish(create));
	text = sqlite3_str_finish(insert);
	if (!r)
		r = text ? sqlite3_prepare_v2(s->db, text, -1, &s->insert,
					      NULL) : SQLITE_NOMEM;
	sqlite3_free(text);
	return r;
}

static int create_columns(struct sqlite *s)
{
	int r = sqlite3_exec(s->db, "CREATE TABLE columns (name TEXT PRIMARY"
			     " KEY, unit TEXT, meaning TEXT)", NULL, NULL,
			     NULL);

	for (size_t i = 0; i < COL_MAX && !r; i++)
		r = exec_text(s, sqlite3_mprintf(
			"INSERT INTO columns VALUES (%Q,%Q,%Q)",
			export_columns[i].name, export_columns[i].unit,
			export_columns[i].help));
	return r;
}

static int sqlite_open(struct export *x, void **ret_ctx, struct err *err)
{
	struct sqlite *s = xcalloc(1, sizeof(*s));
	int r;

	s->x = x;
	*ret_ctx = s;
	r = newfile_open(&s->file, x->opts.output, err);
	if (r)
		return r;
	if (!s->file.temporary)
		return err_set(err, -EINVAL, "%s: a database can only be a"
			       " regular file", x->opts.output);
	r = sqlite3_open_v2(s->file.temporary, &s->db, SQLITE_OPEN_READWRITE,
			    NULL);
	if (!r)
		r = sqlite3_exec(s->db, "PRAGMA journal_mode=OFF;"
				 " PRAGMA synchronous=OFF; BEGIN", NULL, NULL,
				 NULL);
	if (!r)
		r = create_ios(s);
	if (!r)
		r = create_columns(s);
	return r ? fail(s, err) : 0;
}

static int bind(struct sqlite *s, int column, uint64_t v)
{
	bool is_label = export_columns[column].type == COLUMN_LABEL;

	if (v == LIFE_NEVER || (is_label && !v))
		return sqlite3_bind_null(s->insert, column + 1);
	if (is_label)
		return sqlite3_bind_text(s->insert, column + 1,
					 labels_text(&s->x->labels,
						     (uint32_t)v),
					 -1, SQLITE_STATIC);
	return sqlite3_bind_int64(s->insert, column + 1,
				  v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

static void sqlite_io(void *ctx, const struct export_io *io)
{
	struct sqlite *s = ctx;
	uint64_t v[COL_MAX];

	if (s->error)
		return;
	export_row(s->x, &s->rows, io, v);
	for (int i = 0; i < COL_MAX && !s->error; i++)
		s->error = bind(s, i, v[i]);
	if (!s->error && sqlite3_step(s->insert) != SQLITE_DONE)
		s->error = sqlite3_errcode(s->db);
	(void)sqlite3_reset(s->insert);
}

static int sqlite_status(const void *ctx)
{
	const struct sqlite *s = ctx;

	return s->error ? -EIO : 0;
}

static int create_trace(struct sqlite *s)
{
	const struct life_counts *c = export_counts(s->x);
	uint64_t began = s->x->first == LIFE_NEVER ? LIFE_NEVER :
			 export_wall(s->x, s->x->first);
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{ "ios", s->rows.nr },
		{ "ios_begun", c->ios_begun },
		{ "ios_in_flight", c->ios_in_flight },
		{ "lost_events", s->x->nr_lost },
		{ "began_wall_ns", began },
	};
	int r = sqlite3_exec(s->db, "CREATE TABLE trace (key TEXT PRIMARY KEY,"
			     " value INTEGER)", NULL, NULL, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !r; i++)
		if (rows[i].value != LIFE_NEVER)
			r = exec_text(s, sqlite3_mprintf(
				"INSERT INTO trace VALUES (%Q,%llu)",
				rows[i].key,
				(unsigned long long)rows[i].value));
	return r;
}

static int sqlite_end(void *ctx, struct err *err)
{
	struct sqlite *s = ctx;
	int r = s->error;

	if (!r)
		r = create_trace(s);
	if (!r)
		r = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	if (r)
		return fail(s, err);
	(void)sqlite3_finalize(s->insert);
	s->insert = NULL;
	if (sqlite3_close(s->db))
		return fail(s, err);
	s->db = NULL;
	return newfile_commit(&s->file, err);
}

static void sqlite_free(void *ctx)
{
	struct sqlite *s = ctx;

	(void)sqlite3_finalize(s->insert);
	(void)sqlite3_close(s->db);
	newfile_release(&s->file);
	free(s);
}

const struct export_format export_sqlite = {
	.name = "sqlite",
	.needs_output = true,
	.has_ios = true,
	.open = sqlite_open,
	.io = sqlite_io,
	.status = sqlite_status,
	.end = sqlite_end,
	.free = sqlite_free,
};
