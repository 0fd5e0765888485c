/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that a name means (src/analyze/source.h says which names).
 *
 *	struct find_list list = { 0 };
 *	r = find_files("sda", NULL, false, &list, &damage, &err);
 *	find_release(&list);
 */
#ifndef ANALYZE_FIND_H
#define ANALYZE_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/damage.h"
#include "src/base/err.h"

struct find_file {
	char *path;		/* "-" = standard input */
	size_t recording;	/* index of its label */
	int cpu;		/* -1: a stream of all CPUs */
};

struct find_list {
	struct find_file *files;
	size_t nr_files;
	size_t cap_files;
	char **labels;		/* of each recording: the name as blkparse
				   shows it; NULL for a stream */
	size_t nr_labels;
	size_t cap_labels;
};

/*
 * Adds what @name means.  @dir (NULL = none) is put before a name without a
 * folder.  Files of one recording come by CPU number; empty ones are left
 * out; a missing number is noted as damage.  A folder means every recording
 * in it.  With @has_companions a name also means NAME.kvm and NAME.virtio,
 * where they are, or where nothing else is.  Returns 0, -ENOENT when there is
 * nothing, or another error.
 */
int find_files(const char *name, const char *dir, bool has_companions,
	       struct find_list *list, struct damage *damage, struct err *err);
void find_release(struct find_list *list);

#endif
