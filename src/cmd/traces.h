/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The traces that a command line names, and reading them as they are.
 *
 *	struct traces names = { 0 };
 *	traces_add(&names, arg);		each of them
 *	r = traces_open(&names, &src, &err);
 *	while ((n = traces_read(src, &batch, &err)) > 0)
 *		use(batch.recs, batch.nr);
 *	if (traces_say_damage(src))
 *		status = CMD_LOSS;
 *	source_free(src);
 *	traces_release(&names);
 */
#ifndef CMD_TRACES_H
#define CMD_TRACES_H

#include <stdbool.h>
#include <stddef.h>

#include "src/analyze/source.h"
#include "src/base/err.h"

struct traces {
	const char **names;	/* owned, the strings are not */
	size_t nr, cap;
};

void traces_add(struct traces *names, const char *name);
void traces_release(struct traces *names);

/* NAME finds NAME.kvm and NAME.virtio too.  The errors of source_open. */
int traces_open(const struct traces *names, struct source **ret,
		struct err *err);

/* The next batch, as source_read, but a signal ends it: 1, 0 at the end, or
 * a negative errno. */
int traces_read(struct source *src, struct source_batch *ret, struct err *err);

/* Says on stderr what is damaged.  Whether there was anything. */
bool traces_say_damage(const struct source *src);

#endif
