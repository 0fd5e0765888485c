/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Atomic compare-and-exchange in BPF: whether the kernel has it, and what to
 * do where it has not.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/probe.h"

/* An exchange on the stack. */
bool probe_has_exchange(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = BPF_REG_10,
		  .off = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW,
		  .dst_reg = BPF_REG_10, .src_reg = BPF_REG_1, .off = -8,
		  .imm = BPF_CMPXCHG },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "iotape_xchg",
			       "GPL", insns, ARRAY_SIZE(insns), NULL);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static bool is_exchange(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_STX &&
	       BPF_MODE(insn->code) == BPF_ATOMIC && insn->imm != BPF_ADD;
}

void probe_drop_exchange(struct bpf_object *object)
{
	const struct bpf_insn nothing = {
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
	};
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		size_t nr = bpf_program__insn_cnt(program);
		_cleanup_(freep) struct bpf_insn *insns =
			xcalloc(nr, sizeof(*insns));

		memcpy(insns, bpf_program__insns(program),
		       nr * sizeof(*insns));
		for (size_t i = 0; i < nr; i++)
			if (is_exchange(&insns[i]))
				insns[i] = nothing;
		(void)bpf_program__set_insns(program, insns, nr);
	}
}
