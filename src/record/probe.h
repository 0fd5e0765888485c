/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this kernel offers, found in its BTF and never by its version number.
 *
 *	struct rec_cfg cfg = { 0 };
 *	bool has_tp[TP_MAX];
 *	r = probe_kernel(7, &cfg, has_tp, &err);
 */
#ifndef RECORD_PROBE_H
#define RECORD_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/cfg.h"
#include "src/base/err.h"

/*
 * Fills in what cfg says about the kernel (has_queue_arg, has_errno,
 * status_errno, op_tc for records of @version), and which of the wanted
 * tracepoints there are.  Returns 0, or -ENOTSUP with a sentence: no BTF, or a
 * tracepoint that is indispensable is missing or has a prototype that we do
 * not know.
 */
int probe_kernel(unsigned int version, struct rec_cfg *cfg,
		 bool ret_has_tp[TP_MAX], struct err *err);

struct btf;
struct btf_type;

/*
 * The prototype of the tracepoint @name: what btf_trace_NAME in @btf points
 * to; its first parameter is void *__data.  NULL = there is no such tracepoint.
 */
const struct btf_type *probe_prototype(const struct btf *btf, const char *name);

/* Its enum of operations, REQ_OP_*; NULL = there is none. */
const struct btf_type *probe_op_enum(const struct btf *btf);

/* As probe_kernel, for a kernel whose BTF is @btf (of libbpf; borrowed). */
int probe_btf(const struct btf *btf, unsigned int version, struct rec_cfg *cfg,
	      bool ret_has_tp[TP_MAX], struct err *err);

/* The program (in bpf/blk.bpf.c) that serves a tracepoint. */
const char *probe_program(enum cfg_tp tp);

struct bpf_program;

/* How often the kernel did not run a loaded program (of libbpf; borrowed)
 * since it was running on that CPU already. */
uint64_t probe_misses(const struct bpf_program *program);

/*
 * Whether BPF has atomic compare-and-exchange: 5ffa25502b5a, 5.12, and later
 * where a compiler of BPF for an architecture learned it later.  Tried.
 */
bool probe_has_exchange(void);

struct bpf_object;

/*
 * Older kernels refuse that instruction even where it is never run.  Before
 * @object (of libbpf, opened and not loaded) is loaded, each is replaced by a
 * load of zero; the configuration must keep the programs away from them.
 */
void probe_drop_exchange(struct bpf_object *object);

/*
 * Why loading or attaching failed with @code: one sentence about what is
 * missing and what would help.  Returns @code.
 */
int probe_explain(int code, const char *what, struct err *err);

#endif
