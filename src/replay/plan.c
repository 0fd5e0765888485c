/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"

/* A stream's I/O that ended, by the time of its end. */
struct ended {
	uint64_t end;
	uint32_t stream;
	uint32_t io;
};

void plan_init(struct plan *plan)
{
	*plan = (struct plan){ 0 };
}

void plan_release(struct plan *plan)
{
	free(plan->ios);
	free(plan->devs);
	free(plan->streams);
	free(plan->ends);
	map64_release(&plan->by_device);
	map64_release(&plan->by_key);
	plan_init(plan);
}

static int new_device(struct plan *plan, uint32_t device, const char *name,
		      struct err *err)
{
	struct plan_dev *dev;

	if (plan->nr_devs == PLAN_DEVS_MAX)
		return err_set(err, -E2BIG, "the trace has more than %u"
			       " devices", PLAN_DEVS_MAX);
	plan->devs = xgrow(plan->devs, plan->nr_devs, &plan->cap_devs,
			   sizeof(*plan->devs));
	dev = &plan->devs[plan->nr_devs];
	*dev = (struct plan_dev){ .device = device };
	(void)snprintf(dev->name, sizeof(dev->name), "%s", name ? name : "");
	return (int)plan->nr_devs++;
}

int plan_device(struct plan *plan, uint32_t device, const char *name,
		struct err *err)
{
	uint64_t *slot;
	int i;

	if (!device) {
		for (size_t k = 0; k < plan->nr_devs; k++)
			if (!strcmp(plan->devs[k].name, name))
				return (int)k;
		return new_device(plan, 0, name, err);
	}
	slot = map64_put(&plan->by_device, device);
	if (*slot)
		return (int)(*slot - 1);
	i = new_device(plan, device, name, err);
	if (i >= 0)
		*slot = (uint64_t)i + 1;
	return i;
}

static uint32_t stream_of(struct plan *plan, uint32_t key)
{
	uint64_t *slot = map64_put(&plan->by_key, key);

	if (!*slot) {
		plan->streams = xgrow(plan->streams, plan->nr_streams,
				      &plan->cap_streams,
				      sizeof(*plan->streams));
		plan->streams[plan->nr_streams++] = (struct plan_stream){
			.key = key, .first = PLAN_NONE, .last = PLAN_NONE,
		};
		*slot = plan->nr_streams;
	}
	return (uint32_t)(*slot - 1);
}

int plan_add(struct plan *plan, const struct plan_io *io, uint32_t key,
	     struct err *err)
{
	struct plan_dev *dev = &plan->devs[io->dev];
	uint64_t end = io->sector + (io->bytes + 511ull) / 512;
	struct plan_io *p;

	if (io->op == LIFE_PASSTHROUGH) {
		plan->nr_passthrough++;
		return 0;
	}
	if (io->op == LIFE_ZONE) {
		plan->nr_zone++;
		return 0;
	}
	if (!io->bytes && io->op != LIFE_FLUSH) {
		plan->nr_empty++;
		return 0;
	}
	if (plan->nr == PLAN_MAX)
		return err_set(err, -E2BIG, "the trace has more than %u I/Os",
			       PLAN_MAX);
	plan->ios = xgrow(plan->ios, plan->nr, &plan->cap,
			  sizeof(*plan->ios));
	p = &plan->ios[plan->nr++];
	*p = *io;
	p->stream = stream_of(plan, key);
	p->rank = p->next = PLAN_NONE;
	p->need = 0;
	p->think = 0;
	dev->nr++;
	if (io->bytes && end > dev->end && end > io->sector)
		dev->end = end;
	return 0;
}

void plan_add_end(struct plan *plan, uint32_t device, uint64_t time,
		  uint64_t sector, uint64_t end)
{
	if (end < time)
		return;
	plan->ends = xgrow(plan->ends, plan->nr_ends, &plan->cap_ends,
			   sizeof(*plan->ends));
	plan->ends[plan->nr_ends++] = (struct plan_end){
		.time = time, .sector = sector, .end = end, .device = device,
	};
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_ends(const void *a, const void *b)
{
	const struct plan_end *x = a, *y = b;
	int r = compare_u64(x->time, y->time);

	if (!r)
		r = compare_u64(x->device, y->device);
	if (!r)
		r = compare_u64(x->sector, y->sector);
	return r ? r : compare_u64(x->end, y->end);
}

static int compare_ended(const void *a, const void *b)
{
	const struct ended *x = a, *y = b;
	int r = compare_u64(x->stream, y->stream);

	if (!r)
		r = compare_u64(x->end, y->end);
	return r ? r : compare_u64(x->io, y->io);
}

/* By time; equal times stay as they came. */
static void sort_ios(struct plan *plan)
{
	struct plan_io *a = plan->ios, *b;
	size_t n = plan->nr, i = 1;

	while (i < n && a[i - 1].time <= a[i].time)
		i++;
	if (i >= n)
		return;
	b = xreallocarray(NULL, n, sizeof(*b));
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t at = 0; at < n; at += 2 * width) {
			size_t l = at, r = at + width < n ? at + width : n;
			size_t mid = r;
			size_t end = mid + width < n ? mid + width : n;

			for (size_t k = at; k < end; k++)
				b[k] = l < mid && (r >= end ||
						   a[l].time <= a[r].time) ?
					       a[l++] : a[r++];
		}
		plan->ios = b;
		b = a;
		a = plan->ios;
	}
	free(b);
	plan->cap = n;
}

