/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/watch.h"

#define NAME_SIZE	16
#define SCAN_NS		1000000000u

struct watch {
	struct pollfd fds[WATCH_MAX];
	uint32_t pids[WATCH_MAX];
	size_t nr;
	char name[NAME_SIZE];	/* "" = none */
	uint64_t last_scan;
};

struct watch *watch_new(void)
{
	return xcalloc(1, sizeof(struct watch));
}

void watch_free(struct watch *w)
{
	for (size_t i = 0; w && i < w->nr; i++)
		(void)close(w->fds[i].fd);
	free(w);
}

static int add(struct watch *w, uint32_t pid)
{
	int fd;

	for (size_t i = 0; i < w->nr; i++)
		if (w->pids[i] == pid)
			return 0;
	if (w->nr == WATCH_MAX)
		return -ENOSPC;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return -errno;
	w->fds[w->nr] = (struct pollfd){ .fd = fd, .events = POLLIN };
	w->pids[w->nr++] = pid;
	return 0;
}

int watch_pid(struct watch *w, uint32_t pid, struct err *err)
{
	int r = add(w, pid);

	return r ? err_set_errno(err, r, "exit:%u", pid) : 0;
}

int watch_name(struct watch *w, const char *name)
{
	(void)snprintf(w->name, sizeof(w->name), "%s", name);
	return 0;
}

static bool has_name(const char *pid, const char *name)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%s/comm", pid);
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char comm[NAME_SIZE + 1];
	ssize_t n = fd >= 0 ? read(fd, comm, sizeof(comm) - 1) : 0;

	if (n <= 0)
		return false;
	comm[n] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, name);
}

static void scan(struct watch *w)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL)
		if (strspn(e->d_name, "0123456789") == strlen(e->d_name) &&
		    has_name(e->d_name, w->name))
			(void)add(w, (uint32_t)strtoul(e->d_name, NULL, 10));
	if (dir)
		(void)closedir(dir);
}

bool watch_check(struct watch *w, uint64_t now, char *ret_text, size_t size)
{
	bool is_any = false;

	if (*w->name && now - w->last_scan >= SCAN_NS) {
		w->last_scan = now;
		scan(w);
	}
	if (!w->nr || poll(w->fds, (nfds_t)w->nr, 0) <= 0)
		return false;
	for (size_t i = w->nr; i-- > 0;) {
		if (!w->fds[i].revents)
			continue;
		(void)snprintf(ret_text, size, "process %u%s%s has ended",
			       w->pids[i], *w->name ? " of name " : "",
			       w->name);
		is_any = true;
		(void)close(w->fds[i].fd);
		w->nr--;
		w->fds[i] = w->fds[w->nr];
		w->pids[i] = w->pids[w->nr];
	}
	return is_any;
}
