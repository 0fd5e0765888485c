/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OpenMetrics text of a whole trace, for "promtool tsdb create-blocks-from
 * openmetrics": counters and histograms with a sample for each interval.
 *
 * OpenMetrics wants all samples of a metric together, but a trace brings all
 * metrics at the same time.  So the samples of all series go into a temporary
 * file as they come, each with the place of the next one of its series, and
 * the text is written at the end.  Memory is bounded by the number of series.
 *
 * A sample is the state at the end of an interval.  Where nothing happened
 * there is none, but at the beginning of what follows, and one a minute in
 * between: Prometheus forgets a series after five minutes.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/export_impl.h"
#include "src/base/newfile.h"
#include "src/base/xalloc.h"

#define SERIES_MAX   4096u
#define NS_PER_MS    UINT64_C(1000000)
#define ALIVE_MS     UINT64_C(60000)
#define ALIVE_MAX    1440u	  /* of one pause: a day */
#define NOWHERE	     UINT64_MAX	  /* a place in the file */
#define NO_TIME	     UINT64_MAX

/* Upper bounds of the buckets in ns, and as they are written. */
static const struct bound {
	uint64_t ns;
	const char *text; /* s */
} bounds[] = {
	{ 10000, "1e-05" },	{ 20000, "2e-05" },
	{ 50000, "5e-05" },	{ 100000, "0.0001" },
	{ 200000, "0.0002" },	{ 500000, "0.0005" },
	{ 1000000, "0.001" },	{ 2000000, "0.002" },
	{ 5000000, "0.005" },	{ 10000000, "0.01" },
	{ 20000000, "0.02" },	{ 50000000, "0.05" },
	{ 100000000, "0.1" },	{ 200000000, "0.2" },
	{ 500000000, "0.5" },	{ 1000000000, "1.0" },
	{ 2000000000, "2.0" },	{ 5000000000, "5.0" },
	{ 10000000000, "10.0" }, { UINT64_MAX, "+Inf" },
};

#define NR_BOUNDS ARRAY_SIZE(bounds)

/* Of a series since the beginning; sums of all buckets below are made later. */
struct counts {
	uint64_t ios, bytes, errors, sum_ns;
	uint64_t buckets[NR_BOUNDS];
};

/* In the temporary file. */
struct sample {
	uint64_t next; /* its number in the file; NOWHERE = the last */
	uint64_t ms;   /* since 1970 */
	struct counts counts;
};

struct series {
	uint32_t device, op, cgroup; /* labels */
	uint64_t first, last;	     /* numbers of samples; NOWHERE = none */
	uint64_t last_ms;
	struct counts now, told; /* told: in the last sample */
	bool has_changed;
};

struct metrics {
	struct export *x;
	struct newfile file;
	FILE *samples;
	uint64_t nr_samples;
	struct series *series;
	size_t nr, cap;
	struct map64 by_key;   /* -> number + 1 */
	struct series lost;    /* its ios are lost events */
	uint64_t interval_ms;
	uint64_t offset_ns;    /* CLOCK_REALTIME less the time of events */
	uint64_t end_ms;       /* of the interval; NO_TIME = none has begun */
	int error;
};

/* ---- samples ---- */

static int put_sample(struct metrics *m, struct series *s, uint64_t ms,
		      const struct counts *counts)
{
	const struct sample sample = {
		.next = NOWHERE, .ms = ms, .counts = *counts,
	};
	const uint64_t nr = m->nr_samples;

	if (fseeko(m->samples, (off_t)(nr * sizeof(sample)), SEEK_SET) ||
	    fwrite(&sample, sizeof(sample), 1, m->samples) != 1)
		return -errno;
	if (s->last == NOWHERE)
		s->first = nr;
	else if (fseeko(m->samples, (off_t)(s->last * sizeof(sample)),
			SEEK_SET) ||
		 fwrite(&nr, sizeof(nr), 1, m->samples) != 1)
		return -errno;
	s->last = nr;
	s->last_ms = ms;
	m->nr_samples++;
	return 0;
}

/* What did not change until @ms. */
static int keep_alive(struct metrics *m, struct series *s, uint64_t ms)
{
	int r = 0;

	if (s->last == NOWHERE)
		return put_sample(m, s, ms, &s->told);
	for (unsigned int i = 0;
	     i < ALIVE_MAX && !r && s->last_ms + ALIVE_MS < ms; i++)
		r = put_sample(m, s, s->last_ms + ALIVE_MS, &s->told);
	if (!r && s->last_ms < ms)
		r = put_sample(m, s, ms, &s->told);
	return r;
}

static int tell(struct metrics *m, struct series *s)
{
	int r;

	if (!s->has_changed)
		return 0;
	r = keep_alive(m, s, m->end_ms - m->interval_ms);
	if (!r)
		r = put_sample(m, s, m->end_ms, &s->now);
	s->told = s->now;
	s->has_changed = false;
	return r;
}

