/* SPDX-License-Identifier: GPL-2.0 */
/* Two traces compared, as text and as JSON: for stat --diff and plot --diff. */
#ifndef CMD_DIFF_H
#define CMD_DIFF_H

#include <stdio.h>

#include "src/analyze/diff.h"

/* Two rows for each operation that both traces have. */
void diff_print(const struct diff_table *table, const char *name_a,
		const char *name_b, FILE *out);

/* One object, schema "iotape-diff/1": doc/STAT-JSON.md. */
void diff_print_json(const struct diff_table *table, FILE *out);

/*
 * Reads a trace.  *ret_side is the caller's to free.  Returns an exit status,
 * and has said why when it is not CMD_OK; CMD_LOSS: it can be compared.
 */
int diff_read(const char *name, struct diff_side **ret_side);

/* Reads both, compares and prints them: an exit status. */
int diff_run(const char *name_a, const char *name_b, bool is_json, FILE *out);

#endif
