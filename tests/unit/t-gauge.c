/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze: gauge, cpuload, fiolog: samples over time. */
#include "config.h"

#include <math.h>

#include "src/analyze/cpuload.h"
#include "src/analyze/fiolog.h"
#include "tests/unit/unit.h"

#define MS	UINT64_C(1000000)
#define S	UINT64_C(1000000000)

static void assert_near(double a, double b)
{
	if (!(fabs(a - b) < 1e-3))
		fail_msg("%g is not %g", a, b);
}

static FILE *file_of(const char *text)
{
	FILE *f = fmemopen((char *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(f);
	return f;
}

/* ---- gauge --------------------------------------------------------------- */

static void gauge_of_nothing(void **state)
{
	struct gauge g = { 0 };

	(void)state;
	assert_true(isnan(gauge_mean(&g, 0, 1e18)));
	assert_near(gauge_total(&g), 0);
	gauge_release(&g);
}

static void gauge_means(void **state)
{
	struct gauge g = { 0 };

	(void)state;
	gauge_add(&g, 10 * MS, 4, 1);
	gauge_add(&g, 10 * MS, 8, 3);
	gauge_add(&g, 300 * MS, 1, 1);
	assert_near(gauge_total(&g), (4 + 24 + 1) / 5.0);
	assert_near(gauge_mean(&g, 0, 100e6), 7);
	assert_near(gauge_mean(&g, 290e6, 310e6), 1);
	assert_true(isnan(gauge_mean(&g, 100e6, 200e6)));
	assert_true(isnan(gauge_mean(&g, 5, 5)));
	assert_near(g.max, 8);
	assert_int_equal(g.nr, 3);
	assert_int_equal(g.nr_times, 2);
	assert_int_equal(g.first, 10 * MS);
	assert_int_equal(g.last, 300 * MS);
	gauge_release(&g);
	assert_null(g.cells);
}

/* A day of samples, in 4 KiB: the mean of all and of each half stay. */
static void gauge_folds(void **state)
{
	struct gauge g = { 0 };

	(void)state;
	for (uint64_t s = 0; s < 86400; s++)
		gauge_add(&g, s * S, s < 43200 ? 10 : 30, 1);
	assert_near(gauge_total(&g), 20);
	assert_near(gauge_mean(&g, 0, 40000e9), 10);
	assert_near(gauge_mean(&g, 50000e9, 86400e9), 30);
	assert_true(fold_count(&g.times) <= 512);
	gauge_release(&g);
}

/* Times go backwards, as those of several CPUs do. */
static void gauge_takes_any_order(void **state)
{
	struct gauge g = { 0 };

	(void)state;
	gauge_add(&g, 5 * S, 2, 1);
	gauge_add(&g, 1 * S, 4, 1);
	assert_int_equal(g.first, S);
	assert_int_equal(g.last, 5 * S);
	assert_near(gauge_mean(&g, 0.5e9, 1.5e9), 4);
	gauge_release(&g);
}

/* ---- cpuload ------------------------------------------------------------- */

/* 1 s later, of which 250 ms user, 150 nice, 300 system, 100 iowait, 50 irq,
   20 softirq, 30 steal, the rest idle. */
static struct note_cpustat next_second(const struct note_cpustat *n)
{
	struct note_cpustat next = *n;

	next.user += 250 * MS;
	next.nice += 150 * MS;
	next.system += 300 * MS;
	next.iowait += 100 * MS;
	next.irq += 50 * MS;
	next.softirq += 20 * MS;
	next.steal += 30 * MS;
	next.idle += 100 * MS;
	return next;
}

static void cpuload_of_notes(void **state)
{
	struct cpuload *load = cpuload_new();
	struct note_cpustat n = { .cpu = 3, .user = 77 * S, .idle = 5 * S };
	struct note_cpustat busy = { .cpu = 0, .idle = S };

	(void)state;
	cpuload_add(load, 10 * S, &n);
	assert_int_equal(load->all.of[CPULOAD_SYS].nr, 0);
	n = next_second(&n);
	cpuload_add(load, 11 * S, &n);
	cpuload_add(load, 11 * S, &n);		/* the same again */
	assert_int_equal(load->all.of[CPULOAD_SYS].nr, 1);
	assert_near(gauge_total(&load->cpus[3].of[CPULOAD_USER]), 40);
	assert_near(gauge_total(&load->cpus[3].of[CPULOAD_SYS]), 30);
	assert_near(gauge_total(&load->cpus[3].of[CPULOAD_IO]), 10);
	assert_near(gauge_total(&load->cpus[3].of[CPULOAD_IRQ]), 5);
	assert_near(gauge_total(&load->cpus[3].of[CPULOAD_SOFT]), 2);
	/* the sample lies in the middle of its time */
	assert_int_equal(load->cpus[3].of[CPULOAD_SYS].first,
			 10 * S + 500 * MS);
	cpuload_add(load, 10 * S, &busy);
	busy.system += S;
	cpuload_add(load, 11 * S, &busy);
	assert_near(gauge_total(&load->all.of[CPULOAD_SYS]), 65);
	assert_int_equal(load->nr_cpus, 4);
	assert_int_equal(load->cpus[1].of[CPULOAD_SYS].nr, 0);
	assert_false(load->is_relative);
	cpuload_free(load);
}

/* iowait may go backwards (Documentation/filesystems/proc.rst). */
static void cpuload_iowait_goes_back(void **state)
{
	struct cpuload *load = cpuload_new();
	struct note_cpustat n = { .cpu = 0, .iowait = 2 * S, .idle = 5 * S };

	(void)state;
	cpuload_add(load, S, &n);
	n.iowait -= 500 * MS;
	n.idle += 1500 * MS;
	cpuload_add(load, 2 * S, &n);
	assert_near(gauge_total(&load->all.of[CPULOAD_IO]), 0);
	cpuload_free(load);
}

/* A CPU number out of range is left alone. */
static void cpuload_refuses_numbers(void **state)
{
	struct cpuload *load = cpuload_new();
	struct note_cpustat n = { .cpu = CPULOAD_CPUS_MAX };

	(void)state;
	cpuload_add(load, S, &n);
	assert_int_equal(load->nr_cpus, 0);
	cpuload_free(load);
}

#define HEAD	"12:00:00  CPU  %usr %nice  %sys %iowait  %irq %soft %idle\n"

static void cpuload_of_mpstat(void **state)
{
	struct cpuload *load = cpuload_new();
	FILE *f = file_of("Linux 6.1.0 (h)\n\n"
			  HEAD
			  "12:00:01  all  10.0  2.0  20.0  5.0  1.0  3.0  59\n"
			  "12:00:01    0   0.0  0.0  40.0  5.0  1.0  3.0  59\n"
			  HEAD
			  "12:00:02  all  30.0  2.0  40.0  5.0  1.0  3.0  59\n"
			  "12:00:02    0   0.0  0.0 140.0  5.0  1.0  3.0  59\n"
			  "Average:  all  99.0 99.0  99.0 99.0 99.0 99.0  0\n");

	(void)state;
	assert_int_equal(cpuload_read_mpstat(load, f), 2);
	assert_int_equal(fclose(f), 0);
	assert_true(load->is_relative);
	assert_near(gauge_total(&load->all.of[CPULOAD_USER]), 22);
	assert_near(gauge_total(&load->all.of[CPULOAD_SYS]), 30);
	assert_near(gauge_total(&load->all.of[CPULOAD_SOFT]), 3);
	/* 40, and 140 cut to 100 */
	assert_near(gauge_total(&load->cpus[0].of[CPULOAD_SYS]), 70);
	assert_int_equal(load->nr_cpus, 1);
	cpuload_free(load);
}

static void cpuload_of_nonsense(void **state)
{
	struct cpuload *load = cpuload_new();
	FILE *f = file_of("12:00:01 all 1 2 3\n12:00:01 CPU what\n"
			  "99:99\n\n12:00:01\n");

	(void)state;
	assert_int_equal(cpuload_read_mpstat(load, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(load->all.of[CPULOAD_SYS].nr, 0);
	cpuload_free(load);
}

static void cpuload_of_no_numbers(void **state)
{
	struct cpuload *load = cpuload_new();
	FILE *f = file_of("12:00:00 CPU %usr %sys\n12:00:01 all nan nan\n"
			  "12:00:02 all 5 700\n");

	(void)state;
	assert_int_equal(cpuload_read_mpstat(load, f), 2);
	assert_int_equal(fclose(f), 0);
	assert_true(load->all.of[CPULOAD_USER].max == 5);
	assert_true(load->all.of[CPULOAD_SYS].max == 100);
	cpuload_free(load);
}

/* ---- fiolog -------------------------------------------------------------- */

/* fio's HOWTO, "Log File Formats": time in ms, value, direction, block size,
   offset; of a bandwidth log the value is KiB/s. */
static void fiolog_of_lines(void **state)
{
	FILE *f = file_of("500, 1000, 0, 4096, 0\n"
			  "500, 10, 1, 4096, 0\n"
			  "1000, 3000, 0, 4096\n"
			  "1500, 7, 2, 4096\n"
			  "what\n"
			  "2000, 5, 3, 4096\n");
	struct fiolog *log = fiolog_read(f);

	(void)state;
	assert_int_equal(fclose(f), 0);
	assert_int_equal(log->of[IO_READ].nr, 2);
	assert_near(gauge_total(&log->of[IO_READ]), 2000 * 1024.0);
	assert_int_equal(log->of[IO_READ].last, S);
	assert_near(gauge_total(&log->of[IO_WRITE]), 10240);
	assert_near(gauge_total(&log->of[IO_OTHER]), 7168);
	assert_int_equal(log->nr_bad, 2);
	fiolog_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gauge_of_nothing),
		cmocka_unit_test(gauge_means),
		cmocka_unit_test(gauge_folds),
		cmocka_unit_test(gauge_takes_any_order),
		cmocka_unit_test(cpuload_of_notes),
		cmocka_unit_test(cpuload_iowait_goes_back),
		cmocka_unit_test(cpuload_refuses_numbers),
		cmocka_unit_test(cpuload_of_mpstat),
		cmocka_unit_test(cpuload_of_nonsense),
		cmocka_unit_test(cpuload_of_no_numbers),
		cmocka_unit_test(fiolog_of_lines),
	};

	return cmocka_run_group_tests_name("gauge", tests, NULL, NULL);
}
