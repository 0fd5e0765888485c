/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of iotape top as text and as JSON.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/cleanup.h"
#include "src/base/json.h"
#include "src/cmd/amount.h"
#include "src/cmd/top.h"
#include "src/record/dev.h"

#define OLD_NS	UINT64_C(1000000000)	/* an I/O that takes so long is told */

/* ---- names --------------------------------------------------------------------- */

static void name_device(const struct top_names *names,
			const struct top_row *row, char buf[TOP_NAME_SIZE])
{
	struct dev dev;

	if (dev_find_number(names->sysfs, "", row->device, &dev, NULL))
		(void)snprintf(buf, TOP_NAME_SIZE, "%u:%u", row->device >> 20,
			       row->device & 0xfffff);
	else
		(void)snprintf(buf, TOP_NAME_SIZE, "%s", dev.name);
}

/* The name of the process, or of its thread that was seen. */
static void find_comm(const struct top_names *names, const struct top_row *row,
		      char ret_comm[TOP_NAME_SIZE])
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[TOP_NAME_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%" PRIu32 "/comm", names->proc,
		       row->tgid);
	f = fopen(path, "re");
	if (!f || !fgets(ret_comm, TOP_NAME_SIZE, f))
		(void)snprintf(ret_comm, TOP_NAME_SIZE, "%s", row->comm);
	ret_comm[strcspn(ret_comm, "\n")] = '\0';
}

static void name_process(const struct top_names *names,
			 const struct top_row *row, char buf[TOP_NAME_SIZE])
{
	char comm[TOP_NAME_SIZE];

	if (!row->tgid) {
		(void)snprintf(buf, TOP_NAME_SIZE, "%s",
			       row->comm[0] ? row->comm : "(unknown)");
		return;
	}
	find_comm(names, row, comm);
	(void)snprintf(buf, TOP_NAME_SIZE, "%" PRIu32 " %.*s", row->tgid,
		       TOP_NAME_SIZE - 16, comm);
}

static void name_cgroup(const struct top_names *names,
			const struct top_row *row, char buf[TOP_NAME_SIZE])
{
	if (!row->cgroup) {
		(void)snprintf(buf, TOP_NAME_SIZE, "(none)");
		return;
	}
	cgroups_path(&names->cgroups, row->cgroup, buf, TOP_NAME_SIZE);
	if (!*buf)	/* it is gone, or has no mount */
		(void)snprintf(buf, TOP_NAME_SIZE, "id %" PRIu64, row->cgroup);
}

const char *top_name(const struct top_names *names, const struct top_row *row,
		     enum top_view view, char buf[TOP_NAME_SIZE])
{
	static void (*const name_by[])(const struct top_names *names,
				       const struct top_row *row, char *buf) = {
		[TOP_BY_DEVICE] = name_device,
		[TOP_BY_PROCESS] = name_process,
		[TOP_BY_CGROUP] = name_cgroup,
	};

	if (row->is_others)
		(void)snprintf(buf, TOP_NAME_SIZE, "(others: no room)");
	else
		name_by[view](names, row, buf);
	for (char *p = buf; *p; p++)
		if (!isascii((unsigned char)*p) || !isprint((unsigned char)*p))
			*p = '?';
	return buf;
}

const char *top_clock(char buf[16])
{
	time_t now = time(NULL);
	struct tm tm;

	if (!localtime_r(&now, &tm) || !strftime(buf, 16, "%H:%M:%S", &tm))
		*buf = '\0';
	return buf;
}

/* ---- text ---------------------------------------------------------------------- */

/* A quantile, or nothing where nothing has a time. */
static const char *quantile(const struct hist *h, double q,
			    char buf[AMOUNT_SIZE])
{
	if (!h->nr)
		return "-";
	return amount_time((double)hist_quantile(h, q), buf);
}

/* "%.2f" and the like would leave a rate of 0.2 as many digits as 0.25. */
static const char *rate(uint64_t nr, double seconds, char buf[AMOUNT_SIZE])
{
	double v = top_rate(nr, seconds);

	return amount_count(v < 9.5 ? v : (double)(uint64_t)(v + 0.5), buf);
}

