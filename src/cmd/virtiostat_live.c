/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/virtiostat.h"
#include "src/record/virtio_live.h"

#define NS_PER_SEC	1000000000u

static_assert(BPF_HIST_CELLS == HIST_CELLS &&
	      BPF_HIST_SUB_BITS == HIST_SUB_BITS &&
	      BPF_HIST_TOP_BITS == HIST_TOP_BITS,
	      "the kernel's histogram is ours");
static_assert(VIRTIO_NAME_SIZE == VIRTIOSTAT_NAME, "names fit");

/* The queues of a period. */
struct period {
	struct virtiostat_queue **queues;	/* owned */
	size_t nr;
	size_t cap;
};

static void take_latency(const struct virtio_count *c, struct hist *h)
{
	for (unsigned int i = 0; i < HIST_CELLS; i++) {
		h->cells[i] = c->cells[i];
		h->nr += c->cells[i];
	}
	h->sum = c->lat_sum;
	h->min = c->lat_min;
	h->max = c->lat_max;
}

static void take(const struct virtio_count *c, void *ctx)
{
	struct period *p = ctx;
	struct virtiostat_queue *q = xcalloc(1, sizeof(*q));

	*q = (struct virtiostat_queue){
		.device = c->id.device,
		.queue = c->id.queue,
		.adds = c->adds,
		.failed = c->failed,
		.cut = c->cut,
		.in_sgs = c->in_sgs,
		.out_sgs = c->out_sgs,
		.in_bytes = c->in_bytes,
		.out_bytes = c->out_bytes,
		.kicks = c->kicks,
		.notifies = c->notifies,
		.gets = c->gets,
		.used_bytes = c->used_bytes,
		.unpaired = c->unpaired,
		.in_flight = c->in_flight,
		.max_in_flight = c->max_in_flight,
	};
	(void)snprintf(q->driver, sizeof(q->driver), "%.*s",
		       VIRTIO_NAME_SIZE - 1, c->id.driver);
	(void)snprintf(q->name, sizeof(q->name), "%.*s", VIRTIO_NAME_SIZE - 1,
		       c->id.name);
	take_latency(c, &q->latency);
	p->queues = xgrow(p->queues, p->nr, &p->cap, sizeof(*p->queues));
	p->queues[p->nr++] = q;
}

static void ignore(const struct virtio_count *c, void *ctx)
{
	(void)c;
	(void)ctx;
}

static void release(struct period *p)
{
	for (size_t i = 0; i < p->nr; i++)
		free(p->queues[i]);
	free(p->queues);
	*p = (struct period){ 0 };
}

static uint64_t now(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Until that instant of CLOCK_MONOTONIC, or a signal; 0 = a signal. */
static void wait_until(uint64_t end)
{
	while (!cmd_signal && (!end || now(CLOCK_MONOTONIC) < end)) {
		uint64_t left = end ? end - now(CLOCK_MONOTONIC) : NS_PER_SEC;
		struct timespec ts = { .tv_nsec = 100000000 };

		/* A signal right before the sleep is seen soon. */
		if ((int64_t)left > 0 && left < (uint64_t)ts.tv_nsec)
			ts.tv_nsec = (long)left;
		(void)nanosleep(&ts, NULL);
	}
}

static int print_period(const struct virtiostat_options *o,
			struct virtio_live *live, uint64_t start,
			struct err *err)
{
	struct period p = { 0 };
	int r = virtio_live_read(live, take, &p, err);

	if (!r) {
		struct virtiostat_table t = {
			.queues = (const struct virtiostat_queue *const *)
				p.queues,
			.nr = p.nr,
			.wall = now(CLOCK_REALTIME),
			.lost = virtio_live_lost(live),
			.seconds = (double)(now(CLOCK_MONOTONIC) - start) /
				   NS_PER_SEC,
		};

		if (p.nr)
			qsort(p.queues, p.nr, sizeof(*p.queues),
			      virtiostat_compare);
		virtiostat_print(o, &t);
	}
	release(&p);
	return r;
}

static int run(const struct virtiostat_options *o, struct virtio_live *live,
	       struct err *err)
{
	/* What came while the programs were attached, one by one, is odd. */
	int r = virtio_live_read(live, ignore, NULL, err);
	uint64_t start = now(CLOCK_MONOTONIC), end = 0;

	for (uint32_t i = 0; !r && (!i || !cmd_signal) &&
			     (!o->count || i < o->count); i++) {
		if (o->interval)
			end = start + (uint64_t)o->interval * NS_PER_SEC;
		wait_until(end);
		r = print_period(o, live, start, err);
		start = end;
	}
	return r;
}

int virtiostat_live(const struct virtiostat_options *o, int *ret_status,
		    struct err *err)
{
	const struct virtio_options vo = {
		.drivers = &o->driver,
		.nr_drivers = o->driver ? 1 : 0,
		.has_device = o->has_device,
		.device = o->device,
		.has_latency = o->has_latency,
	};
	struct virtio_live *live;
	int r;

	if (o->driver && strlen(o->driver) >= VIRTIO_NAME_SIZE)
		return err_set(err, -EINVAL, "-d %s: no driver has a name that"
			       " long", o->driver);
	if (o->is_debug)
		(void)setenv("IOTAPE_DEBUG", "1", 1);
	r = virtio_live_open(&vo, &live, err);
	if (r)
		return r;
	(void)fprintf(o->is_json ? stderr : stdout, "Tracing virtio devices"
		      " statistics ... Hit Ctrl-C to end.\n");
	(void)fflush(stdout);
	r = run(o, live, err);
	*ret_status = virtiostat_say_loss(virtio_live_lost(live));
	virtio_live_close(live);
	return r;
}
