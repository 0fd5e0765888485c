/* SPDX-License-Identifier: GPL-2.0 */
/* src/record/vms: VMs of a made-up procfs. */
#include "config.h"

#include <errno.h>

#include "tests/unit/tree.h"

#include "src/record/vms.h"

/*
 * 10: a VM of a VMM that nobody knows; 11: QEMU, without its files; 12: a
 * shell; 13: a process whose files are not to be seen.
 */
static int make_proc(void **state)
{
	_cleanup_(freep) char *vm = NULL;
	_cleanup_(freep) char *pipe = NULL;
	const char *root;

	if (tree_make(state))
		return -1;
	root = *state;
	tree_put(root, "10/comm", "tiny\n");
	tree_put(root, "10/fd/0", "");
	tree_put(root, "11/cmdline", "qemu -name web");
	tree_put(root, "12/comm", "bash\n");
	tree_put(root, "12/fd/0", "");
	tree_put(root, "13/comm", "other\n");
	vm = xasprintf("%s/10/fd/5", root);
	pipe = xasprintf("%s/12/fd/5", root);
	return symlink("anon_inode:kvm-vm", vm) || symlink("pipe:[7]", pipe);
}

static void none_is_said_of_what_was_looked_at(void **state)
{
	assert_false(vms_is_none(*state, 10));
	assert_true(vms_is_none(*state, 12));
	assert_false(vms_is_none(*state, 13));
	assert_false(vms_is_none(*state, 14));
}

static void lists_by_file_and_command_line(void **state)
{
	_cleanup_(freep) struct vms_vm *vms = NULL;

	/* words of a command line end with a NUL */
	_cleanup_(freep) char *path = xasprintf("%s/11/cmdline",
						(char *)*state);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite("qemu\0-name\0web", 1, 15, f), 15);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(vms_list(*state, &vms), 2);
	assert_int_equal(vms[0].pid, 10);
	assert_string_equal(vms[0].name, "tiny");
	assert_int_equal(vms[1].pid, 11);
	assert_string_equal(vms[1].name, "web");
	assert_false(vms_is_none(*state, 11));
}

static void finds_a_name_once(void **state)
{
	uint32_t pid = 0;

	assert_int_equal(vms_find(*state, "tiny", &pid, NULL), 0);
	assert_int_equal(pid, 10);
	assert_int_equal(vms_find(*state, "12", &pid, NULL), 0);
	assert_int_equal(pid, 12);
	assert_int_equal(vms_find(*state, "bash", &pid, NULL), -ESRCH);
	assert_int_equal(vms_find(*state, "99", &pid, NULL), -ESRCH);
	assert_int_equal(pid, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			none_is_said_of_what_was_looked_at, make_proc,
			tree_remove),
		cmocka_unit_test_setup_teardown(lists_by_file_and_command_line,
						make_proc, tree_remove),
		cmocka_unit_test_setup_teardown(finds_a_name_once, make_proc,
						tree_remove),
	};

	return cmocka_run_group_tests_name("vms", tests, NULL, NULL);
}
