/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/top.h"
#include "src/base/xalloc.h"

/* ---- keys ---------------------------------------------------------------------- */

static void keep_device(struct top_row *row)
{
	row->tgid = 0;
	row->cgroup = 0;
	*row->comm = '\0';
}

static void keep_process(struct top_row *row)
{
	row->device = 0;
	row->cgroup = 0;
}

static void keep_cgroup(struct top_row *row)
{
	row->device = 0;
	row->tgid = 0;
	*row->comm = '\0';
}

/* keep: takes away what the view does not tell apart. */
static const struct view {
	const char *name;
	void (*keep)(struct top_row *row);
} views[] = {
	[TOP_BY_DEVICE] = { "device", keep_device },
	[TOP_BY_PROCESS] = { "process", keep_process },
	[TOP_BY_CGROUP] = { "cgroup", keep_cgroup },
};

static_assert(ARRAY_SIZE(views) == TOP_VIEW_MAX, "each view needs a row");

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_keys(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	int r = compare_numbers(x->is_others, y->is_others);

	if (!r)
		r = compare_numbers(x->device, y->device);
	if (!r)
		r = compare_numbers(x->tgid, y->tgid);
	return r ? r : compare_numbers(x->cgroup, y->cgroup);
}

/* ---- sums ---------------------------------------------------------------------- */

static void add_row(struct top_row *to, const struct top_row *from)
{
	for (unsigned int i = 0; i < TOP_OP_MAX; i++) {
		to->ios[i] += from->ios[i];
		to->bytes[i] += from->bytes[i];
	}
	to->errors += from->errors;
	to->untimed += from->untimed;
	to->in_flight += from->in_flight;
	if (from->oldest_ns > to->oldest_ns)
		to->oldest_ns = from->oldest_ns;
	if (!*to->comm)
		memcpy(to->comm, from->comm, sizeof(to->comm));
	hist_merge(&to->times, &from->times);
}

static bool is_idle(const struct top_row *row)
{
	return !top_ios(row) && !top_bytes(row) && !row->in_flight;
}

size_t top_table(const struct top_row *parts, size_t nr, enum top_view view,
		 struct top_row **ret_rows)
{
	struct top_row *rows = NULL;
	size_t used = 0, k = 0;

	if (nr)
		rows = xcalloc(nr, sizeof(*rows));
	for (size_t i = 0; i < nr; i++) {
		if (is_idle(&parts[i]))
			continue;
		rows[used] = parts[i];
		views[view].keep(&rows[used++]);
	}
	if (used)
		qsort(rows, used, sizeof(*rows), compare_keys);
	for (size_t i = 1; i < used; i++) {
		if (compare_keys(&rows[k], &rows[i]))
			rows[++k] = rows[i];
		else
			add_row(&rows[k], &rows[i]);
	}
	*ret_rows = rows;
	return used ? k + 1 : 0;
}

void top_total(const struct top_row *parts, size_t nr,
	       struct top_row *ret_total)
{
	*ret_total = (struct top_row){ 0 };
	for (size_t i = 0; i < nr; i++)
		add_row(ret_total, &parts[i]);
}

uint64_t top_ios(const struct top_row *row)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < TOP_OP_MAX; i++)
		n += row->ios[i];
	return n;
}

uint64_t top_bytes(const struct top_row *row)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < TOP_OP_MAX; i++)
		n += row->bytes[i];
	return n;
}

double top_rate(uint64_t nr, double seconds)
{
	return seconds > 0 ? (double)nr / seconds : 0;
}

double top_depth(const struct top_row *row, double seconds)
{
	return top_rate(row->times.sum, seconds) / 1e9;
}

void top_hist_since(const struct hist *now, const struct hist *before,
		    struct hist *ret)
{
	bool is_first = true;

	*ret = (struct hist){ .sum = now->sum - before->sum };
	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		ret->cells[i] = now->cells[i] - before->cells[i];
		if (!ret->cells[i])
			continue;
		ret->nr += ret->cells[i];
		if (is_first)
			ret->min = hist_cell_low(i);
		is_first = false;
		ret->max = hist_cell_high(i) - 1;
	}
}

/* ---- orders -------------------------------------------------------------------- */

static double by_iops(const struct top_row *row, double seconds)
{
	return top_rate(top_ios(row), seconds);
}

static double by_bytes(const struct top_row *row, double seconds)
{
	return top_rate(row->bytes[TOP_READ] + row->bytes[TOP_WRITE],
			seconds);
}

static double by_reads(const struct top_row *row, double seconds)
{
	return top_rate(row->bytes[TOP_READ], seconds);
}

static double by_writes(const struct top_row *row, double seconds)
{
	return top_rate(row->bytes[TOP_WRITE], seconds);
}

static double by_p50(const struct top_row *row, double seconds)
{
	(void)seconds;
	return (double)hist_quantile(&row->times, 0.5);
}

static double by_p99(const struct top_row *row, double seconds)
{
	(void)seconds;
	return (double)hist_quantile(&row->times, 0.99);
}

static double by_name(const struct top_row *row, double seconds)
{
	(void)row;
	(void)seconds;
	return 0;
}

static const struct order {
	const char *name;
	double (*value)(const struct top_row *row, double seconds);
} orders[] = {
	[TOP_SORT_IOPS] = { "iops", by_iops },
	[TOP_SORT_BYTES] = { "bytes", by_bytes },
	[TOP_SORT_READS] = { "reads", by_reads },
	[TOP_SORT_WRITES] = { "writes", by_writes },
	[TOP_SORT_P50] = { "p50", by_p50 },
	[TOP_SORT_P99] = { "p99", by_p99 },
	[TOP_SORT_DEPTH] = { "depth", top_depth },
	[TOP_SORT_NAME] = { "name", by_name },
};

static_assert(ARRAY_SIZE(orders) == TOP_ORDER_MAX, "each order needs a row");

struct sortable {
	double value;
	const struct top_row *row;
};

static int compare_values(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;

	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return compare_keys(x->row, y->row);
}

void top_sort(struct top_row *rows, size_t nr, enum top_order order,
	      double seconds)
{
	struct sortable *s;
	struct top_row *copy;

	if (!nr)
		return;
	/* quantiles are looked up once for each row */
	s = xcalloc(nr, sizeof(*s));
	copy = xcalloc(nr, sizeof(*copy));
	memcpy(copy, rows, nr * sizeof(*copy));
	for (size_t i = 0; i < nr; i++)
		s[i] = (struct sortable){
			orders[order].value(&copy[i], seconds), &copy[i]
		};
	qsort(s, nr, sizeof(*s), compare_values);
	for (size_t i = 0; i < nr; i++)
		rows[i] = *s[i].row;
	free(copy);
	free(s);
}

/* ---- names --------------------------------------------------------------------- */

const char *top_view_name(enum top_view view)
{
	return views[view].name;
}

const char *top_order_name(enum top_order order)
{
	return orders[order].name;
}

int top_view_find(const char *name)
{
	for (int i = 0; i < TOP_VIEW_MAX; i++)
		if (!strcmp(views[i].name, name))
			return i;
	return -ENOENT;
}

int top_order_find(const char *name)
{
	for (int i = 0; i < TOP_ORDER_MAX; i++)
		if (!strcmp(orders[i].name, name))
			return i;
	return -ENOENT;
}
