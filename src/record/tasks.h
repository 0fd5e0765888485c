/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Remembers which threads a trace has named already, and who they are.
 * Caches of fixed size: when a thread falls out, it is simply named once more.
 */
#ifndef RECORD_TASKS_H
#define RECORD_TASKS_H

#include <stdint.h>

#include "bpf/cfg.h"
#include "src/record/cgroups.h"

struct tasks;

enum tasks_news {
	TASKS_KNOWN,
	TASKS_NEW,
	TASKS_RENAMED,		/* same thread and process, another name */
};

/* Never NULL; freed with tasks_free, which accepts NULL. */
struct tasks *tasks_new(void);
void tasks_free(struct tasks *tasks);

/* A struct tasks is plain memory of that size; zeros are an empty one. */
size_t tasks_size(void);

/* For tasks that come from a file: each string in it has its end. */
bool tasks_is_sound(const struct tasks *tasks);

/* The thread of @event was seen in trace number @trace.  One of which neither
 * tgid nor comm is known has nothing to say: TASKS_KNOWN. */
enum tasks_news tasks_see(struct tasks *tasks, uint32_t trace,
			  const struct ring_event *event);

/* No thread was seen in trace number @trace. */
void tasks_forget(struct tasks *tasks, uint32_t trace);

/* The command line and cgroup of a thread. */
struct tasks_identity {
	char cmdline[sizeof(((struct ring_task *)0)->cmdline) + 1];
				/* words with blanks between them; "" = none
				   (a kernel thread), or unknown */
	uint64_t cgroup;	/* id; 0 = unknown */
};

/* Keeps what a BPF program said of a thread (device RING_DEVICE_TASK). */
void tasks_describe(struct tasks *tasks, const struct ring_event *event);

/*
 * Fills tgid and comm of @event, of which pid is known: as described last.  Of
 * a thread that was never described, as /proc says, which is asked once in a
 * second, and only in the first PID namespace: in others it has other numbers.
 * Zeros if nothing is known.
 */
void tasks_find(struct tasks *tasks, struct ring_event *event);

/* Keeps who the thread of @event is, if that was not said yet: what /proc says
 * now is gone when the process is. */
void tasks_remember(struct tasks *tasks, const struct cgroups *cg,
		    const struct ring_event *event);

/*
 * Who the thread of @event is: as described last, or else as /proc says now;
 * in a PID namespace that is not the first one, unknown then.
 */
void tasks_identify(const struct tasks *tasks, const struct cgroups *cg,
		    const struct ring_event *event,
		    struct tasks_identity *ret);

#endif
