/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "src/base/xalloc.h"
#include "src/replay/engine_impl.h"
#include "src/replay/turns.h"

#define SPIN_NS		200000u	/* a sleep may take that much longer */
#define STOP_CHECK_NS	100000000u	/* a signal may come between the look
					   at it and the sleep */

static uint64_t clock_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static bool is_stopped(const struct engine *e)
{
	return e->opts->stop && *e->opts->stop;
}

static uint32_t depth_of(const struct engine *e)
{
	return e->opts->depth - e->nr_free - e->nr_batch;
}

/* The depth is about to change. */
static void count_depth(struct engine *e, uint64_t now)
{
	uint32_t depth = depth_of(e);

	if (depth && now > e->depth_since) {
		e->depth_sum += (double)depth * (double)(now - e->depth_since);
		e->busy_ns += now - e->depth_since;
	}
	e->depth_since = now;
}

static void count_issued(struct engine *e, const struct slot *s)
{
	struct engine_result *res = e->res;
	uint64_t late = s->issued > s->due ? s->issued - s->due : 0;

	if (e->opts->mode != PACE_ASAP) {
		dist_add(&res->error, late);
		res->nr_close += late <= ENGINE_CLOSE_NS;
		res->nr_late += late > ENGINE_LATE_NS;
	}
	res->nr_issued[s->op]++;
	res->bytes[s->op] += s->len;
	res->nr_fua += s->has_fua;
	res->nr_preflush += s->has_preflush;
}

/* ---- ends ---------------------------------------------------------------- */

static void count_failure(struct engine_result *res, int r)
{
	res->nr_failed++;
	res->nr_unsupported += r == -EOPNOTSUPP;
	if (!res->first_error)
		res->first_error = r;
}

static void end_io(struct engine *e, uint32_t i, int r, uint64_t now)
{
	const struct slot *s = &e->slots[i];
	struct engine_result *res = e->res;

	if (r >= 0 && s->error)
		r = s->error;
	if (r < 0)
		count_failure(res, r);
	else if (s->buf && (uint64_t)r < s->len)
		res->nr_short++;
	dist_add(&res->latency, now > s->issued ? now - s->issued : 0);
	count_depth(e, now);
	e->free_slots[e->nr_free++] = i;
	pace_done(&e->pace, s->io, now);
}

/* Takes what has ended; what can be tried another way is queued again. */
static bool reap(struct engine *e, uint64_t now)
{
	struct io_uring_cqe *cqe;
	bool is_queued = false;

	while (!io_uring_peek_cqe(&e->ring, &cqe)) {
		uint64_t data = io_uring_cqe_get_data64(cqe);
		int r = cqe->res;

		io_uring_cqe_seen(&e->ring, cqe);
		if (data == ENGINE_PREFLUSH) {
			if (r < 0)
				count_failure(e->res, r);
			continue;
		}
		if (io_uring_sq_space_left(&e->ring) > 2 &&
		    issue_can_retry(e, &e->slots[data], r)) {
			issue_queue(e, (uint32_t)data);
			is_queued = true;
			continue;
		}
		end_io(e, (uint32_t)data, r, now);
	}
	return is_queued;
}

/* ---- issues -------------------------------------------------------------- */

/* Puts what is due into the batch. */
static void take_due(struct engine *e, uint64_t now)
{
	uint64_t due;
	uint32_t io;

	while (e->nr_batch < ENGINE_BATCH && pace_next(&e->pace, &due, &io) &&
	       due <= now) {
		uint32_t i;

		if (!e->nr_free) {
			e->res->nr_held += e->held != io + 1ull;
			e->held = io + 1ull;
			return;
		}
		pace_take(&e->pace);
		i = e->free_slots[e->nr_free - 1];
		if (!issue_prepare(e, io, &e->slots[i])) {
			pace_done(&e->pace, io, now);
			continue;
		}
		e->slots[i].due = due;
		e->nr_free--;
		e->batch[e->nr_batch++] = i;
		issue_queue(e, i);
	}
}

static int submit(struct engine *e, struct err *err)
{
	int r;

	do {
		r = io_uring_submit(&e->ring);
	} while (r == -EINTR || r == -EAGAIN || r == -EBUSY);
	return r < 0 ? err_set_errno(err, r, "io_uring: submitting") : 0;
}

/*
 * Gives the batch to the kernel.  The time behind the call is the latest at
 * which it can have got an I/O: errors are not made smaller than they are.
 */
static int issue_batch(struct engine *e, struct err *err)
{
	int r = submit(e, err);
	uint64_t now = clock_ns();
	uint32_t nr = e->nr_batch;

	if (r)
		return r;
	count_depth(e, now);
	e->nr_batch = 0;
	for (uint32_t i = 0; i < nr; i++) {
		e->slots[e->batch[i]].issued = now;
		count_issued(e, &e->slots[e->batch[i]]);
	}
	if (depth_of(e) > e->res->max_depth)
		e->res->max_depth = depth_of(e);
	return 0;
}

/* ---- the loop ------------------------------------------------------------ */

/* Sleeps until an I/O ends, or shortly before @due. */
static int wait_until(struct engine *e, uint64_t due, uint64_t now,
		      struct err *err)
{
	uint64_t ns = due - now > SPIN_NS ? due - now - SPIN_NS : 0;
	struct __kernel_timespec ts;
	struct io_uring_cqe *cqe;
	int r;

