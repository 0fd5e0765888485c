/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape kvmstat -1, --json, -l and -L: without a screen.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/cmd/cmd.h"
#include "src/cmd/kvmstat_live.h"

#define BATCH_SECONDS	1.0
#define BANNER_REPEAT	20	/* lines, as kvm_stat */

struct log {
	const struct kvmstat_options *o;
	struct live *live;
	FILE *out;		/* closed unless it is stdout */
	size_t nr_keys;		/* items of the banner; newer ones are left
				   out */
};

/* Until that time has passed or a signal came. */
static void wait_seconds(double seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (!cmd_signal && nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static double now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int kvmstat_once(struct live *live, const struct kvmstat_options *o,
		 struct err *err)
{
	const struct live_item *items;
	double start = now();
	struct kvmstat *st;
	size_t nr;
	int r = live_read(live, err);

	if (r)
		return r;
	wait_seconds(o->is_json ? o->delay : BATCH_SECONDS);
	r = live_read(live, err);
	if (r)
		return r;
	if (o->is_json) {
		st = live_result(live, o->is_by_vcpu);
		kvmstat_print(st, o, now() - start);
		kvmstat_free(st);
		return 0;
	}
	live_sort(live);
	nr = live_items(live, &items);
	for (size_t i = 0; i < nr; i++)
		(void)printf("%-42s%10" PRId64 "%10" PRId64 "\n",
			     items[i].name, items[i].value, items[i].delta);
	return 0;
}

static void put_banner(const struct log *log)
{
	const struct live_item *items;

	(void)live_items(log->live, &items);
	if (log->o->is_csv)
		(void)fputs("timestamp", log->out);
	for (size_t i = 0; i < log->nr_keys; i++)
		(void)fprintf(log->out, log->o->is_csv ? ",%s" : "%s ",
			      items[i].name);
	(void)fputc('\n', log->out);
}

/* A CSV file that has a beginning already needs none. */
static int open_log(struct log *log, struct err *err)
{
	log->out = stdout;
	if (log->o->log_file) {
		log->out = fopen(log->o->log_file, "ae");
		if (!log->out)
			return err_set_errno(err, -errno, "%s",
					     log->o->log_file);
		if (log->o->is_csv && ftell(log->out) > 0)
			return 0;
	}
	put_banner(log);
	return 0;
}

static int close_log(struct log *log, struct err *err)
{
	int r = 0;

	if (!log->out)
		return 0;
	if (fflush(log->out) || ferror(log->out))
		r = err_set_errno(err, -errno, "%s", log->o->log_file ?
				  log->o->log_file : "standard output");
	if (log->out != stdout)
		(void)fclose(log->out);
	log->out = NULL;
	return r;
}

static bool is_all_zero(const struct log *log)
{
	const struct live_item *items;

	(void)live_items(log->live, &items);
	for (size_t i = 0; i < log->nr_keys; i++)
		if (items[i].delta)
			return false;
	return true;
}

static int put_line(const struct log *log, struct err *err)
{
	const struct live_item *items;
	time_t t = time(NULL);
	char stamp[32];
	struct tm tm;

	(void)live_items(log->live, &items);
	if (!localtime_r(&t, &tm) ||
	    !strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm))
		*stamp = '\0';
	(void)fputs(stamp, log->out);
	for (size_t i = 0; i < log->nr_keys; i++)
		(void)fprintf(log->out, log->o->is_csv ? ",%" PRId64 :
			      " %9" PRId64, items[i].delta);
	(void)fputc('\n', log->out);
	/* whoever follows a log wants whole lines, and a full disk is said */
	if (fflush(log->out) || ferror(log->out))
		return err_set_errno(err, -errno, "%s", log->o->log_file ?
				     log->o->log_file : "standard output");
	return 0;
}

/* SIGHUP: the file was moved away. */
static int reopen(struct log *log, struct err *err)
{
	int r = close_log(log, err);

	return r ? r : open_log(log, err);
}

static int run_log(struct log *log, struct err *err)
{
	unsigned int line = 0;
	bool has_banner = true;
	int r;

	for (;;) {
		wait_seconds(log->o->delay);
		if (cmd_signal == SIGHUP && log->o->log_file) {
			cmd_signal = 0;
			line = 0;
			has_banner = true;
			r = reopen(log, err);
			if (r)
				return r;
		}
		if (cmd_signal)
			return 0;
		if (line % BANNER_REPEAT == 0 && !has_banner &&
		    !(log->o->log_file && log->o->is_csv)) {
			put_banner(log);
			has_banner = true;
		}
		r = live_read(log->live, err);
		if (r)
			return r;
		if (log->o->is_skip_zero && is_all_zero(log))
			continue;
		r = put_line(log, err);
		if (r)
			return r;
		line++;
		has_banner = false;
	}
}

int kvmstat_log(struct live *live, const struct kvmstat_options *o,
		struct err *err)
{
	struct log log = { .o = o, .live = live };
	const struct live_item *items;
	int r = live_read(live, err);

	if (r)
		return r;
	live_sort(live);
	log.nr_keys = live_items(live, &items);
	r = open_log(&log, err);
	if (!r)
		r = run_log(&log, err);
	if (!r)
		return close_log(&log, err);
	(void)close_log(&log, NULL);
	return r;
}
