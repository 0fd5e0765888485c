/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes a call that is forbidden, when the program has done its work: what a
 * trace that took it over would try.  Loaded with LD_PRELOAD; FORBIDDEN names
 * the call.  A call that fails is told by exit status 42, one that works by
 * 43.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static long do_exec(void)
{
	char name[] = "/bin/true", *args[] = { name, NULL };

	return execv(name, args);
}

static long do_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long do_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long do_fork(void)
{
	return syscall(SYS_clone, 0, 0, 0, 0, 0);
}

/* Types into somebody's terminal. */
static long do_ioctl(void)
{
	char c = 'x';

	return ioctl(STDIN_FILENO, TIOCSTI, &c);
}

/* Of no table, and of no harm: it would work. */
static long do_unknown(void)
{
	return syscall(SYS_sched_getscheduler, 0);
}

static const struct {
	const char *name;
	long (*call)(void);
} calls[] = {
	{ "exec", do_exec },   { "socket", do_socket }, { "unix", do_unix },
	{ "fork", do_fork },   { "ioctl", do_ioctl },
	{ "unknown", do_unknown },
};

__attribute__((destructor)) static void end(void)
{
	const char *name = getenv("FORBIDDEN");

	for (size_t i = 0; name && i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(calls[i].name, name))
			_exit(calls[i].call() < 0 ? 42 : 43);
}