	if (!ns)
		return 0;
	if (ns > STOP_CHECK_NS)
		ns = STOP_CHECK_NS;
	ts = (struct __kernel_timespec){ .tv_nsec = (long long)ns };
	r = io_uring_wait_cqe_timeout(&e->ring, &cqe, &ts);
	if (r < 0 && r != -ETIME && r != -EINTR && r != -EAGAIN)
		return err_set_errno(err, r, "io_uring: waiting");
	return 0;
}

/* One round: what ended, what is due, else a sleep.  1 = all is done. */
static int step(struct engine *e, bool is_ending, struct err *err)
{
	uint64_t now = clock_ns(), due = UINT64_MAX;
	uint32_t io;
	int r;

	if (reap(e, now)) {
		r = submit(e, err);
		if (r)
			return r;
	}
	if (!is_ending)
		take_due(e, now);
	if (e->nr_batch)
		return issue_batch(e, err);
	if (!depth_of(e) &&
	    (is_ending || !pace_next(&e->pace, &due, &io)))
		return 1;
	if (!is_ending && e->nr_free && !pace_next(&e->pace, &due, &io))
		due = UINT64_MAX;
	return wait_until(e, due, now, err);
}

/* What a turn is made of. */
struct turn {
	struct engine *e;
	struct err *err;
};

static int take_step(void *ctx)
{
	const struct turn *t = ctx;
	struct engine *e = t->e;

	if (is_stopped(e))
		e->res->is_stopped = true;
	return step(e, e->res->is_stopped, t->err);
}

static int run_once(struct engine *e, struct err *err)
{
	const struct turns_options opts = { .nr = e->opts->cpus,
					    .priority = e->opts->priority };
	struct turn turn = { e, err };
	int r;

	pace_start(&e->pace, clock_ns());
	r = turns_run(&opts, take_step, &turn, err);
	return r < 0 ? r : 0;
}

/* ---- begin and end ------------------------------------------------------- */

/* Flags of v6.0 and v5.19 that spare interrupts; older kernels do without. */
static int open_ring(struct engine *e, struct err *err)
{
	static const unsigned int flags[] = {
		IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
			IORING_SETUP_TASKRUN_FLAG,
		0,
	};
	int r = -EINVAL;

	/* several threads: what one submits, another may have to reap */
	for (size_t i = e->opts->cpus > 1; i < ARRAY_SIZE(flags) &&
	     r == -EINVAL; i++) {
		struct io_uring_params p = {
			.flags = flags[i] | IORING_SETUP_CQSIZE,
			/* a flush in front of each */
			.cq_entries = 2 * e->opts->depth + ENGINE_SQ,
		};

		r = io_uring_queue_init_params(ENGINE_SQ, &e->ring, &p);
	}
	if (r)
		return err_set_errno(err, r, "io_uring cannot be had"
				     " (/proc/sys/kernel/io_uring_disabled)");
	e->has_buffers = !io_uring_register_buffers(&e->ring, e->data.regions,
						    DATA_REGIONS);
	return 0;
}

/* Of the longest read or write. */
static size_t longest(const struct plan *plan)
{
	size_t max = 1u << 20;

	for (size_t i = 0; i < plan->nr; i++) {
		const struct plan_io *io = &plan->ios[i];

		if ((io->op == LIFE_READ || io->op == LIFE_WRITE) &&
		    io->bytes > max)
			max = io->bytes;
	}
	/* up to two blocks more: src/replay/place.h */
	max += 2u << 16;
	return max < DATA_LEN_MAX ? max : DATA_LEN_MAX;
}

static int run_all(struct engine *e, struct err *err)
{
	struct engine_result *res = e->res;
	int r = 0;

	res->begin = e->depth_since = clock_ns();
	for (uint32_t i = 0; i < e->opts->iterations && !r; i++)
		r = run_once(e, err);
	res->end = clock_ns();
	if (e->busy_ns)
		res->mean_depth = e->depth_sum / (double)e->busy_ns;
	return r;
}

int engine_run(const struct plan *plan, const struct engine_options *opts,
	       struct engine_result *ret, struct err *err)
{
	struct engine e = { .plan = plan, .opts = opts, .res = ret,
			    .nr_free = opts->depth };
	int r = data_init(&e.data, longest(plan), opts->compressible, err);

	*ret = (struct engine_result){ .error.bits = DIST_FINE,
				       .latency.bits = DIST_FINE };
	if (r)
		return r;
	r = open_ring(&e, err);
	if (!r) {
		e.slots = xcalloc(opts->depth, sizeof(*e.slots));
		e.free_slots = xcalloc(opts->depth, sizeof(*e.free_slots));
		for (uint32_t i = 0; i < opts->depth; i++)
			e.free_slots[i] = i;
		pace_init(&e.pace, plan, opts->mode, opts->speed);
		(void)prctl(PR_SET_TIMERSLACK, 1ul);
		r = run_all(&e, err);
		io_uring_queue_exit(&e.ring);
		pace_release(&e.pace);
		free(e.slots);
		free(e.free_slots);
	}
	data_release(&e.data);
	return r;
}

void engine_result_release(struct engine_result *res)
{
	dist_release(&res->error);
	dist_release(&res->latency);
}