const char *top_heads(char buf[TOP_NUMBERS_SIZE])
{
	(void)snprintf(buf, TOP_NUMBERS_SIZE, "%6s%6s%6s%8s%8s%7s%7s%6s%4s",
		       "r/s", "w/s", "o/s", "rB/s", "wB/s", "p50", "p99",
		       "depth", "now");
	return buf;
}

const char *top_numbers(const struct top_row *row, double seconds,
			char buf[TOP_NUMBERS_SIZE])
{
	char r[AMOUNT_SIZE], w[AMOUNT_SIZE], o[AMOUNT_SIZE], rb[AMOUNT_SIZE],
		wb[AMOUNT_SIZE], p50[AMOUNT_SIZE], p99[AMOUNT_SIZE],
		depth[AMOUNT_SIZE], in_flight[AMOUNT_SIZE];

	(void)snprintf(buf, TOP_NUMBERS_SIZE, "%6s%6s%6s%8s%8s%7s%7s%6s%4s",
		       rate(row->ios[TOP_READ], seconds, r),
		       rate(row->ios[TOP_WRITE], seconds, w),
		       rate(row->ios[TOP_OTHER], seconds, o),
		       amount_bytes(top_rate(row->bytes[TOP_READ], seconds),
				    rb),
		       amount_bytes(top_rate(row->bytes[TOP_WRITE], seconds),
				    wb),
		       quantile(&row->times, 0.5, p50),
		       quantile(&row->times, 0.99, p99),
		       amount_count(top_depth(row, seconds), depth),
		       amount_count((double)row->in_flight, in_flight));
	return buf;
}

const char *top_summary(const struct topcount_snapshot *snap,
			char buf[TOP_LINE_SIZE])
{
	char ios[AMOUNT_SIZE], r[AMOUNT_SIZE], w[AMOUNT_SIZE],
		p50[AMOUNT_SIZE], p99[AMOUNT_SIZE], depth[AMOUNT_SIZE];
	struct top_row total;
	double s = snap->seconds;

	top_total(snap->parts, snap->nr, &total);
	(void)snprintf(buf, TOP_LINE_SIZE,
		       "%s IOPS  read %s/s  write %s/s  p50 %s  p99 %s  depth"
		       " %s", rate(top_ios(&total), s, ios),
		       amount_bytes(top_rate(total.bytes[TOP_READ], s), r),
		       amount_bytes(top_rate(total.bytes[TOP_WRITE], s), w),
		       quantile(&total.times, 0.5, p50),
		       quantile(&total.times, 0.99, p99),
		       amount_count(top_depth(&total, s), depth));
	return buf;
}

/* Puts "N what" behind what is in @buf. */
static void add_alarm(char buf[TOP_LINE_SIZE], uint64_t nr, const char *what)
{
	size_t used = strlen(buf);

	if (nr)
		(void)snprintf(buf + used, TOP_LINE_SIZE - used,
			       "%s%" PRIu64 " %s", used ? ", " : "", nr, what);
}

const char *top_alarms(const struct topcount_snapshot *snap,
		       char buf[TOP_LINE_SIZE])
{
	char age[AMOUNT_SIZE];
	struct top_row total;
	size_t used;

	*buf = '\0';
	top_total(snap->parts, snap->nr, &total);
	add_alarm(buf, snap->missed, "I/Os not counted");
	add_alarm(buf, total.errors, "errors");
	add_alarm(buf, total.untimed, "I/Os without a time");
	used = strlen(buf);
	if (total.oldest_ns >= OLD_NS)
		(void)snprintf(buf + used, TOP_LINE_SIZE - used,
			       "%san I/O in flight for %s", used ? ", " : "",
			       amount_time((double)total.oldest_ns, age));
	return buf;
}

