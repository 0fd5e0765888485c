/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/pace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"

static const struct mode {
	const char *name;
	bool has_streams;
} modes[] = {
	[PACE_TIMED] = { "timed", false },
	[PACE_ASAP] = { "asap", false },
	[PACE_CLOSED] = { "closed-loop", true },
	[PACE_DEPENDENCIES] = { "dependencies", true },
};
_Static_assert(ARRAY_SIZE(modes) == PACE_MODE_MAX, "one row for each mode");

const char *pace_mode_name(enum pace_mode mode)
{
	return modes[mode].name;
}

int pace_mode_from_name(const char *name, enum pace_mode *ret_mode)
{
	for (unsigned int i = 0; i < PACE_MODE_MAX; i++) {
		if (strcmp(name, modes[i].name))
			continue;
		*ret_mode = (enum pace_mode)i;
		return 0;
	}
	return -EINVAL;
}

bool pace_mode_needs_ends(enum pace_mode mode)
{
	return modes[mode].has_streams;
}

void pace_init(struct pace *pace, const struct plan *plan,
	       enum pace_mode mode, double speed)
{
	*pace = (struct pace){ .plan = plan, .mode = mode, .speed = speed };
	if (!modes[mode].has_streams)
		return;
	pace->streams = xcalloc(plan->nr_streams + 1, sizeof(*pace->streams));
	pace->ended = xcalloc(plan->nr_ranked + 1, sizeof(*pace->ended));
}

void pace_release(struct pace *pace)
{
	free(pace->streams);
	free(pace->ended);
	free(pace->heap);
	*pace = (struct pace){ 0 };
}

/* Earlier times first, and of equal ones the trace's order. */
static bool is_before(const struct pace_due *a, const struct pace_due *b)
{
	return a->time != b->time ? a->time < b->time : a->io < b->io;
}

static void push(struct pace *pace, struct pace_due due)
{
	size_t i = pace->nr_heap;

	pace->heap = xgrow(pace->heap, i, &pace->cap_heap,
			   sizeof(*pace->heap));
	pace->nr_heap++;
	for (; i && is_before(&due, &pace->heap[(i - 1) / 2]); i = (i - 1) / 2)
		pace->heap[i] = pace->heap[(i - 1) / 2];
	pace->heap[i] = due;
}

static void pop(struct pace *pace)
{
	struct pace_due *heap = pace->heap, last = heap[--pace->nr_heap];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < pace->nr_heap) {
		if (child + 1 < pace->nr_heap &&
		    is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &last))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
}

/* At most 146 years, so that times can be added. */
static uint64_t scaled(const struct pace *pace, uint64_t ns)
{
	const uint64_t limit = UINT64_MAX / 4;
	double scaled_ns = (double)ns / pace->speed;

	if (pace->speed == 1)
		return ns < limit ? ns : limit;
	return scaled_ns < (double)limit ? (uint64_t)scaled_ns : limit;
}

/* What may begin in a stream, gets its time. */
static void release(struct pace *pace, struct pace_stream *s, uint64_t now)
{
	const struct plan_io *ios = pace->plan->ios;

	for (; s->next != PLAN_NONE && ios[s->next].need <= s->done;
	     s->next = ios[s->next].next) {
		const struct plan_io *io = &ios[s->next];
		struct pace_due due = { .time = now, .io = s->next };

		if (pace->mode == PACE_DEPENDENCIES)
			due.time = io->need ?
				now + scaled(pace, io->think) :
				pace->start + scaled(pace, io->time);
		push(pace, due);
	}
}

void pace_start(struct pace *pace, uint64_t now)
{
	const struct plan *plan = pace->plan;

	pace->start = now;
	pace->cursor = 0;
	pace->nr_heap = 0;
	if (!pace->streams)
		return;
	memset(pace->ended, 0, plan->nr_ranked);
	for (size_t i = 0; i < plan->nr_streams; i++) {
		pace->streams[i] = (struct pace_stream){
			.next = plan->streams[i].first,
		};
		release(pace, &pace->streams[i], now);
	}
}

bool pace_next(const struct pace *pace, uint64_t *ret_due, uint32_t *ret_io)
{
	if (pace->streams) {
		if (!pace->nr_heap)
			return false;
		*ret_due = pace->heap[0].time;
		*ret_io = pace->heap[0].io;
		return true;
	}
	if (pace->cursor == pace->plan->nr)
		return false;
	*ret_io = (uint32_t)pace->cursor;
	*ret_due = pace->start;
	if (pace->mode == PACE_TIMED)
		*ret_due += scaled(pace, pace->plan->ios[*ret_io].time);
	return true;
}

void pace_take(struct pace *pace)
{
	if (pace->streams)
		pop(pace);
	else
		pace->cursor++;
}

void pace_done(struct pace *pace, uint32_t io, uint64_t now)
{
	const struct plan_io *p = &pace->plan->ios[io];
	const struct plan_stream *ps = &pace->plan->streams[p->stream];
	struct pace_stream *s;

	if (!pace->streams || p->rank == PLAN_NONE)
		return;
	s = &pace->streams[p->stream];
	if (pace->mode == PACE_CLOSED) {
		s->done++;
	} else {
		pace->ended[ps->base + p->rank] = 1;
		while (s->done < ps->nr_ranked &&
		       pace->ended[ps->base + s->done])
			s->done++;
	}
	release(pace, s, now);
}
