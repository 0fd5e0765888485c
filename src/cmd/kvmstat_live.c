/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/kvmstat_live.h"
#include "src/record/kvmdebugfs.h"
#include "src/record/kvmlive.h"
#include "src/record/qmp.h"
#include "src/record/vms.h"

static_assert(BPF_HIST_CELLS == HIST_CELLS,
	      "the kernel's histograms are ours");

struct live {
	struct kvmlive *bpf;	/* each NULL where it is not wanted */
	struct kvmdebugfs *debugfs;
	struct qmp *qmp;
	struct qmp_values qmp_base;	/* since the last reset */
	struct live_filter filter;
	struct live_item *items;
	size_t nr, cap;
	bool has_kind[EXIT_KIND_MAX];	/* exit reasons of this machine */
	bool is_past;
};

/* The kinds of exits that can come here: what kvm_stat looks at as well. */
static void find_kinds(bool ret[EXIT_KIND_MAX])
{
	_cleanup_(fclosep) FILE *f = fopen("/proc/cpuinfo", "re");
	_cleanup_(freep) char *line = NULL;
	size_t size = 0;

	ret[EXIT_USERSPACE] = true;
#ifdef __aarch64__
	ret[EXIT_ARM64] = true;
#endif
	while (f && getline(&line, &size, f) > 0) {
		if (strncmp(line, "flags", 5) != 0)
			continue;
		ret[EXIT_VMX] = strstr(line, " vmx");
		ret[EXIT_SVM] = strstr(line, " svm");
		break;
	}
}

static struct live_item *find_item(struct live *live, const char *name,
				   uint32_t vm)
{
	for (size_t i = 0; i < live->nr; i++)
		if (live->items[i].vm == vm &&
		    !strcmp(live->items[i].name, name))
			return &live->items[i];
	live->items = xgrow(live->items, live->nr, &live->cap,
			    sizeof(*live->items));
	live->items[live->nr] = (struct live_item){ .vm = vm };
	(void)snprintf(live->items[live->nr].name, KVMSTAT_NAME_MAX, "%s",
		       name);
	return &live->items[live->nr++];
}

/* @parent: "" = none.  Reasons are in no VM's sum: their events are. */
static void add(struct live *live, const char *name, const char *parent,
		uint32_t vm, int64_t value)
{
	struct live_item *item;
	char pid[16];

	if (live->filter.vm && vm != live->filter.vm)
		return;
	if (!kvmstat_is_wanted(&live->filter.fields, name))
		return;
	if (live->filter.is_by_guest && (*parent || !vm))
		return;
	if (live->filter.is_by_guest) {
		(void)snprintf(pid, sizeof(pid), "%" PRIu32, vm);
		item = find_item(live, pid, vm);
	} else {
		item = find_item(live, name, 0);
		(void)snprintf(item->parent, sizeof(item->parent), "%s",
			       parent);
	}
	item->value += value;
}

/* What did not happen yet is there as well, with 0. */
static void seed_events(struct live *live)
{
	const char *const *names;
	size_t nr = live->bpf ? kvmlive_events(live->bpf, &names) : 0;
	uint32_t vm = live->filter.vm;

	for (size_t i = 0; i < nr; i++) {
		bool is_exit = !strcmp(names[i], "kvm_exit");
		char name[KVMSTAT_NAME_MAX];
		enum exit_kind kind;
		uint32_t reason;

		add(live, names[i], "", vm, 0);
		if (!is_exit && strcmp(names[i], "kvm_userspace_exit") != 0)
			continue;
		for (size_t k = 0; exit_name_row(k, &kind, &reason); k++) {
			if (!live->has_kind[kind] ||
			    is_exit == (kind == EXIT_USERSPACE))
				continue;
			kvmstat_reason_name(names[i], kind, reason, name);
			add(live, name, names[i], vm, 0);
		}
	}
}

/* Of s390, whose counters have parents: arch/s390/kvm/kvm-s390.c. */
static const char *debugfs_parent(const char *field)
{
	static const char parent[] = "exit_instruction";
	static const char prefix[] = "instruction_";

	return strncmp(field, prefix, strlen(prefix)) ? "" : parent;
}