static void end_interval(struct metrics *m)
{
	for (size_t i = 0; i < m->nr && !m->error; i++)
		m->error = tell(m, &m->series[i]);
	if (m->lost.now.ios != m->x->nr_lost) {
		m->lost.now.ios = m->x->nr_lost;
		m->lost.has_changed = true;
	}
	if (!m->error)
		m->error = tell(m, &m->lost);
}

static void on_event(void *ctx, const struct blk_rec *rec)
{
	struct metrics *m = ctx;
	uint64_t wall = export_wall(m->x, rec->time);
	uint64_t ms;

	if (m->error)
		return;
	if (m->end_ms == NO_TIME) {
		if (wall == LIFE_NEVER) {
			m->error = -ENODATA;
			return;
		}
		m->offset_ns = wall - rec->time;
	}
	/* clocks that are told of later do not move it */
	ms = (rec->time + m->offset_ns) / NS_PER_MS;
	if (m->end_ms != NO_TIME && ms < m->end_ms)
		return;
	if (m->end_ms != NO_TIME)
		end_interval(m);
	m->end_ms = ms - ms % m->interval_ms + m->interval_ms;
}

/* ---- I/Os ---- */

/* When there are too many, those of further cgroups are without a cgroup. */
static struct series *series_of(struct metrics *m, const struct export_io *io)
{
	bool is_full = m->nr >= SERIES_MAX;
	uint32_t cgroup = is_full ? 0 : io->cgroup;
	/* a label has 17 bits, an operation 3 */
	uint64_t key = (uint64_t)io->device << 20 | (uint64_t)cgroup << 3 |
		       io->io->op;
	uint64_t *nr = map64_put(&m->by_key, key);
	const char *op = life_op_name((enum life_op)io->io->op);
	struct series *s;

	if (*nr)
		return &m->series[*nr - 1];
	m->series = xgrow(m->series, m->nr, &m->cap, sizeof(*m->series));
	s = &m->series[m->nr];
	*nr = ++m->nr;
	*s = (struct series){
		.device = io->device, .cgroup = cgroup,
		.op = labels_add(&m->x->labels, op, strlen(op)),
		.first = NOWHERE, .last = NOWHERE,
	};
	return s;
}

static void on_io(void *ctx, const struct export_io *out)
{
	struct metrics *m = ctx;
	const struct life_io *io = out->io;
	uint64_t ns = io->c > io->q && io->c != LIFE_NEVER ? io->c - io->q : 0;
	struct series *s;
	size_t bucket = 0;

	if (m->error)
		return;
	s = series_of(m, out);
	while (ns > bounds[bucket].ns)
		bucket++;
	s->now.buckets[bucket]++;
	s->now.ios++;
	s->now.bytes += io->bytes;
	s->now.errors += io->error != 0;
	s->now.sum_ns += ns;
	s->has_changed = true;
}

/* ---- text ---- */

static void put_label(FILE *f, const char *name, const char *text)
{
	(void)fprintf(f, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', f);
		(void)fputc(*text, f);
	}
	(void)fputc('"', f);
}

/* NAME{device="sda",op="read"; no "}" yet. */
static void begin_line(const struct metrics *m, const struct series *s,
		       const char *name)
{
	const struct labels *labels = &m->x->labels;
	FILE *f = m->file.stream;

	(void)fprintf(f, "%s{", name);
	put_label(f, "device", labels_text(labels, s->device));
	(void)fputc(',', f);
	put_label(f, "op", labels_text(labels, s->op));
	if (s->cgroup) {
		(void)fputc(',', f);
		put_label(f, "cgroup", labels_text(labels, s->cgroup));
	}
}

/* "} VALUE TIME" */
static void end_line(const struct metrics *m, const struct sample *at,
		     uint64_t value)
{
	(void)fprintf(m->file.stream, "} %" PRIu64 " %" PRIu64 ".%03u\n",
		      value, at->ms / 1000, (unsigned int)(at->ms % 1000));
}

static void put_latency(const struct metrics *m, const struct series *s,
			const struct sample *at)
{
	FILE *f = m->file.stream;
	uint64_t sum = 0;

	for (size_t i = 0; i < NR_BOUNDS; i++) {
		sum += at->counts.buckets[i];
		begin_line(m, s, "iotape_io_latency_seconds_bucket");
		(void)fprintf(f, ",le=\"%s\"", bounds[i].text);
		end_line(m, at, sum);
	}
	begin_line(m, s, "iotape_io_latency_seconds_count");
	end_line(m, at, at->counts.ios);
	begin_line(m, s, "iotape_io_latency_seconds_sum");
	(void)fprintf(f, "} %" PRIu64 ".%09u %" PRIu64 ".%03u\n",
		      at->counts.sum_ns / 1000000000,
		      (unsigned int)(at->counts.sum_ns % 1000000000),
		      at->ms / 1000, (unsigned int)(at->ms % 1000));
}

