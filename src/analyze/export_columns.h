/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The columns of an I/O, the same in CSV, JSON lines and SQLite.  The table
 * in export_columns.c says what each is; doc/ANALYSIS.md has it for people,
 * and tests/export-tables.sh compares the two.
 *
 * Columns are only ever added, behind the others.
 */
#ifndef ANALYZE_EXPORT_COLUMNS_H
#define ANALYZE_EXPORT_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "src/analyze/export_impl.h"

enum column_id {
	COL_ID,
	COL_TIME,
	COL_WALL,
	COL_DEVICE,
	COL_DEVNO,
	COL_ORIGIN,
	COL_OP,
	COL_SECTOR,
	COL_BYTES,
	COL_CPU,
	COL_PID,
	COL_TGID,
	COL_PROCESS,
	COL_CGROUP,
	COL_CGROUP_PATH,
	COL_TAG,
	COL_Q2G,
	COL_G2I,
	COL_Q2M,
	COL_I2D,
	COL_Q2D,
	COL_D2C,
	COL_Q2A,
	COL_Q2C,
	COL_ERROR,
	COL_REQUEUES,
	COL_SYNC,
	COL_META,
	COL_AHEAD,
	COL_FUA,
	COL_PREFLUSH,
	COL_MERGED,
	COL_SPLIT,
	COL_BELOW,
	COL_MAX
};

enum column_type {
	COLUMN_NUMBER, /* LIFE_NEVER = unknown */
	COLUMN_LABEL,  /* its number; 0 = unknown */
	COLUMN_BOOL,   /* 0 or 1 */
	COLUMN_TYPE_MAX
};

struct column {
	const char *name;
	enum column_type type;
	const char *unit; /* "" = none */
	const char *help;
};

extern const struct column export_columns[COL_MAX];

/* What differs from row to row; zeroed at first. */
struct export_rows {
	uint64_t nr;		   /* that were filled */
	uint32_t ops[LIFE_OP_MAX]; /* labels */
};

void export_row(struct export *x, struct export_rows *rows,
		const struct export_io *io, uint64_t ret_values[COL_MAX]);

/* Labels as a format writes them, made once for each. */
struct export_cell {
	char *text; /* NULL = not made yet */
	uint32_t len;
};

struct export_cells {
	struct export_cell *list; /* [label] */
	size_t cap;
};

#define CELL_MAX (2 * LABEL_MAX + 2) /* each byte doubled, two quotes */

/*
 * @render writes a text as a cell of CELL_MAX bytes at most and returns the
 * end.  Valid until the next call.
 */
const struct export_cell *
export_cell(struct export_cells *cells, const struct export *x, uint32_t label,
	    char *(*render)(char *p, const char *text));
void export_cells_release(struct export_cells *cells);

#endif
