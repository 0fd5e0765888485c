/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <string.h>

#include "plots/kinds.h"
#include "src/base/xalloc.h"

static const struct plot_kind kinds[] = {
	{ "io", "Device I/O",
	  "Each I/O at its time and its place on the device.", false,
	  kind_io_prepare, kind_io_draw, 0 },
	{ "tput", "Throughput",
	  "Bytes completed in a second, reads and writes.", false,
	  kind_tput_prepare, kind_tput_draw, 0 },
	{ "latency", "Latency",
	  "Time from issue to completion: median, 99th percentile, and the"
	  " mean.", false,
	  kind_latency_prepare, kind_latency_draw, 0 },
	{ "latency-heat", "Latency, all I/Os",
	  "How many I/Os took how long, over time, with percentiles.", true,
	  kind_heat_prepare, kind_heat_draw, 0,
	  .is_of_all = true },
	{ "latency-cdf", "Latency by operation",
	  "The share of I/Os that took no longer than a time.", true,
	  kind_cdf_prepare, kind_cdf_draw, 0 },
	{ "queue-depth", "Queue depth",
	  "I/Os that the device has been given and has not completed.", false,
	  kind_depth_prepare, kind_depth_draw, 0 },
	{ "iops", "IOPS",
	  "I/Os completed in a second, reads and writes.", false,
	  kind_iops_prepare, kind_iops_draw, 0 },
	{ "cpu-sys", "CPU, system",
	  "The share of CPU time spent in the kernel.", true,
	  kind_cpu_prepare, kind_cpu_draw, CPULOAD_SYS },
	{ "cpu-io", "CPU, waiting for I/O",
	  "The share of CPU time spent idle while I/O was waited for.", true,
	  kind_cpu_prepare, kind_cpu_draw, CPULOAD_IO },
	{ "cpu-irq", "CPU, interrupts",
	  "The share of CPU time spent in interrupts.", true,
	  kind_cpu_prepare, kind_cpu_draw, CPULOAD_IRQ },
	{ "cpu-soft", "CPU, soft interrupts",
	  "The share of CPU time spent in soft interrupts.", true,
	  kind_cpu_prepare, kind_cpu_draw, CPULOAD_SOFT },
	{ "cpu-user", "CPU, programs",
	  "The share of CPU time spent in programs.", true,
	  kind_cpu_prepare, kind_cpu_draw, CPULOAD_USER },
	{ "fio", "Throughput as fio saw it",
	  "Bytes per second, from a bandwidth log of fio.", true,
	  kind_fio_prepare, kind_fio_draw, 0 },
	{ "phases", "Where the time went",
	  "The mean time of I/Os from queue to completion, in parts.", true,
	  kind_phases_prepare, kind_phases_draw, 0, true,
	  .is_of_all = true },
	{ "latency-hist", "Latency, histogram",
	  "How large a share of reads and of writes took how long.", true,
	  kind_hist_prepare, kind_hist_draw, HIST_LATENCY, true },
	{ "size-hist", "Sizes",
	  "How large a share of I/Os has which size.", true,
	  kind_hist_prepare, kind_hist_draw, HIST_SIZE, true,
	  .is_of_all = true },
	{ "seek-hist", "Seek distances",
	  "How far each request is from the end of the one before.", true,
	  kind_hist_prepare, kind_hist_draw, HIST_SEEK, true,
	  .is_of_all = true },
	{ "offset-heat", "Offsets, density",
	  "How many I/Os there were at which place, over time.", true,
	  kind_offsets_prepare, kind_offsets_draw, OFFSETS_DENSITY, true,
	  .is_of_all = true },
	{ "offset-latency", "Offsets, latency",
	  "How long I/Os took at which place, over time.", true,
	  kind_offsets_prepare, kind_offsets_draw, OFFSETS_LATENCY, true,
	  .is_of_all = true },
	{ "depth-heat", "Queue depth, all of the time",
	  "For how much of the time how many requests were in flight.", true,
	  kind_depthmap_prepare, kind_depthmap_draw, 0, true,
	  .is_of_all = true },
	{ "cpu-map", "Completions by CPU",
	  "On which CPU I/Os were completed, over time.", true,
	  kind_cpus_prepare, kind_cpus_draw, 0, true,
	  .is_of_all = true },
	{ "kvm-exits", "KVM exits",
	  "Exits of virtual CPUs in a second, by reason.", true,
	  kind_lanes_prepare, kind_lanes_draw, LANES_EXITS, true, true },
	{ "virtqueues", "Virtqueues",
	  "Bytes that were put into virtqueues in a second.", true,
	  kind_lanes_prepare, kind_lanes_draw, LANES_QUEUES, true, true },
	{ "path", "Path through host or guest",
	  "The mean time of each part of the way of a virtual machine's I/O.",
	  true, kind_path_prepare, kind_path_draw, 0, true, true },
	{ "diff", "Change of latency",
	  "How much the median and the 99th percentile changed.", true,
	  kind_diff_prepare, kind_diff_draw, 0 },
};

const struct plot_kind *plot_kinds(size_t *ret_nr)
{
	*ret_nr = ARRAY_SIZE(kinds);
	return kinds;
}

const struct plot_kind *plot_kind_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}
