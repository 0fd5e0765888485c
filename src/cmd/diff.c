/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include "src/analyze/source.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/diff.h"

static void print_ms(FILE *out, uint64_t ns)
{
	(void)fprintf(out, " %12.6f", (double)ns / 1e6);
}

static void print_row(const struct diff_change *c, const char *op,
		      const char *what, FILE *out)
{
	(void)fprintf(out, "%-7s %-4s", op, what);
	print_ms(out, c->a_ns);
	print_ms(out, c->b_ns);
	(void)fprintf(out, " %+8.1f%%", 100 * c->change);
	if (c->has_interval)
		(void)fprintf(out, "  %+8.1f%% to %+.1f%%", 100 * c->low,
			      100 * c->high);
	else
		(void)fprintf(out, "  %9s", "-");
	(void)fputc('\n', out);
}

void diff_print(const struct diff_table *table, const char *name_a,
		const char *name_b, FILE *out)
{
	size_t nr = 0;

	(void)fprintf(out, "Latency, ms: A = %s, B = %s\n\n", name_a, name_b);
	(void)fprintf(out, "%-12s %12s %12s %9s  %s\n", "", "A", "B",
		      "change", "95 % interval");
	for (int op = 0; op < IO_OP_MAX; op++) {
		const struct diff_row *r = &table->rows[op];

		if (!r->nr_a || !r->nr_b)
			continue;
		nr++;
		for (int w = 0; w < DIFF_WHATS; w++)
			print_row(&r->of[w], diff_op_name((enum io_op)op),
				  diff_what_name((enum diff_what)w), out);
	}
	if (!nr)
		(void)fprintf(out, "nothing that both have\n");
	(void)fprintf(out, "\nBlocks: %zu of %g s, %zu of %g s", table->blocks_a,
		      (double)table->block_ns_a / 1e9, table->blocks_b,
		      (double)table->block_ns_b / 1e9);
	if (table->blocks_a < DIFF_BLOCKS_MIN ||
	    table->blocks_b < DIFF_BLOCKS_MIN)
		(void)fprintf(out, "; an interval wants %d of each",
			      DIFF_BLOCKS_MIN);
	(void)fputc('\n', out);
}

static void print_json_change(const struct diff_change *c, const char *name,
			      FILE *out)
{
	(void)fprintf(out, ", \"%s\": {\"a_ns\": %" PRIu64 ", \"b_ns\": %"
		      PRIu64 ", \"change\": %.6f, \"low\": ", name, c->a_ns,
		      c->b_ns, c->change);
	if (c->has_interval)
		(void)fprintf(out, "%.6f, \"high\": %.6f}", c->low, c->high);
	else
		(void)fprintf(out, "null, \"high\": null}");
}

void diff_print_json(const struct diff_table *table, FILE *out)
{
	bool is_first = true;

	(void)fprintf(out, "{\"schema\": \"iotape-diff/1\", \"blocks_a\": %zu,"
		      " \"blocks_b\": %zu, \"block_ns_a\": %" PRIu64
		      ", \"block_ns_b\": %" PRIu64 ", \"operations\": [",
		      table->blocks_a, table->blocks_b, table->block_ns_a,
		      table->block_ns_b);
	for (int op = 0; op < IO_OP_MAX; op++) {
		const struct diff_row *r = &table->rows[op];

		if (!r->nr_a || !r->nr_b)
			continue;
		(void)fprintf(out, "%s\n  {\"op\": \"%s\", \"nr_a\": %" PRIu64
			      ", \"nr_b\": %" PRIu64, is_first ? "" : ",",
			      diff_op_name((enum io_op)op), r->nr_a, r->nr_b);
		for (int w = 0; w < DIFF_WHATS; w++)
			print_json_change(&r->of[w],
					  diff_what_name((enum diff_what)w),
					  out);
		(void)fputc('}', out);
		is_first = false;
	}
	(void)fprintf(out, "\n]}\n");
}

static void say_damage(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

int diff_read(const char *name, struct diff_side **ret_side)
{
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_(diff_side_freep) struct diff_side *side = NULL;
	struct source_batch batch;
	struct err err = { 0 };
	uint64_t lost;
	ssize_t n;

	if (source_open(&name, 1, &(struct source_options){ 0 }, &src, &err))
		return cmd_fail(&err);
	side = diff_side_new();
	while ((n = source_read(src, &batch, &err)) != 0) {
		if (n < 0 && n != -EINTR)
			return cmd_fail(&err);
		if (cmd_signal) {
			cmd_error("interrupted");
			return CMD_FAILED;
		}
		if (n > 0)
			diff_side_add(side, batch.recs, batch.nr);
	}
	diff_side_finish(side);
	lost = diff_side_lost(side);
	if (lost)
		cmd_error("%s: %" PRIu64 " events were lost while this was"
			  " recorded", name, lost);
	*ret_side = TAKE_PTR(side);
	return source_damage(src, say_damage, NULL) || lost ? CMD_LOSS :
							       CMD_OK;
}

int diff_run(const char *name_a, const char *name_b, bool is_json, FILE *out)
{
	_cleanup_(diff_side_freep) struct diff_side *a = NULL;
	_cleanup_(diff_side_freep) struct diff_side *b = NULL;
	struct diff_table table;
	int status = diff_read(name_a, &a), second;

	if (status == CMD_FAILED)
		return status;
	second = diff_read(name_b, &b);
	if (second == CMD_FAILED)
		return second;
	diff_compare(a, b, &table);
	if (is_json)
		diff_print_json(&table, out);
	else
		diff_print(&table, name_a, name_b, out);
	return second != CMD_OK ? second : status;
}
