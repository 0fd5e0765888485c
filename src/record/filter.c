/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/filter.h"
#include "src/record/probe.h"

#define NR_FOLLOWED	65536	/* I/Os in flight */
#define NR_PROCESSES	16384
#define NR_GLOB_BITS	64

/* ---- options ------------------------------------------------------------- */

/* A number behind "NAME:" in /proc/PID/status; 0 = there is none. */
static uint32_t read_status(uint32_t pid, const char *name)
{
	_cleanup_(fclosep) FILE *f = NULL;
	char path[64], line[256];
	size_t len = strlen(name);
	uint32_t v = 0;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len) && line[len] == ':' &&
		    sscanf(line + len + 1, "%" SCNu32, &v) == 1)
			return v;
	return 0;
}

int rec_filter_add_pid(struct rec_filter *f, uint32_t pid, struct err *err)
{
	uint32_t tgid = read_status(pid, "Tgid");

	if (!tgid)
		return err_set(err, -ESRCH, "--pid %" PRIu32 ": there is no"
			       " such process", pid);
	if (f->nr_pids == REC_FILTER_PIDS)
		return err_set(err, -E2BIG, "--pid %" PRIu32 ": more than %d"
			       " of them", pid, REC_FILTER_PIDS);
	f->pids[f->nr_pids++] = tgid;
	return 0;
}

/* The characters of "[a-z]" at @p lead on from @bit.  The end, or NULL. */
static const char *add_set(struct glob *g, const char *p, uint64_t bit)
{
	bool in[256] = { 0 }, is_not = *++p == '!' || *p == '^';

	p += is_not;
	for (bool is_first = true; *p != ']' || is_first; is_first = false) {
		uint8_t from = (uint8_t)*p++, to = from;

		if (!from)
			return NULL;
		if (*p == '-' && p[1] && p[1] != ']') {
			to = (uint8_t)p[1];
			p += 2;
		}
		for (unsigned int c = from; c <= to; c++)
			in[c] = true;
	}
	for (unsigned int c = 1; c < 256; c++)
		if (in[c] != is_not)
			g->step[c] |= bit;
	return p + 1;
}

/* One character of the pattern at @p leads on from @bit. */
static const char *add_char(struct glob *g, const char *p, uint64_t bit)
{
	if (*p == '[')
		return add_set(g, p, bit);
	if (*p == '?') {
		for (unsigned int c = 1; c < 256; c++)
			g->step[c] |= bit;
		return p + 1;
	}
	if (*p == '\\' && p[1])
		p++;
	g->step[(uint8_t)*p] |= bit;
	return p + 1;
}

int rec_filter_add_comm(struct rec_filter *f, const char *pattern,
			struct err *err)
{
	struct glob g = f->comm;
	unsigned int bit = f->glob_bits;
	const char *p = pattern;

	if (!*pattern)
		return err_set(err, -EINVAL, "--comm: an empty name fits"
			       " nothing");
	if (bit < NR_GLOB_BITS)
		g.first |= UINT64_C(1) << bit;
	while (p && *p && bit < NR_GLOB_BITS) {
		if (*p == '*') {
			g.stay |= UINT64_C(1) << bit;
			p++;
		} else {
			p = add_char(&g, p, UINT64_C(1) << bit++);
		}
	}
	if (!p)
		return err_set(err, -EINVAL, "--comm %s: a [ without its ]",
			       pattern);
	if (bit - f->glob_bits >= BLK_COMM_LEN)
		return err_set(err, -EINVAL, "--comm %s: it fits no thread: the"
			       " kernel cuts names to %d characters", pattern,
			       BLK_COMM_LEN - 1);
	if (bit >= NR_GLOB_BITS)
		return err_set(err, -E2BIG, "--comm %s: all names together"
			       " have more than %d characters", pattern,
			       NR_GLOB_BITS - 1);
	g.last |= UINT64_C(1) << bit;
	f->glob_bits = bit + 1;
	f->comm = g;
	return 0;
}

