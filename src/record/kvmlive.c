/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/kvmstat.skel.h"
#include "src/base/xalloc.h"
#include "src/record/kvm.h"
#include "src/record/kvmlive.h"
#include "src/record/probe.h"

#define NR_PROGRAMS	(KVMSTAT_USER + 1)

/* A program, its tracepoint, its link; by the event's number. */
struct counter {
	char *name;		/* NULL = not used */
	struct bpf_program *program;
	struct bpf_link *link;
};

struct kvmlive {
	struct kvmstat_bpf *skel;
	struct counter counters[NR_PROGRAMS];
	unsigned int nr_slots;		/* used ones */
	const char **names;		/* sorted */
	size_t nr_names;
	unsigned int nr_cpus;
	struct kvmlive_row *rows;
	size_t nr_rows, cap_rows;
	struct kvmstat_times *times;	/* KVMSTAT_TIMES of them */
	struct kvmstat_key *times_keys;
	size_t nr_times;
	struct err why_less;
};

/* Those that have a program of their own. */
static const struct special {
	const char *event;
	const char *program;
	unsigned int id;
} specials[] = {
	{ "kvm_entry", "kvmstat_entry", KVMSTAT_ENTRY },
	{ "kvm_exit", "kvmstat_exit", KVMSTAT_EXIT },
	{ "kvm_userspace_exit", "kvmstat_userspace_exit", KVMSTAT_USER },
};

/* Tracepoints of the group "kvm", by the beginning of their names: those of
 * the group "kvmmmu" are not kvm_stat's. */
static bool is_wanted(const char *name)
{
	static const char *const others[] = { "kvm_mmu_", "kvm_tdp_mmu_" };

	if (!strcmp(name, "vcpu_match_mmio"))
		return true;
	if (strncmp(name, "kvm_", 4) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strncmp(name, others[i], strlen(others[i])))
			return false;
	return true;
}

static bool is_known(const struct kvmlive *live, const char *name)
{
	for (size_t i = 0; i < NR_PROGRAMS; i++)
		if (live->counters[i].name &&
		    !strcmp(live->counters[i].name, name))
			return true;
	return false;
}

/* The number of the event that counts @name, or NR_PROGRAMS. */
static unsigned int choose_id(struct kvmlive *live, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(specials); i++)
		if (!strcmp(specials[i].event, name))
			return specials[i].id;
	if (live->nr_slots == KVMSTAT_SLOTS) {
		(void)err_set(&live->why_less, -E2BIG,
			      "%s is not counted: more than %u tracepoints",
			      name, KVMSTAT_SLOTS);
		return NR_PROGRAMS;
	}
	return live->nr_slots++;
}

static void add_event(struct kvmlive *live, const char *name)
{
	unsigned int id;

	if (!is_wanted(name) || is_known(live, name))
		return;
	id = choose_id(live, name);
	if (id < NR_PROGRAMS)
		live->counters[id].name = xstrdup(name);
}

static void add_events_of(const struct btf *btf, void *data)
{
	static const char prefix[] = "btf_trace_";
	struct kvmlive *live = data;

	for (__u32 i = 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *name;

		if (!btf_is_typedef(t))
			continue;
		name = btf__name_by_offset(btf, t->name_off);
		if (!strncmp(name, prefix, strlen(prefix)))
			add_event(live, name + strlen(prefix));
	}
}

/* Whether kvm_entry says its vCPU. */
static void look_at_entry(const struct btf *btf, void *data)
{
	struct kvmlive *live = data;
	uint8_t form;

	if (kvm_probe_btf(btf, KVM_EV_ENTRY, &form))
		live->skel->rodata->has_entry_vcpu = form != KVM_FORM_OTHER;
}

