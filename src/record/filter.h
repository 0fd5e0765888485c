/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is recorded of the devices: filters that the BPF programs apply
 * (bpf/filter.bpf.h says how).  Of one kind one has to fit, and every kind
 * that is given.
 *
 *	struct rec_filter f = { 0 };		all
 *	r = rec_filter_add_comm(&f, "fio*", &err);
 *	r = rec_filter_add_op(&f, "write", &err);
 *	... recorder_options.filter = &f ...
 */
#ifndef RECORD_FILTER_H
#define RECORD_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/cfg.h"
#include "src/base/err.h"
#include "src/record/cgroups.h"

struct bpf_link;
struct bpf_object;

#define REC_FILTER_PIDS		64
#define REC_FILTER_NR_LINKS	2

/* With --op; the names are those of iotape parse. */
enum rec_op {
	REC_OP_READ,
	REC_OP_WRITE,
	REC_OP_DISCARD,
	REC_OP_FLUSH,
	REC_OP_ZEROES,
	REC_OP_ZONE,
	REC_OP_PASSTHROUGH,
	REC_OP_MAX
};

struct rec_filter {
	uint32_t pids[REC_FILTER_PIDS];	/* of processes; their children and
					   threads count too */
	uint32_t nr_pids;
	uint32_t ops;		/* bits of enum rec_op; 0 = all */
	uint64_t cgroups[CFG_NR_CGROUPS];	/* ids; those below too */
	uint32_t nr_cgroups;
	uint64_t first_sector;	/* of the disk */
	uint64_t last_sector;
	uint64_t than_ns;	/* only completions that took so long;
				   0 = all events */
	uint32_t min_bytes;
	uint32_t max_bytes;
	unsigned int glob_bits;	/* used of "comm" */
	struct glob comm;
	bool has_sectors;
	bool has_size;
	bool is_cgroup2;	/* the ids are of the v2 hierarchy */
	bool has_cgroup_path;	/* is_cgroup2 is settled */
};

/* -ESRCH if there is no such process.  A thread id stands for its process. */
int rec_filter_add_pid(struct rec_filter *f, uint32_t pid, struct err *err);

/* A pattern with * ? [a-z] [!a-z] \ for the 15 characters of a thread's name;
 * -EINVAL where it wants more of them.  -E2BIG where all patterns together
 * have more than 63 characters. */
int rec_filter_add_comm(struct rec_filter *f, const char *pattern,
			struct err *err);

/*
 * An id; the path of a folder in a cgroup file system; or a path below the
 * mount of @cg.  All of them of one hierarchy.
 */
int rec_filter_add_cgroup(struct rec_filter *f, const struct cgroups *cg,
			  const char *arg, struct err *err);

int rec_filter_add_op(struct rec_filter *f, const char *name,
		      struct err *err);

/* ---- for src/record/session.c; @f may be NULL: all ----------------------- */

/* Before @obj is loaded: cfg->filter, the sizes of maps, what is loaded. */
int rec_filter_configure(const struct rec_filter *f, struct bpf_object *obj,
			 struct rec_cfg *cfg, struct err *err);

/* Before the other programs: whom to follow.  The links are the caller's. */
int rec_filter_attach(const struct rec_filter *f, struct bpf_object *obj,
		      struct bpf_link *ret_links[REC_FILTER_NR_LINKS],
		      struct err *err);

/* Children that could not be followed. */
uint64_t rec_filter_nr_lost(const struct rec_filter *f,
			    struct bpf_object *obj);

#endif
