/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/encode.h"
#include "formats/blk_abi.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/probe.h"

#define BTF_PATH	"/sys/kernel/btf/vmlinux"
#define LOCKDOWN_PATH	"/sys/kernel/security/lockdown"

/*
 * A tracepoint, and how many arguments it has in today's prototype, and with
 * the queue in front; 0 = it never had another one.  Table and commits:
 * doc/KERNELS.md.
 */
struct tracepoint {
	const char *name;
	const char *program;
	unsigned int nr_args;
	unsigned int nr_old_args;
	bool is_optional;
	bool is_v8;		/* only wanted for records of version 8 */
};

static const struct tracepoint tracepoints[] = {
	[TP_RQ_INSERT] = { "block_rq_insert", "iotape_rq_insert", 1, 2 },
	[TP_RQ_ISSUE] = { "block_rq_issue", "iotape_rq_issue", 1, 2 },
	[TP_RQ_MERGE] = { "block_rq_merge", "iotape_rq_merge", 1, 2, true },
	[TP_RQ_REQUEUE] = { "block_rq_requeue", "iotape_rq_requeue", 1, 2 },
	[TP_RQ_COMPLETE] = { "block_rq_complete", "iotape_rq_complete", 3, 0 },
	[TP_RQ_REMAP] = { "block_rq_remap", "iotape_rq_remap", 3, 4 },
	[TP_BIO_QUEUE] = { "block_bio_queue", "iotape_bio_queue", 1, 2 },
	[TP_BIO_BACKMERGE] = { "block_bio_backmerge", "iotape_bio_backmerge",
			       1, 3 },
	[TP_BIO_FRONTMERGE] = { "block_bio_frontmerge",
				"iotape_bio_frontmerge", 1, 3 },
	[TP_BIO_BOUNCE] = { "block_bio_bounce", "iotape_bio_bounce", 1, 2,
			    true },
	[TP_BIO_COMPLETE] = { "block_bio_complete", "iotape_bio_complete",
			      2, 0 },
	[TP_BIO_REMAP] = { "block_bio_remap", "iotape_bio_remap", 3, 4 },
	[TP_GETRQ] = { "block_getrq", "iotape_getrq", 1, 3 },
	[TP_SPLIT] = { "block_split", "iotape_split", 2, 3 },
	[TP_PLUG] = { "block_plug", "iotape_plug", 1, 0 },
	[TP_UNPLUG] = { "block_unplug", "iotape_unplug", 3, 0 },
	[TP_ZONE_APPEND] = { "blk_zone_append_update_request_bio",
			     "iotape_zone_append", 1, 0, true, true },
	[TP_ZONE_PLUG] = { "disk_zone_wplug_add_bio", "iotape_zone_plug",
			   4, 0, true, true },
	[TP_ZONE_UNPLUG] = { "blk_zone_wplug_bio", "iotape_zone_unplug",
			     4, 0, true, true },
};

static_assert(ARRAY_SIZE(tracepoints) == TP_MAX,
	      "each tracepoint needs a row");

const char *probe_program(enum cfg_tp tp)
{
	return tracepoints[tp].program;
}

