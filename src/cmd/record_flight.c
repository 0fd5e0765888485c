/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/units.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/record_flight.h"
#include "src/cmd/record_report.h"
#include "src/record/flight.h"

#define BYTES_MAX	((uint64_t)1 << 40)

enum {
	OPT_FLIGHT = 0x340,
	OPT_TRIGGER,
	OPT_RECOVER,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Flight recorder:", 3 },
	{ "flight", OPT_FLIGHT, "TIME|SIZE", 0, "keep only the last stretch, in"
	  " memory (30s; 256M; 30s,256M), and write it as NAME.1, NAME.2, ..."
	  " on SIGUSR1, when a --trigger fires, and at the end", 3 },
	{ "trigger", OPT_TRIGGER, "CONDITION", 0, "latency>TIME, stalled>TIME,"
	  " error, exit:PID or exit:NAME; repeatable", 3 },
	{ "recover", OPT_RECOVER, "FILE", 0, "write what a flight recorder that"
	  " was killed left in memory", 3 },
	{ 0 },
};

/* "30s", "256M", or both with a comma. */
static void set_flight(struct record_flight *f, const char *arg,
		       const struct argp_state *state)
{
	_cleanup_(freep) char *words = xstrdup(arg);
	char *rest = words, *word;
	bool is_bad = !*arg;

	while ((word = strsep(&rest, ",")) != NULL && !is_bad) {
		uint64_t v;

		if (!units_parse(word, UNITS_TIME, &v))
			f->ns = v;
		else if (!units_parse(word, UNITS_BYTES, &v) &&
			 v >= FLIGHT_BYTES_MIN && v <= BYTES_MAX)
			f->bytes = v;
		else
			is_bad = true;
	}
	if (is_bad)
		argp_error(state, "--flight %s: a time (30s), a size from 8M"
			   " on (256M), or both (30s,256M) is wanted", arg);
}

static void add_trigger(struct record_flight *f, const char *arg,
			const struct argp_state *state)
{
	struct err err;

	if (f->nr_triggers == RECORD_NR_TRIGGERS)
		argp_error(state, "--trigger %s: %d are enough", arg,
			   RECORD_NR_TRIGGERS);
	else if (trigger_parse(arg, &f->triggers[f->nr_triggers], &err))
		argp_error(state, "--trigger %s", err.text);
	else
		f->nr_triggers++;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct record_flight *f = state->input;

	switch (key) {
	case OPT_FLIGHT:
		set_flight(f, arg, state);
		break;
	case OPT_TRIGGER:
		add_trigger(f, arg, state);
		break;
	case OPT_RECOVER:
		f->recover = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp record_flight_argp = { option_table, parse_option, NULL,
					 NULL, NULL, NULL, NULL };

bool record_flight_is_on(const struct record_flight *f)
{
	return f->ns || f->bytes;
}

void record_flight_begin(struct record_flight *f, const struct recorder *rec)
{
	sigset_t set;

	f->signal_fd = -1;
	if (!record_flight_is_on(f))
		return;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	f->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	cmd_error("keeping the last stretch in %s",
		  recorder_flight_path(rec));
}

static int dump(struct recorder *rec, const char *why)
{
	struct recorder_dump d = { 0 };
	struct err err = { 0 };
	int r = recorder_dump(rec, &d, &err);

	if (r) {
		(void)cmd_fail(&err);
		return r;
	}
	cmd_error("dump %u (%s): %" PRIu64 " events of %.3f s%s", d.number,
		  why, d.nr_events, (double)d.ns / 1e9,
		  d.is_short ? ", all that the memory holds" : "");
	if (d.nr_gone)
		cmd_error("dump %u: %zu pieces of 64 KiB were overwritten"
			  " before they could be written", d.number,
			  d.nr_gone);
	return 0;
}

void record_flight_poll(struct record_flight *f, struct recorder *rec)
{
	struct signalfd_siginfo info;
	char why[TRIGGER_TEXT_MAX];

	if (!record_flight_is_on(f))
		return;
	if (recorder_triggered(rec, why))
		f->has_failed |= dump(rec, why) != 0;
	if (f->signal_fd >= 0 &&
	    read(f->signal_fd, &info, sizeof(info)) == sizeof(info))
		f->has_failed |= dump(rec, "SIGUSR1") != 0;
}

bool record_flight_end(struct record_flight *f, struct recorder *rec)
{
	if (f->signal_fd >= 0)
		(void)close(f->signal_fd);
	if (!dump(rec, "the end"))
		return !f->has_failed;
	recorder_keep_flight(rec);
	cmd_error("it is still in memory: iotape record --recover %s",
		  recorder_flight_path(rec));
	return false;
}

int record_flight_recover(const struct record_flight *f,
			  const struct recorder_options *opts)
{
	struct recorder *rec = NULL;
	struct err err = { 0 };
	int r = recorder_recover(f->recover, opts, &rec, &err);

	if (r)
		return cmd_fail(&err);
	r = dump(rec, f->recover);
	recorder_free(rec);
	if (!r)
		cmd_error("%s can be removed", f->recover);
	return r ? CMD_FAILED : CMD_OK;
}
