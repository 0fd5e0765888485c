/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/blk.h"
#include "src/base/units.h"
#include "src/base/xalloc.h"
#include "src/record/trigger.h"
#include "src/record/watch.h"

#define NR_WAYS		4
#define NR_SETS		4096	/* a power of two */
#define NR_DISKS	64	/* that are known to have D */
#define STALL_CHECK_NS	100000000u

/* ---- grammar ---------------------------------------------------------------- */

enum value {
	VALUE_NONE,
	VALUE_TIME,
	VALUE_TASK,
};

static const struct {
	const char *name;
	char op;		/* between name and value; 0 = no value */
	enum value value;
} kinds[] = {
	[TRIGGER_LATENCY] = { "latency", '>', VALUE_TIME },
	[TRIGGER_ERROR] = { "error", '\0', VALUE_NONE },
	[TRIGGER_STALLED] = { "stalled", '>', VALUE_TIME },
	[TRIGGER_EXIT] = { "exit", ':', VALUE_TASK },
};

_Static_assert(ARRAY_SIZE(kinds) == TRIGGER_MAX, "each kind has a row");

static int parse_task(const char *text, struct trigger *t)
{
	size_t len = strlen(text);
	unsigned long pid = strtoul(text, NULL, 10);

	if (len && strspn(text, "0123456789") == len) {
		t->pid = (uint32_t)pid;
		return pid && pid <= INT32_MAX ? 0 : -EINVAL;
	}
	if (!len || len >= sizeof(t->name))
		return -EINVAL;
	memcpy(t->name, text, len + 1);
	return 0;
}

static int parse_value(enum value value, const char *text, struct trigger *t)
{
	switch (value) {
	case VALUE_NONE:
		return 0;
	case VALUE_TIME:
		return units_parse(text, UNITS_TIME, &t->ns);
	case VALUE_TASK:
		return parse_task(text, t);
	}
	return -EINVAL;
}

int trigger_parse(const char *text, struct trigger *ret, struct err *err)
{
	for (unsigned int i = 0; i < TRIGGER_MAX; i++) {
		struct trigger t = { .kind = (enum trigger_kind)i };
		size_t len = strlen(kinds[i].name);

		if (strncmp(text, kinds[i].name, len) != 0 ||
		    text[len] != kinds[i].op ||
		    parse_value(kinds[i].value, text + len + !!kinds[i].op,
				&t))
			continue;
		*ret = t;
		return 0;
	}
	return err_set(err, -EINVAL, "%s: latency>TIME, stalled>TIME (10ms,"
		       " 5s), error, exit:PID or exit:NAME is wanted", text);
}

/* ---- requests in flight ------------------------------------------------------ */

/* Times are 0 where the event has not come yet. */
struct pending {
	uint64_t sector;
	uint64_t begin;
	uint64_t end;
	uint32_t device;
	bool is_used;
	bool is_queued;		/* begin is that of a Q */
};

struct triggers {
	struct pending sets[NR_SETS][NR_WAYS];
	uint32_t next[NR_SETS];
	uint32_t issuing[NR_DISKS];	/* disks that have had a D */
	size_t nr_issuing;
	struct trigger *conds;
	size_t nr;
	uint64_t max_latency;	/* the smallest that is asked for */
	uint64_t max_age;
	uint64_t last_stall_check;
	bool has_error;
	struct watch *watch;	/* processes; NULL = none */
	bool is_fired;
	char text[TRIGGER_TEXT_MAX];
};

int triggers_new(const struct trigger *conds, size_t nr, uint64_t now,
		 struct triggers **ret, struct err *err)
{
	struct triggers *t = xcalloc(1, sizeof(*t));
	int r = 0;

