/* SPDX-License-Identifier: GPL-2.0 */
/* analyze/kvmstat_vcpu: times by vCPU, their order and their limit; and
 * kvmstat_named: the VMs with a name. */
#include "config.h"

#include <stdio.h>

#include "formats/note.h"
#include "src/analyze/kvmstat.h"
#include "tests/unit/unit.h"

static void put(struct kvmstat *st, uint32_t vm, uint32_t vcpu,
		uint32_t reason, uint64_t ns)
{
	struct hist times = { 0 };
	const struct kvmstat_count count = {
		.event = "kvm_exit", .nr = 1, .vm = vm, .vcpu = vcpu,
		.has_reason = true, .kind = EXIT_SVM, .reason = reason,
		.times = &times,
	};

	hist_add(&times, ns);
	kvmstat_put(st, &count);
}

static void sorted_by_vm_vcpu_and_number(void **state)
{
	const struct kvmstat_vcpu *const *list;
	struct kvmstat *st = kvmstat_new(0, NULL);

	(void)state;
	kvmstat_want_vcpus(st);
	put(st, 9, 1, 0x78, 10);
	put(st, 7, 2, 0x78, 20);
	put(st, 7, 1, 0x78, 30);
	put(st, 7, 1, 0x7b, 40);
	put(st, 7, 1, 0x7b, 50);
	kvmstat_end(st);
	assert_int_equal(kvmstat_by_vcpu(st, &list), 4);
	assert_int_equal(list[0]->vm, 7);
	assert_int_equal(list[0]->vcpu, 1);
	assert_int_equal(list[0]->reason->reason, 0x7b);
	assert_int_equal(list[0]->times.nr, 2);
	assert_int_equal(list[0]->times.sum, 90);
	assert_int_equal(list[1]->reason->reason, 0x78);
	assert_int_equal(list[1]->times.max, 30);
	assert_int_equal(list[2]->vcpu, 2);
	assert_int_equal(list[3]->vm, 9);
	/* another one after the sorting finds its place */
	put(st, 7, 2, 0x78, 21);
	assert_int_equal(kvmstat_by_vcpu(st, &list), 4);
	assert_int_equal(list[2]->times.nr, 2);
	kvmstat_free(st);
}

static void none_unless_wanted(void **state)
{
	const struct kvmstat_vcpu *const *list;
	struct kvmstat *st = kvmstat_new(0, NULL);

	(void)state;
	put(st, 9, 1, 0x78, 10);
	kvmstat_end(st);
	assert_int_equal(kvmstat_by_vcpu(st, &list), 0);
	kvmstat_free(st);
}

static void too_many_are_counted(void **state)
{
	const struct kvmstat_vcpu *const *list;
	struct kvmstat *st = kvmstat_new(0, NULL);

	(void)state;
	kvmstat_want_vcpus(st);
	for (uint32_t vcpu = 1; vcpu <= KVMSTAT_VCPU_TIMES + 3; vcpu++)
		put(st, 9, vcpu, 0x78, vcpu);
	put(st, 9, 1, 0x78, 1);
	kvmstat_end(st);
	assert_int_equal(kvmstat_by_vcpu(st, &list), KVMSTAT_VCPU_TIMES);
	assert_int_equal(kvmstat_vcpus_left_out(st), 3);
	assert_int_equal(list[0]->times.nr, 2);
	kvmstat_free(st);
}

/* ---- VMs by name ----------------------------------------------------------- */

static void add_note(struct kvmstat *st, uint64_t time, uint32_t tid,
		     struct note note)
{
	uint8_t pdu[NOTE_PDU_MAX];
	int len = note_encode(&note, pdu, sizeof(pdu));

	assert_true(len > 0);
	kvmstat_add(st, &(struct blk_rec){ .action = note_action(note.id),
					   .time = time, .pid = tid,
					   .pdu = pdu,
					   .pdu_len = (uint16_t)len });
}

/* An exit of a vCPU's thread, and 5 ns later its entry. */
static void run_vcpu(struct kvmstat *st, uint64_t time, uint32_t vm,
		     uint32_t tid)
{
	add_note(st, time, tid, (struct note){ .id = NOTE_KVM_EXIT,
		.kvm_exit = { .vm = vm, .vcpu = 1, .isa = 1, .reason = 48 } });
	add_note(st, time + 5, tid, (struct note){ .id = NOTE_KVM_ENTRY,
		.kvm_entry = { .vm = vm, .vcpu = 1 } });
}

