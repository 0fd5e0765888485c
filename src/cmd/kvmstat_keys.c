/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keys of iotape kvmstat's screen: those of kvm_stat, and t and v.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/kvmstat_tui.h"
#include "src/record/vms.h"

/* After a prompt: signals and a lost terminal end all. */
static bool is_typed(struct tui *t, int result)
{
	if (result == SCREEN_GONE || cmd_signal)
		t->is_over = true;
	return result == 1;
}

static void show_message(struct tui *t, const char *const *lines)
{
	int row = 2;

	screen_clear(t->screen, 0);
	for (; *lines; lines++)
		screen_center(t->screen, row++, SCREEN_PLAIN, *lines);
	screen_center(t->screen, row + 1, SCREEN_REVERSE,
		      "Press any key to continue");
	(void)is_typed(t, screen_key(t->screen, -1));
}

static int key_guests(struct tui *t)
{
	t->filter.is_by_guest = !t->filter.is_by_guest;
	t->view = TUI_COUNTS;
	tui_apply_filter(t);
	return TUI_FIRST_MS;
}

static int key_clear(struct tui *t)
{
	(void)tui_set_regex(t, "");
	tui_set_vm(t, 0);
	return TUI_FIRST_MS;
}

static int key_fields(struct tui *t)
{
	char text[TUI_INPUT_MAX] = "", message[TUI_INPUT_MAX + 64] = "";

	do {
		screen_clear(t->screen, 0);
		screen_put(t->screen, 0, 0, SCREEN_BOLD,
			   "Show statistics for events matching a regex.");
		screen_put(t->screen, 2, 0, SCREEN_PLAIN, "Current regex: %s",
			   tui_regex(t));
		screen_put(t->screen, 5, 0, SCREEN_PLAIN, "%s", message);
		(void)snprintf(message, sizeof(message),
			       "\"%s\": Not a valid regular expression", text);
		*text = '\0';
		if (!is_typed(t, screen_prompt(t->screen, 3, "New regex: ",
					       text, sizeof(text))))
			break;
		(void)snprintf(message, sizeof(message),
			       "\"%s\": Not a valid regular expression", text);
	} while (!tui_set_regex(t, text));
	return TUI_FIRST_MS;
}

static void draw_guests(const struct tui *t, int row)
{
	_cleanup_(freep) struct vms_vm *vms = NULL;
	size_t nr = vms_list("/proc", &vms);

	screen_put(t->screen, row++, 2, SCREEN_UNDERLINE, "%8s  %-60s", "Pid",
		   "Guest Name");
	for (size_t i = 0; i < nr; i++)
		screen_put(t->screen, row++, 2, SCREEN_PLAIN, "%8" PRIu32
			   "  %-60s", vms[i].pid, vms[i].name);
}

static int key_guest(struct tui *t)
{
	char text[TUI_INPUT_MAX] = "";
	struct err err = { .text = "" };
	uint32_t pid = 0;

	for (;;) {
		screen_clear(t->screen, 0);
		screen_put(t->screen, 0, 0, SCREEN_BOLD,
			   "Show statistics for specific guest or pid.");
		screen_put(t->screen, 5, 0, SCREEN_PLAIN, "%s", err.text);
		draw_guests(t, 7);
		*text = '\0';
		if (!is_typed(t, screen_prompt(t->screen, 3,
					       "Guest or pid [ENTER exits]: ",
					       text, sizeof(text))))
			return TUI_FIRST_MS;
		if (!*text || !strcmp(text, "0") ||
		    !vms_find("/proc", text, &pid, &err))
			break;
	}
	tui_set_vm(t, pid);
	return TUI_FIRST_MS;
}

