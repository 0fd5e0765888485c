/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The subcommands.  A new one is a row in src/main.c, a line here, and a file
 * in src/cmd/.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "src/base/err.h"

/* Exit status of every subcommand (doc/iotape.1). */
enum cmd_status {
	CMD_OK		= 0,
	CMD_FAILED	= 1,
	CMD_USAGE	= 2,
	CMD_LOSS	= 3,	/* done, but events were lost or the input
				   was damaged; a message said what */
};

/*
 * Set by SIGINT, SIGTERM and SIGHUP (the signal's number), by nothing else;
 * what SIGHUP asks for, if it is not the end, is done and 0 put back.
 * Long work looks at it and ends cleanly.  Defined in src/main.c.
 */
extern volatile int cmd_signal;

/*
 * Makes the signals set cmd_signal instead of ending the program.  SIGHUP
 * stays ignored if it was (nohup).
 */
void cmd_catch_signals(void);

/* The same, but a signal that comes a second time ends the program at once,
 * whatever it waits for.  May be called again. */
void cmd_catch_signals_once(void);

/* Prints "iotape SUBCOMMAND: text" on stderr. */
void cmd_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints the error and returns CMD_FAILED. */
int cmd_fail(const struct err *err);

/* argv[0] is the subcommand's name.  Each returns an exit status. */
int doctor_main(int argc, char **argv);
int export_main(int argc, char **argv);
int kvmstat_main(int argc, char **argv);
int merge_main(int argc, char **argv);
int parse_main(int argc, char **argv);
int plot_main(int argc, char **argv);
int record_main(int argc, char **argv);
int replay_main(int argc, char **argv);
int stat_main(int argc, char **argv);
int tag_main(int argc, char **argv);
int top_main(int argc, char **argv);
int virtiostat_main(int argc, char **argv);
int verify_main(int argc, char **argv);

#endif