static void name_thread(struct kvmstat *st, uint32_t vm, uint32_t tid,
			const char *comm, const char *name)
{
	char cmdline[64] = "";

	if (name)
		(void)snprintf(cmdline, sizeof(cmdline),
			       "qemu-system-x86_64 -name guest=%s", name);
	add_note(st, 1000, tid, (struct note){ .id = NOTE_PROCESS,
		.process = { .tid = tid, .tgid = vm, .comm = comm,
			     .cmdline = cmdline } });
}

static uint64_t nr_of(const struct kvmstat *st, const char *name)
{
	const struct kvmstat_event *events;
	size_t nr = kvmstat_events(st, &events);

	for (size_t i = 0; i < nr; i++)
		if (!strcmp(events[i].name, name))
			return events[i].nr;
	fail_msg("no event %s", name);
	return 0;
}

static const struct kvmstat_reason *only_reason(const struct kvmstat *st)
{
	const struct kvmstat_event *events;
	const struct kvmstat_reason *found = NULL;
	size_t nr = kvmstat_events(st, &events);

	for (size_t i = 0; i < nr; i++) {
		if (!events[i].nr_reasons)
			continue;
		assert_null(found);
		assert_int_equal(events[i].nr_reasons, 1);
		found = events[i].reasons[0];
	}
	assert_non_null(found);
	return found;
}

/* Another CPU's file has the names, behind the first events. */
static void a_name_holds_for_what_was_before(void **state)
{
	const struct kvmstat_vcpu *const *list;
	struct kvmstat *st = kvmstat_new(0, "web");
	const struct kvmstat_vm *vms;

	(void)state;
	kvmstat_want_vcpus(st);
	run_vcpu(st, 10, 7, 71);
	run_vcpu(st, 20, 9, 91);
	/* one is open while the names come */
	add_note(st, 30, 71, (struct note){ .id = NOTE_KVM_EXIT,
		.kvm_exit = { .vm = 7, .vcpu = 1, .isa = 1, .reason = 48 } });
	name_thread(st, 7, 71, "CPU 0/KVM", "web");
	name_thread(st, 9, 91, "CPU 0/KVM", "db");
	add_note(st, 47, 71, (struct note){ .id = NOTE_KVM_ENTRY,
		.kvm_entry = { .vm = 7, .vcpu = 1 } });
	run_vcpu(st, 50, 9, 91);
	run_vcpu(st, 60, 7, 71);
	kvmstat_end(st);

	assert_int_equal(nr_of(st, "kvm_exit"), 3);
	assert_int_equal(nr_of(st, "kvm_entry"), 3);
	assert_int_equal(only_reason(st)->nr, 3);
	assert_int_equal(only_reason(st)->nr_unpaired, 0);
	assert_int_equal(only_reason(st)->times.nr, 3);
	assert_int_equal(only_reason(st)->times.sum, 5 + 17 + 5);
	assert_int_equal(kvmstat_duration(st), 65 - 10);
	assert_int_equal(kvmstat_by_vcpu(st, &list), 1);
	assert_int_equal(list[0]->vm, 7);
	assert_int_equal(list[0]->times.nr, 3);
	assert_int_equal(kvmstat_vms(st, &vms), 2);
	assert_int_equal(vms[0].nr, 6);
	assert_int_equal(vms[1].nr, 0);
	kvmstat_free(st);
}

/* Two VMs of one name are both wanted; one without a name is not. */
static void several_vms_of_a_name(void **state)
{
	struct kvmstat *st = kvmstat_new(0, "web");

	(void)state;
	run_vcpu(st, 10, 7, 71);
	run_vcpu(st, 20, 8, 81);
	run_vcpu(st, 30, 9, 91);
	name_thread(st, 7, 71, "CPU 0/KVM", "web");
	name_thread(st, 8, 81, "CPU 0/KVM", "web");
	kvmstat_end(st);
	assert_int_equal(nr_of(st, "kvm_exit"), 2);
	assert_int_equal(only_reason(st)->times.nr, 2);
	assert_int_equal(kvmstat_duration(st), 25 - 10);
	kvmstat_free(st);
}

/* Without a command line the main thread's name counts, not a vCPU's; and a
 * process that is renamed had its name until then. */
