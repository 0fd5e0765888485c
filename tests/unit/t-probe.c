/* SPDX-License-Identifier: GPL-2.0 */
/*
 * src/record/probe on kernels that nobody here has: BTF made by hand, with
 * the prototypes of doc/KERNELS.md.
 */
#include "config.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

#include "bpf/encode.h"
#include "formats/blk_abi.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/kvm.h"
#include "src/record/probe.h"

/* A tracepoint, and the number of its arguments; 0 = it is not there. */
struct proto {
	const char *name;
	int nr;
};

/* Linux 5.8 to 5.10.136, a54895fa057c not yet in. */
static const struct proto v5_8[] = {
	{ "block_rq_insert", 2 }, { "block_rq_issue", 2 },
	{ "block_rq_requeue", 2 }, { "block_rq_complete", 3 },
	{ "block_rq_remap", 4 }, { "block_bio_queue", 2 },
	{ "block_bio_backmerge", 3 }, { "block_bio_frontmerge", 3 },
	{ "block_bio_bounce", 2 }, { "block_bio_complete", 2 },
	{ "block_bio_remap", 4 }, { "block_getrq", 3 },
	{ "block_split", 3 }, { "block_plug", 1 }, { "block_unplug", 3 },
	{ NULL, 0 },
};

/* Linux 5.11 to 6.15. */
static const struct proto v6_1[] = {
	{ "block_rq_insert", 1 }, { "block_rq_issue", 1 },
	{ "block_rq_merge", 1 }, { "block_rq_requeue", 1 },
	{ "block_rq_complete", 3 }, { "block_rq_remap", 3 },
	{ "block_bio_queue", 1 }, { "block_bio_backmerge", 1 },
	{ "block_bio_frontmerge", 1 }, { "block_bio_bounce", 1 },
	{ "block_bio_complete", 2 }, { "block_bio_remap", 3 },
	{ "block_getrq", 1 }, { "block_split", 2 }, { "block_plug", 1 },
	{ "block_unplug", 3 }, { NULL, 0 },
};

/* RHEL 8, 4.18: (rq) as on new kernels, (q, ...) for the others. */
static const struct proto rhel8[] = {
	{ "block_rq_insert", 1 }, { "block_rq_issue", 1 },
	{ "block_rq_merge", 1 }, { "block_rq_requeue", 1 },
	{ "block_rq_complete", 3 }, { "block_rq_remap", 3 },
	{ "block_bio_queue", 2 }, { "block_bio_backmerge", 3 },
	{ "block_bio_frontmerge", 3 }, { "block_bio_bounce", 2 },
	{ "block_bio_complete", 2 }, { "block_bio_remap", 4 },
	{ "block_getrq", 3 }, { "block_split", 3 }, { "block_plug", 1 },
	{ "block_unplug", 3 }, { NULL, 0 },
};

/* typedef void (*btf_trace_NAME)(void *, ...), with @nr arguments behind. */
static void add_proto(struct btf *btf, const char *name, int nr, int status)
{
	_cleanup_(freep) char *type = xasprintf("btf_trace_%s", name);
	int func = btf__add_func_proto(btf, 0);

	assert_true(func > 0);
	for (int i = 0; i <= nr; i++)
		assert_int_equal(btf__add_func_param(btf, "a",
						     i == 2 ? status : 1), 0);
	assert_true(btf__add_typedef(btf, type, btf__add_ptr(btf, func)) > 0);
}

/* Type 1 is "int"; the status of a completion is that, or a typedef of it. */
static struct btf *make_btf(const struct proto *protos, bool has_status)
{
	struct btf *btf = btf__new_empty();
	int status;

	assert_non_null(btf);
	assert_int_equal(btf__add_int(btf, "int", 4, BTF_INT_SIGNED), 1);
	status = has_status ? btf__add_typedef(btf, "blk_status_t", 1) : 1;
	for (const struct proto *p = protos; p->name; p++)
		if (p->nr)
			add_proto(btf, p->name, p->nr, status);
	return btf;
}

static void old_prototypes_begin_with_the_queue(void **state)
{
	struct btf *btf = make_btf(v5_8, false);
	struct rec_cfg cfg = { 0 };
	bool has[TP_MAX] = { false };

	(void)state;
	assert_int_equal(probe_btf(btf, 7, &cfg, has, NULL), 0);
	assert_true(cfg.has_queue_arg[TP_RQ_ISSUE]);
	assert_true(cfg.has_queue_arg[TP_BIO_QUEUE]);
	assert_true(cfg.has_queue_arg[TP_BIO_BACKMERGE]);
	assert_true(cfg.has_queue_arg[TP_GETRQ]);
	assert_true(cfg.has_queue_arg[TP_SPLIT]);
	assert_true(cfg.has_queue_arg[TP_RQ_REMAP]);
	assert_false(cfg.has_queue_arg[TP_RQ_COMPLETE]);
	assert_false(cfg.has_queue_arg[TP_BIO_COMPLETE]);
	assert_false(cfg.has_queue_arg[TP_PLUG]);
	assert_true(cfg.has_errno[TP_RQ_COMPLETE]);
	assert_true(has[TP_BIO_BOUNCE]);
	assert_false(has[TP_RQ_MERGE]);
	btf__free(btf);
}

