/* SPDX-License-Identifier: GPL-2.0 */
/* src/analyze/vmpath: a guest's I/O from its kick to its interrupt. */
#include "config.h"

#include "tests/unit/unit.h"

#include "formats/note.h"
#include "src/analyze/vmpath.h"

/* The VMM, its I/O thread, a worker, and two vCPUs. */
#define VMM	100
#define IO	101
#define WORKER	102
#define CPU0	110
#define CPU1	111

#define NOTIFY	0xfe003000u	/* where a virtio disk is kicked */
#define SDA	0x800000u	/* 8,0 */
#define DM	0xfd00000u	/* 253,0 */
#define VECTOR	0x25

struct run {
	struct vmpath *p;
	uint64_t time;
};

static void add(struct run *r, struct blk_rec rec)
{
	r->time += 10;
	rec.time = r->time;
	vmpath_add(r->p, &rec);
}

static void add_note(struct run *r, uint32_t tid, struct note n)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int len = note_encode(&n, pdu, sizeof(pdu));

	assert_true(len > 0);
	add(r, (struct blk_rec){ .action = note_action(n.id), .pid = tid,
				 .pdu = pdu, .pdu_len = (uint16_t)len });
}

static void thread(struct run *r, uint32_t tid, const char *name)
{
	add_note(r, 0, (struct note){ .id = NOTE_PROCESS, .process = {
		.tid = tid, .tgid = VMM, .comm = name,
		.cmdline = "qemu-system-x86_64 -name guest=one" } });
}

static void enter(struct run *r, uint32_t tid)
{
	add_note(r, tid, (struct note){ .id = NOTE_KVM_ENTRY,
					.kvm_entry = { .vm = VMM } });
}

static void leave(struct run *r, uint32_t tid)
{
	add_note(r, tid, (struct note){ .id = NOTE_KVM_EXIT, .kvm_exit = {
		.vm = VMM, .isa = 1, .reason = 48 } });
}

static void to_user(struct run *r, uint32_t tid)
{
	add_note(r, tid, (struct note){ .id = NOTE_KVM_USERSPACE_EXIT,
		.kvm_userspace_exit = { .vm = VMM, .reason = 6 } });
}

static void write_to(struct run *r, uint32_t tid, uint64_t gpa)
{
	add_note(r, tid, (struct note){ .id = NOTE_KVM_MMIO, .kvm_mmio = {
		.vm = VMM, .type = 2, .len = 2, .gpa = gpa } });
}

/* As an ioeventfd has it. */
static void kick(struct run *r, uint32_t tid)
{
	leave(r, tid);
	write_to(r, tid, NOTIFY);
	enter(r, tid);
}

static void msi(struct run *r, uint32_t tid)
{
	add_note(r, tid, (struct note){ .id = NOTE_KVM_MSI_SET_IRQ,
		.kvm_msi_set_irq = { .vm = VMM, .address = 0xfee01000,
				     .data = VECTOR } });
}

static void inject(struct run *r)
{
	add_note(r, CPU0, (struct note){ .id = NOTE_KVM_INJ_VIRQ,
		.kvm_inj_virq = { .vm = VMM, .vector = VECTOR } });
}

static void block(struct run *r, uint32_t act, uint32_t device, uint32_t tid,
		  uint64_t sector)
{
	uint32_t tc = act == BLK_ACT_QUEUE ? BLK_TC_QUEUE :
		      act == BLK_ACT_ISSUE ? BLK_TC_ISSUE : BLK_TC_COMPLETE;

	add(r, (struct blk_rec){ .action = BLK_TC_ACT(tc | BLK_TC_READ) | act,
				 .device = device, .sector = sector,
				 .bytes = 4096, .pid = tid });
}

static void queue(struct run *r, uint32_t tid, uint64_t sector)
{
	block(r, BLK_ACT_QUEUE, SDA, tid, sector);
}

static void issue(struct run *r, uint32_t tid, uint64_t sector)
{
	block(r, BLK_ACT_ISSUE, SDA, tid, sector);
}

static void complete(struct run *r, uint64_t sector)
{
	block(r, BLK_ACT_COMPLETE, SDA, 0, sector);
}

static int begin(void **state)
{
	struct run *r = calloc(1, sizeof(*r));

	*state = r;
	r->time = 1000000;
	r->p = vmpath_new(NULL);
	thread(r, VMM, "qemu-system-x86");
	thread(r, IO, "IO io0");
	thread(r, WORKER, "worker");
	thread(r, CPU0, "CPU 0/KVM");
	thread(r, CPU1, "CPU 1/KVM");
	enter(r, CPU0);
	enter(r, CPU1);
	return 0;
}

static int finish(void **state)
{
	struct run *r = *state;

	vmpath_free(r->p);
	free(r);
	return 0;
}

