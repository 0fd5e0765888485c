/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A made-up tree of files, such as a sysfs, below a folder that the test
 * makes and removes: setup and teardown functions of cmocka, whose *state is
 * the path of the folder.
 */
#ifndef TESTS_UNIT_TREE_H
#define TESTS_UNIT_TREE_H

#include <sys/stat.h>

#include "tests/unit/unit.h"

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

static inline int tree_make(void **state)
{
	char root[] = "/tmp/iotape-tree.XXXXXX";

	if (!mkdtemp(root))
		return -1;
	*state = xstrdup(root);
	return 0;
}

static inline int tree_remove(void **state)
{
	_cleanup_(freep) char *cmd = xasprintf("rm -r '%s'", (char *)*state);
	int r = system(cmd);

	free(*state);
	return r;
}

/* Writes the file ROOT/NAME, and makes its folders. */
static inline void tree_put(const char *root, const char *name,
			    const char *text)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", root, name);
	_cleanup_(fclosep) FILE *f = NULL;

	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

#endif