int rec_filter_add_cgroup(struct rec_filter *f, const struct cgroups *cg,
			  const char *arg, struct err *err)
{
	bool is_v2 = f->is_cgroup2, is_path;
	uint64_t id;
	int r = cgroups_find(cg, arg, &id, &is_path, &is_v2);

	if (r == -EXDEV)
		return err_set(err, r, "--in-cgroup %s: this hierarchy has not"
			       " the io controller; that of %s has it", arg,
			       cg->mount);
	if (r)
		return err_set_errno(err, r, "--in-cgroup %s: no such cgroup",
				     arg);
	if (f->has_cgroup_path && is_path && is_v2 != f->is_cgroup2)
		return err_set(err, -EXDEV, "--in-cgroup %s: of another"
			       " hierarchy than the one before", arg);
	if (f->nr_cgroups == CFG_NR_CGROUPS)
		return err_set(err, -E2BIG, "--in-cgroup %s: more than %d of"
			       " them", arg, CFG_NR_CGROUPS);
	f->is_cgroup2 = is_v2;
	f->has_cgroup_path |= is_path;
	f->cgroups[f->nr_cgroups++] = id;
	return 0;
}

static const char *const op_names[REC_OP_MAX] = {
	[REC_OP_READ] = "read",
	[REC_OP_WRITE] = "write",
	[REC_OP_DISCARD] = "discard",
	[REC_OP_FLUSH] = "flush",
	[REC_OP_ZEROES] = "zeroes",
	[REC_OP_ZONE] = "zone",
	[REC_OP_PASSTHROUGH] = "passthrough",
};

int rec_filter_add_op(struct rec_filter *f, const char *name,
		      struct err *err)
{
	for (int op = 0; op < REC_OP_MAX; op++) {
		if (!strcmp(name, op_names[op])) {
			f->ops |= 1u << op;
			return 0;
		}
	}
	return err_set(err, -EINVAL, "--op %s: there is no such operation:"
		       " read, write, discard, flush, zeroes, zone,"
		       " passthrough", name);
}

/* ---- configuration ------------------------------------------------------- */

/* enum req_op of include/linux/blk_types.h, v6.18, and older names. */
static const struct {
	const char *name;
	enum rec_op op;
} kernel_ops[] = {
	{ "REQ_OP_READ", REC_OP_READ },
	{ "REQ_OP_WRITE", REC_OP_WRITE },
	{ "REQ_OP_FLUSH", REC_OP_FLUSH },
	{ "REQ_OP_DISCARD", REC_OP_DISCARD },
	{ "REQ_OP_SECURE_ERASE", REC_OP_DISCARD },
	{ "REQ_OP_WRITE_SAME", REC_OP_WRITE },
	{ "REQ_OP_WRITE_ZEROES", REC_OP_ZEROES },
	{ "REQ_OP_ZONE_APPEND", REC_OP_WRITE },
	{ "REQ_OP_ZONE_RESET", REC_OP_ZONE },
	{ "REQ_OP_ZONE_RESET_ALL", REC_OP_ZONE },
	{ "REQ_OP_ZONE_OPEN", REC_OP_ZONE },
	{ "REQ_OP_ZONE_CLOSE", REC_OP_ZONE },
	{ "REQ_OP_ZONE_FINISH", REC_OP_ZONE },
	{ "REQ_OP_DRV_IN", REC_OP_PASSTHROUGH },
	{ "REQ_OP_DRV_OUT", REC_OP_PASSTHROUGH },
	{ "REQ_OP_SCSI_IN", REC_OP_PASSTHROUGH },
	{ "REQ_OP_SCSI_OUT", REC_OP_PASSTHROUGH },
};

static void allow_op(uint32_t wanted, const char *name, uint32_t number,
		     struct cfg_filter *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_ops); i++)
		if (!strcmp(name, kernel_ops[i].name) && number < CFG_NR_OPS)
			c->ops[number] = !!(wanted & 1u << kernel_ops[i].op);
}

static int fill_ops(uint32_t wanted, struct cfg_filter *c, struct err *err)
{
	struct btf *btf = btf__load_vmlinux_btf();
	const struct btf_type *t = btf ? probe_op_enum(btf) : NULL;

	for (unsigned int i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_enum *e = &btf_enum(t)[i];

		allow_op(wanted, btf__name_by_offset(btf, e->name_off),
			 (uint32_t)e->val, c);
	}
	btf__free(btf);
	return t ? 0 : err_set(err, -ENOTSUP, "--op: the kernel's BTF has no"
			       " enum req_op");
}

static int fill(const struct rec_filter *f, bool is_cgroup_v1,
		struct cfg_filter *c, struct err *err)
{
	*c = (struct cfg_filter){
		.first_sector = f->first_sector,
		.last_sector = f->last_sector,
		.than_ns = f->than_ns,
		.nr_cgroups = f->nr_cgroups,
		.min_bytes = f->min_bytes,
		.max_bytes = f->max_bytes,
		.has_processes = !!f->nr_pids,
		.has_comm = !!f->glob_bits,
		.has_size = f->has_size,
		.has_sectors = f->has_sectors,
		.has_ops = !!f->ops,
		.is_cgroup_uncharged = f->is_cgroup2 && is_cgroup_v1,
		.comm = f->comm,
	};
	memcpy(c->cgroups, f->cgroups, sizeof(c->cgroups));
	c->is_following = c->has_processes || c->has_comm || c->nr_cgroups ||
			  c->has_size || c->than_ns;
	c->is_on = c->is_following || c->has_sectors || c->has_ops;
	return f->ops ? fill_ops(f->ops, c, err) : 0;
}

