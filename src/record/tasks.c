/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "src/record/tasks.h"

#define NR_WAYS		4
#define NR_SETS		16384	/* a power of two */

struct task {
	uint32_t trace;		/* + 1; 0 = free */
	uint32_t pid;
	uint32_t tgid;
	char comm[16];
};

/* Four neighbours share a hash value; the oldest is replaced. */
struct set {
	struct task ways[NR_WAYS];
	uint32_t next;
};

struct tasks {
	struct set sets[NR_SETS];
};

struct tasks *tasks_new(void)
{
	return xcalloc(1, sizeof(struct tasks));
}

void tasks_free(struct tasks *tasks)
{
	free(tasks);
}

static struct set *find_set(struct tasks *tasks, uint32_t trace, uint32_t pid)
{
	uint32_t h = (pid ^ trace * 0x85ebca6bu) * 0x9e3779b1u;

	return &tasks->sets[h >> 18 & (NR_SETS - 1)];
}

enum tasks_news tasks_see(struct tasks *tasks, uint32_t trace,
			  const struct ring_event *event)
{
	struct set *set = find_set(tasks, trace, event->pid);
	enum tasks_news news = TASKS_NEW;
	struct task *t = NULL;

	for (unsigned int i = 0; i < NR_WAYS; i++)
		if (set->ways[i].trace == trace + 1 &&
		    set->ways[i].pid == event->pid)
			t = &set->ways[i];
	if (t && t->tgid == event->tgid) {
		if (!memcmp(t->comm, event->comm, sizeof(t->comm)))
			return TASKS_KNOWN;
		news = TASKS_RENAMED;
	}
	if (!t)
		t = &set->ways[set->next++ % NR_WAYS];
	*t = (struct task){ .trace = trace + 1, .pid = event->pid,
			    .tgid = event->tgid };
	memcpy(t->comm, event->comm, sizeof(t->comm));
	return news;
}
