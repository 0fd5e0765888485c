/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Remembers which threads a trace has named already.  A cache of fixed size:
 * when a thread falls out, it is simply named once more.
 */
#ifndef RECORD_TASKS_H
#define RECORD_TASKS_H

#include <stdint.h>

#include "bpf/cfg.h"

struct tasks;

enum tasks_news {
	TASKS_KNOWN,
	TASKS_NEW,
	TASKS_RENAMED,		/* same thread and process, another name */
};

/* Never NULL; freed with tasks_free, which accepts NULL. */
struct tasks *tasks_new(void);
void tasks_free(struct tasks *tasks);

/* The thread of @event was seen in trace number @trace. */
enum tasks_news tasks_see(struct tasks *tasks, uint32_t trace,
			  const struct ring_event *event);

#endif
