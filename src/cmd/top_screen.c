/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape top on a terminal: the keys, and what is drawn.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/screen.h"
#include "src/cmd/top.h"

#define HEAD_ROW	3
#define BODY_ROW	4
#define INPUT_SIZE	16

struct tui {
	struct screen *screen;
	struct topcount *tc;
	struct top_options *o;
	const struct top_names *names;
	struct topcount_snapshot snap;	/* parts NULL: none yet */
	struct top_row *rows;		/* of snap, as o says; owned */
	size_t nr_rows;
	size_t first;			/* row that is at the top */
	double next;			/* when to read again */
	bool is_paused;
	bool is_help;
	bool is_over;
};

static double now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- keys ---------------------------------------------------------------------- */

static void set_view(struct tui *t, int view)
{
	t->o->view = (enum top_view)view;
	t->first = 0;
}

static void set_order(struct tui *t, int order)
{
	t->o->order = (enum top_order)order;
	t->first = 0;
}

static void press_next_view(struct tui *t, int unused)
{
	(void)unused;
	set_view(t, (t->o->view + 1) % TOP_VIEW_MAX);
}

static void press_pause(struct tui *t, int unused)
{
	(void)unused;
	t->is_paused = !t->is_paused;
	t->next = now() + t->o->interval;
}

static void press_help(struct tui *t, int unused)
{
	(void)unused;
	t->is_help = !t->is_help;
}

static void press_quit(struct tui *t, int unused)
{
	(void)unused;
	t->is_over = true;
}

static int page_rows(const struct tui *t)
{
	int n = screen_rows(t->screen) - BODY_ROW - 1;

	return n > 1 ? n : 1;
}

/* @pages: -1 or 1. */
static void press_page(struct tui *t, int pages)
{
	size_t step = (size_t)page_rows(t);

	if (pages > 0 && t->first + step < t->nr_rows)
		t->first += step;
	else if (pages < 0)
		t->first = t->first > step ? t->first - step : 0;
}

/* What is no number or out of range changes nothing. */
static void press_interval(struct tui *t, int unused)
{
	char text[INPUT_SIZE] = "", label[80];
	double v;
	char *end;
	int key;

	(void)unused;
	(void)snprintf(label, sizeof(label), "Seconds between two looks (%.1f"
		       " to %.0f, now %g): ", TOP_INTERVAL_MIN,
		       TOP_INTERVAL_MAX, t->o->interval);
	key = screen_prompt(t->screen, screen_rows(t->screen) - 1, label, text,
			    sizeof(text));
	if (key == SCREEN_SIGNAL || key == SCREEN_GONE)
		t->is_over = true;
	v = strtod(text, &end);
	if (end == text || *end ||
	    !(v >= TOP_INTERVAL_MIN && v <= TOP_INTERVAL_MAX))
		return;
	t->o->interval = v;
	t->next = now() + v;
}

static const struct key {
	char key;
	void (*press)(struct tui *t, int argument);
	int argument;
	const char *name;
	const char *help;
} keys[] = {
	{ 'd', set_view, TOP_BY_DEVICE, "d", "by device" },
	{ 'p', set_view, TOP_BY_PROCESS, "p", "by process" },
	{ 'c', set_view, TOP_BY_CGROUP, "c", "by cgroup" },
	{ '\t', press_next_view, 0, "Tab", "the next of these" },
	{ 'i', set_order, TOP_SORT_IOPS, "i", "sort by IOPS" },
	{ 'b', set_order, TOP_SORT_BYTES, "b", "sort by bytes read and"
	  " written" },
	{ 'r', set_order, TOP_SORT_READS, "r", "sort by bytes read" },
	{ 'w', set_order, TOP_SORT_WRITES, "w", "sort by bytes written" },
	{ '5', set_order, TOP_SORT_P50, "5", "sort by p50 of the times from"
	  " issue to completion" },
	{ '9', set_order, TOP_SORT_P99, "9", "sort by p99 of them" },
	{ 'f', set_order, TOP_SORT_DEPTH, "f", "sort by queue depth: I/Os in"
	  " flight, the mean" },
	{ 'n', set_order, TOP_SORT_NAME, "n", "sort by number: of device,"
	  " process, cgroup" },
	{ '+', press_page, 1, "+", "the next page of rows" },
	{ '-', press_page, -1, "-", "the page before" },
	{ 's', press_interval, 0, "s", "seconds between two looks" },
	{ ' ', press_pause, 0, "Space", "stop and go on" },
	{ 'h', press_help, 0, "h", "this page, and back" },
	{ 'q', press_quit, 0, "q", "quit" },
};

static void press(struct tui *t, int key)
{
	if (key == '?')
		key = 'h';
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			keys[i].press(t, keys[i].argument);
}

/* ---- what is drawn ------------------------------------------------------------- */

