/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "formats/note.h"
#include "src/analyze/kicks.h"
#include "src/base/xalloc.h"

#define MMIO_WRITE	2	/* note_kvm_mmio.type, doc/FORMAT.md 4.18 */
#define BASES		4u	/* kicks that are tried as the first one */
#define TIME_MAX	(UINT64_C(1) << 61)
#define LINE_NS		1000000000u	/* so much apart for a drift */
#define DRIFT		5000u	/* clocks differ by less than 1 / DRIFT: NTP
				   changes theirs by up to 1 / 2000, but two by
				   less than that against each other */

/* ---- collecting ---------------------------------------------------------- */

static void add_write(struct kicks *k, uint64_t time)
{
	if (time > k->last_write)
		k->last_write = time;
	if (k->nr_writes == KICKS_WRITES)
		return;
	k->writes = xgrow(k->writes, k->nr_writes, &k->cap_writes,
			  sizeof(*k->writes));
	k->writes[k->nr_writes++] = time;
}

static void add_span(struct kicks *k, uint64_t from, uint64_t to)
{
	const struct kick_span span = { from, to };

	if (to < from || to - from > KICKS_LONG_NS)
		return;
	if (k->nr_kicks < KICKS_WINDOW)
		k->first[k->nr_kicks] = span;
	k->last[k->nr_kicks++ % KICKS_WINDOW] = span;
}

static uint64_t queue_of(uint32_t device, uint32_t queue)
{
	return (uint64_t)device << 32 | queue;
}

static void end_kick(struct kicks *k, const struct note_virtio_notify *n,
		     uint64_t time)
{
	uint64_t *begun = map64_get(&k->begun, queue_of(n->device, n->queue));

	if (!begun || !*begun)
		return;
	if (n->ok)
		add_span(k, *begun - 1, time);
	*begun = 0;
}

void kicks_add(struct kicks *k, const struct blk_rec *rec)
{
	struct note n;

	/* no machine runs for 73 years; sums of what is left fit in 64 bits */
	if (rec->time > TIME_MAX || !note_is_private(rec) ||
	    note_decode(rec, &n))
		return;
	if (n.id == NOTE_KVM_FAST_MMIO ||
	    (n.id == NOTE_KVM_PIO && n.kvm_pio.write) ||
	    (n.id == NOTE_KVM_MMIO && n.kvm_mmio.type == MMIO_WRITE))
		add_write(k, rec->time);
	else if (n.id == NOTE_VIRTIO_KICK && n.virtio_kick.needed)
		*map64_put(&k->begun, queue_of(n.virtio_kick.device,
					       n.virtio_kick.queue)) =
			rec->time + 1;
	else if (n.id == NOTE_VIRTIO_NOTIFY)
		end_kick(k, &n.virtio_notify, rec->time);
}

void kicks_release(struct kicks *k)
{
	free(k->writes);
	map64_release(&k->begun);
	*k = (struct kicks){ 0 };
}

/* ---- fitting ------------------------------------------------------------- */

/* What may be added to the guest's times, at one kick: both included. */
struct offset {
	int64_t least, most;
	unsigned int nr;	/* kicks that fit */
};

