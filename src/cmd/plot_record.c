/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape plot -d: a recording made by "iotape record", in a process of its
 * own, for the recorder wants root and a priority that the plot does not.
 * No shell is between.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/plot_options.h"

#define NR_ARGS_FIXED	10
#define DEFAULT_NAME	"trace"

/* NAME, or DIR/NAME; without ".dump", which is a file that is made of it. */
static char *base_of_recording(const struct plot_options *o)
{
	const char *name = o->nr_traces ? o->traces[0] : DEFAULT_NAME;
	size_t len = strlen(name);
	_cleanup_(freep) char *base = NULL;

	if (len > 5 && !strcmp(name + len - 5, ".dump"))
		len -= 5;
	base = xstrndup(name, len);
	if (!o->record_dir || *base == '/')
		return TAKE_PTR(base);
	return xasprintf("%s/%s", o->record_dir, base);
}

/* The caller frees the array. */
static const char **make_args(const struct plot_options *o, const char *dir,
			      const char *name)
{
	const char **args;
	size_t nr = 0, nr_command = 0;

	while (o->command && o->command[nr_command])
		nr_command++;
	args = xcalloc(NR_ARGS_FIXED + nr_command, sizeof(*args));
	args[nr++] = "iotape";
	args[nr++] = "record";
	args[nr++] = "-D";
	args[nr++] = dir;
	args[nr++] = "-o";
	args[nr++] = name;
	args[nr++] = "-d";
	args[nr++] = o->device;
	if (nr_command)
		args[nr++] = "--";
	for (size_t i = 0; i < nr_command; i++)
		args[nr++] = o->command[i];
	return args;
}

/* Its summary goes to standard error: the picture may go to the output. */
static pid_t start(const char *const *args)
{
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		(void)dup2(STDERR_FILENO, STDOUT_FILENO);
		(void)execv("/proc/self/exe",
			    (char *const *)(uintptr_t)args);
		_exit(127);
	}
	return pid;
}

/* A signal to this process alone is handed on; ^C both get. */
static int wait_for(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
		if (cmd_signal && cmd_signal != SIGINT)
			(void)kill(pid, cmd_signal);
	}
	cmd_signal = 0;
	return 0;
}

int plot_record(const struct plot_options *o, char **ret_base)
{
	_cleanup_(freep) char *base = base_of_recording(o);
	_cleanup_(freep) const char **args = NULL;
	_cleanup_(freep) char *dir = NULL;
	const char *slash = strrchr(base, '/');
	int status;
	pid_t pid;

	dir = !slash ? xstrdup(".") :
	      slash == base ? xstrdup("/") :
			      xstrndup(base, (size_t)(slash - base));
	args = make_args(o, dir, slash ? slash + 1 : base);
	cmd_catch_signals();
	pid = start(args);
	if (pid < 0 || wait_for(pid, &status)) {
		cmd_error("cannot run the recorder: %s", strerror(errno));
		return CMD_FAILED;
	}
	if (WIFSIGNALED(status) || WEXITSTATUS(status) == CMD_FAILED ||
	    WEXITSTATUS(status) == CMD_USAGE || WEXITSTATUS(status) == 127) {
		cmd_error("the recording failed: nothing is drawn");
		return CMD_FAILED;
	}
	if (WEXITSTATUS(status) != CMD_OK && WEXITSTATUS(status) != CMD_LOSS)
		cmd_error("the program ended with status %d",
			  WEXITSTATUS(status));
	*ret_base = TAKE_PTR(base);
	return CMD_OK;
}
