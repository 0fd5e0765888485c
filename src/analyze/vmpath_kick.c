/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kicks: which writes of a guest are some, and to which Q they belong.
 */
#include "config.h"

#include "src/analyze/vmpath_impl.h"
#include "src/base/xalloc.h"

static struct vcpu *find_vcpu(struct vmpath *p, uint32_t tid, struct vm *vm)
{
	uint64_t *i = map64_put(&p->vcpus, tid);

	if (!*i) {
		p->vcpu = xgrow(p->vcpu, p->nr_vcpus, &p->cap_vcpus,
				sizeof(*p->vcpu));
		p->vcpu[p->nr_vcpus] = (struct vcpu){ .vm = vm };
		*i = ++p->nr_vcpus;
	}
	return &p->vcpu[*i - 1];
}

/*
 * What KVM on x86 answers without an exit and is no kick: the local APICs and
 * the I/O APIC (0xfec00000 to 0xfeefffff, arch/x86/kvm/{lapic,ioapic}.c), the
 * two PICs with ELCR (i8259.c), and the timer (i8254.c), all of v6.12; and what
 * QEMU 7.2 lets it collect: the VGA window (hw/display/vga.c) and port 0x70
 * (hw/rtc/mc146818rtc.c).
 */
static bool is_no_kick(bool is_port, uint64_t address)
{
	static const uint16_t ports[] = {
		0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1,
		0x40, 0x41, 0x42, 0x43, 0x61, 0x70,
	};

	if (!is_port)
		return (address >= 0xfec00000 && address <= 0xfeefffff) ||
		       (address >= 0xa0000 && address <= 0xbffff);
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		if (ports[i] == address)
			return true;
	return false;
}

static struct vmpath_address *find_address(struct vm *vm,
					   const struct kick *kick)
{
	struct vmpath_address *a = vm->pub.addresses;
	size_t i = 0;

	while (i < vm->pub.nr_addresses &&
	       (a[i].address != kick->address ||
		a[i].is_port != kick->is_port))
		i++;
	if (i < vm->pub.nr_addresses)
		return &a[i];
	if (i == VMPATH_ADDRESSES) {
		a[i - 1].is_rest = true;
		return &a[i - 1];
	}
	a[i] = (struct vmpath_address){ .address = kick->address,
					.is_port = kick->is_port };
	vm->pub.nr_addresses++;
	return &a[i];
}

static void count_kick(struct vm *vm, const struct kick *kick)
{
	vm->pub.nr_kicks++;
	find_address(vm, kick)->nr++;
}

static void count_pair(struct vm *vm, const struct kick *kick)
{
	vm->pub.nr_kicks_paired++;
	find_address(vm, kick)->nr_paired++;
}

static void add_kick(struct vm *vm, const struct kick *kick)
{
	if (vm->nr_kicks == VMPATH_IN_FLIGHT)
		return;		/* there are several in any case */
	vm->kicks = xgrow(vm->kicks, vm->nr_kicks, &vm->cap_kicks,
			  sizeof(*vm->kicks));
	vm->kicks[vm->nr_kicks++] = *kick;
}

static struct kick *find_kick(struct vm *vm, uint32_t id)
{
	for (size_t i = 0; i < vm->nr_kicks; i++)
		if (vm->kicks[i].id == id)
			return &vm->kicks[i];
	return NULL;
}

static struct kick new_kick(struct vmpath *p, uint64_t time, bool is_port,
			    uint64_t address)
{
	if (!++p->next_kick)
		p->next_kick = 1;
	return (struct kick){
		.time = time,
		.address = address,
		.id = p->next_kick,
		.is_port = is_port,
	};
}

/* The thread went on without user space: its write was a kick. */
static void settle(struct vm *vm, struct vcpu *vcpu)
{
	if (vcpu->write.id && !vcpu->is_user) {
		struct kick *waiting = find_kick(vm, vcpu->write.id);

		count_kick(vm, &vcpu->write);
		if (waiting)
			waiting->is_sure = true;
		if (vcpu->write_q)
			count_pair(vm, &vcpu->write);
	}
	vcpu->write = (struct kick){ 0 };
	vcpu->write_q = 0;
	vcpu->is_user = false;
}

void vmpath_write(struct vmpath *p, struct vm *vm, uint32_t tid, uint64_t time,
		  bool is_port, uint64_t address)
{
	struct vcpu *vcpu = find_vcpu(p, tid, vm);

	settle(vm, vcpu);
	if (is_no_kick(is_port, address))
		return;
	vcpu->write = new_kick(p, time, is_port, address);
	add_kick(vm, &vcpu->write);
}

void vmpath_fast_write(struct vmpath *p, struct vm *vm, uint64_t time,
		       uint64_t address)
{
	struct kick kick = new_kick(p, time, false, address);

	kick.is_sure = true;
	count_kick(vm, &kick);
	add_kick(vm, &kick);
}

void vmpath_enter(struct vmpath *p, struct vm *vm, uint32_t tid)
{
	settle(vm, find_vcpu(p, tid, vm));
}

static struct wait *wait_of(struct vmpath *p, uint64_t number)
{
	struct wait *w = &p->waits[number % VMPATH_WAITS];

	return w->number == number + 1 ? w : NULL;
}

void vmpath_exit_to_user(struct vmpath *p, struct vm *vm, uint32_t tid)
{
	struct vcpu *vcpu = find_vcpu(p, tid, vm);
	struct kick *waiting;
	struct wait *w;

	if (!vcpu->write.id || vcpu->is_user)
		return;
	vcpu->is_user = true;
	waiting = find_kick(vm, vcpu->write.id);
	if (waiting)
		*waiting = vm->kicks[--vm->nr_kicks];
	if (!vcpu->write_q)
		return;
	/* a Q of another thread took it for its kick */
	w = wait_of(p, vcpu->write_q - 1);
	if (w)
		w->kick = NO_TIME;
	vm->pub.nr_no_kick++;
	vcpu->write_q = 0;
}

/* The vCPU's own thread issues what it has just been asked for. */
static bool take_user_kick(struct vmpath *p, struct vm *vm, uint32_t tid,
			   struct kick *ret)
{
	const uint64_t *i = map64_get(&p->vcpus, tid);
	struct vcpu *vcpu = i ? &p->vcpu[*i - 1] : NULL;

	if (!vcpu || !vcpu->is_user || !vcpu->write.id)
		return false;
	*ret = vcpu->write;
	vcpu->write = (struct kick){ 0 };	/* the first Q only */
	count_kick(vm, ret);
	return true;
}

/* It is not known yet whether KVM handles it. */
static void mark_taken(struct vmpath *p, const struct kick *kick,
		       uint64_t number)
{
	for (size_t i = 0; i < p->nr_vcpus; i++)
		if (p->vcpu[i].write.id == kick->id)
			p->vcpu[i].write_q = number + 1;
}

uint64_t vmpath_take_kick(struct vmpath *p, struct vm *vm, uint32_t tid,
			  uint64_t number)
{
	struct kick kick = { .time = NO_TIME };

	if (take_user_kick(p, vm, tid, &kick)) {
		count_pair(vm, &kick);
	} else if (vm->nr_kicks == 1) {
		kick = vm->kicks[0];
		if (kick.is_sure)
			count_pair(vm, &kick);
		else
			mark_taken(p, &kick, number);
	} else if (vm->nr_kicks) {
		vm->pub.nr_several_kicks++;
	} else {
		vm->pub.nr_no_kick++;
	}
	vm->nr_kicks = 0;
	if (kick.time != NO_TIME)
		vmpath_served(vm, tid, kick.time);
	return kick.time;
}
