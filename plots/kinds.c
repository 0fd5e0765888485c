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
	  kind_heat_prepare, kind_heat_draw, 0 },
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
