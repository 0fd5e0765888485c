/* SPDX-License-Identifier: GPL-2.0 */
/* A bandwidth log of fio (write_bw_log): bytes per second over time. */
#ifndef ANALYZE_FIOLOG_H
#define ANALYZE_FIOLOG_H

#include <stdio.h>

#include "src/analyze/gauge.h"
#include "src/analyze/raster.h"
#include "src/base/cleanup.h"

struct fiolog {
	struct gauge of[IO_OP_MAX];	/* IO_OTHER: trims */
	uint64_t nr_bad;		/* lines that are none of such a log */
};

/* "ms, KiB/s, direction, ..."; the caller frees it. */
struct fiolog *fiolog_read(FILE *f);
void fiolog_free(struct fiolog *log);
DEFINE_CLEANUP(struct fiolog, fiolog_free)

#endif
