/* SPDX-License-Identifier: GPL-2.0 */
/* src/record/dev: block devices from a made-up sysfs. */
#include "config.h"

#include <errno.h>

#include "tests/unit/tree.h"

#include "formats/blk.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/dev.h"

/* sdq (65,0) with partition sdq2, cciss/c0d0 (104,0), dm-3 (253,3). */
static int make_sysfs(void **state)
{
	const char *root;
	_cleanup_(freep) char *from = NULL;
	_cleanup_(freep) char *disk = NULL;

	if (tree_make(state))
		return -1;
	root = *state;
	tree_put(root, "devices/sdq/uevent",
		 "MAJOR=65\nMINOR=0\nDEVNAME=sdq\nDEVTYPE=disk\n");
	tree_put(root, "devices/sdq/dev", "65:0\n");
	tree_put(root, "devices/sdq/size", "8000000\n");
	tree_put(root, "devices/sdq/queue/rotational", "1\n");
	tree_put(root, "devices/sdq/queue/scheduler",
		 "none [mq-deadline] kyber bfq\n");
	tree_put(root, "devices/sdq/sdq2/uevent", "DEVNAME=sdq2\n");
	tree_put(root, "devices/sdq/sdq2/partition", "2\n");
	tree_put(root, "devices/sdq/sdq2/start", "2048\n");
	tree_put(root, "devices/sdq/sdq2/size", "4096\n");
	tree_put(root, "dev/block/104:0/uevent", "DEVNAME=cciss/c0d0\n");
	tree_put(root, "dev/block/104:0/size", "16\n");
	tree_put(root, "dev/block/253:3/uevent", "DEVNAME=dm-3\n");
	tree_put(root, "dev/block/253:3/size", "16\n");
	tree_put(root, "dev/block/253:3/slaves/sdq2/dev", "65:2\n");
	tree_put(root, "dev/block/9:9/uevent", "DEVNAME=md9\n");
	from = xasprintf("%s/dev/block/65:0", root);
	disk = xasprintf("%s/dev/block/65:2", root);
	if (symlink("../../devices/sdq", from) ||
	    symlink("../../devices/sdq/sdq2", disk))
		return -1;
	return 0;
}

static void finds_a_disk(void **state)
{
	struct dev dev;

	assert_int_equal(dev_find_number(*state, "x", blk_dev(65, 0), &dev,
					 NULL), 0);
	assert_string_equal(dev.name, "sdq");
	assert_string_equal(dev.scheduler, "mq-deadline");
	assert_int_equal(dev.disk, blk_dev(65, 0));
	assert_int_equal(dev.sectors, 8000000);
	assert_int_equal(dev.start, 0);
	assert_true(dev.is_rotational);
	assert_false(dev.is_partition);
	assert_int_equal(dev.nr_below, 0);
}

static void finds_a_partition_and_its_disk(void **state)
{
	struct dev dev;

	assert_int_equal(dev_find_number(*state, "x", blk_dev(65, 2), &dev,
					 NULL), 0);
	assert_string_equal(dev.name, "sdq2");
	assert_string_equal(dev.scheduler, "mq-deadline");
	assert_int_equal(dev.device, blk_dev(65, 2));
	assert_int_equal(dev.disk, blk_dev(65, 0));
	assert_int_equal(dev.start, 2048);
	assert_int_equal(dev.sectors, 4096);
	assert_true(dev.is_partition);
}

static void slashes_become_underscores(void **state)
{
	struct dev dev;

	assert_int_equal(dev_find_number(*state, "x", blk_dev(104, 0), &dev,
					 NULL), 0);
	assert_string_equal(dev.name, "cciss_c0d0");
}

static void stacked_devices_have_slaves(void **state)
{
	struct dev dev;

	assert_int_equal(dev_find_number(*state, "x", blk_dev(253, 3), &dev,
					 NULL), 0);
	assert_int_equal(dev.nr_below, 1);
	assert_int_equal(dev.below[0], blk_dev(65, 2));
	assert_string_equal(dev.scheduler, "");
}

static void missing_facts_are_named(void **state)
{
	struct dev dev = { .device = 77 };
	struct err err = { 0 };

	assert_int_equal(dev_find_number(*state, "/dev/none", blk_dev(1, 1),
					 &dev, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/dev/none"));
	assert_non_null(strstr(err.text, "1:1/uevent"));
	assert_int_equal(dev_find_number(*state, "/dev/md9", blk_dev(9, 9),
					 &dev, &err), -ENOENT);
	assert_non_null(strstr(err.text, "size"));
	assert_int_equal(dev.device, 77);
}

/* As in a container, whose /dev has few files. */
static void names_without_a_file_are_found(void **state)
{
	const char *root = *state;
	struct err err = { 0 };
	struct dev dev;

	tree_put(root, "class/block/cciss!c0d0/dev", "104:0\n");
	assert_int_equal(dev_find(root, "/dev/cciss/c0d0", &dev, &err), 0);
	assert_string_equal(dev.name, "cciss_c0d0");
	assert_int_equal(dev.device, blk_dev(104, 0));
	tree_put(root, "class/block/iotape-md9/dev", "9:9\n");
	assert_int_equal(dev_find(root, "iotape-md9", &dev, NULL), -ENOENT);
	tree_put(root, "dev/block/9:9/size", "16\n");
	assert_int_equal(dev_find(root, "iotape-md9", &dev, &err), 0);
	assert_string_equal(dev.name, "md9");
	assert_int_equal(dev_find(root, "iotape-no", &dev, &err), -ENOENT);
	assert_string_equal(err.text,
			    "/dev/iotape-no: No such file or directory");
	assert_int_equal(dev_find(root, "other/iotape-md9", &dev, &err),
			 -ENOENT);
}

static void other_files_are_no_devices(void **state)
{
	struct dev dev;
	struct err err = { 0 };

	assert_int_equal(dev_find(*state, "/dev/null", &dev, &err),
			 -ENOTBLK);
	assert_string_equal(err.text, "/dev/null: not a block device");
	assert_int_equal(dev_find(*state, "/dev/no such", &dev, &err),
			 -ENOENT);
	assert_non_null(strstr(err.text, "/dev/no such"));
	/* a bare name is one of /dev */
	assert_int_equal(dev_find(*state, "null", &dev, &err), -ENOTBLK);
	assert_string_equal(err.text, "/dev/null: not a block device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_disk),
		cmocka_unit_test(finds_a_partition_and_its_disk),
		cmocka_unit_test(slashes_become_underscores),
		cmocka_unit_test(stacked_devices_have_slaves),
		cmocka_unit_test(missing_facts_are_named),
		cmocka_unit_test(names_without_a_file_are_found),
		cmocka_unit_test(other_files_are_no_devices),
	};

	return cmocka_run_group_tests_name("dev", tests, make_sysfs,
					   tree_remove);
}
