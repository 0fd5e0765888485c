/* SPDX-License-Identifier: GPL-2.0 */
/* What mpstat prints. */
#include "config.h"

#include <stdio.h>

#include "src/analyze/cpuload.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	struct cpuload *load;

	if (!f)
		return 0;
	load = cpuload_new();
	(void)cpuload_read_mpstat(load, f);
	MUST(load->nr_cpus <= CPULOAD_CPUS_MAX);
	cpuload_free(load);
	(void)fclose(f);
	return 0;
}
