/* SPDX-License-Identifier: GPL-2.0 */
/* Records through stat with every key, through --interval, and kvmstat. */
#include "config.h"

#include "src/analyze/kvmstat.h"
#include "src/analyze/monitor.h"
#include "src/analyze/stats.h"
#include "tests/fuzz/fuzz.h"

static void look_at_groups(const struct stats_groups *groups)
{
	for (size_t i = 0; i < groups->nr; i++)
		MUST(groups->list[i]->ios);
}

static void on_interval(void *ctx, uint64_t end, uint64_t wall,
			const struct monitor_device *dev)
{
	(void)ctx;
	(void)end;
	(void)wall;
	MUST(dev->nr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint32_t devices[] = { blk_dev(8, 0), blk_dev(259, 0) };
	const struct stats_options opts = {
		.by = size % 128, .devices = devices,
		.nr_devices = size % 7 ? 0 : 2, .from = size % 3 * 1000,
		.to = size % 5 ? 0 : 1000000000, .no_top = size & 64,
	};
	struct stats *st = stats_new(&opts);
	struct monitor *m = monitor_new(1 + size * 1000, on_interval, NULL);
	struct kvmstat *kvm = kvmstat_new(0, NULL);
	const struct kvmstat_vcpu *const *vcpus;
	bool is_numbered = size & 1;
	struct blk_rec rec;
	uint8_t *pdu;

	kvmstat_want_vcpus(kvm);
	for (; fuzz_next(&data, &size, &rec, &pdu); free(pdu)) {
		stats_add(st, &rec, is_numbered);
		monitor_add(m, &rec);
		kvmstat_add(kvm, &rec);
	}
	stats_end(st);
	monitor_end(m);
	kvmstat_end(kvm);
	(void)kvmstat_by_vcpu(kvm, &vcpus);
	look_at_groups(stats_by_process(st));
	look_at_groups(stats_by_cgroup(st));
	look_at_groups(stats_by_keys(st));
	stats_free(st);
	monitor_free(m);
	kvmstat_free(kvm);
	return 0;
}
