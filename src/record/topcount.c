/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/top.h"
#include "bpf/top.skel.h"
#include "src/base/xalloc.h"
#include "src/record/probe.h"
#include "src/record/rights.h"
#include "src/record/topcount.h"

/* Rows take memory on each CPU: as many as fit, within limits. */
#define ROWS_BYTES	((size_t)64 << 20)
#define ROWS_MIN	256
#define ROWS_MAX	4096

#define BUCKETS_BYTES	(TOP_BUCKETS * sizeof(struct top_bucket))

static_assert((int)TOP_COUNT_OPS == (int)TOP_OP_MAX &&
	      (int)TOP_COUNT_WRITE == (int)TOP_WRITE,
	      "the kernel's operations are those of the tables");
static_assert(sizeof(struct top_counts) % 8 == 0,
	      "the kernel rounds up per-CPU values");
static_assert(sizeof(((struct top_counts *)0)->comm) == TOP_COMM,
	      "names are as long");

/* A row of the kernel, over all CPUs. */
struct total {
	struct top_key key;
	struct top_counts counts;
};

struct totals {
	struct total *rows;	/* sorted by key after a read */
	size_t nr, cap;
};

struct topcount {
	struct top_bpf *skel;
	unsigned int nr_cpus;
	uint32_t max_rows;
	const struct top_bucket *buckets;	/* mapped */
	struct top_counts *per_cpu;	/* one row */
	struct totals before, now;
	struct top_row *parts;
	size_t nr_parts, cap_parts;
	uint64_t read_ns;		/* when "before" was read */
	uint64_t missed, no_slot;	/* as of then */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) +
	       (uint64_t)ts.tv_nsec;
}

/* ---- opening ------------------------------------------------------------------- */

static uint32_t choose_rows(unsigned int nr_cpus)
{
	size_t n = ROWS_BYTES / (sizeof(struct top_counts) * nr_cpus);

	if (n < ROWS_MIN)
		return ROWS_MIN;
	return n > ROWS_MAX ? ROWS_MAX : (uint32_t)n;
}

static int configure(struct topcount *tc, const struct topcount_options *opts,
		     struct err *err)
{
	struct rec_cfg cfg = { 0 };
	bool has_tp[TP_MAX];
	int r = probe_kernel(7, &cfg, has_tp, err);

	if (r)
		return r;
	memcpy(tc->skel->rodata->cfg.has_queue_arg, cfg.has_queue_arg,
	       sizeof(cfg.has_queue_arg));
	tc->skel->rodata->cfg.nr_devices = (uint32_t)opts->nr_devices;
	tc->skel->rodata->cfg.has_ops = opts->has_ops;
	memcpy(tc->skel->rodata->cfg.devices, opts->devices,
	       opts->nr_devices * sizeof(opts->devices[0]));
	(void)bpf_program__set_autoload(tc->skel->progs.top_rq_merge,
					has_tp[TP_RQ_MERGE]);
	(void)bpf_map__set_max_entries(tc->skel->maps.rows, tc->max_rows);
	return 0;
}

/* The row of those that find no other. */
static int make_others(struct topcount *tc, struct err *err)
{
	const struct top_key others = { .tgid = TOP_OTHERS };
	int r = bpf_map_update_elem(bpf_map__fd(tc->skel->maps.rows), &others,
				    tc->per_cpu, BPF_ANY);

	return r ? err_set_errno(err, r, "cannot make a row of counts") : 0;
}

static int map_buckets(struct topcount *tc, struct err *err)
{
	void *p = mmap(NULL, BUCKETS_BYTES, PROT_READ, MAP_SHARED,
		       bpf_map__fd(tc->skel->maps.buckets), 0);

	if (p == MAP_FAILED)
		return err_set_errno(err, -errno,
				     "cannot map the table of requests");
	tc->buckets = p;
	return 0;
}

static int load(struct topcount *tc, const struct topcount_options *opts,
		struct err *err)
{
	int r;

	tc->skel = top_bpf__open();
	if (!tc->skel)
		return probe_explain(-errno, "cannot open the BPF programs",
				     err);
	r = configure(tc, opts, err);
	if (r)
		return r;
	r = top_bpf__load(tc->skel);
	if (r)
		return probe_explain(r, "cannot load the BPF programs", err);
	r = make_others(tc, err);
	if (!r)
		r = map_buckets(tc, err);
	if (r)
		return r;
	r = top_bpf__attach(tc->skel);
	return r ? probe_explain(r, "cannot attach the BPF programs", err) : 0;
}

int topcount_open(const struct topcount_options *opts, struct topcount **ret,
		  struct err *err)
{
	struct topcount *tc;
	int r;

	(void)libbpf_set_print(NULL);
	r = libbpf_num_possible_cpus();
	if (r < 0)
		return err_set_errno(err, r, "cannot count the CPUs");
	tc = xcalloc(1, sizeof(*tc));
	tc->nr_cpus = (unsigned int)r;
	tc->max_rows = choose_rows(tc->nr_cpus);
	tc->per_cpu = xcalloc(tc->nr_cpus, sizeof(*tc->per_cpu));
	r = load(tc, opts, err);
	if (r) {
		topcount_free(tc);
		return r;
	}
	tc->read_ns = now_ns();
	*ret = tc;
	return 0;
}

