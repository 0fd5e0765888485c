/* SPDX-License-Identifier: GPL-2.0 */
/* src/record/doctor: what it makes of a machine that is made up. */
#include "config.h"

#include "tests/unit/tree.h"

#include "src/record/doctor.h"
#include "src/record/rights.h"

static void expect(const char *root, enum doctor_check check,
		   enum doctor_state state, const char *words)
{
	const struct doctor_env env = { .sys = root, .proc = root };
	struct doctor_finding f;

	doctor_check(&env, check, &f);
	assert_int_equal(f.state, state);
	if (!strstr(f.text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, f.text);
	assert_true(*f.advice || state == DOCTOR_YES || state == DOCTOR_INFO);
}

/* Documentation/admin-guide/kernel-parameters.txt: lockdown= */
static void lockdown_is_read(void **state)
{
	const char *file = "kernel/security/lockdown";

	expect(*state, DOCTOR_LOCKDOWN, DOCTOR_INFO, "unknown");
	tree_put(*state, file, "[none] integrity confidentiality\n");
	expect(*state, DOCTOR_LOCKDOWN, DOCTOR_YES, "none");
	tree_put(*state, file, "none [integrity] confidentiality\n");
	expect(*state, DOCTOR_LOCKDOWN, DOCTOR_YES, "integrity: blktrace");
	tree_put(*state, file, "none integrity [confidentiality]\n");
	expect(*state, DOCTOR_LOCKDOWN, DOCTOR_NO, "confidentiality");
	tree_put(*state, file, "nonsense\n");
	expect(*state, DOCTOR_LOCKDOWN, DOCTOR_INFO, "\"nonsense\"");
}

/* Bits 21, 38 and 39: include/uapi/linux/capability.h */
static void rights_are_read(void **state)
{
	const char *file = "self/status";

	expect(*state, DOCTOR_RIGHTS, DOCTOR_INFO, "self/status");
	tree_put(*state, file, "Name:\tx\nCapEff:\t0000000000200000\n");
	expect(*state, DOCTOR_RIGHTS, DOCTOR_YES, "CAP_SYS_ADMIN");
	tree_put(*state, file, "Name:\tx\nCapEff:\t000000c000000000\n");
	expect(*state, DOCTOR_RIGHTS, DOCTOR_PART, "CAP_BPF and CAP_PERFMON");
	tree_put(*state, file, "CapEff:\t0000008000000000\n");
	expect(*state, DOCTOR_RIGHTS, DOCTOR_NO, "neither");
	tree_put(*state, file, "CapEff:\t0000000000000000\n");
	expect(*state, DOCTOR_RIGHTS, DOCTOR_NO, "neither");
}

static void memory_is_read(void **state)
{
	expect(*state, DOCTOR_MEMORY, DOCTOR_INFO, "meminfo");
	tree_put(*state, "meminfo", "MemTotal: 8 kB\nMemAvailable: 4096 kB\n");
	expect(*state, DOCTOR_MEMORY, DOCTOR_PART, "of 4 MiB available");
	tree_put(*state, "meminfo", "MemAvailable:   16777216 kB\n");
	expect(*state, DOCTOR_MEMORY, DOCTOR_YES, "of 16384 MiB available");
}

static void what_is_missing_is_named(void **state)
{
	expect(*state, DOCTOR_BTF, DOCTOR_NO, "kernel/btf/vmlinux");
	expect(*state, DOCTOR_KPROBE, DOCTOR_NO, "none");
	tree_put(*state, "bus/event_source/devices/kprobe/type", "8\n");
	expect(*state, DOCTOR_KPROBE, DOCTOR_YES, "kprobes");
	expect(*state, DOCTOR_CPUS, DOCTOR_INFO, "possible ?, online ?");
	tree_put(*state, "devices/system/cpu/possible", "0-7\n");
	tree_put(*state, "devices/system/cpu/online", "0-3,5-7\n");
	expect(*state, DOCTOR_CPUS, DOCTOR_INFO,
	       "possible 0-7, online 0-3,5-7");
}

/* What the kernel says to one who has no capability, whatever the made-up files
 * say of them. */
static void expect_unprivileged(const char *root, enum doctor_check check,
				const char *words, const char *advice)
{
	const struct doctor_env env = { .sys = root, .proc = root };
	struct doctor_finding f;

	assert_int_equal(rights_lower(0, NULL), 0);
	doctor_check(&env, check, &f);
	assert_int_equal(rights_lower(UINT64_MAX, NULL), 0);
	if (!strstr(f.text, words))
		fail_msg("\"%s\" is not in \"%s\"", words, f.text);
	if (!strstr(f.advice, advice))
		fail_msg("\"%s\" is not in \"%s\"", advice, f.advice);
}

static void a_trial_wants_rights(void **state)
{
	static const struct {
		const char *caps, *advice;
	} rows[] = {
		{ "0000000000000000", "CAP_SYS_ADMIN only, or CAP_BPF" },
		{ "0000004000000000", "CAP_SYS_ADMIN only, or CAP_BPF" },
		{ "0000008000000000", "CAP_SYS_ADMIN only, or CAP_BPF" },
		{ "0000000000200000", "CONFIG_FUNCTION_TRACER" },
		{ "000000c000000000", "CONFIG_FUNCTION_TRACER" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(freep) char *line =
			xasprintf("CapEff:\t%s\n", rows[i].caps);

		tree_put(*state, "self/status", line);
		expect_unprivileged(*state, DOCTOR_FENTRY, "vfs_fsync_range",
				    rows[i].advice);
	}
}

static void not_mounted_is_not_shut(void **state)
{
	_cleanup_(freep) char *folder =
		xasprintf("%s/kernel/tracing", (char *)*state);

	expect_unprivileged(*state, DOCTOR_TRACEFS, "tracefs is not mounted,"
			    " debugfs is not mounted;", "mount -t tracefs");
	tree_put(*state, "kernel/tracing/events/enable", "0\n");
	expect_unprivileged(*state, DOCTOR_TRACEFS, "tracefs is there, debugfs"
			    " is not mounted; not needed", "");
	assert_int_equal(chmod(folder, 0), 0);
	expect_unprivileged(*state, DOCTOR_TRACEFS, "tracefs is not for this"
			    " user, debugfs is not mounted;", "root");
	assert_int_equal(chmod(folder, 0700), 0);
}

static void names_are_there(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < DOCTOR_MAX; i++)
		assert_non_null(doctor_name((enum doctor_check)i));
	for (unsigned int i = 0; i < DOCTOR_STATE_MAX; i++)
		assert_non_null(doctor_state_name((enum doctor_state)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lockdown_is_read, tree_make,
						tree_remove),
		cmocka_unit_test_setup_teardown(rights_are_read, tree_make,
						tree_remove),
		cmocka_unit_test_setup_teardown(memory_is_read, tree_make,
						tree_remove),
		cmocka_unit_test_setup_teardown(what_is_missing_is_named,
						tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(a_trial_wants_rights,
						tree_make, tree_remove),
		cmocka_unit_test_setup_teardown(not_mounted_is_not_shut,
						tree_make, tree_remove),
		cmocka_unit_test(names_are_there),
	};

	return cmocka_run_group_tests_name("doctor", tests, NULL, NULL);
}
