/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Machines that are larger than ours: 1024 disks in a made-up sysfs, a trace
 * of 512 CPUs and their rings, and both for the table of disks.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include "tests/unit/tree.h"

#include "formats/blk.h"
#include "src/analyze/source.h"
#include "src/record/dev.h"
#include "src/record/disks.h"
#include "src/record/rings.h"
#include "src/record/trace.h"

#define NR_DISKS	1024u
#define NR_CPUS		512u

static const struct cgroups no_cgroups = { .fd = -1 };

/* sda of a letter pair: 8,0 8,1 ...; each seventh has no medium. */
static int make_disks(void **state)
{
	if (tree_make(state))
		return -1;
	for (unsigned int i = 0; i < NR_DISKS; i++) {
		_cleanup_(freep) char *dev =
			xasprintf("block/%s%u/dev", i % 2 ? "sd" : "nvme", i);
		_cleanup_(freep) char *size =
			xasprintf("block/%s%u/size", i % 2 ? "sd" : "nvme", i);
		_cleanup_(freep) char *number =
			xasprintf("%u:%u\n", 8 + i / 256, i % 256);

		tree_put(*state, dev, number);
		tree_put(*state, size, i % 7 ? "1000\n" : "0\n");
	}
	tree_put(*state, "block/cciss!c0d0/dev", "104:0\n");
	tree_put(*state, "block/loop0/uevent", "DEVNAME=loop0\n");
	return 0;
}

struct seen {
	bool is_there[NR_DISKS];
	unsigned int nr;
	unsigned int nr_empty;
	unsigned int nr_others;
};

static void see(void *data, const char *name, uint32_t device,
		uint64_t sectors)
{
	uint32_t i = (blk_major(device) - 8) * 256 + blk_minor(device);
	struct seen *s = data;

	s->nr++;
	if (i >= NR_DISKS) {
		s->nr_others++;
		assert_string_equal(name, "cciss_c0d0");
		return;
	}
	assert_false(s->is_there[i]);
	s->is_there[i] = true;
	s->nr_empty += !sectors;
	assert_true(!sectors == !(i % 7));
}

static void a_thousand_disks_fit_patterns(void **state)
{
	char *all[] = { (char *)"/dev/sd*", (char *)"nvme[0-9]*" };
	char *slash[] = { (char *)"/dev/cciss/*", (char *)"loop*" };
	struct seen s = { 0 };

	dev_scan(*state, all, 2, see, &s);
	assert_int_equal(s.nr, NR_DISKS);
	assert_int_equal(s.nr_empty, (NR_DISKS + 6) / 7);
	s = (struct seen){ 0 };
	dev_scan(*state, all, 1, see, &s);
	assert_int_equal(s.nr, NR_DISKS / 2);
	s = (struct seen){ 0 };
	dev_scan(*state, slash, 2, see, &s);	/* a loop without a number */
	assert_int_equal(s.nr, 1);
	assert_int_equal(s.nr_others, 1);
	dev_scan("/no/such/sysfs", all, 2, see, &s);
	assert_int_equal(s.nr, 1);
}

static void patterns_are_no_files(void **state)
{
	_cleanup_(freep) char *path = xasprintf("%s/a*", (char *)*state);

	assert_true(dev_is_pattern(path));
	tree_put(*state, "a*", "");
	assert_false(dev_is_pattern(path));
	assert_false(dev_is_pattern("/dev/sda"));
	assert_true(dev_is_pattern("sd?"));
}

/* They join in an order that is neither up nor down. */
static void a_thousand_disks_are_found(void **state)
{
	struct trace *traces = xcalloc(NR_DISKS, sizeof(*traces));
	struct disks disks;

	(void)state;
	for (uint32_t i = 0; i < NR_DISKS; i++) {
		traces[i].id = i;
		traces[i].dev.device = traces[i].dev.disk =
			blk_dev(1 + i * 37 % NR_DISKS, 0);
	}
	disks_init(&disks, traces, 3, NR_DISKS, NR_CPUS);
	for (uint32_t i = 3; i < NR_DISKS; i++)
		disks_add(&disks, &traces[i], i, NR_CPUS);
	for (uint32_t i = 0; i < NR_DISKS; i++) {
		struct disk *d = disks_find(&disks, traces[i].dev.disk);

		assert_non_null(d);
		assert_int_equal(d->index, i);
		assert_int_equal(d->nr, 1);
		assert_ptr_equal(disks.order[d->first], &traces[i]);
		assert_int_equal(disk_lost_since(d, NR_CPUS - 1, i), i);
		assert_int_equal(disk_lost_since(d, NR_CPUS - 1, i), 0);
		/* read before an interrupt's, and seen behind it */
		assert_int_equal(disk_lost_since(d, NR_CPUS - 1, i - 1), 0);
		assert_int_equal(disk_lost_since(d, NR_CPUS - 1, i), 0);
	}
	assert_null(disks_find(&disks, blk_dev(0, 1)));
	assert_null(disks_find(&disks, blk_dev(NR_DISKS + 1, 0)));
	disks_release(&disks);
	/* none has come yet */
	disks_init(&disks, traces, 0, 1, NR_CPUS);
	assert_null(disks_find(&disks, 0));
	disks_release(&disks);
	free(traces);
}

