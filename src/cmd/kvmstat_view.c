/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape kvmstat: tables, lines and JSON of a struct kvmstat.
 */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/cleanup.h"
#include "src/base/json.h"
#include "src/base/plain.h"
#include "src/base/xalloc.h"
#include "src/cmd/kvmstat.h"

#define VCPU_NAME	40	/* columns */

/* A line of the tables: an event, or one reason of it. */
struct line {
	char name[KVMSTAT_NAME_MAX];
	uint64_t nr;
	const struct kvmstat_event *event;
	const struct kvmstat_reason *reason;	/* NULL = the event itself */
};

struct view {
	struct kvmstat *st;
	const struct kvmstat_options *o;
	struct line *lines;	/* owned; an event, then its reasons */
	size_t nr, cap;
	uint64_t total;		/* of the events that are shown */
	double seconds;
};

void kvmstat_reason_name(const char *event, enum exit_kind kind,
			 uint32_t reason, char ret[KVMSTAT_NAME_MAX])
{
	char name[EXIT_TEXT_MAX];

	(void)snprintf(ret, KVMSTAT_NAME_MAX, "%s(%s)", event,
		       exit_text(kind, reason, name));
}

bool kvmstat_is_wanted(const struct kvmstat_options *o, const char *name)
{
	/* one that takes too long hides nothing */
	return !o->fields || pattern_match(o->fields, name);
}

static bool add_line(struct view *v, const struct kvmstat_options *o,
		     const struct kvmstat_event *e,
		     const struct kvmstat_reason *r)
{
	struct line line = { .nr = r ? r->nr : e->nr, .event = e,
			     .reason = r };

	if (!r)
		(void)snprintf(line.name, KVMSTAT_NAME_MAX, "%s", e->name);
	else
		kvmstat_reason_name(e->name, r->kind, r->reason, line.name);
	if (!kvmstat_is_wanted(o, line.name))
		return false;
	v->lines = xgrow(v->lines, v->nr, &v->cap, sizeof(*v->lines));
	v->lines[v->nr++] = line;
	return true;
}

