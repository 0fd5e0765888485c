/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cmd/cmd.h"
#include "src/cmd/record_child.h"

int child_start(char **command, pid_t *ret_pid, struct err *err)
{
	int pipefd[2], code = 0;
	sigset_t usr1;
	pid_t pid;

	(void)sigemptyset(&usr1);
	(void)sigaddset(&usr1, SIGUSR1);
	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return err_set_errno(err, -errno, "pipe");
	(void)fflush(NULL);
	pid = fork();
	if (!pid) {
		(void)signal(SIGPIPE, SIG_DFL);
		/* blocked for src/cmd/record_flight.c */
		(void)sigprocmask(SIG_UNBLOCK, &usr1, NULL);
		(void)execvp(command[0], command);
		code = errno;
		(void)!write(pipefd[1], &code, sizeof(code));
		_exit(127);
	}
	(void)close(pipefd[1]);
	if (pid > 0 && read(pipefd[0], &code, sizeof(code)) > 0)
		(void)waitpid(pid, NULL, 0);
	else if (pid < 0)
		code = errno;
	(void)close(pipefd[0]);
	if (code)
		return err_set_errno(err, -code, "cannot run %s", command[0]);
	*ret_pid = pid;
	return 0;
}

bool child_has_ended(pid_t pid, int *ret_status)
{
	int status = 0;

	if (pid <= 0)
		return false;
	switch (waitpid(pid, &status, WNOHANG)) {
	case 0:
		return false;
	case -1:	/* it is gone, and nobody knows how it ended */
		*ret_status = CMD_FAILED;
		return true;
	}
	*ret_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					    WEXITSTATUS(status);
	return true;
}

/* Ctrl-C reaches the command too, from the terminal: once is enough. */
static bool is_from_terminal(int sig)
{
	return sig == SIGINT && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

void child_signal(pid_t pid, int sig)
{
	if (pid > 0 && !is_from_terminal(sig))
		(void)kill(pid, sig);
}

void child_stop(pid_t pid)
{
	if (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0)
		(void)kill(pid, SIGTERM);
}