/* The end of @io that no other I/O has; NULL = not known. */
static struct plan_end *find_end(struct plan *plan, const struct plan_io *io)
{
	const struct plan_end key = {
		.time = io->time, .sector = io->sector,
		.device = plan->devs[io->dev].device,
	};
	size_t low = 0, high = plan->nr_ends;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_ends(&plan->ends[mid], &key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < plan->nr_ends; low++) {
		struct plan_end *e = &plan->ends[low];

		if (e->time != key.time || e->sector != key.sector ||
		    e->device != key.device)
			return NULL;
		if (!e->taken)
			return e;
	}
	return NULL;
}

/* Returns the I/Os whose end is known, by stream and then by end. */
static struct ended *sort_ended(struct plan *plan, size_t *ret_nr)
{
	struct ended *ended = xcalloc(plan->nr_ends + 1, sizeof(*ended));
	size_t nr = 0;

	if (plan->nr_ends)
		qsort(plan->ends, plan->nr_ends, sizeof(*plan->ends),
		      compare_ends);
	for (size_t i = 0; i < plan->nr; i++) {
		struct plan_end *e = find_end(plan, &plan->ios[i]);

		if (!e)
			continue;
		e->taken = 1;
		ended[nr++] = (struct ended){
			.end = e->end, .stream = plan->ios[i].stream,
			.io = (uint32_t)i,
		};
	}
	qsort(ended, nr, sizeof(*ended), compare_ended);
	*ret_nr = nr;
	return ended;
}

static void set_ranks(struct plan *plan, const struct ended *ended, size_t nr)
{
	uint32_t base = 0;

	for (size_t i = 0; i < nr; i++) {
		struct plan_stream *s = &plan->streams[ended[i].stream];

		plan->ios[ended[i].io].rank = s->nr_ranked++;
	}
	for (size_t i = 0; i < plan->nr_streams; i++) {
		plan->streams[i].base = base;
		base += plan->streams[i].nr_ranked;
	}
	plan->nr_ranked = nr;
}

static void set_needs(struct plan *plan, const struct ended *ended)
{
	uint32_t *done = xcalloc(plan->nr_streams + 1, sizeof(*done));

	for (size_t i = 0; i < plan->nr; i++) {
		struct plan_io *io = &plan->ios[i];
		struct plan_stream *s = &plan->streams[io->stream];
		const struct ended *e = &ended[s->base];
		uint32_t *d = &done[io->stream];

		while (*d < s->nr_ranked && e[*d].end < io->time)
			++*d;
		io->need = *d;
		io->think = *d ? io->time - e[*d - 1].end : 0;
		if (s->last == PLAN_NONE)
			s->first = (uint32_t)i;
		else
			plan->ios[s->last].next = (uint32_t)i;
		s->last = (uint32_t)i;
	}
	free(done);
}

static int compare_times(const void *a, const void *b)
{
	return compare_u64(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* How many I/Os of known end were in flight at once. */
static void set_depth(struct plan *plan, const struct ended *ended, size_t nr)
{
	uint64_t *ends = xcalloc(nr + 1, sizeof(*ends));
	uint64_t begin = UINT64_MAX, depth = 0;
	const uint64_t first = plan->ios[0].time;
	double sum = 0;		/* of the times in flight */
	size_t k = 0;

	for (size_t i = 0; i < nr; i++)
		ends[i] = ended[i].end;
	qsort(ends, nr, sizeof(*ends), compare_times);
	for (size_t i = 0; i < plan->nr; i++) {
		const struct plan_io *io = &plan->ios[i];

		if (io->rank == PLAN_NONE)
			continue;
		for (; k < nr && ends[k] <= io->time && depth; k++)
			depth--;
		depth++;
		if (depth > plan->max_depth)
			plan->max_depth = depth;
		if (io->time < begin)
			begin = io->time;
		sum -= (double)(io->time - first);
	}
	for (size_t i = 0; i < nr; i++)
		sum += (double)(ends[i] - first);
	if (nr && ends[nr - 1] > begin)
		plan->mean_depth = sum / (double)(ends[nr - 1] - begin);
	free(ends);
}

void plan_end(struct plan *plan)
{
	_cleanup_(freep) struct ended *ended = NULL;
	uint64_t first;
	size_t nr;

	sort_ios(plan);
	if (!plan->nr)
		return;
	ended = sort_ended(plan, &nr);
	set_ranks(plan, ended, nr);
	set_needs(plan, ended);
	set_depth(plan, ended, nr);
	first = plan->ios[0].time;
	for (size_t i = 0; i < plan->nr; i++)
		plan->ios[i].time -= first;
	plan->ns = plan->ios[plan->nr - 1].time;
	free(plan->ends);
	plan->ends = NULL;
	plan->nr_ends = plan->cap_ends = 0;
}