static const struct vmpath_vm *result(struct run *r)
{
	const struct vmpath_vm *vm;

	vmpath_end(r->p);
	vm = vmpath_vm(r->p, 0);
	assert_non_null(vm);
	assert_null(vmpath_vm(r->p, 1));
	assert_int_equal(vm->pid, VMM);
	return vm;
}

static void phase_is(const struct vmpath_vm *vm, enum vmpath_phase phase,
		     uint64_t nr, uint64_t sum)
{
	assert_int_equal(vm->phases[phase].nr, nr);
	assert_int_equal(vm->phases[phase].sum, sum);
}

/* Records are 10 ns apart. */
static void follows_one_io(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	kick(r, CPU0);			/* the write, 10 before the entry */
	queue(r, IO, 64);
	issue(r, IO, 64);
	complete(r, 64);
	msi(r, IO);
	inject(r);
	vm = result(r);
	assert_string_equal(vm->name, "one");
	phase_is(vm, VMPATH_KICK_Q, 1, 20);
	phase_is(vm, VMPATH_Q_D, 1, 10);
	phase_is(vm, VMPATH_D_C, 1, 10);
	phase_is(vm, VMPATH_C_IRQ, 1, 10);
	phase_is(vm, VMPATH_IRQ_INJ, 1, 10);
	phase_is(vm, VMPATH_TOTAL, 1, 60);
	assert_int_equal(vm->ios[LIFE_READ], 1);
	assert_int_equal(vm->bytes[LIFE_READ], 4096);
	assert_int_equal(vm->nr_kicks, 1);
	assert_int_equal(vm->nr_kicks_paired, 1);
	assert_int_equal(vm->nr_addresses, 1);
	assert_int_equal(vm->addresses[0].address, NOTIFY);
	assert_int_equal(vm->addresses[0].nr_paired, 1);
	assert_int_equal(vm->nr_irqs, 1);
	assert_int_equal(vm->nr_io_irqs, 1);
	assert_int_equal(vm->nr_no_irq + vm->nr_not_injected +
			 vm->nr_other_thread, 0);
}

/* The I/O thread is faster than the vCPU: the write is not yet known to be a
 * kick. */
static void q_may_come_before_the_entry(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	leave(r, CPU0);
	write_to(r, CPU0, NOTIFY);
	queue(r, IO, 64);
	enter(r, CPU0);
	complete(r, 64);
	vm = result(r);
	phase_is(vm, VMPATH_KICK_Q, 1, 10);
	assert_int_equal(vm->nr_kicks, 1);
	assert_int_equal(vm->nr_kicks_paired, 1);
}

/* It turns out to be for user space: that Q had no kick. */
static void a_wrong_kick_is_taken_back(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	leave(r, CPU0);
	write_to(r, CPU0, NOTIFY);
	queue(r, IO, 64);
	to_user(r, CPU0);
	complete(r, 64);
	enter(r, CPU0);
	vm = result(r);
	phase_is(vm, VMPATH_KICK_Q, 0, 0);
	assert_int_equal(vm->nr_kicks, 0);
	assert_int_equal(vm->nr_kicks_paired, 0);
	assert_int_equal(vm->nr_no_kick, 1);
}

/* Without ioeventfd the vCPU's thread does the I/O itself. */
static void a_vcpu_may_issue_itself(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	leave(r, CPU0);
	write_to(r, CPU0, NOTIFY);
	to_user(r, CPU0);
	queue(r, CPU0, 64);
	queue(r, CPU0, 72);		/* of the same kick: not the first */
	enter(r, CPU0);
	complete(r, 64);
	complete(r, 72);
	vm = result(r);
	phase_is(vm, VMPATH_KICK_Q, 1, 20);
	assert_int_equal(vm->nr_kicks, 1);
	assert_int_equal(vm->nr_no_kick, 1);
}

static void interrupt_controllers_are_no_kicks(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	leave(r, CPU0);
	write_to(r, CPU0, 0xfee000b0);	/* EOI of the local APIC */
	enter(r, CPU0);
	queue(r, IO, 64);
	complete(r, 64);
	vm = result(r);
	assert_int_equal(vm->nr_kicks, 0);
	assert_int_equal(vm->nr_no_kick, 1);
}

static void several_kicks_are_not_chosen_from(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	kick(r, CPU0);
	kick(r, CPU1);
	queue(r, IO, 64);
	queue(r, IO, 72);
	complete(r, 64);
	complete(r, 72);
	vm = result(r);
	phase_is(vm, VMPATH_KICK_Q, 0, 0);
	assert_int_equal(vm->nr_kicks, 2);
	assert_int_equal(vm->nr_kicks_paired, 0);
	assert_int_equal(vm->nr_several_kicks, 1);
	assert_int_equal(vm->nr_no_kick, 1);
}