static void the_main_thread_names(void **state)
{
	struct kvmstat *st = kvmstat_new(0, "lkvm");

	(void)state;
	run_vcpu(st, 10, 7, 71);
	name_thread(st, 7, 71, "kvm-vcpu-0", NULL);
	run_vcpu(st, 20, 7, 71);
	name_thread(st, 7, 7, "lkvm", NULL);
	run_vcpu(st, 30, 7, 71);
	name_thread(st, 7, 7, "other", NULL);
	run_vcpu(st, 40, 7, 71);
	kvmstat_end(st);
	assert_int_equal(nr_of(st, "kvm_exit"), 3);
	kvmstat_free(st);
}

static void a_loss_is_not_paired_across(void **state)
{
	struct kvmstat *st = kvmstat_new(0, "web");

	(void)state;
	add_note(st, 10, 71, (struct note){ .id = NOTE_KVM_EXIT,
		.kvm_exit = { .vm = 7, .vcpu = 1, .isa = 1, .reason = 48 } });
	add_note(st, 20, 0, (struct note){ .id = NOTE_LOSS,
		.loss = { .count = 2 } });
	name_thread(st, 7, 71, "CPU 0/KVM", "web");
	add_note(st, 30, 71, (struct note){ .id = NOTE_KVM_ENTRY,
		.kvm_entry = { .vm = 7, .vcpu = 1 } });
	kvmstat_end(st);
	assert_int_equal(only_reason(st)->nr, 1);
	assert_int_equal(only_reason(st)->nr_unpaired, 1);
	assert_int_equal(only_reason(st)->times.nr, 0);
	kvmstat_free(st);
}

static void too_many_without_a_name(void **state)
{
	struct kvmstat *st = kvmstat_new(0, "web");

	(void)state;
	for (uint32_t vm = 1; vm <= KVMSTAT_NAMED_VMS + 2; vm++)
		run_vcpu(st, vm * 10, vm, 100000 + vm);
	name_thread(st, 3, 100003, "CPU 0/KVM", "web");
	kvmstat_end(st);
	assert_int_equal(nr_of(st, "kvm_exit"), 1);
	assert_int_equal(kvmstat_vms_left_out(st), 2 * 2);
	kvmstat_free(st);
}

/* Exits of @nr reasons, of one vCPU. */
static void exit_often(struct kvmstat *st, uint32_t vm, uint32_t nr)
{
	for (uint32_t reason = 0; reason < nr; reason++)
		add_note(st, 10, vm * 10, (struct note){ .id = NOTE_KVM_EXIT,
			.kvm_exit = { .vm = vm, .vcpu = vm, .isa = 1,
				      .reason = 1000 + reason } });
}

/* Those whose name nobody says leave the one that is wanted its reasons, and
 * all of them together its vCPUs. */
static void others_take_nothing_away(void **state)
{
	struct kvmstat *st = kvmstat_new(0, "web");

	(void)state;
	kvmstat_want_vcpus(st);
	for (uint32_t vm = 1; vm <= 20; vm++)
		exit_often(st, vm, KVMSTAT_REASONS / 4);
	exit_often(st, 21, KVMSTAT_REASONS);
	name_thread(st, 21, 210, "CPU 0/KVM", "web");
	kvmstat_end(st);
	assert_int_equal(nr_of(st, "kvm_exit"), KVMSTAT_REASONS);
	assert_int_equal(kvmstat_no_reason(st), 0);
	kvmstat_free(st);
}

/* What is too much for one VM is counted, with the name before it or behind. */
static void too_many_reasons(void **state)
{
	(void)state;
	for (int is_late = 0; is_late < 2; is_late++) {
		struct kvmstat *st = kvmstat_new(0, "web");

		if (!is_late)
			name_thread(st, 7, 70, "CPU 0/KVM", "web");
		exit_often(st, 7, KVMSTAT_REASONS + 5);
		if (is_late)
			name_thread(st, 7, 70, "CPU 0/KVM", "web");
		kvmstat_end(st);
		assert_int_equal(nr_of(st, "kvm_exit"), KVMSTAT_REASONS + 5);
		assert_int_equal(kvmstat_no_reason(st), 5);
		kvmstat_free(st);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_by_vm_vcpu_and_number),
		cmocka_unit_test(none_unless_wanted),
		cmocka_unit_test(too_many_are_counted),
		cmocka_unit_test(a_name_holds_for_what_was_before),
		cmocka_unit_test(several_vms_of_a_name),
		cmocka_unit_test(the_main_thread_names),
		cmocka_unit_test(a_loss_is_not_paired_across),
		cmocka_unit_test(too_many_without_a_name),
		cmocka_unit_test(others_take_nothing_away),
		cmocka_unit_test(too_many_reasons),
	};

	return cmocka_run_group_tests_name("kvmstat", tests, NULL, NULL);
}
