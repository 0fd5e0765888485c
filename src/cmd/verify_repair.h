/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape verify --repair: the good records, byte for byte, in files of the
 * same names in another folder.
 *
 *	struct repair repair = { .folder = "out" };
 *	r = repair_file(&repair, "sda.blktrace.0.zst", "sda", 0, &err);
 *	r = repair_record(&repair, bytes, size, &err);
 *	r = repair_end(&repair, &err);
 *	repair_release(&repair);
 *
 * What was compressed is not any more, and its name has no ".zst".  A CPU
 * without a file gets an empty one, so that readers do not stop there.  A file
 * takes its name when it is complete, and none is replaced.
 */
#ifndef CMD_VERIFY_REPAIR_H
#define CMD_VERIFY_REPAIR_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"
#include "src/base/newfile.h"

struct repair {
	const char *folder;	/* borrowed; it is made if it is not there */
	struct newfile file;	/* that is being written */
	char *stem;		/* owned; "sda", of the files so far */
	int next_cpu;		/* that has no file yet */
	uint64_t nr_files, nr_bytes;	/* written */
};

/*
 * Ends the file before and begins the next one.  @label is NULL for a stream.
 * -EEXIST when there is such a file.
 */
int repair_file(struct repair *repair, const char *path, const char *label,
		int cpu, struct err *err);
int repair_record(struct repair *repair, const void *bytes, size_t size,
		  struct err *err);
int repair_end(struct repair *repair, struct err *err);

/* Removes a file that is not complete. */
void repair_release(struct repair *repair);

#endif