	t->max_latency = t->max_age = UINT64_MAX;
	t->last_stall_check = now;
	for (size_t i = 0; i < nr && !r; i++) {
		const struct trigger *c = &conds[i];

		if (c->kind == TRIGGER_LATENCY && c->ns < t->max_latency)
			t->max_latency = c->ns;
		if (c->kind == TRIGGER_STALLED && c->ns < t->max_age)
			t->max_age = c->ns;
		t->has_error |= c->kind == TRIGGER_ERROR;
		if (c->kind != TRIGGER_EXIT)
			continue;
		if (!t->watch)
			t->watch = watch_new();
		r = c->pid ? watch_pid(t->watch, c->pid, err) :
			     watch_name(t->watch, c->name);
	}
	if (r) {
		triggers_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void triggers_free(struct triggers *t)
{
	if (!t)
		return;
	watch_free(t->watch);
	free(t);
}

static void fire(struct triggers *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void fire(struct triggers *t, const char *fmt, ...)
{
	va_list ap;

	if (t->is_fired)
		return;
	t->is_fired = true;
	va_start(ap, fmt);
	(void)vsnprintf(t->text, sizeof(t->text), fmt, ap);
	va_end(ap);
}

static bool is_issuing(const struct triggers *t, uint32_t device)
{
	for (size_t i = 0; i < t->nr_issuing; i++)
		if (t->issuing[i] == device)
			return true;
	return false;
}

static unsigned int set_of(uint32_t device, uint64_t sector)
{
	uint64_t h = (sector ^ (uint64_t)device << 40) * 0x9e3779b97f4a7c15u;

	return (unsigned int)(h >> 52);
}

_Static_assert(NR_SETS == 1 << 12, "set_of() gives 12 bits");

static struct pending *find(struct triggers *t, uint32_t device,
			    uint64_t sector)
{
	struct pending *set = t->sets[set_of(device, sector)];

	for (unsigned int i = 0; i < NR_WAYS; i++)
		if (set[i].is_used && set[i].device == device &&
		    set[i].sector == sector)
			return &set[i];
	return NULL;
}

static struct pending *add(struct triggers *t, uint32_t device,
			   uint64_t sector)
{
	unsigned int s = set_of(device, sector);
	struct pending *p = NULL;

	for (unsigned int i = 0; i < NR_WAYS && !p; i++)
		if (!t->sets[s][i].is_used)
			p = &t->sets[s][i];
	if (!p)
		p = &t->sets[s][t->next[s]++ % NR_WAYS];
	*p = (struct pending){ .device = device, .sector = sector,
			       .is_used = true };
	return p;
}

static void judge(struct triggers *t, struct pending *p)
{
	p->is_used = false;
	if (p->end > p->begin && p->end - p->begin > t->max_latency)
		fire(t, "latency %.3f ms at sector %" PRIu64 " of %u,%u",
		     (double)(p->end - p->begin) / 1e6, p->sector,
		     blk_major(p->device), blk_minor(p->device));
}

static void on_begin(struct triggers *t, const struct ring_event *ev,
		     bool is_queue)
{
	struct pending *p = find(t, ev->device, ev->sector);

	/* its C has come already, from the ring of another CPU */
	if (p && p->end >= ev->time) {
		p->begin = ev->time;
		judge(t, p);
		return;
	}
	if (!p || !is_queue)
		p = p ? p : add(t, ev->device, ev->sector);
	p->begin = ev->time;
	p->end = 0;
	p->is_queued = is_queue;
}

static void on_complete(struct triggers *t, const struct ring_event *ev)
{
	struct pending *p = find(t, ev->device, ev->sector);

	if (ev->error && t->has_error)
		fire(t, "error %d at sector %" PRIu64 " of %u,%u",
		     (int16_t)ev->error, (uint64_t)ev->sector, blk_major(ev->device),
		     blk_minor(ev->device));
	if (p && p->begin && p->begin <= ev->time) {
		p->end = ev->time;
		judge(t, p);
		return;
	}
	if (!p)
		p = add(t, ev->device, ev->sector);
	p->end = ev->time;
}

void triggers_event(struct triggers *t, const struct ring_event *ev)
{
	unsigned int code = ev->action & BLK_ACT_CODE_MASK;
	struct pending *p;

	/* Flushes without data all have the same sector: not told apart. */
	if (ev->device >= RING_DEVICE_VIRTIO ||
	    (!ev->bytes && code != BLK_ACT_COMPLETE))
		return;
	if (code == BLK_ACT_QUEUE && !is_issuing(t, ev->device)) {
		on_begin(t, ev, true);
	} else if (code == BLK_ACT_ISSUE) {
		if (!is_issuing(t, ev->device) && t->nr_issuing < NR_DISKS)
			t->issuing[t->nr_issuing++] = ev->device;
		on_begin(t, ev, false);
	} else if (code == BLK_ACT_COMPLETE && ev->bytes) {
		on_complete(t, ev);
	} else if (code == BLK_ACT_COMPLETE && ev->error && t->has_error) {
		fire(t, "error %d of a request without data on %u,%u",
		     (int16_t)ev->error, blk_major(ev->device),
		     blk_minor(ev->device));
	} else if (code == BLK_ACT_REQUEUE) {
		p = find(t, ev->device, ev->sector);
		if (p)
			p->is_used = false;
	}
}

void triggers_lost(struct triggers *t, uint32_t device)
{
	for (size_t i = 0; i < NR_SETS; i++)
		for (unsigned int k = 0; k < NR_WAYS; k++)
			if (t->sets[i][k].device == device)
				t->sets[i][k].is_used = false;
}

/* An entry that only has a C is of I/O that began before us: it goes. */
static void check_stalled(struct triggers *t, uint64_t now)
{
	t->last_stall_check = now;
	for (size_t i = 0; i < NR_SETS; i++) {
		for (unsigned int k = 0; k < NR_WAYS; k++) {
			struct pending *p = &t->sets[i][k];

			if (!p->is_used)
				continue;
			if (!p->begin || (p->is_queued &&
					  is_issuing(t, p->device))) {
				p->is_used = p->end &&
					     now - p->end < STALL_CHECK_NS;
				continue;
			}
			if (now <= p->begin || now - p->begin <= t->max_age)
				continue;
			p->is_used = false;
			fire(t, "stalled for %.3f s at sector %" PRIu64
			     " of %u,%u", (double)(now - p->begin) / 1e9,
			     p->sector, blk_major(p->device),
			     blk_minor(p->device));
		}
	}
}

bool triggers_check(struct triggers *t, uint64_t now, char *ret_text)
{
	char who[TRIGGER_TEXT_MAX];

	if (now - t->last_stall_check >= STALL_CHECK_NS)
		check_stalled(t, now);
	if (t->watch && watch_check(t->watch, now, who, sizeof(who)))
		fire(t, "%s", who);
	if (!t->is_fired)
		return false;
	t->is_fired = false;
	memcpy(ret_text, t->text, sizeof(t->text));
	return true;
}
