/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the recorder share: recorder_open.c makes and frees it,
 * recorder.c runs it.  For nobody else.
 */
#ifndef RECORD_RECORDER_IMPL_H
#define RECORD_RECORDER_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/record/cgroups.h"
#include "src/record/cpustat.h"
#include "src/record/disks.h"
#include "src/record/lot.h"
#include "src/record/recorder.h"
#include "src/record/session.h"
#include "src/record/sink.h"
#include "src/record/tasks.h"

struct recorder {
	struct session *session;
	struct trace *traces;
	struct disks disks;
	struct lot *lots;
	struct tasks *tasks;
	struct cgroups cgroups;
	struct sink stream;
	size_t nr_traces;
	unsigned int nr_cpus;
	int epoll;
	bool is_stream;
	uint64_t last_flush;
	uint64_t last_clock;
	uint64_t last_cpustat;
	struct cpustat cpustat;
	uint64_t nr_late;
};

#endif
