/* SPDX-License-Identifier: GPL-2.0 */
/* src/replay/turns.h: one thread at a time, each of them, and no gap. */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "src/replay/turns.h"
#include "tests/unit/unit.h"

#define NR_STEPS	200000u
#define THREADS_MAX	8u

struct count {
	atomic_int inside;	/* threads in step() */
	uint64_t steps;		/* plain: only the holder touches it */
	uint64_t wanted;
	pid_t threads[THREADS_MAX];
	unsigned int nr_threads;
	unsigned int nr_turns;
	pid_t last;
	bool is_crowded;
	int result;
};

static void note_thread(struct count *c)
{
	pid_t me = gettid();

	if (me == c->last)
		return;
	c->last = me;
	c->nr_turns++;
	for (unsigned int i = 0; i < c->nr_threads; i++)
		if (c->threads[i] == me)
			return;
	if (c->nr_threads < THREADS_MAX)
		c->threads[c->nr_threads++] = me;
}

static int step(void *ctx)
{
	struct count *c = ctx;

	if (atomic_fetch_add(&c->inside, 1))
		c->is_crowded = true;
	note_thread(c);
	c->steps++;
	atomic_fetch_sub(&c->inside, 1);
	return c->steps == c->wanted ? c->result : 0;
}

/* Sleeps, as a replay does when nothing is due. */
static int slow_step(void *ctx)
{
	const struct timespec ms = { .tv_nsec = 3000000 };

	(void)nanosleep(&ms, NULL);
	return step(ctx);
}

static void one_thread_is_the_callers(void **state)
{
	struct count c = { .wanted = 10, .result = 7 };

	(void)state;
	assert_int_equal(turns_run(&(struct turns_options){ .nr = 1 }, step,
				   &c, NULL), 7);
	assert_int_equal(c.steps, 10);
	assert_int_equal(c.nr_threads, 1);
	assert_int_equal(c.threads[0], gettid());
}

/* On a busy machine a turn may take longer: until both had some. */
static int step_until_turns(void *ctx)
{
	struct count *c = ctx;
	int r = step(ctx);

	if (c->nr_turns < 20 && c->steps < UINT64_C(2000000000))
		return 0;
	return r ? r : c->steps >= c->wanted ? c->result : 0;
}

static void threads_take_turns(void **state)
{
	const struct turns_options opts = { .nr = 3, .ns = 50000 };
	struct count c = { .wanted = NR_STEPS, .result = -EIO };
	cpu_set_t before, after;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(turns_run(&opts, step_until_turns, &c, NULL), -EIO);
	assert_false(c.is_crowded);
	assert_true(c.steps >= NR_STEPS);
	assert_int_equal(c.nr_threads, 3);
	assert_true(c.nr_turns >= 20);
	/* the caller is where it was */
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void sleeping_steps_are_waited_for(void **state)
{
	const struct turns_options opts = { .nr = 2 };
	struct count c = { .wanted = 20, .result = 1 };

	(void)state;
	assert_int_equal(turns_run(&opts, slow_step, &c, NULL), 1);
	assert_int_equal(c.steps, 20);
	assert_false(c.is_crowded);
}

/* Nobody is left waiting when the first step is the last. */
static void the_end_comes_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		struct count c = { .wanted = 1, .result = 1 };

		assert_int_equal(turns_run(&(struct turns_options){ .nr = 2 },
					   step, &c, NULL), 1);
		assert_int_equal(c.steps, 1);
	}
}

static void there_is_a_cpu(void **state)
{
	(void)state;
	assert_in_range(turns_cpus(), 1, TURNS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_is_the_callers),
		cmocka_unit_test(threads_take_turns),
		cmocka_unit_test(sleeping_steps_are_waited_for),
		cmocka_unit_test(the_end_comes_at_once),
		cmocka_unit_test(there_is_a_cpu),
	};

	return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