/* One event for each CPU, in turns from both ends; one CPU loses some. */
static void write_trace(const char *base)
{
	const struct dev dev = { .name = "big", .device = blk_dev(8, 0),
				 .disk = blk_dev(8, 0), .sectors = 1000 };
	struct tasks *tasks = tasks_new();
	const struct trace_options opts = {
		.dev = &dev, .base = base, .tasks = tasks,
		.cgroups = &no_cgroups, .buffer_size = 4096,
		.nr_cpus = NR_CPUS, .version = 7,
	};
	struct trace trace;

	assert_int_equal(trace_open(&trace, &opts, NULL), 0);
	assert_int_equal(trace_begin(&trace, 1, NULL, NULL), 0);
	for (uint32_t i = 0; i < NR_CPUS; i++) {
		uint32_t cpu = i % 2 ? NR_CPUS - 1 - i / 2 : i / 2;
		const struct ring_event ev = {
			.time = 1000 + i, .sector = cpu, .bytes = 512,
			.device = blk_dev(8, 0), .comm = "x",
			.action = BLK_ACT_QUEUE | BLK_TC_ACT(BLK_TC_QUEUE),
		};

		assert_int_equal(trace_event(&trace, cpu, &ev,
					     cpu == 500 ? 9 : 0, NULL), 0);
	}
	assert_int_equal(trace_nr_lost(&trace), 9);
	assert_int_equal(trace_end(&trace, NULL, true, NULL), 0);
	trace_close(&trace);
	tasks_free(tasks);
}

static void five_hundred_cpus_are_one_trace(void **state)
{
	_cleanup_(freep) char *base = xasprintf("%s/big", (char *)*state);
	_cleanup_(source_freep) struct source *src = NULL;
	const char *name = base;
	struct source_batch batch;
	struct err err = { 0 };
	uint32_t nr = 0;
	ssize_t n;

	write_trace(base);
	if (source_open(&name, 1, &(struct source_options){ 0 }, &src, &err))
		fail_msg("%s", err.text);
	while ((n = source_read(src, &batch, &err)) > 0) {
		for (size_t i = 0; i < batch.nr; i++) {
			const struct blk_rec *rec = &batch.recs[i];

			if (blk_is_notify(rec))
				continue;
			assert_int_equal(rec->time, 1000 + nr++);
			assert_int_equal(rec->sector, rec->cpu);
			assert_int_equal(rec->sequence,
					 rec->cpu == 500 ? 10 : 1);
		}
	}
	assert_int_equal(n, 0);
	assert_int_equal(nr, NR_CPUS);
	assert_int_equal(source_damage(src, NULL, NULL), 0);
}

#define MIB	((size_t)1 << 20)

static void put_cpu(const char *root, unsigned int cpu, const char *online)
{
	_cleanup_(freep) char *name =
		xasprintf("devices/system/cpu/cpu%u/online", cpu);

	tree_put(root, name, online);
}

/* src/record/rings.h: what those take that are not online has a bound. */
static void rings_of_absent_cpus_are_small(void **state)
{
	struct rings_plan plan[NR_CPUS];
	size_t sum = 0;

	tree_put(*state, "devices/system/cpu/cpu0/uevent", "");	/* no switch */
	put_cpu(*state, 1, "1\n");
	put_cpu(*state, 2, "0\n");
	put_cpu(*state, 3, "");
	rings_plan(*state, NR_CPUS, 8 * MIB, plan);
	assert_int_equal(plan[0].state, RINGS_CPU_ONLINE);
	assert_int_equal(plan[1].state, RINGS_CPU_ONLINE);
	assert_int_equal(plan[2].state, RINGS_CPU_OFFLINE);
	assert_int_equal(plan[3].state, RINGS_CPU_ONLINE);
	assert_int_equal(plan[1].size, 8 * MIB);
	assert_int_equal(plan[2].size, MIB);
	for (unsigned int cpu = 4; cpu < NR_CPUS; cpu++) {
		assert_int_equal(plan[cpu].state, RINGS_CPU_ABSENT);
		assert_int_equal(plan[cpu].size, plan[4].size);
		sum += plan[cpu].size;
	}
	/* 32 MiB for 508 of them, rounded down */
	assert_int_equal(plan[4].size, 64 << 10);
	assert_true(sum <= 32 * MIB);
	/* one that is absent; nobody's ring is larger than what is asked for */
	rings_plan(*state, 5, 8 * MIB, plan);
	assert_int_equal(plan[4].size, MIB);
	rings_plan(*state, 5, 4096, plan);
	for (unsigned int cpu = 0; cpu < 5; cpu++)
		assert_int_equal(plan[cpu].size, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_disks_fit_patterns),
		cmocka_unit_test(patterns_are_no_files),
		cmocka_unit_test(a_thousand_disks_are_found),
		cmocka_unit_test(five_hundred_cpus_are_one_trace),
		cmocka_unit_test(rings_of_absent_cpus_are_small),
	};

	return cmocka_run_group_tests_name("many", tests, make_disks,
					   tree_remove);
}
