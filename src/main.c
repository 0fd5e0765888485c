/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Chooses the subcommand: by the first word, or by the name that the program
 * was called with.
 */
#include "config.h"

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/plain.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"

#define SAME_SIGNAL_NS	100000000	/* no hand is that fast */

struct command {
	const char *name;
	const char *replaces;	/* the tool whose link runs it; NULL = none */
	int (*run)(int argc, char **argv);
	const char *help;
	const char *link_option;	/* given to it by that link; or NULL */
};

/* Ends with a row without a name. */
static const struct command commands[] = {
#ifdef HAVE_BPF
	{ "record", "blktrace", record_main, "record block I/O into files",
	  NULL },
#endif
	{ "parse", "blkparse", parse_main, "print a trace as text", NULL },
#ifdef HAVE_PLOTS
	{ "plot", "iowatcher", plot_main, "draw graphs of a trace", NULL },
#endif
	{ "stat", "btt", stat_main, "say how the I/O in a trace was",
	  "--btt" },
#ifdef HAVE_REPLAY
	{ "replay", "btreplay", replay_main, "issue the I/O of a trace again",
	  "--input-base=replay" },
#endif
	{ "tag", NULL, tag_main, "say whose I/O it is, by rule or helper",
	  NULL },
	{ "virtiostat", "virtiostat", virtiostat_main,
	  "count what goes through virtqueues, live or in a trace", NULL },
	{ "kvmstat", "kvm_stat", kvmstat_main, "count KVM's events, now or in"
	  " a trace", NULL },
	{ "export", NULL, export_main, "write a trace in the form of other tools",
	  NULL },
	{ "merge", NULL, merge_main, "put traces of machines on one clock",
	  NULL },
	{ "verify", NULL, verify_main, "say what in a trace is damaged", NULL },
#ifdef HAVE_BPF
	{ "top", NULL, top_main, "show who does how much block I/O now",
	  NULL },
	{ "doctor", NULL, doctor_main, "say what this machine can record",
	  NULL },
#endif
	{ .name = NULL },
};

volatile int cmd_signal;
static volatile int64_t first_signal;	/* ns; 0 = none since the last
					   cmd_catch_signals_once */
static const char *command_name = "";
static bool has_flushed;	/* what was printed is written, or that it
				   could not be was said */

static void on_signal(int sig)
{
	cmd_signal = sig;
}

static int64_t now_ns(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/*
 * The second one ends the program.  timeout(1) sends each signal twice, to its
 * child and to the group: what comes at once is the same signal.
 */
static void on_signal_once(int sig)
{
	int64_t now = now_ns();

	if (!first_signal) {
		first_signal = now;
		cmd_signal = sig;
	} else if (now - first_signal > SAME_SIGNAL_NS) {
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
	}
}

static void catch_signals(void (*handler)(int))
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	const struct sigaction sa = { .sa_handler = handler };
	struct sigaction old;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		(void)sigaction(signals[i], &sa, &old);
		/* nohup.  Not SIGINT: shells ignore it for "command &". */
		if (signals[i] == SIGHUP && old.sa_handler == SIG_IGN)
			(void)sigaction(SIGHUP, &old, NULL);
	}
}

void cmd_catch_signals(void)
{
	catch_signals(on_signal);
}

void cmd_catch_signals_once(void)
{
	first_signal = 0;
	catch_signals(on_signal_once);
}

void cmd_error(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	(void)fflush(stdout);
	(void)fprintf(stderr, "iotape%s%s: ", *command_name ? " " : "",
		      command_name);
	va_start(ap, fmt);
	/* names of files and what stood in a trace: any bytes */
	if (vasprintf(&text, fmt, ap) >= 0)
		plain_put(stderr, text);
	va_end(ap);
	free(text);
	(void)fputc('\n', stderr);
}

int cmd_fail(const struct err *err)
{
	cmd_error("%s", err->text);
	return CMD_FAILED;
}

static void print_help(FILE *out)
{
	(void)fprintf(out,
		      "Usage: iotape COMMAND [OPTION...] [ARGUMENT...]\n"
		      "\n"
		      "Records block I/O with BPF into blktrace-compatible"
		      " files, and reads such files.\n"
		      "\n"
		      "Commands:\n");
	for (const struct command *c = commands; c->name; c++)
		(void)fprintf(out, "  %-10s %s\n", c->name, c->help);
	(void)fprintf(out,
		      "\n"
		      "\"iotape COMMAND --help\" lists the options of a"
		      " command, \"man iotape\" the rest.\n");
}

static const struct command *find_command(const char *name, bool is_link)
{
	for (const struct command *c = commands; c->name; c++) {
		const char *key = is_link ? c->replaces : c->name;

		if (key && !strcmp(name, key))
			return c;
	}
	return NULL;
}

/* Returns @status, or CMD_FAILED if what was printed cannot be written. */
static int flush_stdout(int status)
{
	has_flushed = true;
	/* a write that failed in the middle is not told by the last one */
	if ((!ferror(stdout) && !fflush(stdout)) ||
	    (status != CMD_OK && status != CMD_LOSS))
		return status;
	cmd_error("standard output: %m");
	return CMD_FAILED;
}

/* argp ends the program by itself after --help. */
static void check_stdout_at_exit(void)
{
	if (!has_flushed && flush_stdout(CMD_OK) != CMD_OK)
		_exit(CMD_FAILED);
}

static int run(const struct command *cmd, int argc, char **argv)
{
	char name[64];

	command_name = cmd->name;
	/* argp begins its messages with this. */
	(void)snprintf(name, sizeof(name), "iotape %s", cmd->name);
	argv[0] = name;
	(void)signal(SIGPIPE, SIG_IGN);
	return flush_stdout(cmd->run(argc, argv));
}

/* As run, with the option that belongs to the link in front. */
static int run_link(const struct command *cmd, int argc, char **argv)
{
	char **args;
	int status;

	if (!cmd->link_option)
		return run(cmd, argc, argv);
	args = xcalloc((size_t)argc + 2, sizeof(*args));
	memcpy(args + 1, argv, (size_t)argc * sizeof(*args));
	args[0] = argv[0];
	args[1] = (char *)(uintptr_t)cmd->link_option;
	status = run(cmd, argc + 1, args);
	free(args);
	return status;
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');
	const struct command *cmd;

	(void)atexit(check_stdout_at_exit);
	cmd = find_command(base ? base + 1 : argv[0], true);
	if (cmd)
		return run_link(cmd, argc, argv);
	if (argc < 2) {
		print_help(stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return flush_stdout(CMD_OK);
	}
	if (!strcmp(argv[1], "--version")) {
		(void)printf("iotape %s\n", PACKAGE_VERSION);
		return flush_stdout(CMD_OK);
	}
	cmd = find_command(argv[1], false);
	if (!cmd) {
		cmd_error("there is no command \"%s\"; try iotape --help",
			  argv[1]);
		return CMD_USAGE;
	}
	return run(cmd, argc - 1, argv + 1);
}
