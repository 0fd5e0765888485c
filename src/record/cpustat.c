/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/cpustat.h"

#define NS_PER_S	UINT64_C(1000000000)

/* "cpu3 user nice system idle iowait irq softirq steal ...", in ticks. */
static bool parse_line(const char *line, uint64_t tick_ns,
		       struct note_cpustat *row)
{
	*row = (struct note_cpustat){ 0 };
	/* the first line, "cpu  ...", is the sum */
	if (!isdigit((unsigned char)line[3]))
		return false;
	if (sscanf(line,
		   "cpu%" SCNu32 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &row->cpu, &row->user, &row->nice, &row->system, &row->idle,
		   &row->iowait, &row->irq, &row->softirq, &row->steal) < 5)
		return false;
	row->user *= tick_ns;
	row->nice *= tick_ns;
	row->system *= tick_ns;
	row->idle *= tick_ns;
	row->iowait *= tick_ns;
	row->irq *= tick_ns;
	row->softirq *= tick_ns;
	row->steal *= tick_ns;
	return true;
}

void cpustat_read(struct cpustat *stat)
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/stat", "re");
	long ticks = sysconf(_SC_CLK_TCK);
	char line[512];

	stat->nr = 0;
	if (!f || ticks <= 0)
		return;
	while (fgets(line, sizeof(line), f) && !strncmp(line, "cpu", 3)) {
		stat->rows = xgrow(stat->rows, stat->nr, &stat->cap,
				   sizeof(*stat->rows));
		stat->nr += parse_line(line, NS_PER_S / (uint64_t)ticks,
				       &stat->rows[stat->nr]);
	}
}

void cpustat_release(struct cpustat *stat)
{
	free(stat->rows);
	*stat = (struct cpustat){ 0 };
}
