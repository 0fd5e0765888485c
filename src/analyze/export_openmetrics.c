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
#include "src/analyze/prom.h"
#include "src/base/newfile.h"
#include "src/base/xalloc.h"

#define SERIES_MAX   4096u
#define NS_PER_MS    UINT64_C(1000000)
#define ALIVE_MS     UINT64_C(60000)
#define ALIVE_MAX    1440u	  /* of one pause: a day */
#define ALIVE_TOTAL  (1u << 20)	  /* of all: times of a trace may be made up */
#define NOWHERE	     UINT64_MAX	  /* a place in the file */
#define NO_TIME	     UINT64_MAX

/* What is counted: the names of its families begin with iotape_io or
 * iotape_request, and those of the second are those of the recorder's live
 * metrics (src/analyze/meter.c). */
enum what {
	IOS,	  /* from Q to C */
	REQUESTS, /* from the last D to C */
	LOSSES
};

/* Of a series since the beginning; sums of all buckets below are made later. */
struct counts {
	uint64_t ios, bytes, errors, sum_ns;
	uint64_t buckets[PROM_NR_BUCKETS];
};

/* In the temporary file. */
struct sample {
	uint64_t next; /* its number in the file; NOWHERE = the last */
	uint64_t ms;   /* since 1970 */
	struct counts counts;
};

struct series {
	enum what what;
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
	unsigned int nr_alive;	/* of them, those that say nothing new */
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
	for (unsigned int i = 0; i < ALIVE_MAX && m->nr_alive < ALIVE_TOTAL &&
				 !r && s->last_ms + ALIVE_MS < ms; i++) {
		r = put_sample(m, s, s->last_ms + ALIVE_MS, &s->told);
		m->nr_alive++;
	}
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

/* A label has 17 bits, an operation 3, what is counted 2. */
static uint64_t key_of(enum what what, uint32_t device, uint32_t cgroup,
		       enum life_op op)
{
	return (uint64_t)device << 22 | (uint64_t)cgroup << 5 |
	       (uint64_t)op << 2 | what;
}

/* When there are too many, those of further cgroups are of "other". */
static struct series *series_of(struct metrics *m, enum what what,
				uint32_t device, uint32_t cgroup,
				enum life_op op)
{
	const char *name = life_op_name(op);
	uint64_t *nr = map64_get(&m->by_key, key_of(what, device, cgroup, op));
	struct series *s;

