/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/meter.h"
#include "src/analyze/prom.h"
#include "src/base/xalloc.h"

static const char other[] = "other";

struct meter_series {
	uint32_t device, cgroup, vm; /* labels */
	enum life_op op;
	uint64_t changed; /* ns: when there was I/O last */
	uint64_t ios, bytes, errors;
	uint64_t nr_timed, sum_ns;
	uint64_t buckets[PROM_NR_BUCKETS];
};

struct meter_device {
	uint32_t device; /* label */
	uint64_t in_flight;
	uint64_t oldest_ns;
};

void meter_begin(struct meter *m, uint64_t now)
{
	m->now = now;
	m->has_packed = false;
	for (size_t i = 0; i < m->nr_devices; i++) {
		m->devices[i].in_flight = 0;
		m->devices[i].oldest_ns = 0;
	}
}

void meter_release(struct meter *m)
{
	labels_release(&m->labels);
	map64_release(&m->by_key);
	free(m->series);
	free(m->devices);
	*m = (struct meter){ 0 };
}

/* ---- series ---- */

/* "" has the label 0; what finds no room is "other". */
static uint32_t label_of(struct labels *labels, const char *text)
{
	uint32_t label = *text ? labels_add(labels, text, strlen(text)) : 0;

	return label || !*text ? label :
				 labels_add(labels, other, strlen(other));
}

/* A label has 17 bits. */
static uint64_t key_of(const struct meter_series *s)
{
	return (uint64_t)s->device << 38 | (uint64_t)s->cgroup << 21 |
	       (uint64_t)s->vm << 4 | (uint64_t)s->op;
}

static struct meter_device *find_device(struct meter *m, const char *name)
{
	uint32_t label = label_of(&m->labels, name);
	size_t i = 0;

	while (i < m->nr_devices && m->devices[i].device != label)
		i++;
	if (i == m->nr_devices && i >= METER_DEVICES_MAX &&
	    strcmp(name, other) != 0)
		return find_device(m, other);
	if (i == m->nr_devices) {
		m->devices = xgrow(m->devices, m->nr_devices, &m->cap_devices,
				   sizeof(*m->devices));
		m->devices[m->nr_devices++] =
			(struct meter_device){ .device = label };
	}
	return &m->devices[i];
}

static struct meter_series *add_series(struct meter *m,
				       const struct meter_series *series)
{
	m->series = xgrow(m->series, m->nr, &m->cap, sizeof(*m->series));
	m->series[m->nr++] = *series;
	*map64_put(&m->by_key, key_of(series)) = m->nr;
	return &m->series[m->nr - 1];
}

/* Only what is not idle stays; labels and numbers are new. */
static void pack(struct meter *m)
{
	struct meter old = *m;

	*m = (struct meter){ .now = old.now, .has_packed = true };
	for (size_t i = 0; i < old.nr; i++) {
		struct meter_series s = old.series[i];

		if (old.now - s.changed >= METER_IDLE_NS)
			continue;
		s.device = find_device(m, labels_text(&old.labels, s.device))
				   ->device;
		s.cgroup = label_of(&m->labels,
				    labels_text(&old.labels, s.cgroup));
		s.vm = label_of(&m->labels, labels_text(&old.labels, s.vm));
		(void)add_series(m, &s);
	}
	for (size_t i = 0; i < old.nr_devices; i++) {
		const struct meter_device *from = &old.devices[i];
		struct meter_device *to;

		if (!from->in_flight)
			continue;
		to = find_device(m, labels_text(&old.labels, from->device));
		to->in_flight = from->in_flight;
		to->oldest_ns = from->oldest_ns;
	}
	meter_release(&old);
}

static bool is_full(const struct meter *m)
{
	return m->nr >= METER_SERIES_MAX || m->labels.nr >= LABELS_MAX / 2;
}

static struct meter_series *find_series(struct meter *m,
					const struct meter_who *who)
{
	struct meter_series s = { .op = who->op };
	const uint64_t *found;

	s.device = find_device(m, who->device)->device;
	s.cgroup = label_of(&m->labels, who->cgroup);
	s.vm = label_of(&m->labels, who->vm);
	found = map64_get(&m->by_key, key_of(&s));
	if (!found && is_full(m) && !m->has_packed) {
		pack(m);
		return find_series(m, who);
	}
	if (!found && is_full(m)) {
		s.cgroup = label_of(&m->labels, other);
		s.vm = 0;
		found = map64_get(&m->by_key, key_of(&s));
	}
	return found ? &m->series[*found - 1] : add_series(m, &s);
}

