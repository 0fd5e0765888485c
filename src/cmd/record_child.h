/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command that iotape record runs, "-- COMMAND ARGUMENT...".
 *
 *	r = child_start(command, &pid, &err);
 *	while (!child_has_ended(pid, &status))
 *		...
 *	child_stop(pid);
 *
 * A pid of -1 stands for no command everywhere.
 */
#ifndef CMD_RECORD_CHILD_H
#define CMD_RECORD_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "src/base/err.h"

/* Starts the command.  0, or a negative errno: it was not found, and so on. */
int child_start(char **command, pid_t *ret_pid, struct err *err);

/* True once the command has ended; its status as a shell gives it. */
bool child_has_ended(pid_t pid, int *ret_status);

/* Hands a signal on that iotape got, unless the terminal gave it to both. */
void child_signal(pid_t pid, int sig);

/* The recording is over, but the command may not be: it is told so. */
void child_stop(pid_t pid);

#endif
