/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtual machine of a few instructions, whose exits are known exactly.
 *
 *	kvmtiny [out=N] [in=N] [write=N] [read=N] [call=N] [hlt=N]
 *
 * The guest does, in this order, N times each: OUT to port 0x10, IN from port
 * 0x11, a byte written to and read from 0x8000 (where it has no memory), a
 * hypercall with number 100 (unknown to KVM), HLT.  Then OUT to port 0xf4
 * ends it.  Prints how often KVM_RUN returned, and why: "runs=5 io=2 mmio=1
 * hlt=2".  Exit status: 0; 77 when there is no KVM here; 1 when it failed.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __x86_64__
#include <cpuid.h>

#define MEMORY		0x4000u
#define CODE		0x1000u
#define PORT_END	0xf4

/* Real mode, 16 bits: the instruction between a counter in ecx. */
static const struct op {
	const char *name;
	uint8_t len;
	uint8_t code[3];
} ops[] = {
	{ "out", 2, { 0xe6, 0x10 } },		/* out %al,$0x10 */
	{ "in", 2, { 0xe4, 0x11 } },		/* in $0x11,%al */
	{ "write", 3, { 0xa2, 0x00, 0x80 } },	/* mov %al,0x8000 */
	{ "read", 3, { 0xa0, 0x00, 0x80 } },	/* mov 0x8000,%al */
	{ "call", 3, { 0x0f, 0x01, 0xc1 } },	/* vmcall */
	{ "hlt", 1, { 0xf4 } },
};

#define NR_OPS	(sizeof(ops) / sizeof(ops[0]))

struct vm {
	int kvm;
	int fd;
	int vcpu;
	uint8_t *memory;
	struct kvm_run *run;
};

static bool is_amd(void)
{
	unsigned int eax, ebx = 0, ecx, edx;

	(void)__get_cpuid(0, &eax, &ebx, &ecx, &edx);
	return ebx == 0x68747541 || ebx == 0x6f677948;	/* Auth, Hygo */
}

static uint8_t *put(uint8_t *p, const void *bytes, size_t len)
{
	memcpy(p, bytes, len);
	return p + len;
}

static uint8_t *put_op(uint8_t *p, const struct op *op, uint32_t count)
{
	uint8_t *loop;

	p = put(p, "\x66\xb8\x64\0\0\0", 6);	/* mov $100,%eax */
	p = put(p, "\x66\xb9", 2);		/* mov $count,%ecx */
	p = put(p, &count, sizeof(count));
	loop = p;
	p = put(p, op->code, op->len);
	if (op->code[0] == 0x0f && is_amd())
		p[-1] = 0xd9;			/* vmmcall */
	p = put(p, "\x67\xe2", 2);		/* loop, with ecx */
	*p = (uint8_t)(loop - (p + 1));
	return p + 1;
}

static void write_code(uint8_t *p, const uint32_t counts[NR_OPS])
{
	static const uint8_t end[] = { 0xe6, PORT_END };

	for (size_t i = 0; i < NR_OPS; i++)
		if (counts[i])
			p = put_op(p, &ops[i], counts[i]);
	(void)put(p, end, sizeof(end));
}

static int failed(const char *what)
{
	fprintf(stderr, "kvmtiny: %s: %s\n", what, strerror(errno));
	return 1;
}

static int open_vm(struct vm *vm)
{
	struct kvm_userspace_memory_region slot = { .memory_size = MEMORY };
	int size;

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return failed("/dev/kvm") ? 77 : 0;
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return failed("KVM_CREATE_VM") ? 77 : 0;
	vm->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm->memory == MAP_FAILED)
		return failed("mmap");
	slot.userspace_addr = (uintptr_t)vm->memory;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		return failed("KVM_SET_USER_MEMORY_REGION");
	vm->vcpu = ioctl(vm->fd, KVM_CREATE_VCPU, 0);
	if (vm->vcpu < 0)
		return failed("KVM_CREATE_VCPU");
	size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < 0)
		return failed("KVM_GET_VCPU_MMAP_SIZE");
	vm->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       vm->vcpu, 0);
	return vm->run == MAP_FAILED ? failed("mmap of the vCPU") : 0;
}

static int set_registers(const struct vm *vm)
{
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vm->vcpu, KVM_GET_SREGS, &sregs) < 0)
		return failed("KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vm->vcpu, KVM_SET_SREGS, &sregs) < 0)
		return failed("KVM_SET_SREGS");
	if (ioctl(vm->vcpu, KVM_SET_REGS, &regs) < 0)
		return failed("KVM_SET_REGS");
	return 0;
}

static int run(const struct vm *vm)
{
	unsigned int runs = 0, io = 0, mmio = 0, hlt = 0;

	for (;;) {
		if (ioctl(vm->vcpu, KVM_RUN, 0) < 0) {
			if (errno != EINTR && errno != EAGAIN)
				return failed("KVM_RUN");
			continue;
		}
		runs++;
		if (vm->run->exit_reason == KVM_EXIT_IO) {
			io++;
			if (vm->run->io.port == PORT_END)
				break;
		} else if (vm->run->exit_reason == KVM_EXIT_MMIO) {
			mmio++;
		} else if (vm->run->exit_reason == KVM_EXIT_HLT) {
			hlt++;
		} else {
			fprintf(stderr, "kvmtiny: exit reason %u\n",
				vm->run->exit_reason);
			return 1;
		}
	}
	printf("runs=%u io=%u mmio=%u hlt=%u\n", runs, io, mmio, hlt);
	return 0;
}

int main(int argc, char **argv)
{
	uint32_t counts[NR_OPS] = { 0 };
	struct vm vm = { .kvm = -1 };
	int r;

	for (int i = 1; i < argc; i++) {
		size_t len = strcspn(argv[i], "="), k = 0;

		while (k < NR_OPS && (strlen(ops[k].name) != len ||
				      strncmp(ops[k].name, argv[i], len)))
			k++;
		if (k == NR_OPS || !argv[i][len]) {
			fprintf(stderr, "kvmtiny: %s: what is that?\n",
				argv[i]);
			return 2;
		}
		counts[k] = (uint32_t)strtoul(argv[i] + len + 1, NULL, 10);
	}
	r = open_vm(&vm);
	if (!r) {
		write_code(vm.memory + CODE, counts);
		r = set_registers(&vm);
	}
	return r ? r : run(&vm);
}
#else
int main(void)
{
	fprintf(stderr, "kvmtiny: knows x86-64 only\n");
	return 77;
}
#endif