const struct btf_type *probe_prototype(const struct btf *btf, const char *name)
{
	char type_name[128];
	const struct btf_type *t;
	int id;

	(void)snprintf(type_name, sizeof(type_name), "btf_trace_%s", name);
	id = btf__find_by_name_kind(btf, type_name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return NULL;
	t = btf__type_by_id(btf, btf__type_by_id(btf, (__u32)id)->type);
	if (!t || !btf_is_ptr(t))
		return NULL;
	t = btf__type_by_id(btf, t->type);
	return t && btf_is_func_proto(t) ? t : NULL;
}

static int probe_tracepoint(const struct btf *btf, enum cfg_tp tp,
			    struct rec_cfg *cfg, bool *ret_has,
			    struct err *err)
{
	const struct tracepoint *row = &tracepoints[tp];
	const struct btf_type *proto = probe_prototype(btf, row->name);
	unsigned int nr;

	*ret_has = proto;
	if (!proto && row->is_optional)
		return 0;
	if (!proto)
		return err_set(err, -ENOTSUP,
			       "this kernel has no tracepoint %s", row->name);
	nr = btf_vlen(proto) - 1U;	/* the first one is void *__data */
	if (nr != row->nr_args && (!row->nr_old_args ||
				   nr != row->nr_old_args))
		return err_set(err, -ENOTSUP,
			       "this kernel's tracepoint %s has %u arguments,"
			       " and iotape knows only the one with %u",
			       row->name, nr, row->nr_args);
	cfg->has_queue_arg[tp] = nr != row->nr_args;
	return 0;
}

/*
 * block_rq_complete gives an errno before 5.16 (int error) and a blk_status_t
 * since then, 8a7d267b4a2c: the name of the argument's type tells.
 */
static bool is_status(const struct btf *btf)
{
	const struct btf_type *proto = probe_prototype(btf, "block_rq_complete");
	const struct btf_type *t;

	if (!proto)
		return true;
	t = btf__type_by_id(btf, btf_params(proto)[2].type);
	return t && btf_is_typedef(t);
}

/*
 * blk_status_t to errno: blk_errors[] in block/blk-core.c of 6.18, the same
 * since 5.8 up to 13.
 */
static const __s16 status_errno[CFG_NR_STATUS] = {
	[1] = -EOPNOTSUPP,	/* NOTSUPP */
	[2] = -ETIMEDOUT,	/* TIMEOUT */
	[3] = -ENOSPC,		/* NOSPC */
	[4] = -ENOLINK,		/* TRANSPORT */
	[5] = -EREMOTEIO,	/* TARGET */
	[6] = -EBADE,		/* RESV_CONFLICT, before: NEXUS */
	[7] = -ENODATA,		/* MEDIUM */
	[8] = -EILSEQ,		/* PROTECTION */
	[9] = -ENOMEM,		/* RESOURCE */
	[10] = -EIO,		/* IOERR */
	[11] = -EREMCHG,	/* DM_REQUEUE */
	[12] = -EAGAIN,		/* AGAIN */
	[13] = -EBUSY,		/* DEV_RESOURCE */
	[14] = -ETOOMANYREFS,	/* ZONE_OPEN_RESOURCE */
	[15] = -EOVERFLOW,	/* ZONE_ACTIVE_RESOURCE */
	[16] = -ENODEV,		/* OFFLINE */
	[17] = -ETIME,		/* DURATION_LIMIT */
	[19] = -EINVAL,		/* INVAL */
};

static bool has_member(const struct btf *btf, const char *structure,
		       const char *member)
{
	int id = btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT);
	const struct btf_type *t;
	const struct btf_member *m;

	if (id < 0)
		return false;
	t = btf__type_by_id(btf, (__u32)id);
	m = btf_members(t);
	for (unsigned int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), member))
			return true;
	return false;
}

/*
 * Up to 6.9, 14 was BLK_STS_ZONE_RESOURCE, which never ends an I/O, and the
 * statuses of today's 14 to 17 came behind it.  They are macros, which BTF
 * does not have, but the patches that took 14 out (zone write plugging, 6.10)
 * also took out the queue's required_elevator_features, which every kernel
 * before had, whatever its configuration.
 */
static void probe_status(const struct btf *btf, struct rec_cfg *cfg)
{
	memcpy(cfg->status_errno, status_errno, sizeof(status_errno));
	if (!has_member(btf, "request_queue", "required_elevator_features"))
		return;
	cfg->status_errno[14] = 0;
	memcpy(&cfg->status_errno[15], &status_errno[14],
	       4 * sizeof(status_errno[0]));
	cfg->status_errno[19] = 0;
}

/*
 * Operations that have a category of their own in version 8.  Their numbers
 * moved: 19de03b312d6, 6.13, and stable kernels since.
 */