void top_print(const struct topcount_snapshot *snap,
	       const struct top_options *o, const struct top_names *names,
	       FILE *out)
{
	char numbers[TOP_NUMBERS_SIZE], name[TOP_NAME_SIZE];
	char line[TOP_LINE_SIZE], time[16];
	_cleanup_(freep) struct top_row *rows = NULL;
	size_t nr = top_table(snap->parts, snap->nr, o->view, &rows);

	top_sort(rows, nr, o->order, snap->seconds);
	(void)fprintf(out, "%s  %.3f s\n%s\n", top_clock(time), snap->seconds,
		      top_summary(snap, line));
	if (*top_alarms(snap, line))
		(void)fprintf(out, "%s\n", line);
	(void)fprintf(out, "%s %s\n", top_heads(numbers),
		      top_view_name(o->view));
	for (size_t i = 0; i < nr; i++)
		(void)fprintf(out, "%s %s\n",
			      top_numbers(&rows[i], snap->seconds, numbers),
			      top_name(names, &rows[i], o->view, name));
}

/* ---- JSON ---------------------------------------------------------------------- */

static void put_counts(const char *name,
		       const uint64_t counts[TOP_OP_MAX], FILE *out)
{
	(void)fprintf(out, ",\"%s\":{\"read\":%" PRIu64 ",\"write\":%" PRIu64
		      ",\"other\":%" PRIu64 "}", name, counts[TOP_READ],
		      counts[TOP_WRITE], counts[TOP_OTHER]);
}

/* What a row is of: null for those that there was no room for, or that is
 * unknown. */
static void put_key(const struct top_row *row, enum top_view view, FILE *out)
{
	uint64_t number = view == TOP_BY_PROCESS ? row->tgid : row->cgroup;

	(void)fprintf(out, "\"%s\":", top_view_name(view));
	if (view == TOP_BY_DEVICE && !row->is_others)
		(void)fprintf(out, "\"%" PRIu32 ":%" PRIu32 "\"",
			      row->device >> 20, row->device & 0xfffff);
	else if (number)
		(void)fprintf(out, "%" PRIu64, number);
	else
		(void)fprintf(out, "null");
}

static void put_row(const struct top_row *row, double seconds, FILE *out)
{
	const struct hist *h = &row->times;

	put_counts("ios", row->ios, out);
	put_counts("bytes", row->bytes, out);
	(void)fprintf(out, ",\"errors\":%" PRIu64 ",\"untimed\":%" PRIu64
		      ",\"depth\":%.3f,\"in_flight\":%" PRIu64
		      ",\"oldest_ns\":%" PRIu64, row->errors, row->untimed,
		      top_depth(row, seconds), row->in_flight, row->oldest_ns);
	if (!h->nr) {
		(void)fprintf(out, ",\"d2c_ns\":null}");
		return;
	}
	(void)fprintf(out, ",\"d2c_ns\":{\"nr\":%" PRIu64 ",\"mean\":%.0f,"
		      "\"p50\":%" PRIu64 ",\"p90\":%" PRIu64 ",\"p99\":%" PRIu64
		      ",\"p999\":%" PRIu64 "}}", h->nr, hist_mean(h),
		      hist_quantile(h, 0.5), hist_quantile(h, 0.9),
		      hist_quantile(h, 0.99), hist_quantile(h, 0.999));
}

void top_print_json(const struct topcount_snapshot *snap,
		    const struct top_options *o, const struct top_names *names,
		    FILE *out)
{
	_cleanup_(freep) struct top_row *rows = NULL;
	size_t nr = top_table(snap->parts, snap->nr, o->view, &rows);
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	top_sort(rows, nr, o->order, snap->seconds);
	(void)fprintf(out, "{\"schema\":\"iotape-top/1\",\"time\":%lld.%03ld,"
		      "\"seconds\":%.6f,\"missed\":%" PRIu64 ",\"no_slot\":%"
		      PRIu64 ",\"by\":\"%s\",\"rows\":[", (long long)ts.tv_sec,
		      ts.tv_nsec / 1000000, snap->seconds, snap->missed,
		      snap->no_slot, top_view_name(o->view));
	for (size_t i = 0; i < nr; i++) {
		char name[TOP_NAME_SIZE];

		(void)fprintf(out, "%s{", i ? "," : "");
		put_key(&rows[i], o->view, out);
		(void)fprintf(out, ",\"name\":");
		json_put_string(out, top_name(names, &rows[i], o->view, name));
		put_row(&rows[i], snap->seconds, out);
	}
	(void)fprintf(out, "]}\n");
}
