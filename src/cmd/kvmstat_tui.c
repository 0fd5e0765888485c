/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape kvmstat on a terminal: kvm_stat's screen and keys.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/cleanup.h"
#include "src/base/pattern.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/kvmstat_live.h"
#include "src/cmd/screen.h"
#include "src/record/vms.h"

#define FIRST_MS	250	/* to the first values, and after a prompt */
#define GNAME_MAX	48	/* longer names are cut, as by kvm_stat */
#define REGEX_MAX	44
#define INPUT_MAX	128
#define BODY_ROW	3

struct tui {
	struct screen *screen;
	struct live *live;
	struct live_filter filter;
	regex_t regex;			/* used if has_regex */
	char regex_text[INPUT_MAX];
	char gname[VMNAME_MAX];		/* of filter.vm */
	double delay;			/* s */
	double last;			/* time of the last read */
	bool has_regex;
	bool is_by_total;
	bool has_children;
	bool is_times;			/* the table of times instead */
	bool is_over;
	struct err *err;		/* of the whole command */
};

static double now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- what is drawn -------------------------------------------------------------- */

static void draw_header(const struct tui *t)
{
	struct screen *s = t->screen;

	screen_clear(s, 0);
	if (t->filter.vm)
		screen_put(s, 0, 0, SCREEN_BOLD,
			   "kvm statistics - pid %" PRIu32 " (%.*s%s)",
			   t->filter.vm, GNAME_MAX, t->gname,
			   strlen(t->gname) > GNAME_MAX ? "..." : "");
	else
		screen_put(s, 0, 0, SCREEN_BOLD, "kvm statistics - summary");
	if (*t->regex_text)
		screen_put(s, 1, 17, SCREEN_PLAIN, "regex filter: %.*s%s",
			   REGEX_MAX, t->regex_text,
			   strlen(t->regex_text) > REGEX_MAX ? "..." : "");
	if (t->is_times)
		screen_put(s, 2, 1, SCREEN_REVERSE, "%-36s %10s%9s %9s %9s",
			   "Until the next entry (us)", "Paired", "p50", "p99",
			   "max");
	else
		screen_put(s, 2, 1, SCREEN_REVERSE, "%-40s %10s%7s %8s",
			   t->filter.is_by_guest ? "Guest Name" : "Event",
			   "Total", "%Total", "CurAvg/s");
}

static bool comes_before(const struct tui *t, const struct live_item *x,
			 const struct live_item *y)
{
	if (!t->is_by_total && x->delta != y->delta)
		return x->delta > y->delta;
	if (x->value != y->value)
		return x->value > y->value;
	return strcmp(x->name, y->name) < 0;
}

/* Of the items with this parent, sorted; the caller frees it. */
static const struct live_item **sort_items(const struct tui *t,
					   const char *parent, size_t *ret_nr)
{
	const struct live_item *items;
	size_t nr = live_items(t->live, &items), used = 0;
	const struct live_item **sorted = xcalloc(nr + 1, sizeof(*sorted));

	for (size_t i = 0; i < nr; i++) {
		size_t k = used;

		if (strcmp(items[i].parent, parent) != 0 ||
		    (!items[i].value && !items[i].delta))
			continue;
		while (k && comes_before(t, &items[i], sorted[k - 1])) {
			sorted[k] = sorted[k - 1];
			k--;
		}
		sorted[k] = &items[i];
		used++;
	}
	*ret_nr = used;
	return sorted;
}

