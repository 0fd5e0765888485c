/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape stat --interval: what blkiomon -h prints, or a line of JSON for each
 * interval and device.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <time.h>

#include "src/analyze/ahead.h"
#include "src/analyze/life.h"
#include "src/analyze/monitor.h"
#include "src/cmd/cmd.h"
#include "src/cmd/stat.h"

struct view {
	FILE *out;
	bool has_clock;
	bool is_live;
};

static const struct {
	const char *text, *unit;	/* "sizes read (bytes)" */
	const char *name;		/* in JSON */
	size_t offset;			/* of the sums of reads and writes */
} rows[] = {
	{ "sizes", "bytes", "size", offsetof(struct monitor_device, size) },
	{ "d2c", "usec", "d2c_us", offsetof(struct monitor_device, d2c) },
	{ "throughput", "bytes/msec", "bytes_per_ms",
	  offsetof(struct monitor_device, rate) },
};

#define NR_ROWS	(sizeof(rows) / sizeof(rows[0]))

static const char *const kinds[MONITOR_KIND_MAX] = { "read", "write" };

static const struct monitor_sum *sum_of(const struct monitor_device *dev,
					size_t row, int kind)
{
	const void *p = (const char *)dev + rows[row].offset;

	return (const struct monitor_sum *)p + kind;
}

static void print_sum(FILE *out, size_t row, int kind,
		      const struct monitor_sum *s)
{
	double nr = (double)s->nr, sum = (double)s->sum;

	(void)fprintf(out, "%s %s (%s): num %" PRIu64 ", min %" PRId64
		      ", max %" PRIu64 ", sum %" PRIu64 ", squ %.0f, avg %.1f,"
		      " var %.1f\n", rows[row].text, kinds[kind],
		      rows[row].unit, s->nr, s->nr ? (int64_t)s->min : -1,
		      s->max, s->sum, s->squares, s->nr ? sum / nr : 0,
		      s->nr ? (s->squares - sum * sum / nr) / nr : 0);
}

static void print_buckets(FILE *out, const char *name, const uint32_t *buckets,
			  unsigned int nr, uint64_t step)
{
	(void)fprintf(out, "%s:\n", name);
	for (unsigned int i = 0; i < nr - 1; i++)
		(void)fprintf(out, "   %10" PRIu64 ":%6" PRIu32 "%s",
			      monitor_limit(i, step), buckets[i],
			      i % 4 == 3 ? "\n" : "");
	(void)fprintf(out, "    >%8" PRIu64 ":%6" PRIu32 "\n",
		      monitor_limit(nr - 2, step), buckets[nr - 1]);
}

static void print_text(void *ctx, uint64_t end, uint64_t wall,
		       const struct monitor_device *dev)
{
	const struct view *v = ctx;
	time_t sec = (time_t)(wall / 1000000000);
	struct tm tm;
	char when[64];

	if (wall && v->has_clock && localtime_r(&sec, &tm) &&
	    strftime(when, sizeof(when), "%a %b %e %H:%M:%S %Y", &tm))
		(void)fprintf(v->out, "\ntime: %s\n", when);
	else
		(void)fprintf(v->out, "\ntime: %.9f s\n", (double)end / 1e9);
	(void)fprintf(v->out, "device: %u,%u\n", blk_major(dev->device),
		      blk_minor(dev->device));
	for (size_t r = 0; r < NR_ROWS; r++)
		for (int k = 0; k < MONITOR_KIND_MAX; k++)
			print_sum(v->out, r, k, sum_of(dev, r, k));
	print_buckets(v->out, "sizes histogram (bytes)", dev->sizes,
		      MONITOR_SIZES, 1024);
	print_buckets(v->out, "d2c histogram (usec)", dev->times,
		      MONITOR_TIMES, 8);
	(void)fprintf(v->out, "bidirectional requests: 0\n");
	if (v->is_live)
		(void)fflush(v->out);
}

static void put_buckets(FILE *out, const char *name, const uint32_t *buckets,
			unsigned int nr)
{
	(void)fprintf(out, ",\"%s\":[", name);
	for (unsigned int i = 0; i < nr; i++)
		(void)fprintf(out, "%s%" PRIu32, i ? "," : "", buckets[i]);
	(void)fprintf(out, "]");
}

static void print_json(void *ctx, uint64_t end, uint64_t wall,
		       const struct monitor_device *dev)
{
	const struct view *v = ctx;

	(void)fprintf(v->out, "{\"schema\":\"iotape-stat-interval/1\","
		      "\"end\":%" PRIu64, end);
	if (wall && v->has_clock)
		(void)fprintf(v->out, ",\"time\":%" PRIu64, wall);
	(void)fprintf(v->out, ",\"device\":\"%u,%u\",\"requests\":%" PRIu64,
		      blk_major(dev->device), blk_minor(dev->device), dev->nr);
	for (int k = 0; k < MONITOR_KIND_MAX; k++) {
		(void)fprintf(v->out, ",\"%s\":{", kinds[k]);
		for (size_t r = 0; r < NR_ROWS; r++) {
			const struct monitor_sum *s = sum_of(dev, r, k);

			(void)fprintf(v->out, "%s\"%s\":{\"n\":%" PRIu64
				      ",\"min\":%" PRIu64 ",\"max\":%" PRIu64
				      ",\"sum\":%" PRIu64 "}", r ? "," : "",
				      rows[r].name, s->nr, s->min, s->max,
				      s->sum);
		}
		(void)fprintf(v->out, "}");
	}
	put_buckets(v->out, "size_histogram", dev->sizes, MONITOR_SIZES);
	put_buckets(v->out, "d2c_us_histogram", dev->times, MONITOR_TIMES);
	(void)fprintf(v->out, "}\n");
	if (v->is_live)
		(void)fflush(v->out);
}

int stat_interval(struct source *src, uint64_t interval_ns,
		  const struct stats_options *opts, bool is_json, FILE *out,
		  struct err *err)
{
	const struct source_file *files;
	struct view v = { .out = out, .is_live = source_is_live(src) };
	_cleanup_(monitor_freep) struct monitor *m =
		monitor_new(interval_ns, is_json ? print_json : print_text, &v);
	_cleanup_(ahead_freep) struct ahead *ahead = NULL;
	uint64_t first = LIFE_NEVER;
	struct source_batch batch;
	ssize_t n;

	/* a merged dump has no times of the day */
	v.has_clock = source_files(src, &files) &&
		      (files[0].cpu >= 0 || v.is_live);
	ahead = ahead_new(src);
	while (!cmd_signal && (n = ahead_read(ahead, &batch, err)) != 0) {
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		for (size_t i = 0; i < batch.nr; i++)
			if (blk_is_notify(&batch.recs[i]) ||
			    stats_wants(opts, &first, &batch.recs[i]))
				monitor_add(m, &batch.recs[i]);
	}
	monitor_end(m);
	return 0;
}
