/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/analyze/fiolog.h"
#include "src/base/xalloc.h"

#define NS_PER_MS	UINT64_C(1000000)
#define KIB		1024.0
#define MS_MAX		UINT64_C(1000000000000)

struct fiolog *fiolog_read(FILE *f)
{
	struct fiolog *log = xcalloc(1, sizeof(*log));
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, f) > 0) {
		uint64_t ms, kib;
		unsigned int direction;

		if (sscanf(line, "%" SCNu64 " , %" SCNu64 " , %u", &ms, &kib,
			   &direction) != 3 || direction >= IO_OP_MAX ||
		    ms > MS_MAX) {
			log->nr_bad++;
			continue;
		}
		gauge_add(&log->of[direction], ms * NS_PER_MS,
			  (double)kib * KIB, 1);
	}
	return log;
}

void fiolog_free(struct fiolog *log)
{
	if (!log)
		return;
	for (int op = 0; op < IO_OP_MAX; op++)
		gauge_release(&log->of[op]);
	free(log);
}