	if (!nr && m->nr >= SERIES_MAX)
		cgroup = labels_add(&m->x->labels, "other", 5);
	if (!nr)
		nr = map64_put(&m->by_key, key_of(what, device, cgroup, op));
	if (*nr)
		return &m->series[*nr - 1];
	m->series = xgrow(m->series, m->nr, &m->cap, sizeof(*m->series));
	s = &m->series[m->nr];
	*nr = ++m->nr;
	*s = (struct series){
		.what = what, .device = device, .cgroup = cgroup,
		.op = labels_add(&m->x->labels, name, strlen(name)),
		.first = NOWHERE, .last = NOWHERE,
	};
	return s;
}

static void count(struct series *s, uint64_t from, uint64_t to, uint32_t bytes,
		  bool is_error)
{
	uint64_t ns = to > from && to != LIFE_NEVER ? to - from : 0;

	s->now.buckets[prom_bucket(ns)]++;
	s->now.ios++;
	s->now.bytes += bytes;
	s->now.errors += is_error;
	s->now.sum_ns += ns;
	s->has_changed = true;
}

static void on_io(void *ctx, const struct export_io *out)
{
	struct metrics *m = ctx;
	const struct life_io *io = out->io;

	if (!m->error)
		count(series_of(m, IOS, export_device(m->x, io->device),
				export_cgroup(m->x, io->cgroup),
				(enum life_op)io->op),
		      io->q, io->c, io->bytes, io->error != 0);
}

static void on_request(void *ctx, const struct life_request *rq)
{
	struct metrics *m = ctx;

	if (!m->error)
		count(series_of(m, REQUESTS, export_device(m->x, rq->device),
				export_cgroup(m->x, rq->cgroup),
				(enum life_op)rq->op),
		      rq->d, rq->c, rq->bytes, rq->error != 0);
}

/* ---- text ---- */

/* NAME{device="sda",op="read"; no "}" yet.  @end: of the name. */
static void begin_line(const struct metrics *m, const struct series *s,
		       const char *name, const char *end)
{
	const struct labels *labels = &m->x->labels;
	FILE *f = m->file.stream;

	(void)fprintf(f, "%s%s{", name, end);
	if (s->what == LOSSES)
		return;
	prom_put_label(f, "device", labels_text(labels, s->device));
	(void)fputc(',', f);
	prom_put_label(f, "op", labels_text(labels, s->op));
	if (s->cgroup) {
		(void)fputc(',', f);
		prom_put_label(f, "cgroup", labels_text(labels, s->cgroup));
	}
}

static void put_time(FILE *f, const struct sample *at)
{
	(void)fprintf(f, " %" PRIu64 ".%03u\n", at->ms / 1000,
		      (unsigned int)(at->ms % 1000));
}

/* "} VALUE TIME" */
static void end_line(const struct metrics *m, const struct sample *at,
		     uint64_t value)
{
	(void)fprintf(m->file.stream, "} %" PRIu64, value);
	put_time(m->file.stream, at);
}

static void put_latency(const struct metrics *m, const struct series *s,
			const char *name, const struct sample *at)
{
	FILE *f = m->file.stream;
	uint64_t sum = 0;

	for (size_t i = 0; i < PROM_NR_BUCKETS; i++) {
		sum += at->counts.buckets[i];
		begin_line(m, s, name, "_bucket");
		(void)fprintf(f, ",le=\"%s\"", prom_buckets[i].le);
		end_line(m, at, sum);
	}
	begin_line(m, s, name, "_count");
	end_line(m, at, at->counts.ios);
	begin_line(m, s, name, "_sum");
	(void)fputs("} ", f);
	prom_put_seconds(f, at->counts.sum_ns);
	put_time(f, at);
}

static void put_ios(const struct metrics *m, const struct series *s,
		    const char *name, const struct sample *at)
{
	begin_line(m, s, name, "_total");
	end_line(m, at, at->counts.ios);
}

static void put_bytes(const struct metrics *m, const struct series *s,
		      const char *name, const struct sample *at)
{
	begin_line(m, s, name, "_total");
	end_line(m, at, at->counts.bytes);
}

static void put_errors(const struct metrics *m, const struct series *s,
		       const char *name, const struct sample *at)
{
	begin_line(m, s, name, "_total");
	end_line(m, at, at->counts.errors);
}

static const struct family {
	enum what what;
	const char *name;
	const char *type;
	const char *unit; /* NULL = none; the name ends with it */
	const char *help;
	void (*put)(const struct metrics *m, const struct series *s,
		    const char *name, const struct sample *at);
} families[] = {
	{ IOS, "iotape_io_latency_seconds", "histogram", "seconds",
	  "From the queueing of an I/O until its end.", put_latency },
	{ IOS, "iotape_io_bytes", "counter", "bytes",
	  "Bytes of the I/Os that ended.", put_bytes },
	{ IOS, "iotape_io_errors", "counter", NULL, "I/Os that failed.",
	  put_errors },
	{ REQUESTS, "iotape_request_latency_seconds", "histogram", "seconds",
	  "From the last issue of a request until its completion.",
	  put_latency },
	{ REQUESTS, "iotape_requests", "counter", NULL,
	  "Requests that completed.", put_ios },
	{ REQUESTS, "iotape_request_bytes", "counter", "bytes",
	  "Bytes of the requests that completed.", put_bytes },
	{ REQUESTS, "iotape_request_errors", "counter", NULL,
	  "Requests that failed.", put_errors },
	{ LOSSES, "iotape_lost_events", "counter", NULL,
	  "Events that were lost while this was recorded.", put_ios },
};

static void put_head(FILE *f, const struct family *family)
{
	(void)fprintf(f, "# TYPE %s %s\n", family->name, family->type);
	if (family->unit)
		(void)fprintf(f, "# UNIT %s %s\n", family->name, family->unit);
	(void)fprintf(f, "# HELP %s %s\n", family->name, family->help);
}

static int put_series(const struct metrics *m, const struct family *family,
		      const struct series *s)
{
	struct sample at;

	for (uint64_t nr = s->first; nr != NOWHERE; nr = at.next) {
		if (fseeko(m->samples, (off_t)(nr * sizeof(at)), SEEK_SET) ||
		    fread(&at, sizeof(at), 1, m->samples) != 1)
			return errno ? -errno : -EIO;
		family->put(m, s, family->name, &at);
	}
	return 0;
}

static int put_all(const struct metrics *m)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families) && !r; i++) {
		const struct family *family = &families[i];

		put_head(m->file.stream, family);
		if (family->what == LOSSES)
			r = put_series(m, family, &m->lost);
		for (size_t j = 0; j < m->nr && !r; j++)
			if (m->series[j].what == family->what)
				r = put_series(m, family, &m->series[j]);
	}
	if (!r)
		(void)fputs("# EOF\n", m->file.stream);
	return r;
}

/* ---- the format ---- */

static int metrics_open(struct export *x, void **ret_ctx, struct err *err)
{
	struct metrics *m = xcalloc(1, sizeof(*m));
	int r;

	m->x = x;
	m->end_ms = NO_TIME;
	m->lost.what = LOSSES;
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
	.has_no_names = true,
	.open = metrics_open,
	.io = on_io,
	.request = on_request,
	.event = on_event,
	.status = metrics_status,
	.end = metrics_end,
	.free = metrics_free,
};