void topcount_free(struct topcount *tc)
{
	if (!tc)
		return;
	if (tc->buckets)
		(void)munmap((void *)(uintptr_t)tc->buckets, BUCKETS_BYTES);
	top_bpf__destroy(tc->skel);
	free(tc->per_cpu);
	free(tc->before.rows);
	free(tc->now.rows);
	free(tc->parts);
	free(tc);
}

/* ---- rights -------------------------------------------------------------------- */

int topcount_drop_rights(struct topcount *tc, struct err *err)
{
	/* cgroup paths are found by handle */
	uint64_t keep = RIGHTS_DAC_READ_SEARCH;
	const struct top_key others = { .tgid = TOP_OTHERS };
	int r = rights_lower(keep, err);

	if (r)
		return r;
	/* as in recorder_drop_rights() */
	if (bpf_map_lookup_elem(bpf_map__fd(tc->skel->maps.rows), &others,
				tc->per_cpu) == -EPERM)
		keep |= RIGHTS_BPF | RIGHTS_SYS_ADMIN;
	return rights_drop(keep, err);
}

/* ---- reading ------------------------------------------------------------------- */

static int compare_keys(const void *a, const void *b)
{
	const struct top_key *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return (x->cgroup > y->cgroup) - (x->cgroup < y->cgroup);
}

static const struct total *find_total(const struct totals *t,
				      const struct top_key *key)
{
	/* a total begins with its key */
	return t->nr ? bsearch(key, t->rows, t->nr, sizeof(*t->rows),
			       compare_keys) : NULL;
}

static void add_cpu(struct top_counts *to, const struct top_counts *from)
{
	for (unsigned int i = 0; i < TOP_COUNT_OPS; i++) {
		to->ios[i] += from->ios[i];
		to->bytes[i] += from->bytes[i];
	}
	to->errors += from->errors;
	to->nr_timed += from->nr_timed;
	to->sum_ns += from->sum_ns;
	if (!*to->comm)
		memcpy(to->comm, from->comm, sizeof(to->comm));
	/* they wrap; differences of them do not mind */
	for (unsigned int i = 0; i < HIST_CELLS && from->nr_timed; i++)
		to->cells[i] += from->cells[i];
}

static int read_row(struct topcount *tc, const struct top_key *key,
		    struct err *err)
{
	struct totals *t = &tc->now;
	struct total *row;
	int r = bpf_map_lookup_elem(bpf_map__fd(tc->skel->maps.rows), key,
				    tc->per_cpu);

	if (r)
		return err_set_errno(err, r, "cannot read the counts");
	t->rows = xgrow(t->rows, t->nr, &t->cap, sizeof(*t->rows));
	row = &t->rows[t->nr++];
	*row = (struct total){ .key = *key };
	for (unsigned int cpu = 0; cpu < tc->nr_cpus; cpu++)
		add_cpu(&row->counts, &tc->per_cpu[cpu]);
	return 0;
}

static int read_rows(struct topcount *tc, struct err *err)
{
	int fd = bpf_map__fd(tc->skel->maps.rows), r;
	struct top_key key, *previous = NULL;

	tc->now.nr = 0;
	for (;;) {
		r = bpf_map_get_next_key(fd, previous, &key);
		if (r == -ENOENT)
			break;
		if (r)
			return err_set_errno(err, r, "cannot read the counts");
		r = read_row(tc, &key, err);
		if (r)
			return r;
		previous = &key;
	}
	if (tc->now.nr)
		qsort(tc->now.rows, tc->now.nr, sizeof(*tc->now.rows),
		      compare_keys);
	return 0;
}

static struct top_row *add_part(struct topcount *tc, const struct top_key *key,
				const char *comm)
{
	struct top_row *part;

	tc->parts = xgrow(tc->parts, tc->nr_parts, &tc->cap_parts,
			  sizeof(*tc->parts));
	part = &tc->parts[tc->nr_parts++];
	*part = (struct top_row){ .device = key->device, .tgid = key->tgid,
				  .cgroup = key->cgroup };
	if (key->tgid == TOP_OTHERS) {
		part->tgid = 0;
		part->is_others = true;
	} else {
		part->tgid %= TOP_KEY_OP;
		part->op = key->tgid / TOP_KEY_OP;
	}
	memcpy(part->comm, comm, sizeof(part->comm));
	part->comm[TOP_COMM - 1] = '\0';
	return part;
}