static struct bpf_program *find_program(const struct kvmlive *live,
					unsigned int id)
{
	char name[32];

	for (size_t i = 0; i < ARRAY_SIZE(specials); i++)
		if (specials[i].id == id)
			return bpf_object__find_program_by_name(
				live->skel->obj, specials[i].program);
	(void)snprintf(name, sizeof(name), "kvmstat_slot_%02x", id);
	return bpf_object__find_program_by_name(live->skel->obj, name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int attach(struct kvmlive *live, struct err *err)
{
	int r = -ENOTSUP;

	for (unsigned int i = 0; i < NR_PROGRAMS; i++) {
		struct counter *c = &live->counters[i];

		if (!c->name)
			continue;
		if (i == KVMSTAT_EXIT)
			c->link = bpf_program__attach(c->program);
		else
			c->link = bpf_program__attach_raw_tracepoint(c->program,
								     c->name);
		if (c->link) {
			live->names[live->nr_names++] = c->name;
			continue;
		}
		r = -errno;
		if (i == KVMSTAT_EXIT && r == -ENOENT)
			(void)err_set(&live->why_less, r, "%s is not counted:"
				      " that wants tracefs (mount -t tracefs"
				      " tracefs /sys/kernel/tracing)", c->name);
		else
			(void)err_set_errno(&live->why_less, r,
					    "%s is not counted", c->name);
	}
	if (!live->nr_names)
		return probe_explain(r, "cannot attach the BPF programs", err);
	qsort(live->names, live->nr_names, sizeof(*live->names),
	      compare_names);
	return 0;
}

static int load(struct kvmlive *live, struct err *err)
{
	int r;

	live->skel = kvmstat_bpf__open();
	if (!live->skel)
		return probe_explain(-errno, "cannot open the BPF programs",
				     err);
	r = kvm_for_each_btf(add_events_of, live, err);
	if (!r)
		r = kvm_for_each_btf(look_at_entry, live, err);
	if (r)
		return r;
	live->names = xcalloc(NR_PROGRAMS, sizeof(*live->names));
	for (unsigned int i = 0; i < NR_PROGRAMS; i++) {
		struct counter *c = &live->counters[i];

		c->program = find_program(live, i);
		(void)bpf_program__set_autoload(c->program, c->name);
	}
	r = kvmstat_bpf__load(live->skel);
	if (r)
		return probe_explain(r, "cannot load the BPF programs", err);
	return attach(live, err);
}

int kvmlive_open(struct kvmlive **ret, struct err *err)
{
	struct kvmlive *live;
	int r;

	(void)libbpf_set_print(NULL);
	r = libbpf_num_possible_cpus();
	if (r < 0)
		return err_set_errno(err, r, "cannot count the CPUs");
	live = xcalloc(1, sizeof(*live));
	live->nr_cpus = (unsigned int)r;
	live->times = xcalloc(KVMSTAT_TIMES, sizeof(*live->times));
	live->times_keys = xcalloc(KVMSTAT_TIMES, sizeof(*live->times_keys));
	r = load(live, err);
	if (r) {
		kvmlive_free(live);
		return r;
	}
	*ret = live;
	return 0;
}

void kvmlive_free(struct kvmlive *live)
{
	if (!live)
		return;
	for (size_t i = 0; i < NR_PROGRAMS; i++) {
		(void)bpf_link__destroy(live->counters[i].link);
		free(live->counters[i].name);
	}
	kvmstat_bpf__destroy(live->skel);
	free(live->names);
	free(live->rows);
	free(live->times);
	free(live->times_keys);
	free(live);
}

size_t kvmlive_events(const struct kvmlive *live, const char *const **ret)
{
	*ret = live->names;
	return live->nr_names;
}

const char *kvmlive_why_less(const struct kvmlive *live)
{
	return live->why_less.text;
}

static void read_times(struct kvmlive *live)
{
	int fd = bpf_map__fd(live->skel->maps.times);
	struct kvmstat_key key, *prev = NULL;

	live->nr_times = 0;
	while (live->nr_times < KVMSTAT_TIMES &&
	       !bpf_map_get_next_key(fd, prev, &key)) {
		struct kvmstat_key *k = &live->times_keys[live->nr_times];

		*k = key;
		if (!bpf_map_lookup_elem(fd, k, &live->times[live->nr_times]))
			live->nr_times++;
		prev = &key;
	}
}

static struct kvmlive_row *add_row(struct kvmlive *live,
				   const struct kvmstat_key *key)
{
	struct kvmlive_row row = {
		.event = live->counters[key->event].name,
		.kind = key->kind, .reason = key->reason,
		.vm = key->vm, .vcpu = key->vcpu,
	};

	live->rows = xgrow(live->rows, live->nr_rows, &live->cap_rows,
			   sizeof(*live->rows));
	live->rows[live->nr_rows] = row;
	return &live->rows[live->nr_rows++];
}

static struct kvmlive_row *find_row(struct kvmlive *live,
				    const struct kvmstat_key *key)
{
	const char *event = live->counters[key->event].name;

	for (size_t i = 0; i < live->nr_rows; i++) {
		struct kvmlive_row *row = &live->rows[i];

		if (row->event == event && row->vm == key->vm &&
		    row->vcpu == key->vcpu && row->reason == key->reason &&
		    row->kind == key->kind)
			return row;
	}
	return NULL;
}

/* An exit whose thread had not said its vCPU yet has its time there, and is
 * counted elsewhere. */
static void set_times(struct kvmlive *live)
{
	for (size_t i = 0; i < live->nr_times; i++) {
		const struct kvmstat_key *key = &live->times_keys[i];
		struct kvmlive_row *row;

		if (key->event >= NR_PROGRAMS)
			continue;
		row = find_row(live, key);
		if (!row)
			row = add_row(live, key);
		row->times = &live->times[i];
	}
}

int kvmlive_read(struct kvmlive *live, struct err *err)
{
	int fd = bpf_map__fd(live->skel->maps.counts), r = 0;
	uint64_t *per_cpu = xcalloc(live->nr_cpus, sizeof(*per_cpu));
	struct kvmstat_key key, *prev = NULL;
	struct kvmlive_row *row;

	live->nr_rows = 0;
	/* Nothing is deleted meanwhile, so no key comes twice. */
	while (!(r = bpf_map_get_next_key(fd, prev, &key))) {
		prev = &key;
		if (key.event >= NR_PROGRAMS ||
		    bpf_map_lookup_elem(fd, &key, per_cpu))
			continue;
		row = add_row(live, &key);
		for (unsigned int cpu = 0; cpu < live->nr_cpus; cpu++)
			row->nr += per_cpu[cpu];
	}
	free(per_cpu);
	if (r != -ENOENT)
		return err_set_errno(err, r, "cannot read the counts of KVM");
	/* after the counts: a time is never without its event */
	read_times(live);
	set_times(live);
	return 0;
}

size_t kvmlive_rows(const struct kvmlive *live,
		    const struct kvmlive_row **ret)
{
	*ret = live->rows;
	return live->nr_rows;
}

static void empty_map(const struct bpf_map *map)
{
	int fd = bpf_map__fd(map);
	struct kvmstat_key key;

	while (!bpf_map_get_next_key(fd, NULL, &key))
		if (bpf_map_delete_elem(fd, &key))
			break;
}

void kvmlive_reset(struct kvmlive *live)
{
	empty_map(live->skel->maps.counts);
	empty_map(live->skel->maps.times);
	live->nr_rows = 0;
	live->nr_times = 0;
}

static uint64_t read_missed(const struct kvmlive *live, uint32_t what)
{
	uint64_t *per_cpu = xcalloc(live->nr_cpus, sizeof(*per_cpu)), n = 0;

	if (!bpf_map_lookup_elem(bpf_map__fd(live->skel->maps.missed), &what,
				 per_cpu))
		for (unsigned int cpu = 0; cpu < live->nr_cpus; cpu++)
			n += per_cpu[cpu];
	free(per_cpu);
	return n;
}

uint64_t kvmlive_missed(const struct kvmlive *live, uint64_t *ret_times)
{
	uint64_t n = read_missed(live, KVMSTAT_MISSED_COUNT);

	*ret_times = read_missed(live, KVMSTAT_MISSED_TIME);
	for (unsigned int i = 0; i < NR_PROGRAMS; i++)
		if (live->counters[i].link)
			n += probe_misses(live->counters[i].program);
	return n;
}