static void put_bytes(const struct metrics *m, const struct series *s,
		      const struct sample *at)
{
	begin_line(m, s, "iotape_io_bytes_total");
	end_line(m, at, at->counts.bytes);
}

static void put_errors(const struct metrics *m, const struct series *s,
		       const struct sample *at)
{
	begin_line(m, s, "iotape_io_errors_total");
	end_line(m, at, at->counts.errors);
}

static void put_lost(const struct metrics *m, const struct series *s,
		     const struct sample *at)
{
	(void)s;
	(void)fprintf(m->file.stream, "iotape_lost_events_total{");
	end_line(m, at, at->counts.ios);
}

static const struct family {
	const char *head;
	void (*put)(const struct metrics *m, const struct series *s,
		    const struct sample *at);
	bool is_lost; /* it is of m->lost, not of the series */
} families[] = {
	{ "# TYPE iotape_io_latency_seconds histogram\n"
	  "# UNIT iotape_io_latency_seconds seconds\n"
	  "# HELP iotape_io_latency_seconds From the queueing of an I/O until"
	  " its end.\n",
	  put_latency, false },
	{ "# TYPE iotape_io_bytes counter\n"
	  "# UNIT iotape_io_bytes bytes\n"
	  "# HELP iotape_io_bytes Bytes of the I/Os that ended.\n",
	  put_bytes, false },
	{ "# TYPE iotape_io_errors counter\n"
	  "# HELP iotape_io_errors I/Os that failed.\n",
	  put_errors, false },
	{ "# TYPE iotape_lost_events counter\n"
	  "# HELP iotape_lost_events Events that were lost while this was"
	  " recorded.\n",
	  put_lost, true },
};

static int put_series(const struct metrics *m, const struct family *family,
		      const struct series *s)
{
	struct sample at;

	for (uint64_t nr = s->first; nr != NOWHERE; nr = at.next) {
		if (fseeko(m->samples, (off_t)(nr * sizeof(at)), SEEK_SET) ||
		    fread(&at, sizeof(at), 1, m->samples) != 1)
			return errno ? -errno : -EIO;
		family->put(m, s, &at);
	}
	return 0;
}

static int put_all(const struct metrics *m)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		(void)fputs(families[i].head, m->file.stream);
		if (families[i].is_lost)
			r = put_series(m, &families[i], &m->lost);
		for (size_t j = 0; !families[i].is_lost && j < m->nr && !r;
		     j++)
			r = put_series(m, &families[i], &m->series[j]);
		if (r)
			return r;
	}
	(void)fputs("# EOF\n", m->file.stream);
	return 0;
}

/* ---- the format ---- */

static int metrics_open(struct export *x, void **ret_ctx, struct err *err)
{
	struct metrics *m = xcalloc(1, sizeof(*m));
	int r;

	m->x = x;
	m->end_ms = NO_TIME;
	m->lost.first = m->lost.last = NOWHERE;
	m->lost.has_changed = true; /* none is said, too */
	m->interval_ms = x->opts.interval_ns / NS_PER_MS;
	if (!m->interval_ms)
		m->interval_ms = 1000;
	*ret_ctx = m;
	m->samples = tmpfile();
	if (!m->samples)
		return err_set_errno(err, -errno, "a temporary file");
	r = newfile_open(&m->file, x->opts.output ? x->opts.output : "-", err);
	return r;
}

static int metrics_status(const void *ctx)
{
	return ((const struct metrics *)ctx)->error;
}

static int metrics_end(void *ctx, struct err *err)
{
	struct metrics *m = ctx;

	if (!m->error && m->end_ms != NO_TIME)
		end_interval(m);
	if (m->error == -ENODATA)
		return err_set(err, m->error, "the trace does not say what"
			       " time of day it was (a merged dump never"
			       " does)");
	if (!m->error)
		m->error = put_all(m);
	if (m->error)
		return err_set_errno(err, m->error, "a temporary file");
	return newfile_commit(&m->file, err);
}

static void metrics_free(void *ctx)
{
	struct metrics *m = ctx;

	if (m->samples)
		(void)fclose(m->samples);
	newfile_release(&m->file);
	map64_release(&m->by_key);
	free(m->series);
	free(m);
}

const struct export_format export_openmetrics = {
	.name = "openmetrics",
	.has_ios = true,
	.open = metrics_open,
	.io = on_io,
	.event = on_event,
	.status = metrics_status,
	.end = metrics_end,
	.free = metrics_free,
};