static void workers_are_counted_apart(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	kick(r, CPU0);
	queue(r, WORKER, 64);
	complete(r, 64);
	msi(r, VMM);
	vm = result(r);
	phase_is(vm, VMPATH_C_IRQ, 1, 10);
	assert_int_equal(vm->nr_other_thread, 1);
	assert_int_equal(vm->nr_not_injected, 1);
	phase_is(vm, VMPATH_TOTAL, 0, 0);
}

/* An I/O thread's completion waits for that thread's interrupt. */
static void another_threads_interrupt_is_not_taken(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	msi(r, IO);			/* it sets some */
	queue(r, IO, 64);
	complete(r, 64);
	msi(r, VMM);			/* the network, say */
	msi(r, IO);
	vm = result(r);
	phase_is(vm, VMPATH_C_IRQ, 1, 20);
	assert_int_equal(vm->nr_irqs, 3);
	assert_int_equal(vm->nr_io_irqs, 1);
	assert_int_equal(vm->nr_other_thread, 0);
}

/* A guest's firmware takes no interrupts. */
static void a_polling_guest_is_not_reported(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	for (uint64_t i = 0; i < 4; i++) {
		kick(r, CPU0);
		queue(r, IO, 64 + 8 * i);
		complete(r, 64 + 8 * i);
	}
	r->time += 2000000000;
	msi(r, IO);
	vm = result(r);
	phase_is(vm, VMPATH_KICK_Q, 4, 80);
	phase_is(vm, VMPATH_C_IRQ, 0, 0);
	assert_int_equal(vm->nr_no_irq, 4);
	assert_int_equal(vm->nr_io_irqs, 0);
}

static void nothing_crosses_a_loss(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	kick(r, CPU0);
	add_note(r, 0, (struct note){ .id = NOTE_LOSS, .loss = {
		.count = 7, .reason = NOTE_LOSS_RING_FULL } });
	queue(r, IO, 64);
	complete(r, 64);
	add_note(r, 0, (struct note){ .id = NOTE_LOSS, .loss = {
		.count = 5, .reason = NOTE_LOSS_RING_FULL } });
	msi(r, IO);
	inject(r);
	vm = result(r);
	phase_is(vm, VMPATH_KICK_Q, 0, 0);
	phase_is(vm, VMPATH_C_IRQ, 0, 0);
	phase_is(vm, VMPATH_IRQ_INJ, 0, 0);
	assert_int_equal(vm->nr_no_irq, 1);
	assert_int_equal(vmpath_lost(r->p), 12);
}

/* 253,0 lies on 8,0, and both are recorded: one I/O of the guest. */
static void a_stack_counts_once(void **state)
{
	/* struct blk_io_trace_remap: device_from, device_to, sector_from */
	static const uint8_t from[] = {
		0x0f, 0xd0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64,
	};
	struct run *r = *state;
	const struct vmpath_vm *vm;

	kick(r, CPU0);
	block(r, BLK_ACT_QUEUE, DM, IO, 64);
	add(r, (struct blk_rec){
		.action = BLK_TC_ACT(BLK_TC_READ | BLK_TC_QUEUE) |
			  BLK_ACT_REMAP,
		.device = SDA, .sector = 2112, .bytes = 4096, .pid = IO,
		.pdu = from, .pdu_len = sizeof(from) });
	queue(r, IO, 2112);
	issue(r, IO, 2112);
	complete(r, 2112);
	block(r, BLK_ACT_COMPLETE, DM, 0, 64);
	vm = result(r);
	assert_int_equal(vm->ios[LIFE_READ], 1);
	phase_is(vm, VMPATH_KICK_Q, 1, 20);
	assert_int_equal(vm->nr_no_kick, 0);
}

static void others_are_left_out(void **state)
{
	struct run *r = *state;
	const struct vmpath_vm *vm;

	queue(r, 4711, 64);
	complete(r, 64);
	vm = result(r);
	assert_int_equal(vm->ios[LIFE_READ], 0);
	assert_int_equal(vm->nr_no_kick, 0);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(follows_one_io),
		TEST(q_may_come_before_the_entry),
		TEST(a_wrong_kick_is_taken_back),
		TEST(a_vcpu_may_issue_itself),
		TEST(interrupt_controllers_are_no_kicks),
		TEST(several_kicks_are_not_chosen_from),
		TEST(workers_are_counted_apart),
		TEST(another_threads_interrupt_is_not_taken),
		TEST(a_polling_guest_is_not_reported),
		TEST(nothing_crosses_a_loss),
		TEST(a_stack_counts_once),
		TEST(others_are_left_out),
	};

	return cmocka_run_group_tests_name("vmpath", tests, NULL, NULL);
}
