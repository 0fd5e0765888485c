/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files of a trace: BASE.blktrace.CPU, with .zst behind if compressed.
 */
#ifndef RECORD_TRACE_FILES_H
#define RECORD_TRACE_FILES_H

#include "src/record/trace.h"

/* The caller frees it. */
char *trace_files_path(const char *base, unsigned int cpu, bool is_packed);

/*
 * Opens the file of each CPU.  -EEXIST where files of an earlier recording
 * would be read beside these, or instead of them: they are not ours to remove.
 */
int trace_files_open(struct trace *trace, const char *base, struct err *err);

/* Removes the files of a trace that has ended.  What is not there is fine. */
void trace_files_remove(const struct trace *trace, const char *base);

/* Bytes that they have now, what is still in memory included. */
uint64_t trace_files_size(const struct trace *trace);

/* Bytes that the open files take on their disk; before trace_begin, what an
 * earlier recording has left in them. */
uint64_t trace_files_on_disk(const struct trace *trace);

#endif
