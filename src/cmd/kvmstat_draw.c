/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What iotape kvmstat's screen shows.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/kvmstat_tui.h"
#include "src/record/vms.h"

#define GNAME_MAX	48	/* longer names are cut, as by kvm_stat */
#define REGEX_MAX	44
#define BODY_ROW	3
#define VCPU_NAME	26	/* of 80 columns */

static void draw_columns(const struct tui *t)
{
	char line[KVMSTAT_LINE_MAX];

	switch (t->view) {
	case TUI_COUNTS:
		screen_put(t->screen, 2, 1, SCREEN_REVERSE,
			   "%-40s %10s%7s %8s",
			   t->filter.is_by_guest ? "Guest Name" : "Event",
			   "Total", "%Total", "CurAvg/s");
		break;
	case TUI_TIMES:
		screen_put(t->screen, 2, 1, SCREEN_REVERSE,
			   "%-36s %10s%9s %9s %9s",
			   "Until the next entry (us)", "Paired", "p50", "p99",
			   "max");
		break;
	case TUI_VCPUS:
		kvmstat_vcpu_line(NULL, VCPU_NAME, line);
		screen_put(t->screen, 2, 1, SCREEN_REVERSE, "%s", line);
		break;
	}
}

void tui_draw_header(const struct tui *t)
{
	const char *regex = tui_regex(t);
	struct screen *s = t->screen;

	screen_clear(s, 0);
	if (t->filter.vm)
		screen_put(s, 0, 0, SCREEN_BOLD,
			   "kvm statistics - pid %" PRIu32 " (%.*s%s)",
			   t->filter.vm, GNAME_MAX, t->gname,
			   strlen(t->gname) > GNAME_MAX ? "..." : "");
	else
		screen_put(s, 0, 0, SCREEN_BOLD, "kvm statistics - summary");
	if (*regex)
		screen_put(s, 1, 17, SCREEN_PLAIN, "regex filter: %.*s%s",
			   REGEX_MAX, regex,
			   strlen(regex) > REGEX_MAX ? "..." : "");
	draw_columns(t);
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

static void draw_no_times(const struct tui *t)
{
	screen_put(t->screen, BODY_ROW + 1, 1, SCREEN_PLAIN,
		   "No exit was followed by an entry yet");
}

static void draw_times(const struct tui *t, const struct kvmstat *st)
{
	const struct kvmstat_event *events;
	size_t nr = kvmstat_events(st, &events);
	int row = BODY_ROW;

	for (size_t i = 0; i < nr; i++)
		draw_reason_times(t, &row, &events[i]);
	if (row == BODY_ROW)
		draw_no_times(t);
}

static void draw_vcpus(const struct tui *t, struct kvmstat *st)
{
	const struct kvmstat_vcpu *const *list;
	size_t nr = kvmstat_by_vcpu(st, &list);
	int row = BODY_ROW;

	for (size_t i = 0; i < nr && row < screen_rows(t->screen); i++) {
		char name[KVMSTAT_NAME_MAX], line[KVMSTAT_LINE_MAX];

		kvmstat_reason_name(list[i]->reason->event,
				    list[i]->reason->kind,
				    list[i]->reason->reason, name);
		if (!list[i]->times.nr ||
		    !kvmstat_is_wanted(&t->filter.fields, name))
			continue;
		kvmstat_vcpu_line(list[i], VCPU_NAME, line);
		screen_put(t->screen, row++, 1, SCREEN_PLAIN, "%s", line);
	}
	if (row == BODY_ROW)
		draw_no_times(t);
}

void tui_draw(const struct tui *t, double seconds)
{
	struct kvmstat *st;

	if (t->view == TUI_COUNTS) {
		draw_counts(t, seconds);
		return;
	}
	st = live_result(t->live, t->view == TUI_VCPUS);
	if (t->view == TUI_TIMES)
		draw_times(t, st);
	else
		draw_vcpus(t, st);
	kvmstat_free(st);
}