static void new_prototypes_do_not(void **state)
{
	struct btf *btf = make_btf(v6_1, true);
	struct rec_cfg cfg = { 0 };
	bool has[TP_MAX] = { false };

	(void)state;
	assert_int_equal(probe_btf(btf, 7, &cfg, has, NULL), 0);
	for (unsigned int i = 0; i < TP_MAX; i++)
		assert_false(cfg.has_queue_arg[i]);
	assert_false(cfg.has_errno[TP_RQ_COMPLETE]);
	assert_true(has[TP_RQ_MERGE]);
	assert_int_equal(cfg.status_errno[10], -EIO);
	btf__free(btf);
}

/* A version number would say 4.18 and be wrong: each tracepoint counts. */
static void red_hats_are_mixed(void **state)
{
	struct btf *btf = make_btf(rhel8, false);
	struct rec_cfg cfg = { 0 };
	bool has[TP_MAX] = { false };

	(void)state;
	assert_int_equal(probe_btf(btf, 7, &cfg, has, NULL), 0);
	assert_false(cfg.has_queue_arg[TP_RQ_ISSUE]);
	assert_false(cfg.has_queue_arg[TP_RQ_REMAP]);
	assert_true(cfg.has_queue_arg[TP_BIO_QUEUE]);
	assert_true(cfg.has_queue_arg[TP_BIO_REMAP]);
	btf__free(btf);
}

static void unknown_prototypes_are_named(void **state)
{
	static const struct proto odd[] = { { "block_rq_insert", 5 },
					    { NULL, 0 } };
	static const struct proto none[] = { { NULL, 0 } };
	struct btf *btf = make_btf(odd, true);
	struct rec_cfg cfg = { 0 };
	bool has[TP_MAX] = { false };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(probe_btf(btf, 7, &cfg, has, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "block_rq_insert has 5 arguments"));
	btf__free(btf);
	btf = make_btf(none, true);
	assert_int_equal(probe_btf(btf, 7, &cfg, has, &err), -ENOTSUP);
	assert_non_null(strstr(err.text, "no tracepoint block_rq_insert"));
	btf__free(btf);
}

