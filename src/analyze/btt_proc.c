/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes as btt has them: the first name of an id stays, and ids with the
 * same name are one process.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

static struct btt_pid *slot_of(const struct btt_procs *p, uint32_t pid)
{
	size_t i = (pid * UINT32_C(0x9e3779b1) >> 8) & (p->cap_slots - 1);

	while (p->slots[i].proc && p->slots[i].pid != pid)
		i = (i + 1) & (p->cap_slots - 1);
	return &p->slots[i];
}

static void add_pid(struct btt_procs *p, uint32_t pid, uint32_t proc)
{
	if (2 * p->nr_slots >= p->cap_slots) {
		struct btt_procs old = *p;

		p->cap_slots = old.cap_slots ? 2 * old.cap_slots : 256;
		p->slots = xcalloc(p->cap_slots, sizeof(*p->slots));
		for (size_t i = 0; i < old.cap_slots; i++)
			if (old.slots[i].proc)
				*slot_of(p, old.slots[i].pid) = old.slots[i];
		free(old.slots);
	}
	*slot_of(p, pid) = (struct btt_pid){ .pid = pid, .proc = proc };
	p->nr_slots++;
}

void btt_proc_add(struct btt_procs *p, uint32_t pid, const char *name)
{
	size_t i = 0;

	if (pid == UINT32_MAX || (p->cap_slots && slot_of(p, pid)->proc))
		return;
	while (i < p->nr && strcmp(p->list[i]->name, name) != 0)
		i++;
	if (i == p->nr) {
		struct btt_proc *proc = xcalloc(1, sizeof(*proc));

		proc->name = xstrdup(name);
		proc->pid = pid;
		proc->last_q = BTT_NEVER;
		p->list = xgrow(p->list, p->nr, &p->cap,
				sizeof(struct btt_proc *));
		p->list[p->nr++] = proc;
	}
	add_pid(p, pid, (uint32_t)i + 1);
}

uint32_t btt_proc_of(struct btt_procs *p, uint32_t pid)
{
	char name[32];

	if (pid == UINT32_MAX)
		return 0;
	if (!p->cap_slots || !slot_of(p, pid)->proc) {
		(void)snprintf(name, sizeof(name), "pid%09" PRIu32, pid);
		btt_proc_add(p, pid, name);
	}
	return slot_of(p, pid)->proc;
}

static int compare(const void *a, const void *b)
{
	const struct btt_proc *x = *(struct btt_proc *const *)a;
	const struct btt_proc *y = *(struct btt_proc *const *)b;

	return strcmp(x->name, y->name);
}

void btt_procs_sort(struct btt_procs *p)
{
	if (p->nr)
		qsort(p->list, p->nr, sizeof(struct btt_proc *), compare);
}

void btt_each_proc(struct btt *b, void (*fn)(struct btt *b,
					     struct btt_proc *proc, void *arg),
		   void *arg)
{
	const char *exe = b->opts.exes;

	for (size_t i = 0; !exe && i < b->procs.nr; i++)
		fn(b, b->procs.list[i], arg);
	while (exe) {
		size_t len = strcspn(exe, ",");

		for (size_t i = 0; i < b->procs.nr; i++) {
			struct btt_proc *proc = b->procs.list[i];

			if (strlen(proc->name) == len &&
			    !strncmp(proc->name, exe, len))
				fn(b, proc, arg);
		}
		exe = exe[len] ? exe + len + 1 : NULL;
	}
}

void btt_procs_release(struct btt_procs *p)
{
	for (size_t i = 0; i < p->nr; i++) {
		btt_region_release(&p->list[i]->region);
		free(p->list[i]->name);
		free(p->list[i]);
	}
	free(p->list);
	free(p->slots);
}