/* The first write not before @time. */
static size_t find_write(const struct kicks *host, int64_t time)
{
	size_t low = 0, high = host->nr_writes;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if ((int64_t)host->writes[mid] < time)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Narrows the offset by one kick, whose write is one of those that may be it.
 * False: there is none.
 */
static bool narrow(const struct kicks *host, const struct kick_span *kick,
		   struct offset *o)
{
	int64_t from = (int64_t)kick->from, to = (int64_t)kick->to;
	size_t first = find_write(host, from + o->least);
	size_t behind = find_write(host, to + o->most + 1);
	int64_t least, most;

	if (first == behind)
		return false;
	least = (int64_t)host->writes[first] - to;
	most = (int64_t)host->writes[behind - 1] - from;
	if (least > o->least)
		o->least = least;
	if (most < o->most)
		o->most = most;
	o->nr++;
	return true;
}

/* What may have become of the offset from one kick to the next. */
static void let_drift(struct offset *o, const struct kick_span *from,
		      const struct kick_span *to)
{
	int64_t ns = (int64_t)((to->from - from->from) / DRIFT);

	o->least -= ns;
	o->most += ns;
}

/*
 * Kick @base belongs to write @w: how many behind it fit then, and the offset
 * at the last one.
 */
static struct offset try_offset(const struct kicks *host,
				const struct kick_span *kicks, unsigned int nr,
				unsigned int base, size_t w)
{
	struct offset o = {
		.least = (int64_t)(host->writes[w] - kicks[base].to),
		.most = (int64_t)(host->writes[w] - kicks[base].from),
		.nr = 1,
	};
	unsigned int missing = base;

	for (unsigned int i = base + 1; i < nr && missing <= nr / 5; i++) {
		let_drift(&o, &kicks[i - 1], &kicks[i]);
		missing += !narrow(host, &kicks[i], &o);
	}
	return o;
}

static bool overlap(const struct offset *a, const struct offset *b)
{
	return a->least <= b->most && b->least <= a->most;
}

/* The best one within @bounds, and the best that is elsewhere. */
static void search(const struct kicks *host, const struct kick_span *kicks,
		   unsigned int nr, const struct offset *bounds,
		   struct offset *best, struct offset *second)
{
	*best = *second = (struct offset){ 0 };
	for (unsigned int base = 0; base < BASES && base < nr; base++) {
		for (size_t w = 0; w < host->nr_writes; w++) {
			struct offset o = try_offset(host, kicks, nr, base, w);

			if (bounds && !overlap(&o, bounds))
				continue;
			if (o.nr > best->nr) {
				if (!overlap(&o, best))
					*second = *best;
				*best = o;
			} else if (o.nr > second->nr && !overlap(&o, best)) {
				*second = o;
			}
		}
		/* no other kick has to be the first one */
		if (best->nr * 5 >= nr * 4)
			return;
	}
}

static int fit_window(const struct kicks *host, const struct kick_span *kicks,
		      unsigned int nr, const struct offset *bounds,
		      struct offset *ret, struct err *err)
{
	struct offset second;

	search(host, kicks, nr, bounds, ret, &second);
	if (ret->nr * 5 < nr * 4)
		return err_set(err, -ERANGE, "at no offset between the clocks"
			       " do the guest's kicks fit the host's writes:"
			       " at the best one %u of %u", ret->nr, nr);
	if (second.nr * 10 >= ret->nr * 9)
		return err_set(err, -ERANGE, "the kicks come so evenly that"
			       " they fit at more than one offset: %" PRId64
			       " ns (%u of %u) and %" PRId64 " ns (%u)",
			       ret->least, ret->nr, nr, second.least,
			       second.nr);
	return 0;
}

static uint64_t half(const struct offset *o)
{
	return (uint64_t)(o->most - o->least + 1) / 2;
}

static void add_point(struct kicks_fit *fit, uint64_t guest,
		      const struct offset *o)
{
	unsigned int i = fit->guest.nr++;

	fit->guest.at[i] = guest;
	fit->host.at[i] = guest + (uint64_t)o->least + half(o);
	fit->host.nr++;
	if (half(o) > fit->error)
		fit->error = half(o);
	fit->nr_fitting += o->nr;
}

/* The last kicks, in the order of their times. */
static unsigned int last_kicks(const struct kicks *guest,
			       struct kick_span *ret)
{
	unsigned int nr = guest->nr_kicks < KICKS_WINDOW ?
			  (unsigned int)guest->nr_kicks : KICKS_WINDOW;

	for (unsigned int i = 0; i < nr; i++)
		ret[i] = guest->last[(guest->nr_kicks - nr + i) %
				     KICKS_WINDOW];
	return nr;
}

int kicks_fit(const struct kicks *guest, const struct kicks *host,
	      struct kicks_fit *ret, struct err *err)
{
	struct kick_span last[KICKS_WINDOW];
	struct offset first = { 0 }, end = { 0 }, bounds;
	unsigned int nr = last_kicks(guest, last);
	uint64_t apart;
	int r;

	*ret = (struct kicks_fit){ .nr_tried = nr };
	if (nr < KICKS_LEAST || host->nr_writes < KICKS_LEAST)
		return err_set(err, -ENODATA, "%u kicks in the guest and %zu"
			       " writes on the host are too few", nr,
			       host->nr_writes);
	r = fit_window(host, guest->first, nr, NULL, &first, err);
	if (r)
		return r;
	add_point(ret, guest->first[nr - 1].from, &first);
	apart = last[nr - 1].from - guest->first[nr - 1].from;
	/* writes that were not kept cannot fit */
	if (apart < LINE_NS || host->nr_writes == KICKS_WRITES)
		return 0;
	bounds.least = first.least - (int64_t)(apart / DRIFT);
	bounds.most = first.most + (int64_t)(apart / DRIFT);
	if (fit_window(host, last, nr, &bounds, &end, NULL))
		return 0;
	ret->nr_tried += nr;
	add_point(ret, last[nr - 1].from, &end);
	return 0;
}
