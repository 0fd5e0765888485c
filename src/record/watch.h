/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tells when processes end, by pidfd (pidfd_open(2), Linux 5.3).
 *
 *	struct watch *w = watch_new();
 *	r = watch_pid(w, 1234, &err);
 *	if (watch_check(w, now, text, sizeof(text)))
 *		... "mysqld (1234) has ended" ...
 */
#ifndef RECORD_WATCH_H
#define RECORD_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/err.h"

#define WATCH_MAX	64	/* processes at a time; further ones of a name
				   are not seen */

struct watch;

/* Never NULL. */
struct watch *watch_new(void);
void watch_free(struct watch *watch);	/* NULL is fine */

/* 0, or -ESRCH and the like. */
int watch_pid(struct watch *watch, uint32_t pid, struct err *err);

/*
 * All processes of that name (comm, at most 15 characters), also those that
 * begin later: /proc is looked through once a second.  One name; always 0.
 */
int watch_name(struct watch *watch, const char *name);

/* True, once for each, if a process has ended; @ret_text says which. */
bool watch_check(struct watch *watch, uint64_t now, char *ret_text,
		 size_t size);

#endif