static void seed_fields(struct live *live)
{
	const char *const *names;
	size_t nr = live->debugfs ? kvmdebugfs_fields(live->debugfs, &names) :
				    0;

	for (size_t i = 0; i < nr; i++)
		add(live, names[i], debugfs_parent(names[i]), live->filter.vm,
		    0);
}

static void seed(struct live *live)
{
	live->nr = 0;
	if (live->filter.is_by_guest)
		return;
	seed_events(live);
	seed_fields(live);
}

static bool has_reason(const struct kvmlive_row *row)
{
	bool is_user = !strcmp(row->event, "kvm_userspace_exit");

	return is_user || (!strcmp(row->event, "kvm_exit") && row->kind &&
			   row->kind < EXIT_KIND_MAX);
}

static void add_rows(struct live *live)
{
	const struct kvmlive_row *rows;
	size_t nr = kvmlive_rows(live->bpf, &rows);

	for (size_t i = 0; i < nr; i++) {
		const struct kvmlive_row *row = &rows[i];
		char name[KVMSTAT_NAME_MAX];

		add(live, row->event, "", row->vm, (int64_t)row->nr);
		if (!has_reason(row))
			continue;
		kvmstat_reason_name(row->event, (enum exit_kind)row->kind,
				    row->reason, name);
		add(live, name, row->event, row->vm, (int64_t)row->nr);
	}
}

static void add_fields(struct live *live)
{
	const struct kvmdebugfs_value *values;
	size_t nr;

	kvmdebugfs_read(live->debugfs);
	nr = kvmdebugfs_values(live->debugfs, &values);
	for (size_t i = 0; i < nr; i++)
		add(live, values[i].field, debugfs_parent(values[i].field),
		    values[i].vm, values[i].value);
}

static int64_t qmp_base(const struct live *live, const char *name)
{
	for (size_t i = 0; i < live->qmp_base.nr; i++)
		if (!strcmp(live->qmp_base.values[i].name, name))
			return live->qmp_base.values[i].value;
	return 0;
}

static int add_qmp(struct live *live, struct err *err)
{
	const struct qmp_value *values;
	int r = qmp_read(live->qmp, err);
	size_t nr;

	if (r)
		return r;
	nr = qmp_values(live->qmp, &values);
	for (size_t i = 0; i < nr; i++)
		add(live, values[i].name, debugfs_parent(values[i].name),
		    qmp_pid(live->qmp),
		    values[i].value - qmp_base(live, values[i].name));
	return 0;
}

int live_read(struct live *live, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < live->nr; i++) {
		live->items[i].delta = live->items[i].value;
		live->items[i].value = 0;
	}
	if (live->bpf)
		r = kvmlive_read(live->bpf, err);
	if (!r && live->bpf)
		add_rows(live);
	if (!r && live->debugfs)
		add_fields(live);
	if (!r && live->qmp)
		r = add_qmp(live, err);
	for (size_t i = 0; i < live->nr; i++)
		live->items[i].delta = live->items[i].value -
				       live->items[i].delta;
	return r;
}

size_t live_items(const struct live *live, const struct live_item **ret)
{
	*ret = live->items;
	return live->nr;
}

static int compare_items(const void *a, const void *b)
{
	return strcmp(((const struct live_item *)a)->name,
		      ((const struct live_item *)b)->name);
}

void live_sort(struct live *live)
{
	if (live->nr)
		qsort(live->items, live->nr, sizeof(*live->items),
		      compare_items);
}

static void reset_qmp(struct live *live)
{
	const struct qmp_value *values;
	struct qmp_values *base = &live->qmp_base;
	size_t nr;

	if (qmp_read(live->qmp, NULL))
		return;		/* the next read says why */
	nr = qmp_values(live->qmp, &values);
	free(base->values);
	base->values = xcalloc(nr + 1, sizeof(*base->values));
	if (nr)
		memcpy(base->values, values, nr * sizeof(*base->values));
	base->nr = nr;
}

void live_reset(struct live *live)
{
	if (live->bpf)
		kvmlive_reset(live->bpf);
	if (live->debugfs)
		kvmdebugfs_reset(live->debugfs, false);
	if (live->qmp)
		reset_qmp(live);
	seed(live);
}