static int key_help(struct tui *t)
{
	static const char *const lines[] = {
		"   b     toggle events by guests (honors filters)",
		"   c     clear filter",
		"   f     filter by regular expression",
		"   g     filter by guest name/PID",
		"   h     display interactive commands reference",
		"   o     toggle sorting order (Total vs CurAvg/s)",
		"   p     filter by guest name/PID",
		"   q     quit",
		"   r     reset stats",
		"   s     set delay between refreshs (value range: 0.1-25.5"
		" secs)",
		"   t     toggle times from exit to entry",
		"   v     toggle times from exit to entry by vCPU",
		"   x     toggle reporting of stats for individual child trace"
		" events",
		"Any other key refreshes statistics immediately",
	};

	screen_clear(t->screen, 0);
	screen_put(t->screen, 0, 0, SCREEN_BOLD,
		   "Interactive commands reference");
	screen_put(t->screen, 2, 0, SCREEN_REVERSE, "Press any key to exit");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		screen_put(t->screen, 4 + (int)i, 0, SCREEN_PLAIN, "%s",
			   lines[i]);
	(void)is_typed(t, screen_key(t->screen, -1));
	return TUI_FIRST_MS;
}

static int key_order(struct tui *t)
{
	t->is_by_total = !t->is_by_total;
	return 0;
}

static int key_quit(struct tui *t)
{
	t->is_over = true;
	return 0;
}

static int key_reset(struct tui *t)
{
	tui_reset(t);
	return 0;
}

static int key_delay(struct tui *t)
{
	char text[TUI_INPUT_MAX] = "", message[TUI_INPUT_MAX + 64] = "", label[64];

	for (;;) {
		char *end;
		double v;

		screen_clear(t->screen, 0);
		screen_put(t->screen, 0, 0, SCREEN_BOLD,
			   "Set update interval (defaults to %.1fs).",
			   KVMSTAT_DELAY);
		screen_put(t->screen, 4, 0, SCREEN_PLAIN, "%s", message);
		(void)snprintf(label, sizeof(label),
			       "Change delay from %.1fs to ", t->delay);
		*text = '\0';
		if (!is_typed(t, screen_prompt(t->screen, 2, label, text,
					       sizeof(text))))
			return TUI_FIRST_MS;
		v = *text ? strtod(text, &end) : KVMSTAT_DELAY;
		if (!*text || (!*end && v >= KVMSTAT_DELAY_MIN &&
			       v <= KVMSTAT_DELAY_MAX)) {
			t->delay = v;
			return TUI_FIRST_MS;
		}
		(void)snprintf(message, sizeof(message),
			       "\"%s\": Delay must be %.1f to %.1f", text,
			       KVMSTAT_DELAY_MIN, KVMSTAT_DELAY_MAX);
	}
}

/* Shows @view, or counts if it is shown. */
static int toggle_view(struct tui *t, enum tui_view view)
{
	static const char *const lines[] = {
		"Times are those of tracepoints",
		"Restart with tracepoints (see option '-t') and try again!",
		NULL
	};

	if (live_has_tracepoints(t->live))
		t->view = t->view == view ? TUI_COUNTS : view;
	else
		show_message(t, lines);
	return 0;
}

static int key_times(struct tui *t)
{
	return toggle_view(t, TUI_TIMES);
}

static int key_vcpus(struct tui *t)
{
	return toggle_view(t, TUI_VCPUS);
}

static int key_children(struct tui *t)
{
	t->has_children = !t->has_children;
	return 0;
}

/* What a key does; returns in how many ms values are wanted, 0 = at once. */
static const struct key {
	char key;
	int (*press)(struct tui *t);
} keys[] = {
	{ 'b', key_guests },
	{ 'c', key_clear },
	{ 'f', key_fields },
	{ 'g', key_guest },
	{ 'h', key_help },
	{ 'o', key_order },
	{ 'p', key_guest },
	{ 'q', key_quit },
	{ 'r', key_reset },
	{ 's', key_delay },
	{ 't', key_times },
	{ 'v', key_vcpus },
	{ 'x', key_children },
};

int tui_press(struct tui *t, int key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			return keys[i].press(t);
	return 0;
}