static int compare_events(const void *a, const void *b)
{
	const struct kvmstat_event *x = *(const struct kvmstat_event *const *)a;
	const struct kvmstat_event *y = *(const struct kvmstat_event *const *)b;

	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Most frequent first; reasons below their event. */
static void make_lines(struct view *v, const struct kvmstat_options *o)
{
	const struct kvmstat_event *events;
	size_t nr = kvmstat_events(v->st, &events);
	_cleanup_(freep) const struct kvmstat_event **sorted =
		xcalloc(nr, sizeof(struct kvmstat_event *));

	for (size_t i = 0; i < nr; i++)
		sorted[i] = &events[i];
	qsort(sorted, nr, sizeof(struct kvmstat_event *), compare_events);
	for (size_t i = 0; i < nr && sorted[i]->nr; i++) {
		if (add_line(v, o, sorted[i], NULL))
			v->total += sorted[i]->nr;
		for (size_t k = 0; k < sorted[i]->nr_reasons; k++)
			(void)add_line(v, o, sorted[i],
				       sorted[i]->reasons[k]);
	}
}

static double rate(const struct view *v, uint64_t nr)
{
	return v->seconds > 0 ? (double)nr / v->seconds : 0;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(((const struct line *)a)->name,
		      ((const struct line *)b)->name);
}

/* kvm_stat -1: one line each, by name. */
static void print_batch(struct view *v)
{
	if (v->nr)
		qsort(v->lines, v->nr, sizeof(*v->lines), compare_lines);
	for (size_t i = 0; i < v->nr; i++)
		(void)printf("%-42s%10" PRIu64 "%10.0f\n", v->lines[i].name,
			     v->lines[i].nr, rate(v, v->lines[i].nr));
}

static double us(uint64_t ns)
{
	return (double)ns / 1000;
}

/* From each exit to the next entry of its thread. */
static void print_times(const struct view *v)
{
	uint64_t unpaired = 0;
	bool has_times = false;

	for (size_t i = 0; i < v->nr; i++) {
		const struct kvmstat_reason *r = v->lines[i].reason;

		if (!r)
			continue;
		unpaired += r->nr_unpaired;
		if (!r->times.nr)
			continue;
		if (!has_times)
			(void)printf("\n %-40s %10s %9s %9s %9s\n",
				     "Until the next entry (us)", "Paired",
				     "p50", "p99", "max");
		has_times = true;
		(void)printf(" %-40s %10" PRIu64 " %9.1f %9.1f %9.1f\n",
			     v->lines[i].name, r->times.nr,
			     us(hist_quantile(&r->times, 0.5)),
			     us(hist_quantile(&r->times, 0.99)),
			     us(r->times.max));
	}
	if (unpaired)
		(void)printf("\n %" PRIu64 " exits without an entry behind"
			     " them\n", unpaired);
	if (kvmstat_no_reason(v->st))
		(void)printf("\n %" PRIu64 " exits are in no line by reason:"
			     " more than %d reasons\n",
			     kvmstat_no_reason(v->st), KVMSTAT_REASONS);
}

void kvmstat_vcpu_line(const struct kvmstat_vcpu *v, int name_width,
		       char ret[KVMSTAT_LINE_MAX])
{
	char name[KVMSTAT_NAME_MAX], vcpu[16] = "-";

	if (!v) {
		(void)snprintf(ret, KVMSTAT_LINE_MAX, "%7s %4s %-*.*s %8s %9s"
			       " %9s %9s", "Pid", "vCPU", name_width,
			       name_width, "Until next entry (us)", "Paired",
			       "p50", "p99", "max");
		return;
	}
	kvmstat_reason_name(v->reason->event, v->reason->kind,
			    v->reason->reason, name);
	if (v->vcpu)
		(void)snprintf(vcpu, sizeof(vcpu), "%" PRIu32, v->vcpu - 1);
	(void)snprintf(ret, KVMSTAT_LINE_MAX, "%7" PRIu32 " %4s %-*.*s %8"
		       PRIu64 " %9.1f %9.1f %9.1f", v->vm, vcpu, name_width,
		       name_width, name, v->times.nr,
		       us(hist_quantile(&v->times, 0.5)),
		       us(hist_quantile(&v->times, 0.99)), us(v->times.max));
}

static bool is_vcpu_wanted(const struct view *v, const struct kvmstat_vcpu *t)
{
	char name[KVMSTAT_NAME_MAX];

	kvmstat_reason_name(t->reason->event, t->reason->kind,
			    t->reason->reason, name);
	return kvmstat_is_wanted(v->o, name);
}

static void print_vcpus(const struct view *v)
{
	const struct kvmstat_vcpu *const *list;
	size_t nr = kvmstat_by_vcpu(v->st, &list);
	char line[KVMSTAT_LINE_MAX];
	bool has_head = false;

	for (size_t i = 0; i < nr; i++) {
		if (!list[i]->times.nr || !is_vcpu_wanted(v, list[i]))
			continue;
		kvmstat_vcpu_line(NULL, VCPU_NAME, line);
		if (!has_head)
			(void)printf("\n %s\n", line);
		has_head = true;
		kvmstat_vcpu_line(list[i], VCPU_NAME, line);
		(void)printf(" %s\n", line);
	}
	if (kvmstat_vcpus_left_out(v->st))
		(void)printf("\n %" PRIu64 " times are in no line by vCPU: more"
			     " than %d reasons of vCPUs\n",
			     kvmstat_vcpus_left_out(v->st),
			     KVMSTAT_VCPU_TIMES);
}

static int compare_vms(const void *a, const void *b)
{
	const struct kvmstat_vm *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

/* Those that had events, the most frequent first; the caller frees it. */
static struct kvmstat_vm *sorted_vms(const struct view *v, size_t *ret_nr)
{
	const struct kvmstat_vm *vms;
	size_t nr = kvmstat_vms(v->st, &vms), used = 0;
	struct kvmstat_vm *sorted = xcalloc(nr + 1, sizeof(*sorted));

	for (size_t i = 0; i < nr; i++)
		if (vms[i].nr)
			sorted[used++] = vms[i];
	qsort(sorted, used, sizeof(*sorted), compare_vms);
	*ret_nr = used;
	return sorted;
}

static const char *vm_name(const struct kvmstat_vm *vm)
{
	if (!vm->pid)
		return "(kernel threads, or not said)";
	return *vm->name ? vm->name : "?";
}

static void print_vms(const struct view *v)
{
	size_t nr;
	_cleanup_(freep) struct kvmstat_vm *vms = sorted_vms(v, &nr);

	if (nr)
		(void)printf("\n %-32s %7s %10s\n", "VM", "Pid", "Events");
	for (size_t i = 0; i < nr; i++) {
		plain_mask(vms[i].name, strlen(vms[i].name));
		(void)printf(" %-32s %7" PRIu32 " %10" PRIu64 "\n",
			     vm_name(&vms[i]), vms[i].pid, vms[i].nr);
	}
}

/* kvm_stat's screen. */
static void print_table(const struct view *v)
{
	(void)printf(" %-40s %10s%7s %8s\n", "Event", "Total", "%Total",
		     "CurAvg/s");
	for (size_t i = 0; i < v->nr; i++) {
		const struct line *l = &v->lines[i];
		char name[KVMSTAT_NAME_MAX + 2];

		(void)snprintf(name, sizeof(name), "%s%s",
			       l->reason ? " " : "", l->name);
		(void)printf(" %-40s %10" PRIu64 "%7.1f %8.0f\n", name, l->nr,
			     v->total ? (double)l->nr * 100 / (double)v->total :
					0, rate(v, l->nr));
	}
	(void)printf(" %-40s %10" PRIu64 "%7s %8.0f\n", "Total", v->total, "",
		     rate(v, v->total));
	print_times(v);
	print_vcpus(v);
	print_vms(v);
}

static void put_times(uint64_t nr_unpaired, const struct hist *h)
{
	(void)printf(",\"unpaired\":%" PRIu64, nr_unpaired);
	if (h->nr)
		(void)printf(",\"ns\":{\"n\":%" PRIu64 ",\"min\":%" PRIu64
			     ",\"mean\":%.0f,\"p50\":%" PRIu64 ",\"p99\":%"
			     PRIu64 ",\"max\":%" PRIu64 "}", h->nr, h->min,
			     hist_mean(h), hist_quantile(h, 0.5),
			     hist_quantile(h, 0.99), h->max);
}

static void put_vcpu(const struct kvmstat_vcpu *t)
{
	char name[KVMSTAT_NAME_MAX];

	kvmstat_reason_name(t->reason->event, t->reason->kind,
			    t->reason->reason, name);
	(void)printf("{\"pid\":%" PRIu32 ",\"vcpu\":", t->vm);
	if (t->vcpu)
		(void)printf("%" PRIu32, t->vcpu - 1);
	else
		(void)printf("null");
	(void)printf(",\"name\":\"%s\",\"reason\":%" PRIu32, name,
		     t->reason->reason);
	put_times(t->nr_unpaired, &t->times);
	(void)printf("}");
}

static void put_vcpus(const struct view *v)
{
	const struct kvmstat_vcpu *const *list;
	size_t nr = kvmstat_by_vcpu(v->st, &list);
	bool has_one = false;

	(void)printf("],\"vcpus\":[");
	for (size_t i = 0; i < nr; i++) {
		if (!is_vcpu_wanted(v, list[i]))
			continue;
		(void)printf("%s\n", has_one ? "," : "");
		put_vcpu(list[i]);
		has_one = true;
	}
}

static void put_vms(const struct view *v)
{
	size_t nr;
	_cleanup_(freep) struct kvmstat_vm *vms = sorted_vms(v, &nr);

	(void)printf("],\"vms\":[");
	for (size_t i = 0; i < nr; i++) {
		(void)printf("%s\n{\"pid\":%" PRIu32 ",\"name\":",
			     i ? "," : "", vms[i].pid);
		json_put_string(stdout, vms[i].name);
		(void)printf(",\"total\":%" PRIu64 "}", vms[i].nr);
	}
}

/* What is in no count, or not in all; only where there is any. */
static void put_left_out(const char *key, uint64_t nr)
{
	if (nr)
		(void)printf(",\"%s\":%" PRIu64, key, nr);
}

/* All names of events are made of letters, digits, "_" and brackets. */
static void print_json(const struct view *v)
{
	(void)printf("{\"schema\":\"iotape-kvmstat/1\",\"seconds\":%.6f,"
		     "\"lost\":%" PRIu64 ",\"total\":%" PRIu64,
		     v->seconds, kvmstat_lost(v->st), v->total);
	put_left_out("no_reason", kvmstat_no_reason(v->st));
	put_left_out("left_out", kvmstat_vms_left_out(v->st));
	if (v->o->is_by_vcpu)
		put_left_out("no_vcpu", kvmstat_vcpus_left_out(v->st));
	(void)printf(",\"events\":[");
	for (size_t i = 0; i < v->nr; i++) {
		const struct line *l = &v->lines[i];

		(void)printf("%s\n{\"name\":\"%s\",\"total\":%" PRIu64
			     ",\"per_second\":%.3f", i ? "," : "", l->name,
			     l->nr, rate(v, l->nr));
		if (l->reason) {
			(void)printf(",\"reason\":%" PRIu32,
				     l->reason->reason);
			put_times(l->reason->nr_unpaired, &l->reason->times);
		}
		(void)printf("}");
	}
	if (v->o->is_by_vcpu)
		put_vcpus(v);
	put_vms(v);
	(void)printf("]}\n");
}

void kvmstat_print(struct kvmstat *st, const struct kvmstat_options *o,
		   double seconds)
{
	struct view view = { .st = st, .o = o, .seconds = seconds };

	make_lines(&view, o);
	if (o->is_json)
		print_json(&view);
	else if (o->is_batch)
		print_batch(&view);
	else
		print_table(&view);
	free(view.lines);
}