static int64_t per_second(int64_t delta, double seconds)
{
	double v = seconds > 0 ? (double)delta / seconds : 0;

	return (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

static void draw_item(const struct tui *t, int row,
		      const struct live_item *item, int64_t total,
		      double seconds)
{
	char name[VMNAME_MAX];

	if (t->filter.is_by_guest) {
		vms_name("/proc", item->vm, name);
		if (!*name)	/* it is gone */
			(void)snprintf(name, sizeof(name), "pid %s",
				       item->name);
	} else {
		(void)snprintf(name, sizeof(name), "%s%s",
			       *item->parent ? "  " : "", item->name);
	}
	screen_put(t->screen, row, 1, SCREEN_PLAIN,
		   "%-40.40s %10" PRId64 "%7.1f %8" PRId64, name, item->value,
		   total ? (double)item->value * 100 / (double)total : 0,
		   per_second(item->delta, seconds));
}

/* The reasons of @event from @row on; returns the row behind. */
static int draw_children(const struct tui *t, int row, int end,
			 const struct live_item *event, double seconds)
{
	size_t nr;
	_cleanup_(freep) const struct live_item **items =
		sort_items(t, event->name, &nr);

	for (size_t i = 0; i < nr && row < end; i++)
		draw_item(t, row++, items[i], event->value, seconds);
	return row;
}

static void draw_counts(const struct tui *t, double seconds)
{
	size_t nr;
	_cleanup_(freep) const struct live_item **items =
		sort_items(t, "", &nr);
	int row = BODY_ROW, end = screen_rows(t->screen) - 1;
	int64_t total = 0, delta = 0;

	for (size_t i = 0; i < nr; i++) {
		total += items[i]->value;
		delta += items[i]->delta;
	}
	for (size_t i = 0; i < nr && row < end; i++) {
		if (items[i]->delta < 0)
			continue;	/* a VM went, and its counters */
		draw_item(t, row++, items[i], total, seconds);
		if (t->has_children && !t->filter.is_by_guest)
			row = draw_children(t, row, end, items[i], seconds);
	}
	if (row == BODY_ROW)
		screen_put(t->screen, BODY_ROW + 1, 1, SCREEN_PLAIN,
			   nr ? "Guest removed, updating..." :
				"No matching events reported yet");
	else
		screen_put(t->screen, row, 1, SCREEN_BOLD,
			   "%-40s %10" PRId64 "        %8" PRId64, "Total",
			   total, per_second(delta, seconds));
}

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

static void draw_reason_times(const struct tui *t, int *row,
			      const struct kvmstat_event *event)
{
	for (size_t i = 0; i < event->nr_reasons; i++) {
		const struct kvmstat_reason *r = event->reasons[i];
		char name[KVMSTAT_NAME_MAX];

		kvmstat_reason_name(event->name, r->kind, r->reason, name);
		if (!r->times.nr || *row >= screen_rows(t->screen) ||
		    !kvmstat_is_wanted(&t->filter.fields, name))
			continue;
		screen_put(t->screen, (*row)++, 1, SCREEN_PLAIN,
			   "%-36.36s %10" PRIu64 "%9.1f %9.1f %9.1f", name,
			   r->times.nr, us(hist_quantile(&r->times, 0.5)),
			   us(hist_quantile(&r->times, 0.99)),
			   us(r->times.max));
	}
}

static void draw_times(const struct tui *t)
{
	const struct kvmstat_event *events;
	struct kvmstat *st = live_result(t->live);
	size_t nr = kvmstat_events(st, &events);
	int row = BODY_ROW;

	for (size_t i = 0; i < nr; i++)
		draw_reason_times(t, &row, &events[i]);
	if (row == BODY_ROW)
		screen_put(t->screen, BODY_ROW + 1, 1, SCREEN_PLAIN,
			   "No exit was followed by an entry yet");
	kvmstat_free(st);
}

/* ---- filters -------------------------------------------------------------------- */

static void apply_filter(struct tui *t)
{
	t->filter.fields.has_fields = t->has_regex;
	t->filter.fields.fields = t->regex;
	live_set_filter(t->live, &t->filter);
	t->last = now();
}

static void set_vm(struct tui *t, uint32_t vm)
{
	t->filter.vm = vm;
	*t->gname = '\0';
	if (vm)
		vms_name("/proc", vm, t->gname);
	apply_filter(t);
}

/* False: it is no regular expression; nothing is changed. */
static bool set_regex(struct tui *t, const char *text)
{
	regex_t new;

	if (*text && !pattern_compile(&new, text, 0))
		return false;
	if (t->has_regex)
		regfree(&t->regex);
	t->has_regex = *text;
	if (*text)
		t->regex = new;
	(void)snprintf(t->regex_text, sizeof(t->regex_text), "%s", text);
	apply_filter(t);
	return true;
}

/* The VM is gone: false, unless one of its name runs again. */
static bool find_again(struct tui *t)
{
	uint32_t pid;

	if (!*t->gname || vms_find("/proc", t->gname, &pid, NULL))
		return false;
	set_vm(t, pid);
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
	draw_header(t);
	if (t->is_times)
		draw_times(t);
	else
		draw_counts(t, seconds);
	return 0;
}

/* ---- keys ------------------------------------------------------------------------ */

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
	t->is_times = false;
	apply_filter(t);
	return FIRST_MS;
}

static int key_clear(struct tui *t)
{
	(void)set_regex(t, "");
	set_vm(t, 0);
	return FIRST_MS;
}

static int key_fields(struct tui *t)
{
	char text[INPUT_MAX] = "", message[INPUT_MAX + 64] = "";

	do {
		screen_clear(t->screen, 0);
		screen_put(t->screen, 0, 0, SCREEN_BOLD,
			   "Show statistics for events matching a regex.");
		screen_put(t->screen, 2, 0, SCREEN_PLAIN, "Current regex: %s",
			   t->regex_text);
		screen_put(t->screen, 5, 0, SCREEN_PLAIN, "%s", message);
		(void)snprintf(message, sizeof(message),
			       "\"%s\": Not a valid regular expression", text);
		*text = '\0';
		if (!is_typed(t, screen_prompt(t->screen, 3, "New regex: ",
					       text, sizeof(text))))
			break;
		(void)snprintf(message, sizeof(message),
			       "\"%s\": Not a valid regular expression", text);
	} while (!set_regex(t, text));
	return FIRST_MS;
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
	char text[INPUT_MAX] = "";
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
			return FIRST_MS;
		if (!*text || !strcmp(text, "0") ||
		    !vms_find("/proc", text, &pid, &err))
			break;
	}
	set_vm(t, pid);
	return FIRST_MS;
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
	return FIRST_MS;
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
	live_reset(t->live);
	t->last = now();
	return 0;
}

