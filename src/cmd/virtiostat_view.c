/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/json.h"
#include "src/base/plain.h"
#include "src/cmd/cmd.h"
#include "src/cmd/virtiostat.h"

#define NS_PER_SEC	1000000000u

/* bcc's virtiostat keeps so much of the names: its columns depend on it. */
#define HEAD	"%14.15s %8.11s %10.11s"
#define DRIVER_COLUMNS	15
#define NAME_COLUMNS	11

static void put_begin(const struct virtiostat_options *o,
		      const struct virtiostat_table *t)
{
	time_t sec = (time_t)(t->wall / NS_PER_SEC);
	char text[16] = "--------";
	struct tm tm;

	if (o->has_timestamp && t->wall && localtime_r(&sec, &tm))
		(void)strftime(text, sizeof(text), "%H:%M:%S", &tm);
	(void)printf("%s\n", text);
}

static void put_head(const struct virtiostat_queue *q)
{
	char driver[DRIVER_COLUMNS + 1] = "?", device[16];
	char name[NAME_COLUMNS + 1] = "?";

	(void)snprintf(device, sizeof(device), "virtio%" PRIu32, q->device);
	if (*q->driver) {
		(void)snprintf(driver, sizeof(driver), "%.*s", DRIVER_COLUMNS,
			       q->driver);
		(void)snprintf(name, sizeof(name), "%.*s", NAME_COLUMNS,
			       q->name);
	}
	plain_mask(driver, strlen(driver));
	plain_mask(name, strlen(name));
	(void)printf(HEAD, driver, device, name);
}

/* A queue into which nothing was put is not in bcc's table. */
static void put_table(const struct virtiostat_table *t)
{
	(void)printf(HEAD " %7s %7s %14s %14s\n", "Driver", "Device",
		     "VQ Name", "In SGs", "Out SGs", "In BW", "Out BW");
	for (size_t i = 0; i < t->nr; i++) {
		const struct virtiostat_queue *q = t->queues[i];

		if (!q->adds)
			continue;
		put_head(q);
		(void)printf(" %7" PRIu64 " %7" PRIu64 " %14" PRIu64 " %14"
			     PRIu64 "\n", q->in_sgs, q->out_sgs, q->in_bytes,
			     q->out_bytes);
	}
}

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

static void put_times(const struct hist *h)
{
	if (!h->nr) {
		(void)printf(" %9s %9s %9s", "-", "-", "-");
		return;
	}
	(void)printf(" %9.1f %9.1f %9.1f", us(hist_quantile(h, 0.5)),
		     us(hist_quantile(h, 0.99)), us(h->max));
}

static void put_per_buffer(uint64_t nr, uint64_t buffers)
{
	if (buffers)
		(void)printf(" %8.2f", (double)nr / (double)buffers);
	else
		(void)printf(" %8s", "-");
}

static void put_latency(const struct virtiostat_table *t)
{
	uint64_t unpaired = 0;

	(void)printf("\n" HEAD " %8s %9s %9s %9s %8s %8s %8s %8s\n", "Driver",
		     "Device", "VQ Name", "Paired", "p50 us", "p99 us",
		     "max us", "In queue", "Most", "Kick/buf", "Ntfy/buf");
	for (size_t i = 0; i < t->nr; i++) {
		const struct virtiostat_queue *q = t->queues[i];

		unpaired += q->unpaired;
		if (!q->adds && !q->gets && !q->in_flight)
			continue;
		put_head(q);
		(void)printf(" %8" PRIu64, q->latency.nr);
		put_times(&q->latency);
		(void)printf(" %8" PRIu64 " %8" PRIu64, q->in_flight,
			     q->max_in_flight);
		put_per_buffer(q->kicks, q->adds);
		put_per_buffer(q->notifies, q->adds);
		(void)printf("\n");
	}
	if (unpaired)
		(void)printf("\nCame back, but were not seen when they were"
			     " added: %" PRIu64 "\n", unpaired);
}

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
#define NUMBER(name)	{ #name, offsetof(struct virtiostat_queue, name) }
	NUMBER(adds), NUMBER(failed), NUMBER(cut), NUMBER(in_sgs),
	NUMBER(out_sgs), NUMBER(in_bytes), NUMBER(out_bytes), NUMBER(kicks),
	NUMBER(notifies), NUMBER(gets), NUMBER(used_bytes), NUMBER(unpaired),
	NUMBER(in_flight), NUMBER(max_in_flight),
#undef NUMBER
};

static void put_json_queue(const struct virtiostat_options *o,
			   const struct virtiostat_queue *q)
{
	const struct hist *h = &q->latency;

	(void)printf("{\"driver\":");
	json_put_string(stdout, q->driver);
	(void)printf(",\"device\":\"virtio%" PRIu32 "\",\"queue\":%" PRIu32
		     ",\"name\":", q->device, q->queue);
	json_put_string(stdout, q->name);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		(void)printf(",\"%s\":%" PRIu64, numbers[i].name,
			     *(const uint64_t *)((const char *)q +
						 numbers[i].offset));
	if (o->has_latency && h->nr)
		(void)printf(",\"ns\":{\"n\":%" PRIu64 ",\"min\":%" PRIu64
			     ",\"mean\":%.0f,\"p50\":%" PRIu64 ",\"p99\":%"
			     PRIu64 ",\"max\":%" PRIu64 "}", h->nr, h->min,
			     hist_mean(h), hist_quantile(h, 0.5),
			     hist_quantile(h, 0.99), h->max);
	(void)printf("}");
}

/* An object for each period, on lines of its own. */
static void put_json(const struct virtiostat_options *o,
		     const struct virtiostat_table *t)
{
	(void)printf("{\"schema\":\"iotape-virtiostat/1\",\"time\":%" PRIu64
		     ".%09" PRIu64 ",\"seconds\":%.6f,\"lost\":%" PRIu64
		     ",\"queues\":[", t->wall / NS_PER_SEC,
		     t->wall % NS_PER_SEC, t->seconds, t->lost);
	for (size_t i = 0; i < t->nr; i++) {
		(void)printf("%s\n", i ? "," : "");
		put_json_queue(o, t->queues[i]);
	}
	(void)printf("]}\n");
}

void virtiostat_print(const struct virtiostat_options *o,
		      const struct virtiostat_table *t)
{
	if (o->is_json) {
		put_json(o, t);
	} else {
		put_begin(o, t);
		put_table(t);
		if (o->has_latency)
			put_latency(t);
	}
	(void)fflush(stdout);
}

int virtiostat_say_loss(uint64_t lost)
{
	if (!lost)
		return CMD_OK;
	cmd_error("%" PRIu64 " events were lost: the counts are too small",
		  lost);
	return CMD_LOSS;
}
