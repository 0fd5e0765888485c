/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who else uses a block device or a file: for the sentence of a refusal, and
 * for users that open(2) with O_EXCL does not notice.
 */
#ifndef REPLAY_USERS_H
#define REPLAY_USERS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "src/base/err.h"

/* The same block device, or the same file. */
bool users_is_same(const struct stat *a, const struct stat *b);

/* Refuses (-EBUSY) what a loop device lies on. */
int users_check_file(const char *path, const struct stat *st, struct err *err);

/* Sets a sentence that says by whom @path is used; returns -EBUSY. */
int users_explain(const char *path, const struct stat *st, struct err *err);

#endif