/* The numbers of 6.1 and those of 6.18; req_opf was the enum's old name. */
static void operations_are_found_by_name(void **state)
{
	static const struct {
		const char *name;
		int append, reset;
	} rows[] = { { "req_opf", 13, 15 }, { "req_op", 7, 17 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct btf *btf = make_btf(v6_1, true);
		struct rec_cfg cfg = { 0 };
		bool has[TP_MAX] = { false };

		assert_true(btf__add_enum(btf, rows[i].name, 4) > 0);
		assert_int_equal(btf__add_enum_value(btf, "REQ_OP_READ", 0),
				 0);
		assert_int_equal(btf__add_enum_value(btf,
						     "REQ_OP_ZONE_APPEND",
						     rows[i].append), 0);
		assert_int_equal(btf__add_enum_value(btf,
						     "REQ_OP_ZONE_RESET",
						     rows[i].reset), 0);
		assert_int_equal(btf__add_enum_value(btf,
						     "REQ_OP_WRITE_ZEROES",
						     9), 0);
		assert_int_equal(probe_btf(btf, 7, &cfg, has, NULL), 0);
		assert_int_equal(cfg.op_tc[9], BLK_TC_WRITE);
		assert_int_equal(probe_btf(btf, 8, &cfg, has, NULL), 0);
		assert_int_equal(cfg.op_tc[9],
				 BLK_TC_WRITE | BLK_TC_WRITE_ZEROES);
		assert_int_equal(cfg.op_tc[rows[i].append],
				 encode_op(rows[i].append) |
					 BLK_TC_ZONE_APPEND);
		assert_int_equal(cfg.op_tc[rows[i].reset],
				 encode_op(rows[i].reset) | BLK_TC_ZONE_RESET);
		assert_int_equal(cfg.op_tc[0], BLK_TC_READ);
		assert_int_equal(cfg.op_tc[3], BLK_TC_WRITE | BLK_TC_DISCARD);
		btf__free(btf);
	}
}

/* As blk_errors[] was read from the memory of 6.1.192 and of 6.12.117. */
static void statuses_moved(void **state)
{
	static const struct {
		const char *member;
		__s16 errnos[6];	/* of the statuses 13 to 18 */
	} rows[] = {
		{ "required_elevator_features",
		  { -EBUSY, 0, -ETOOMANYREFS, -EOVERFLOW, -ENODEV, -ETIME } },
		{ "disk",
		  { -EBUSY, -ETOOMANYREFS, -EOVERFLOW, -ENODEV, -ETIME, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct btf *btf = make_btf(v6_1, true);
		struct rec_cfg cfg = { 0 };
		bool has[TP_MAX] = { false };

		assert_true(btf__add_struct(btf, "request_queue", 4) > 0);
		assert_int_equal(btf__add_field(btf, rows[i].member, 1, 0, 0),
				 0);
		assert_int_equal(probe_btf(btf, 7, &cfg, has, NULL), 0);
		assert_memory_equal(&cfg.status_errno[13], rows[i].errnos,
				    sizeof(rows[i].errnos));
		btf__free(btf);
	}
}

/* btf_trace_NAME with @nr arguments, the first of type @first. */
static void add_kvm(struct btf *btf, const char *name, int nr, int first)
{
	_cleanup_(freep) char *type = xasprintf("btf_trace_%s", name);
	int func = btf__add_func_proto(btf, 0);

	for (int i = 0; i <= nr; i++)
		assert_int_equal(btf__add_func_param(btf, "a",
						     i == 1 ? first : 1), 0);
	assert_true(btf__add_typedef(btf, type, btf__add_ptr(btf, func)) > 0);
}

/* An event of KVM as a kernel with this prototype has it: -1 = left out. */
static int kvm_form(enum cfg_kvm event, int nr, bool is_pointer,
		    const char *structure)
{
	struct btf *btf = btf__new_empty();
	int first, form = -1;
	uint8_t found = 0;

	assert_int_equal(btf__add_int(btf, "int", 4, BTF_INT_SIGNED), 1);
	first = is_pointer ? btf__add_ptr(btf, 1) : 1;
	add_kvm(btf, kvm_name(event), nr, first);
	if (structure)
		assert_true(btf__add_struct(btf, structure, 4) > 0);
	if (kvm_probe_btf(btf, event, &found))
		form = found;
	btf__free(btf);
	return form;
}

static void kvm_prototypes_have_forms(void **state)
{
	const char *raw = "trace_event_raw_kvm_exit";

	(void)state;
	assert_int_equal(kvm_form(KVM_EV_ENTRY, 2, true, NULL), KVM_FORM_NEW);
	assert_int_equal(kvm_form(KVM_EV_ENTRY, 1, true, NULL), KVM_FORM_OLD);
	assert_int_equal(kvm_form(KVM_EV_ENTRY, 1, false, NULL),
			 KVM_FORM_OTHER);
	assert_int_equal(kvm_form(KVM_EV_INJ_VIRQ, 1, false, NULL),
			 KVM_FORM_OLD);
	assert_int_equal(kvm_form(KVM_EV_INJ_VIRQ, 3, false, NULL),
			 KVM_FORM_NEW);
	assert_int_equal(kvm_form(KVM_EV_PAGE_FAULT, 2, false, NULL),
			 KVM_FORM_OLD);
	assert_int_equal(kvm_form(KVM_EV_PAGE_FAULT, 3, true, NULL),
			 KVM_FORM_NEW);
	/* the classic tracepoint's structure is what matters */
	assert_int_equal(kvm_form(KVM_EV_EXIT, 2, true, NULL), -1);
	assert_int_not_equal(kvm_form(KVM_EV_EXIT, 2, true, raw), -1);
	assert_int_not_equal(kvm_form(KVM_EV_EXIT, 3, false, raw), -1);
	/* unknown: left out */
	assert_int_equal(kvm_form(KVM_EV_PIO, 4, false, NULL), -1);
}

static void kvm_events_have_short_names(void **state)
{
	(void)state;
	assert_int_equal(kvm_find("kvm_exit", 8), 1u << KVM_EV_EXIT);
	assert_int_equal(kvm_find("eoi,pio", 3), 1u << KVM_EV_EOI);
	assert_int_equal(kvm_find("", 0), 0);
	assert_int_equal(kvm_find("kvm_", 4), 0);
	assert_int_equal(kvm_find("exits", 5), 0);
}

/* Instructions that kernels before 5.12 refuse. */
static size_t nr_exchanges(struct bpf_object *object)
{
	struct bpf_program *program;
	size_t n = 0;

	bpf_object__for_each_program(program, object) {
		const struct bpf_insn *insn = bpf_program__insns(program);

		for (size_t i = 0; i < bpf_program__insn_cnt(program); i++)
			/* BPF_STX | BPF_ATOMIC, and BPF_XADD has imm 0 */
			if ((insn[i].code & 0xe7) == 0xc3 && insn[i].imm)
				n++;
	}
	return n;
}

static void old_kernels_get_no_exchange(void **state)
{
	_cleanup_(freep) char *path = xasprintf("%s/bpf/rec.bpf.o",
						getenv("top_builddir"));
	struct bpf_object *object = bpf_object__open_file(path, NULL);

	(void)state;
	assert_non_null(object);
	assert_true(nr_exchanges(object) > 0);
	probe_drop_exchange(object);
	assert_int_equal(nr_exchanges(object), 0);
	bpf_object__close(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_prototypes_begin_with_the_queue),
		cmocka_unit_test(new_prototypes_do_not),
		cmocka_unit_test(red_hats_are_mixed),
		cmocka_unit_test(unknown_prototypes_are_named),
		cmocka_unit_test(operations_are_found_by_name),
		cmocka_unit_test(statuses_moved),
		cmocka_unit_test(kvm_prototypes_have_forms),
		cmocka_unit_test(kvm_events_have_short_names),
		cmocka_unit_test(old_kernels_get_no_exchange),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