/* A cell lies in the bucket of its largest value: it is 6.25 % wide. */
static void add_times(struct meter_series *s, const struct hist *times)
{
	s->nr_timed += times->nr;
	s->sum_ns += times->sum;
	for (unsigned int i = 0; i < HIST_CELLS && times->nr; i++)
		s->buckets[prom_bucket(hist_cell_high(i) - 1)] +=
			times->cells[i];
}

void meter_add(struct meter *m, const struct meter_who *who,
	       const struct top_row *row)
{
	struct meter_series *s;
	struct meter_device *d;

	if (top_ios(row) || top_bytes(row)) {
		s = find_series(m, who);
		s->changed = m->now;
		s->ios += top_ios(row);
		s->bytes += top_bytes(row);
		s->errors += row->errors;
		add_times(s, &row->times);
	}
	if (!row->in_flight)
		return;
	d = find_device(m, who->device);
	d->in_flight += row->in_flight;
	if (row->oldest_ns > d->oldest_ns)
		d->oldest_ns = row->oldest_ns;
}

/* ---- text ---- */

struct page {
	const struct meter *m;
	const struct meter_about *about;
	FILE *f;
};

/* NAME{device="sda",op="read"; no "}" yet.  @end: of the name. */
static void begin_line(const struct page *p, const struct meter_series *s,
		       const char *name, const char *end)
{
	const struct labels *labels = &p->m->labels;

	(void)fprintf(p->f, "%s%s{", name, end);
	prom_put_label(p->f, "device", labels_text(labels, s->device));
	(void)fputc(',', p->f);
	prom_put_label(p->f, "op", s->op < LIFE_OP_MAX ? life_op_name(s->op) :
							 other);
	if (s->cgroup) {
		(void)fputc(',', p->f);
		prom_put_label(p->f, "cgroup", labels_text(labels, s->cgroup));
	}
	if (s->vm) {
		(void)fputc(',', p->f);
		prom_put_label(p->f, "vm", labels_text(labels, s->vm));
	}
}

static void end_line(const struct page *p, uint64_t value)
{
	(void)fprintf(p->f, "} %" PRIu64 "\n", value);
}

static void put_latency(const struct page *p, const struct meter_series *s,
			const char *name)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < PROM_NR_BUCKETS; i++) {
		sum += s->buckets[i];
		begin_line(p, s, name, "_bucket");
		(void)fprintf(p->f, ",le=\"%s\"", prom_buckets[i].le);
		end_line(p, sum);
	}
	begin_line(p, s, name, "_sum");
	(void)fputs("} ", p->f);
	prom_put_seconds(p->f, s->sum_ns);
	(void)fputc('\n', p->f);
	begin_line(p, s, name, "_count");
	/* as the last bucket, whatever a program was in the middle of */
	end_line(p, sum);
}

static void put_ios(const struct page *p, const struct meter_series *s,
		    const char *name)
{
	begin_line(p, s, name, "");
	end_line(p, s->ios);
}

static void put_bytes(const struct page *p, const struct meter_series *s,
		      const char *name)
{
	begin_line(p, s, name, "");
	end_line(p, s->bytes);
}

static void put_errors(const struct page *p, const struct meter_series *s,
		       const char *name)
{
	begin_line(p, s, name, "");
	end_line(p, s->errors);
}

static void put_device_label(const struct page *p, const char *name,
			     const char *device)
{
	(void)fprintf(p->f, "%s{", name);
	prom_put_label(p->f, "device", device);
	(void)fputs("} ", p->f);
}

static void put_in_flight(const struct page *p, const char *name)
{
	for (size_t i = 0; i < p->m->nr_devices; i++) {
		const struct meter_device *d = &p->m->devices[i];

		put_device_label(p, name,
				 labels_text(&p->m->labels, d->device));
		(void)fprintf(p->f, "%" PRIu64 "\n", d->in_flight);
	}
}

static void put_oldest(const struct page *p, const char *name)
{
	for (size_t i = 0; i < p->m->nr_devices; i++) {
		const struct meter_device *d = &p->m->devices[i];

		put_device_label(p, name,
				 labels_text(&p->m->labels, d->device));
		prom_put_seconds(p->f, d->oldest_ns);
		(void)fputc('\n', p->f);
	}
}