static void set_size(struct bpf_object *obj, const char *map, uint32_t size)
{
	(void)bpf_map__set_max_entries(
		bpf_object__find_map_by_name(obj, map), size);
}

static const char *const programs[REC_FILTER_NR_LINKS] = {
	"iotape_fork", "iotape_exit"
};

int rec_filter_configure(const struct rec_filter *f, struct bpf_object *obj,
			 struct rec_cfg *cfg, struct err *err)
{
	int r = f ? fill(f, cfg->is_cgroup_v1, &cfg->filter, err) : 0;

	if (r)
		return r;
	set_size(obj, "followed", cfg->filter.is_following ? NR_FOLLOWED : 1);
	set_size(obj, "processes",
		 cfg->filter.has_processes ? NR_PROCESSES : 1);
	for (int i = 0; i < REC_FILTER_NR_LINKS; i++)
		(void)bpf_program__set_autoload(
			bpf_object__find_program_by_name(obj, programs[i]),
			cfg->filter.has_processes);
	return 0;
}

/* ---- whom to follow ------------------------------------------------------ */

struct family {
	uint32_t pid;
	uint32_t parent;
	bool is_followed;
};

static struct family *read_families(size_t *ret_nr)
{
	DIR *d = opendir("/proc");
	struct family *all = NULL;
	const struct dirent *e;
	size_t nr = 0, cap = 0;

	while (d && (e = readdir(d))) {
		uint32_t pid = (uint32_t)strtoul(e->d_name, NULL, 10);

		if (!isdigit((unsigned char)*e->d_name))
			continue;
		all = xgrow(all, nr, &cap, sizeof(*all));
		all[nr++] = (struct family){ pid, read_status(pid, "PPid"),
					     false };
	}
	if (d)
		(void)closedir(d);
	*ret_nr = nr;
	return all;
}

static bool is_in_family(const struct rec_filter *f, const struct family *all,
			 size_t nr, const struct family *who)
{
	for (uint32_t i = 0; i < f->nr_pids; i++)
		if (who->pid == f->pids[i])
			return true;
	for (size_t i = 0; i < nr; i++)
		if (all[i].is_followed && all[i].pid == who->parent)
			return true;
	return false;
}

/* The processes and all below them: until no more are found. */
static int follow_families(const struct rec_filter *f, int map)
{
	const uint8_t one = 1;
	size_t nr;
	_cleanup_(freep) struct family *all = read_families(&nr);
	int r = 0;

	for (bool is_more = true; is_more && !r;) {
		is_more = false;
		for (size_t i = 0; i < nr && !r; i++) {
			if (all[i].is_followed ||
			    !is_in_family(f, all, nr, &all[i]))
				continue;
			all[i].is_followed = is_more = true;
			r = bpf_map_update_elem(map, &all[i].pid, &one, 0);
		}
	}
	return r;
}

int rec_filter_attach(const struct rec_filter *f, struct bpf_object *obj,
		      struct bpf_link *ret_links[REC_FILTER_NR_LINKS],
		      struct err *err)
{
	int r;

	if (!f || !f->nr_pids)
		return 0;
	for (int i = 0; i < REC_FILTER_NR_LINKS; i++) {
		ret_links[i] = bpf_program__attach(
			bpf_object__find_program_by_name(obj, programs[i]));
		if (!ret_links[i])
			return probe_explain(-errno, "--pid: cannot attach a"
					     " BPF program", err);
	}
	r = follow_families(f, bpf_object__find_map_fd_by_name(obj,
							       "processes"));
	return r ? err_set_errno(err, r, "--pid: cannot follow %d processes"
				 " and more", NR_PROCESSES) : 0;
}

uint64_t rec_filter_nr_lost(const struct rec_filter *f,
			    struct bpf_object *obj)
{
	uint32_t zero = 0;
	uint64_t n = 0;

	if (f && f->nr_pids)
		(void)bpf_map_lookup_elem(
			bpf_object__find_map_fd_by_name(obj, "no_process"),
			&zero, &n);
	return n;
}
