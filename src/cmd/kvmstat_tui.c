/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape kvmstat on a terminal: kvm_stat's screen and keys.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/pattern.h"
#include "src/cmd/cmd.h"
#include "src/cmd/kvmstat_tui.h"
#include "src/record/vms.h"

static double now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void tui_apply_filter(struct tui *t)
{
	live_set_filter(t->live, &t->filter);
	t->last = now();
}

void tui_reset(struct tui *t)
{
	live_reset(t->live);
	t->last = now();
}

void tui_set_vm(struct tui *t, uint32_t vm)
{
	t->filter.vm = vm;
	*t->gname = '\0';
	if (vm)
		vms_name("/proc", vm, t->gname);
	tui_apply_filter(t);
}

bool tui_set_regex(struct tui *t, const char *text)
{
	struct pattern *new = NULL;

	if (*text && pattern_new(PATTERN_BEGIN, text, &new, NULL))
		return false;
	t->filter.fields.fields = new;
	tui_apply_filter(t);
	pattern_free(t->regex);
	t->regex = new;
	return true;
}

const char *tui_regex(const struct tui *t)
{
	return t->filter.fields.fields ?
		       pattern_text(t->filter.fields.fields) : "";
}

/* The VM is gone: false, unless one of its name runs again. */
static bool find_again(struct tui *t)
{
	uint32_t pid;

	if (!*t->gname || vms_find("/proc", t->gname, &pid, NULL))
		return false;
	tui_set_vm(t, pid);
	return true;
}

/* Reads and draws. */
static int update(struct tui *t)
{
	static const char marker[] = "   Guest is DEAD   ";
	double time = now(), seconds = time - t->last;
	int r;

	if (t->filter.vm && !vms_is_running("/proc", t->filter.vm) &&
	    !find_again(t)) {
		screen_put(t->screen, 0, 80 - (int)strlen(marker),
			   SCREEN_ALARM, "%s", marker);
		return 0;	/* the last values stay */
	}
	r = live_read(t->live, t->err);
	if (r)
		return r;
	t->last = time;
	tui_draw_header(t);
	tui_draw(t, seconds);
	return 0;
}

static int loop(struct tui *t)
{
	int wait_ms = TUI_FIRST_MS, r;

	tui_draw_header(t);
	screen_put(t->screen, 4, 1, SCREEN_PLAIN, "Collecting data...");
	for (;;) {
		int key = screen_key(t->screen, wait_ms);

		wait_ms = 0;
		if (key == SCREEN_GONE || cmd_signal)
			return 0;
		if (key >= 0)
			wait_ms = tui_press(t, key);
		if (t->is_over)
			return 0;
		if (wait_ms) {
			tui_draw_header(t);
			screen_put(t->screen, 4, 1, SCREEN_PLAIN,
				   "Collecting data...");
			continue;
		}
		r = update(t);
		if (r)
			return r;
		wait_ms = (int)(t->delay * 1000);
	}
}

int kvmstat_tui(struct live *live, const struct kvmstat_options *o,
		struct err *err)
{
	struct tui t = { .live = live, .delay = o->delay, .err = err };
	int r = screen_open(&t.screen, err);

	if (r)
		return r;
	t.filter.vm = o->vm;
	t.view = o->is_by_vcpu ? TUI_VCPUS : TUI_COUNTS;
	if (o->vm)
		vms_name("/proc", o->vm, t.gname);
	/* live_open has set these already; a reset would take -i back */
	t.filter.fields.fields = o->fields;
	t.last = now();
	r = loop(&t);
	screen_close(t.screen);
	pattern_free(t.regex);
	return r;
}