static const struct op {
	const char *name;
	uint32_t tc;
} ops[] = {
	{ "REQ_OP_ZONE_APPEND", BLK_TC_ZONE_APPEND },
	{ "REQ_OP_ZONE_RESET", BLK_TC_ZONE_RESET },
	{ "REQ_OP_ZONE_RESET_ALL", BLK_TC_ZONE_RESET_ALL },
	{ "REQ_OP_ZONE_FINISH", BLK_TC_ZONE_FINISH },
	{ "REQ_OP_ZONE_OPEN", BLK_TC_ZONE_OPEN },
	{ "REQ_OP_ZONE_CLOSE", BLK_TC_ZONE_CLOSE },
	{ "REQ_OP_WRITE_ZEROES", BLK_TC_WRITE_ZEROES },
};

static void probe_op(const struct btf *btf, const struct btf_enum *e,
		     struct rec_cfg *cfg)
{
	const char *name = btf__name_by_offset(btf, e->name_off);

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		if (!strcmp(name, ops[i].name) &&
		    (uint32_t)e->val < CFG_NR_OPS)
			cfg->op_tc[e->val] |= ops[i].tc;
}

/* Called req_opf before 6.0 (ff07a02e9e8e). */
const struct btf_type *probe_op_enum(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "req_op", BTF_KIND_ENUM);

	if (id < 0)
		id = btf__find_by_name_kind(btf, "req_opf", BTF_KIND_ENUM);
	return id < 0 ? NULL : btf__type_by_id(btf, (__u32)id);
}

static void probe_ops(const struct btf *btf, struct rec_cfg *cfg)
{
	const struct btf_type *t = probe_op_enum(btf);

	for (unsigned int i = 0; t && i < btf_vlen(t); i++)
		probe_op(btf, &btf_enum(t)[i], cfg);
}

int probe_btf(const struct btf *btf, unsigned int version, struct rec_cfg *cfg,
	      bool ret_has_tp[TP_MAX], struct err *err)
{
	bool is_v8 = version == BLK_IO_TRACE2_VERSION;
	int r = 0;

	for (unsigned int i = 0; i < TP_MAX && !r; i++)
		if (is_v8 || !tracepoints[i].is_v8)
			r = probe_tracepoint(btf, (enum cfg_tp)i, cfg,
					     &ret_has_tp[i], err);
	if (r)
		return r;
	cfg->has_errno[TP_RQ_COMPLETE] = !is_status(btf);
	probe_status(btf, cfg);
	for (unsigned int op = 0; op < CFG_NR_OPS; op++)
		cfg->op_tc[op] = encode_op(op);
	if (is_v8)
		probe_ops(btf, cfg);
	return 0;
}

int probe_kernel(unsigned int version, struct rec_cfg *cfg,
		 bool ret_has_tp[TP_MAX], struct err *err)
{
	struct btf *btf = btf__parse(BTF_PATH, NULL);
	int r;

	if (!btf)
		return err_set(err, -ENOTSUP,
			       "%s: %s: iotape needs a kernel with BTF"
			       " (CONFIG_DEBUG_INFO_BTF)", BTF_PATH,
			       strerror(errno));
	r = probe_btf(btf, version, cfg, ret_has_tp, err);
	btf__free(btf);
	return r;
}

uint64_t probe_misses(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len))
		return 0;
	return info.recursion_misses;
}

static bool is_locked_down(void)
{
	_cleanup_(fclosep) FILE *f = fopen(LOCKDOWN_PATH, "re");
	char line[128] = "";

	return f && fgets(line, sizeof(line), f) &&
	       strstr(line, "[confidentiality]");
}

int probe_explain(int code, const char *what, struct err *err)
{
	if (code != -EPERM && code != -EACCES) {
		if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 0)
			return err_set(err, code,
				       "%s: this kernel has no BPF ring"
				       " buffer; Linux 5.8 has it", what);
		return err_set_errno(err, code, "%s", what);
	}
	if (is_locked_down())
		return err_set(err, code,
			       "%s: the kernel is locked down"
			       " (confidentiality) and lets no program read"
			       " its memory", what);
	if (geteuid() != 0)
		return err_set(err, code,
			       "%s: needs root, or the capabilities"
			       " CAP_BPF and CAP_PERFMON", what);
	return err_set(err, code,
		       "%s: %s; is this a container without CAP_BPF and"
		       " CAP_PERFMON?", what, strerror(-code));
}
