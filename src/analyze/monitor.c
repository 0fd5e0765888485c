/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>

#include "formats/note.h"
#include "src/analyze/life.h"
#include "src/analyze/monitor.h"
#include "src/base/xalloc.h"

#define SIZE_STEP	1024u
#define TIME_STEP	8u
#define DEVICES_MAX	4096u

struct monitor {
	struct life *life;
	monitor_fn *fn;
	void *ctx;
	uint64_t interval, first, next;	/* ns; first: LIFE_NEVER = no event */
	uint64_t clock_offset;	/* realtime - monotonic; 0 = unknown */
	struct monitor_device *devices;
	size_t nr, cap;
};

static void add_sum(struct monitor_sum *s, uint64_t v)
{
	if (!s->nr++ || v < s->min)
		s->min = v;
	if (v > s->max)
		s->max = v;
	s->sum += v;
	s->squares += (double)v * (double)v;
}

static void add_bucket(uint32_t *buckets, unsigned int nr, uint64_t v,
		       uint64_t step)
{
	unsigned int i = 0;

	while (i < nr - 1 && v > monitor_limit(i, step))
		i++;
	buckets[i]++;
}

static struct monitor_device *device_of(struct monitor *m, uint32_t device)
{
	for (size_t i = 0; i < m->nr; i++)
		if (m->devices[i].device == device)
			return &m->devices[i];
	if (m->nr >= DEVICES_MAX)
		return NULL;
	m->devices = xgrow(m->devices, m->nr, &m->cap, sizeof(*m->devices));
	m->devices[m->nr] = (struct monitor_device){ .device = device };
	return &m->devices[m->nr++];
}

static void on_request(void *ctx, const struct life_request *rq)
{
	struct monitor_device *d = device_of(ctx, rq->device);
	uint64_t ns = rq->c > rq->d ? rq->c - rq->d : 0, us = ns / 1000;
	enum monitor_kind kind = rq->is_read ? MONITOR_READ : MONITOR_WRITE;

	if (!d)
		return;
	d->nr++;
	add_sum(&d->size[kind], rq->bytes);
	add_sum(&d->d2c[kind], us);
	/* blkiomon divides by whole us, and dies of what is faster */
	if (us)
		add_sum(&d->rate[kind], rq->bytes * UINT64_C(1000) / us);
	else if (ns)
		add_sum(&d->rate[kind], rq->bytes * UINT64_C(1000000) / ns);
	add_bucket(d->sizes, MONITOR_SIZES, rq->bytes, SIZE_STEP);
	add_bucket(d->times, MONITOR_TIMES, us, TIME_STEP);
}

struct monitor *monitor_new(uint64_t interval_ns, monitor_fn *fn, void *ctx)
{
	struct monitor *m = xcalloc(1, sizeof(*m));

	m->interval = interval_ns;
	m->first = LIFE_NEVER;
	m->fn = fn;
	m->ctx = ctx;
	m->life = life_new(&(struct life_sink){ .request = on_request,
						.ctx = m });
	return m;
}

void monitor_free(struct monitor *m)
{
	if (!m)
		return;
	life_free(m->life);
	free(m->devices);
	free(m);
}

static void end_interval(struct monitor *m, uint64_t end)
{
	uint64_t wall = m->clock_offset ? end + m->clock_offset : 0;

	for (size_t i = 0; i < m->nr; i++)
		m->fn(m->ctx, end - m->first, wall, &m->devices[i]);
	m->nr = 0;
}

static void add_note(struct monitor *m, const struct blk_rec *rec)
{
	struct note note;
	uint64_t sec;
	uint32_t nsec;

	if (!note_is_private(rec)) {
		if (blk_code(rec) == BLK_TN_TIMESTAMP && !m->clock_offset &&
		    !blk_get_timestamp(rec, &sec, &nsec))
			m->clock_offset = sec * 1000000000 + nsec - rec->time;
		return;
	}
	if (note_decode(rec, &note))
		return;
	if (note.id == NOTE_LOSS && note.loss.count)
		life_lost(m->life, note.loss.device);
	else if (note.id == NOTE_CLOCK && note.clock.monotonic)
		m->clock_offset = note.clock.realtime - note.clock.monotonic;
}

void monitor_add(struct monitor *m, const struct blk_rec *rec)
{
	if (blk_is_notify(rec)) {
		add_note(m, rec);
		return;
	}
	if (m->first == LIFE_NEVER) {
		m->first = rec->time;
		m->next = rec->time + m->interval;
	}
	if (rec->time >= m->next) {
		end_interval(m, m->next);
		m->next += (rec->time - m->next) / m->interval * m->interval +
			   m->interval;
	}
	life_add(m->life, rec, 0);
}

void monitor_end(struct monitor *m)
{
	life_end(m->life);
	if (m->first != LIFE_NEVER)
		end_interval(m, m->next);
}