static void put_uncounted(const struct page *p, const char *name)
{
	(void)fprintf(p->f, "%s{reason=\"missed\"} %" PRIu64 "\n", name,
		      p->about->missed);
	(void)fprintf(p->f, "%s{reason=\"untimed\"} %" PRIu64 "\n", name,
		      p->about->no_slot);
}

static void put_series_number(const struct page *p, const char *name)
{
	(void)fprintf(p->f, "%s %zu\n", name, p->m->nr);
}

static void put_info(const struct page *p, const char *name)
{
	(void)fprintf(p->f, "%s{version=\"%s\"} 1\n", name, PACKAGE_VERSION);
}

static void put_trace(const struct page *p, const char *name,
		      const struct meter_trace *t, uint64_t value)
{
	put_device_label(p, name, t->device);
	(void)fprintf(p->f, "%" PRIu64 "\n", value);
}

static void put_events(const struct page *p, const char *name)
{
	for (size_t i = 0; i < p->about->nr_traces; i++)
		put_trace(p, name, &p->about->traces[i],
			  p->about->traces[i].events);
}

static void put_recorded_bytes(const struct page *p, const char *name)
{
	for (size_t i = 0; i < p->about->nr_traces; i++)
		put_trace(p, name, &p->about->traces[i],
			  p->about->traces[i].bytes);
}

static void put_lost(const struct page *p, const char *name)
{
	for (size_t i = 0; i < p->about->nr_traces; i++)
		put_trace(p, name, &p->about->traces[i],
			  p->about->traces[i].lost);
}

static void put_unwritten(const struct page *p, const char *name)
{
	for (size_t i = 0; i < p->about->nr_traces; i++)
		put_trace(p, name, &p->about->traces[i],
			  p->about->traces[i].unwritten);
}

/* One of series and all is not NULL: for each series, or once. */
static const struct family {
	const char *name;
	const char *type;
	const char *help;
	void (*series)(const struct page *p, const struct meter_series *s,
		       const char *name);
	void (*all)(const struct page *p, const char *name);
	bool is_of_traces; /* not there when nothing is recorded */
} families[] = {
	{ "iotape_request_latency_seconds", "histogram",
	  "From the last issue of a request until its completion.",
	  put_latency, NULL, false },
	{ "iotape_requests_total", "counter", "Requests that completed.",
	  put_ios, NULL, false },
	{ "iotape_request_bytes_total", "counter",
	  "Bytes of the requests that completed.", put_bytes, NULL, false },
	{ "iotape_request_errors_total", "counter", "Requests that failed.",
	  put_errors, NULL, false },
	{ "iotape_requests_in_flight", "gauge",
	  "Requests that are issued and not completed.", NULL, put_in_flight,
	  false },
	{ "iotape_oldest_request_seconds", "gauge",
	  "How long ago the oldest of them was issued.", NULL, put_oldest,
	  false },
	{ "iotape_uncounted_requests_total", "counter",
	  "Requests that are in no count (missed), or in none of the times"
	  " (untimed).", NULL, put_uncounted, false },
	{ "iotape_recorded_events_total", "counter",
	  "Events that were recorded.", NULL, put_events, true },
	{ "iotape_recorded_bytes_total", "counter",
	  "Bytes of records.", NULL, put_recorded_bytes, true },
	{ "iotape_lost_events_total", "counter",
	  "Events that were lost while this was recorded.", NULL, put_lost,
	  true },
	{ "iotape_unwritten_events_total", "counter",
	  "Events that could not be written to their file.", NULL,
	  put_unwritten, true },
	{ "iotape_series", "gauge",
	  "Series of requests: device, operation, cgroup, VM.", NULL,
	  put_series_number, false },
	{ "iotape_build_info", "gauge", "The version of iotape.", NULL,
	  put_info, false },
};

void meter_write(const struct meter *m, const struct meter_about *about,
		 FILE *f)
{
	const struct page p = { .m = m, .about = about, .f = f };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct family *family = &families[i];

		if (family->is_of_traces && !about->nr_traces)
			continue;
		(void)fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", family->name,
			      family->help, family->name, family->type);
		if (family->all)
			family->all(&p, family->name);
		for (size_t j = 0; j < m->nr && family->series; j++)
			family->series(&p, &m->series[j], family->name);
	}
}