void live_set_filter(struct live *live, const struct live_filter *filter)
{
	live->filter = *filter;
	live_reset(live);
}

static int open_sources(struct live *live, const struct kvmstat_options *o,
			struct err *err)
{
	int r = 0;

	if (o->is_debugfs)
		r = kvmdebugfs_open(NULL, &live->debugfs, err);
	if (!r && o->qmp)
		r = qmp_open(o->qmp, &live->qmp, err);
	if (!r && (o->is_tracepoints || (!o->is_debugfs && !o->qmp)))
		r = kvmlive_open(&live->bpf, err);
	return r;
}

int live_open(const struct kvmstat_options *o, struct live **ret,
	      struct err *err)
{
	struct live *live = xcalloc(1, sizeof(*live));
	int r = open_sources(live, o, err);

	if (r) {
		live_free(live);
		return r;
	}
	if (live->bpf && *kvmlive_why_less(live->bpf))
		cmd_error("%s", kvmlive_why_less(live->bpf));
	find_kinds(live->has_kind);
	live->filter.vm = o->vm;
	live->filter.fields.fields = o->fields;
	if (live->debugfs)
		kvmdebugfs_reset(live->debugfs, o->is_past);
	if (live->qmp && !o->is_past)
		reset_qmp(live);
	seed(live);
	*ret = live;
	return 0;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	kvmlive_free(live->bpf);
	kvmdebugfs_free(live->debugfs);
	qmp_free(live->qmp);
	free(live->qmp_base.values);
	free(live->items);
	free(live);
}

/* The kernel counts in hist.h's cells. */
static void copy_times(const struct kvmstat_times *times, struct hist *ret)
{
	*ret = (struct hist){ .nr = times->nr, .sum = times->sum,
			      .min = times->min, .max = times->max };
	memcpy(ret->cells, times->cells, sizeof(ret->cells));
}

struct kvmstat *live_result(const struct live *live, bool is_by_vcpu)
{
	struct kvmstat *st = kvmstat_new(0, NULL);
	const struct kvmlive_row *rows;
	size_t nr = live->bpf ? kvmlive_rows(live->bpf, &rows) : 0;

	if (is_by_vcpu)
		kvmstat_want_vcpus(st);
	for (size_t i = 0; i < nr; i++) {
		const struct kvmlive_row *row = &rows[i];
		struct hist times;
		struct kvmstat_count count = {
			.event = row->event, .nr = row->nr, .vm = row->vm,
			.vcpu = row->vcpu,
			.has_reason = has_reason(row),
			.kind = (enum exit_kind)row->kind,
			.reason = row->reason,
		};

		if (live->filter.vm && row->vm != live->filter.vm)
			continue;
		if (row->times) {
			copy_times(row->times, &times);
			count.times = &times;
			count.nr_unpaired = row->times->unpaired;
		}
		kvmstat_put(st, &count);
		if (row->vm) {
			char name[VMNAME_MAX];

			vms_name("/proc", row->vm, name);
			kvmstat_name_vm(st, row->vm, name);
		}
	}
	kvmstat_end(st);
	return st;
}

bool live_has_tracepoints(const struct live *live)
{
	return live->bpf;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void live_print_events(const struct live *live)
{
	_cleanup_(freep) const char **names =
		xcalloc(live->nr + 1, sizeof(*names));
	size_t nr = 0;

	for (size_t i = 0; i < live->nr; i++)
		if (!*live->items[i].parent)
			names[nr++] = live->items[i].name;
	qsort(names, nr, sizeof(*names), compare_names);
	for (size_t i = 0; i < nr; i++)
		(void)printf("  %s\n", names[i]);
}

bool live_say_missed(const struct live *live)
{
	uint64_t times = 0, events;

	if (!live->bpf)
		return false;
	events = kvmlive_missed(live->bpf, &times);
	if (events)
		cmd_error("%" PRIu64 " events are in no count", events);
	if (times)
		cmd_error("%" PRIu64 " times are not in the tables: more than"
			  " %d reasons of vCPUs", times, KVMSTAT_TIMES);
	return events || times;
}
