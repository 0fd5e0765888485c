/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/traces.h"

void traces_add(struct traces *names, const char *name)
{
	names->names = xgrow(names->names, names->nr, &names->cap,
			     sizeof(*names->names));
	names->names[names->nr++] = name;
}

void traces_release(struct traces *names)
{
	free(names->names);
	*names = (struct traces){ 0 };
}

int traces_open(const struct traces *names, struct source **ret,
		struct err *err)
{
	return source_open(names->names, names->nr,
			   &(struct source_options){ .has_companions = true },
			   ret, err);
}

int traces_read(struct source *src, struct source_batch *ret, struct err *err)
{
	ssize_t n = -EINTR;

	while (!cmd_signal && n == -EINTR)
		n = source_read(src, ret, err);
	if (cmd_signal && n == -EINTR)
		return 0;
	return n < 0 ? (int)n : n > 0;
}

static void say(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

bool traces_say_damage(const struct source *src)
{
	return source_damage(src, say, NULL);
}