static int key_delay(struct tui *t)
{
	char text[INPUT_MAX] = "", message[INPUT_MAX + 64] = "", label[64];

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
			return FIRST_MS;
		v = *text ? strtod(text, &end) : KVMSTAT_DELAY;
		if (!*text || (!*end && v >= KVMSTAT_DELAY_MIN &&
			       v <= KVMSTAT_DELAY_MAX)) {
			t->delay = v;
			return FIRST_MS;
		}
		(void)snprintf(message, sizeof(message),
			       "\"%s\": Delay must be %.1f to %.1f", text,
			       KVMSTAT_DELAY_MIN, KVMSTAT_DELAY_MAX);
	}
}

static int key_times(struct tui *t)
{
	static const char *const lines[] = {
		"Times are those of tracepoints",
		"Restart with tracepoints (see option '-t') and try again!",
		NULL
	};

	if (live_has_tracepoints(t->live))
		t->is_times = !t->is_times;
	else
		show_message(t, lines);
	return 0;
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
	{ 'x', key_children },
};

static int press(struct tui *t, int key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			return keys[i].press(t);
	return 0;
}

static int loop(struct tui *t)
{
	int wait_ms = FIRST_MS, r;

	draw_header(t);
	screen_put(t->screen, 4, 1, SCREEN_PLAIN, "Collecting data...");
	for (;;) {
		int key = screen_key(t->screen, wait_ms);

		wait_ms = 0;
		if (key == SCREEN_GONE || cmd_signal)
			return 0;
		if (key >= 0)
			wait_ms = press(t, key);
		if (t->is_over)
			return 0;
		if (wait_ms) {
			draw_header(t);
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
	if (o->vm)
		vms_name("/proc", o->vm, t.gname);
	/* live_open has set these already; a reset would take -i back */
	t.filter.fields = (struct kvmstat_options){
		.fields = o->fields, .has_fields = o->has_fields,
	};
	if (o->fields_text)
		(void)snprintf(t.regex_text, sizeof(t.regex_text), "%s",
			       o->fields_text);
	t.last = now();
	r = loop(&t);
	screen_close(t.screen);
	if (t.has_regex)
		regfree(&t.regex);
	return r;
}