static void draw_help(const struct tui *t)
{
	screen_put(t->screen, 0, 0, SCREEN_BOLD, "The keys of iotape top");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		screen_put(t->screen, 2 + (int)i, 2, SCREEN_PLAIN, "%-6s %s",
			   keys[i].name, keys[i].help);
	screen_put(t->screen, 3 + (int)ARRAY_SIZE(keys), 0, SCREEN_PLAIN,
		   "depth: the mean of I/Os in flight; now: those in flight"
		   " at this moment;");
	screen_put(t->screen, 4 + (int)ARRAY_SIZE(keys), 0, SCREEN_PLAIN,
		   "o/s: discards, flushes and other operations.");
}

static void draw_title(const struct tui *t)
{
	char time[16];

	screen_put(t->screen, 0, 0, SCREEN_BOLD,
		   "iotape top  %s  by %s, sorted by %s  every %g s%s",
		   top_clock(time), top_view_name(t->o->view),
		   top_order_name(t->o->order), t->o->interval,
		   t->is_paused ? "  PAUSED" : "");
}

static void draw_row(const struct tui *t, int y, const struct top_row *row)
{
	char numbers[TOP_NUMBERS_SIZE], buf[TOP_NAME_SIZE];
	const char *name = top_name(t->names, row, t->o->view, buf);
	int room = screen_columns(t->screen) - TOP_NUMBERS_WIDTH - 1;
	size_t len = strlen(name);

	/* cgroups differ at the end of their paths */
	if (t->o->view == TOP_BY_CGROUP && room > 3 && len > (size_t)room) {
		name += len - (size_t)room;
		buf[name - buf] = '<';
	}
	screen_put(t->screen, y, 0, SCREEN_PLAIN, "%s %s",
		   top_numbers(row, t->snap.seconds, numbers), name);
}

static void draw_keys(const struct tui *t)
{
	int last = screen_rows(t->screen) - 1;
	size_t page = (size_t)page_rows(t);
	size_t end = t->first + page < t->nr_rows ? t->first + page :
						    t->nr_rows;

	screen_put(t->screen, last, 0, SCREEN_REVERSE,
		   "by d p c  sort i b r w 5 9 f n  +/- page  s seconds"
		   "  Space  h help  q quit");
	if (t->nr_rows > page)
		screen_put(t->screen, HEAD_ROW - 1, 60, SCREEN_PLAIN,
			   "rows %zu-%zu of %zu", t->first + 1, end,
			   t->nr_rows);
}

static void draw_table(const struct tui *t)
{
	char line[TOP_LINE_SIZE], heads[TOP_NUMBERS_SIZE];
	int end = screen_rows(t->screen) - 1, y = BODY_ROW;

	if (!t->snap.seconds) {
		screen_put(t->screen, BODY_ROW, 1, SCREEN_PLAIN,
			   "Counting...");
		return;
	}
	screen_put(t->screen, 1, 0, SCREEN_PLAIN, "%s",
		   top_summary(&t->snap, line));
	screen_put(t->screen, 2, 0, SCREEN_REVERSE, "%.59s",
		   top_alarms(&t->snap, line));
	screen_put(t->screen, HEAD_ROW, 0, SCREEN_UNDERLINE, "%s %-*s",
		   top_heads(heads), screen_columns(t->screen) -
		   TOP_NUMBERS_WIDTH - 1, top_view_name(t->o->view));
	for (size_t i = t->first; i < t->nr_rows && y < end; i++)
		draw_row(t, y++, &t->rows[i]);
	if (!t->nr_rows)
		screen_put(t->screen, BODY_ROW, 1, SCREEN_PLAIN, "No I/O");
}

static void draw(struct tui *t)
{
	free(t->rows);
	t->nr_rows = top_table(t->snap.parts, t->snap.nr, t->o->view, &t->rows);
	top_sort(t->rows, t->nr_rows, t->o->order, t->snap.seconds);
	if (t->first >= t->nr_rows)
		t->first = 0;
	screen_clear(t->screen, 0);
	if (t->is_help) {
		draw_help(t);
		return;
	}
	draw_title(t);
	draw_table(t);
	draw_keys(t);
}

/* How long to wait for a key, in ms; -1 = for ever. */
static int wait_ms(const struct tui *t)
{
	double s = t->next - now();

	if (t->is_paused)
		return -1;
	return s > 0 ? (int)(s * 1000) + 1 : 0;
}

static int loop(struct tui *t, struct top_losses *losses, struct err *err)
{
	while (!t->is_over && !cmd_signal) {
		int key, r;

		draw(t);
		key = screen_key(t->screen, wait_ms(t));
		if (key == SCREEN_GONE || cmd_signal)
			break;
		if (key >= 0)
			press(t, key);
		if (t->is_paused || now() < t->next)
			continue;
		r = top_read(t->tc, losses, &t->snap, err);
		if (r)
			return r;
		t->next = now() + t->o->interval;
	}
	return 0;
}

int top_screen(struct topcount *tc, struct top_options *o,
	       const struct top_names *names, struct top_losses *losses,
	       struct err *err)
{
	struct tui t = { .tc = tc, .o = o, .names = names,
			 .next = now() + o->interval };
	int r = screen_open(&t.screen, err);

	if (r)
		return r;
	r = loop(&t, losses, err);
	screen_close(t.screen);
	free(t.rows);
	return r;
}
