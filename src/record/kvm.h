/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's tracepoints: which ones this kernel has, and their private records.
 *
 * Sets of them are masks of bits 1 << enum cfg_kvm.
 */
#ifndef RECORD_KVM_H
#define RECORD_KVM_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/cfg.h"
#include "formats/note.h"
#include "src/base/err.h"
#include "src/record/dev.h"

#define KVM_ALL		((1u << KVM_EV_MAX) - 1)

/* What stands for KVM among the recorded devices. */
extern const struct dev kvm_dev;

bool kvm_is_dev(const struct dev *dev);

/* The bit of a tracepoint, "kvm_exit" or "exit"; 0 when there is none. */
uint32_t kvm_find(const char *name, size_t len);

/* The tracepoint's name and the name of its program (bpf/kvm.bpf.c). */
const char *kvm_name(enum cfg_kvm event);
const char *kvm_program(enum cfg_kvm event);

/*
 * Which of the tracepoints in *@mask the running kernel has, in a form that
 * we know: the others are taken out, and @cfg.kvm_form is filled in.  None of
 * them at all: -ENOTSUP, with a sentence.
 */
int kvm_probe_kernel(struct rec_cfg *cfg, uint32_t *mask, struct err *err);

struct btf;

/* Calls @use for the types of the kernel and of each module of KVM that is
 * loaded.  @btf goes when it returns.  -ENOTSUP: the kernel has no BTF. */
int kvm_for_each_btf(void (*use)(const struct btf *btf, void *data),
		     void *data, struct err *err);

/* As kvm_probe_kernel, for one tracepoint and the types @btf (of libbpf; borrowed). */
bool kvm_probe_btf(const struct btf *btf, enum cfg_kvm event,
		   uint8_t *ret_form);

/* The private record of a ring's event of RING_DEVICE_KVM. */
int kvm_note(const struct ring_event *ev, struct note *ret);

#endif