/* The part of row @i has the index @i. */
static void add_since(struct topcount *tc, const struct total *now)
{
	static const struct top_counts none = { 0 };
	const struct total *found = find_total(&tc->before, &now->key);
	const struct top_counts *before = found ? &found->counts : &none;
	const struct top_counts *c = &now->counts;
	struct top_row *part = add_part(tc, &now->key, c->comm);
	struct hist h = { .sum = c->sum_ns }, h_before = {
		.sum = before->sum_ns
	};
	uint64_t ios = 0;

	for (unsigned int i = 0; i < TOP_OP_MAX; i++) {
		part->ios[i] = c->ios[i] - before->ios[i];
		part->bytes[i] = c->bytes[i] - before->bytes[i];
		ios += part->ios[i];
	}
	part->errors = c->errors - before->errors;
	if (!ios)
		return;
	memcpy(h.cells, c->cells, sizeof(h.cells));
	memcpy(h_before.cells, before->cells, sizeof(h_before.cells));
	top_hist_since(&h, &h_before, &part->times);
	/* a program may have been between two of its counters */
	part->untimed = ios > part->times.nr ? ios - part->times.nr : 0;
}

/* The part of what is in flight and has no row (yet). */
static struct top_row *find_loose(struct topcount *tc,
				  const struct top_slot *slot)
{
	for (size_t i = tc->now.nr; i < tc->nr_parts; i++) {
		struct top_row *part = &tc->parts[i];

		if (part->device == slot->key.device &&
		    part->tgid == slot->key.tgid &&
		    part->cgroup == slot->key.cgroup)
			return part;
	}
	return add_part(tc, &slot->key, slot->comm);
}

/* What is issued now, and how long it has been. */
static void add_in_flight(struct topcount *tc, uint64_t now)
{
	for (unsigned int i = 0; i < TOP_BUCKETS * TOP_WAYS; i++) {
		const struct top_slot *shared =
			&tc->buckets[i / TOP_WAYS].slots[i % TOP_WAYS];
		struct top_slot slot;
		const struct total *row;
		struct top_row *part;

		if (!shared->rq)
			continue;
		slot = *shared;		/* it may change meanwhile */
		if (!slot.rq || !slot.issued_ns)
			continue;
		row = find_total(&tc->now, &slot.key);
		part = row ? &tc->parts[row - tc->now.rows] :
			     find_loose(tc, &slot);
		part->in_flight++;
		if (now > slot.issued_ns &&
		    now - slot.issued_ns > part->oldest_ns)
			part->oldest_ns = now - slot.issued_ns;
	}
}

static bool is_idle(const struct top_row *part)
{
	return !top_ios(part) && !part->in_flight && !part->is_others;
}

/*
 * Makes room: processes come and go.  An I/O that comes to such a row in the
 * microseconds since it was read is lost; rows that had any stay.
 */
static void drop_idle_rows(struct topcount *tc)
{
	int fd = bpf_map__fd(tc->skel->maps.rows);
	size_t used = 0;

	if (tc->now.nr < tc->max_rows / 2)
		return;
	memset(tc->per_cpu, 0, tc->nr_cpus * sizeof(*tc->per_cpu));
	for (size_t i = 0; i < tc->now.nr; i++) {
		const struct top_key *key = &tc->now.rows[i].key;

		if (!is_idle(&tc->parts[i])) {
			tc->now.rows[used++] = tc->now.rows[i];
			continue;
		}
		/* before d3bec0138bfb, 5.10, a new row began with what an old
		 * one had on other CPUs */
		(void)bpf_map_update_elem(fd, key, tc->per_cpu, BPF_EXIST);
		(void)bpf_map_delete_elem(fd, key);
	}
	tc->now.nr = used;
}

static uint64_t read_missed(const struct topcount *tc)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	int fd = bpf_program__fd(tc->skel->progs.top_rq_complete);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return 0;
	return info.recursion_misses;
}

static uint64_t read_no_slot(const struct topcount *tc)
{
	uint64_t *values = xcalloc(tc->nr_cpus, sizeof(*values)), n = 0;
	uint32_t key = TOP_MISSED_SLOT;

	if (!bpf_map_lookup_elem(bpf_map__fd(tc->skel->maps.missed), &key,
				 values))
		for (unsigned int cpu = 0; cpu < tc->nr_cpus; cpu++)
			n += values[cpu];
	free(values);
	return n;
}

int topcount_read(struct topcount *tc, struct topcount_snapshot *ret_snap,
		  struct err *err)
{
	uint64_t now = now_ns(), missed, no_slot;
	struct totals old = tc->before;
	int r = read_rows(tc, err);

	if (r)
		return r;
	tc->nr_parts = 0;
	for (size_t i = 0; i < tc->now.nr; i++)
		add_since(tc, &tc->now.rows[i]);
	add_in_flight(tc, now_ns());
	drop_idle_rows(tc);
	missed = read_missed(tc);
	no_slot = read_no_slot(tc);
	*ret_snap = (struct topcount_snapshot){
		.parts = tc->parts, .nr = tc->nr_parts,
		.seconds = (double)(now - tc->read_ns) / 1e9,
		.missed = missed - tc->missed,
		.no_slot = no_slot - tc->no_slot,
	};
	tc->missed = missed;
	tc->no_slot = no_slot;
	tc->read_ns = now;
	tc->before = tc->now;
	tc->now = old;
	return 0;
}
