/* SPDX-License-Identifier: GPL-2.0 */
/* analyze/kvmstat_vcpu: times by vCPU, their order and their limit. */
#include "config.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorted_by_vm_vcpu_and_number),
		cmocka_unit_test(none_unless_wanted),
		cmocka_unit_test(too_many_are_counted),
	};

	return cmocka_run_group_tests_name("kvmstat", tests, NULL, NULL);
}
