/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/tasks.h"

#define NR_WAYS		4
#define NR_SETS		16384	/* a power of two */
#define NR_DESCRIPTIONS	4096	/* a power of two */
#define NR_LOOKS	256	/* a power of two */
#define LOOK_NS		1000000000ull
#define PID_INIT_INO	0xeffffffcu	/* PROC_PID_INIT_INO of the kernel's
					   include/linux/proc_ns.h */

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

struct description {
	uint32_t pid;
	uint32_t tgid;
	char comm[16];
	struct tasks_identity identity;
};

/* What /proc said of a thread, which may be nothing. */
struct look {
	uint64_t time;		/* of the event that wanted it */
	uint32_t pid;
	uint32_t tgid;
	char comm[16];
};

struct tasks {
	struct set sets[NR_SETS];
	struct description descriptions[NR_DESCRIPTIONS];
	struct look looks[NR_LOOKS];
};

struct tasks *tasks_new(void)
{
	return xcalloc(1, sizeof(struct tasks));
}

void tasks_free(struct tasks *tasks)
{
	free(tasks);
}

size_t tasks_size(void)
{
	return sizeof(struct tasks);
}

bool tasks_is_sound(const struct tasks *tasks)
{
	for (size_t i = 0; i < NR_DESCRIPTIONS; i++) {
		const struct tasks_identity *id =
			&tasks->descriptions[i].identity;

		if (!memchr(id->cmdline, '\0', sizeof(id->cmdline)))
			return false;
	}
	return true;
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

	if (!event->tgid && !*event->comm)
		return TASKS_KNOWN;
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

void tasks_forget(struct tasks *tasks, uint32_t trace)
{
	for (size_t i = 0; i < NR_SETS; i++)
		for (unsigned int k = 0; k < NR_WAYS; k++)
			if (tasks->sets[i].ways[k].trace == trace + 1)
				tasks->sets[i].ways[k].trace = 0;
}

/* Words with NULs between them, as in /proc/PID/cmdline, to a string. */
static void copy_words(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		len = size - 1;
	while (len && !from[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		to[i] = from[i] ? from[i] : ' ';
	to[len] = '\0';
}

void tasks_describe(struct tasks *tasks, const struct ring_event *event)
{
	struct description *d =
		&tasks->descriptions[event->pid & (NR_DESCRIPTIONS - 1)];
	const struct ring_task *t = (const void *)event->pdu;

	*d = (struct description){
		.pid = event->pid,
		.tgid = event->tgid,
		.identity = { .cgroup = event->cgroup },
	};
	memcpy(d->comm, event->comm, sizeof(d->comm));
	copy_words(d->identity.cmdline, sizeof(d->identity.cmdline),
		   t->cmdline, t->cmdline_len);
}

/* The programs give the kernel's own numbers: in the namespace of a container,
 * /proc has other threads there. */
static bool is_proc_ours(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == PID_INIT_INO;
}

static void read_proc(const struct cgroups *cg, const struct ring_event *event,
		      struct tasks_identity *ret)
{
	_cleanup_(closep) int fd = -1;
	char name[64], words[sizeof(ret->cmdline)];
	ssize_t n = 0;

	*ret = (struct tasks_identity){ 0 };
	/* tgid 0: the idle task of a CPU */
	if (!event->tgid || !is_proc_ours())
		return;
	(void)snprintf(name, sizeof(name), "/proc/%u/cmdline", event->tgid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, words, sizeof(words));
	if (n > 0)
		copy_words(ret->cmdline, sizeof(ret->cmdline), words,
			   (size_t)n);
	ret->cgroup = cgroups_of_thread(cg, event->tgid, event->pid);
}

void tasks_identify(const struct tasks *tasks, const struct cgroups *cg,
		    const struct ring_event *event,
		    struct tasks_identity *ret)
{
	const struct description *d =
		&tasks->descriptions[event->pid & (NR_DESCRIPTIONS - 1)];

	if (d->pid == event->pid && d->tgid == event->tgid &&
	    !memcmp(d->comm, event->comm, sizeof(d->comm)))
		*ret = d->identity;
	else
		read_proc(cg, event, ret);
}

static void read_status(struct look *look)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char name[64], line[256];

	if (!is_proc_ours())
		return;
	(void)snprintf(name, sizeof(name), "/proc/%u/status", look->pid);
	f = fopen(name, "re");
	while (f && fgets(line, sizeof(line), f)) {
		(void)sscanf(line, "Name: %15[^\n]", look->comm);
		(void)sscanf(line, "Tgid: %u", &look->tgid);
	}
}

void tasks_find(struct tasks *tasks, struct ring_event *event)
{
	const struct description *d =
		&tasks->descriptions[event->pid & (NR_DESCRIPTIONS - 1)];
	struct look *look = &tasks->looks[event->pid & (NR_LOOKS - 1)];

	if (d->pid == event->pid && (d->tgid || *d->comm)) {
		event->tgid = d->tgid;
		memcpy(event->comm, d->comm, sizeof(event->comm));
		return;
	}
	/* CPUs are read one after the other: time may go back a little */
	if (look->pid != event->pid || event->time < look->time ||
	    event->time - look->time >= LOOK_NS) {
		*look = (struct look){ .time = event->time,
				       .pid = event->pid };
		read_status(look);
	}
	event->tgid = look->tgid;
	memcpy(event->comm, look->comm, sizeof(event->comm));
}

void tasks_remember(struct tasks *tasks, const struct cgroups *cg,
		    const struct ring_event *event)
{
	struct description *d =
		&tasks->descriptions[event->pid & (NR_DESCRIPTIONS - 1)];
	struct tasks_identity who;

	tasks_identify(tasks, cg, event, &who);
	*d = (struct description){ .pid = event->pid, .tgid = event->tgid,
				   .identity = who };
	memcpy(d->comm, event->comm, sizeof(d->comm));
}
