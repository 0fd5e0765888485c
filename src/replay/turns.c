/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/turns.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <time.h>

#define NS_PER_SEC	1000000000u
#define EARLY_NS	80000u		/* a sleep may take that much longer */
#define SPIN_NS		1000000u	/* for the turn; then it sleeps again:
					   who has it sleeps too */

struct turns {
	const struct turns_options *opts;
	int (*step)(void *ctx);
	void *ctx;
	uint64_t ns;
	atomic_uint nr_begun;	/* threads */
	atomic_uint holder;
	atomic_uint ready;	/* index + 1 of who is awake for its turn */
	atomic_bool is_done;
	int result;		/* by the last holder, before is_done */
};

struct member {
	struct turns *turns;
	pthread_t thread;
	unsigned int index;
	int cpu;		/* -1 = any */
};

static uint64_t clock_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	const struct timespec ts = { (time_t)(ns / NS_PER_SEC),
				     (long)(ns % NS_PER_SEC) };

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static bool is_done(struct turns *t)
{
	return atomic_load_explicit(&t->is_done, memory_order_acquire);
}

static unsigned int holder_of(struct turns *t)
{
	return atomic_load_explicit(&t->holder, memory_order_acquire);
}

/*
 * Takes the "ready" of thread @i, if it is there.  Either the holder does, and
 * gives the turn to a thread that is awake, or the thread itself does, and
 * sleeps.
 */
static bool take_back(struct turns *t, unsigned int i)
{
	unsigned int ready = i + 1;

	return atomic_compare_exchange_strong(&t->ready, &ready, 0);
}

/* Until the next one is awake, and at least as long as a turn is. */
static void hold(struct turns *t, unsigned int me)
{
	unsigned int next = (me + 1) % t->opts->nr;
	uint64_t end = clock_ns() + t->ns;

	for (;;) {
		int r = t->step(t->ctx);

		if (r) {
			t->result = r;
			atomic_store_explicit(&t->is_done, true,
					      memory_order_release);
			return;
		}
		if (clock_ns() < end || !take_back(t, next))
			continue;
		atomic_store_explicit(&t->holder, next, memory_order_release);
		return;
	}
}

static bool is_next(struct turns *t, unsigned int me)
{
	return (holder_of(t) + 1) % t->opts->nr == me;
}

/* Until it has the turn, or all is done. */
static void wait_for_turn(struct turns *t, unsigned int me, uint64_t when)
{
	while (!is_done(t)) {
		uint64_t begin;
		bool is_ready = false;

		sleep_until(when);
		begin = clock_ns();
		do {
			if (holder_of(t) == me)
				return;
			if (!is_ready && is_next(t, me)) {
				atomic_store(&t->ready, me + 1);
				is_ready = true;
			}
			relax();
		} while (!is_done(t) &&
			 (clock_ns() - begin < SPIN_NS ||
			  (is_ready && !take_back(t, me))));
		when = clock_ns() + SPIN_NS;
	}
}


static void prepare(const struct member *m)
{
	const struct turns_options *o = m->turns->opts;
	const struct sched_param param = { .sched_priority = o->priority };
	cpu_set_t set;

	(void)prctl(PR_SET_TIMERSLACK, 1ul);
	if (o->priority)
		(void)sched_setscheduler(0, SCHED_FIFO,
					 &param);
	if (m->cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((unsigned int)m->cpu, &set);
	(void)pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void *run_member(void *arg)
{
	const struct member *m = arg;
	struct turns *t = m->turns;

	(void)atomic_fetch_add(&t->nr_begun, 1);
	while (atomic_load(&t->nr_begun) < t->opts->nr && !is_done(t))
		sleep_until(clock_ns() + EARLY_NS);
	prepare(m);
	while (!is_done(t)) {
		uint64_t away = t->ns * (t->opts->nr - 1);

		if (holder_of(t) == m->index)
			hold(t, m->index);
		wait_for_turn(t, m->index, clock_ns() + away -
			      (away > EARLY_NS ? EARLY_NS : 0));
	}
	return NULL;
}

unsigned int turns_cpus(void)
{
	cpu_set_t set;
	unsigned int nr;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	nr = (unsigned int)CPU_COUNT(&set);
	return nr < TURNS_MAX ? nr : TURNS_MAX;
}

/* The n-th CPU that may be used; -1 = there are not so many. */
static int nth_cpu(unsigned int n)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return -1;
	for (unsigned int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set) && !n--)
			return (int)i;
	return -1;
}

static int run_alone(int (*step)(void *ctx), void *ctx)
{
	int r;

	do
		r = step(ctx);
	while (!r);
	return r;
}

static int run_members(struct turns *t, struct member *members)
{
	unsigned int nr = 0;
	int r = 0;

	for (; nr < t->opts->nr && !r; nr += !r) {
		struct member *m = &members[nr];

		*m = (struct member){ .turns = t, .index = nr,
				      .cpu = nth_cpu(nr) };
		r = pthread_create(&m->thread, NULL, run_member, m);
	}
	if (r)
		atomic_store(&t->is_done, true);
	for (unsigned int i = 0; i < nr; i++)
		(void)pthread_join(members[i].thread, NULL);
	return -r;
}

int turns_run(const struct turns_options *opts, int (*step)(void *ctx),
	      void *ctx, struct err *err)
{
	struct turns t = { .opts = opts, .step = step, .ctx = ctx,
			   .ns = opts->ns ? opts->ns : TURNS_NS };
	struct member members[TURNS_MAX];
	int r;

	if (opts->nr < 2)
		return run_alone(step, ctx);
	r = run_members(&t, members);
	return r ? err_set_errno(err, r, "a thread cannot be had") : t.result;
}
