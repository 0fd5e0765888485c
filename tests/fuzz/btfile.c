/* SPDX-License-Identifier: GPL-2.0 */
/* A file of btrecord, and the same I/Os written and read again. */
#include "config.h"

#include <stdio.h>

#include "src/replay/btfile.h"
#include "tests/fuzz/fuzz.h"

static void write_again(const struct plan *plan)
{
	uint64_t left = 0;
	struct plan again;
	struct err err = { 0 };
	FILE *f = tmpfile();

	MUST(f && !btfile_write(plan, 0, f, &left));
	rewind(f);
	plan_init(&again);
	MUST(!btfile_read(&again, f, "again", "sda", 1, &err));
	MUST(again.nr + left == plan->nr);
	plan_release(&again);
	(void)fclose(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	struct plan plan;
	struct err err = { 0 };
	int r;

	if (!f)
		return 0;
	plan_init(&plan);
	r = btfile_read(&plan, f, "t", "sda", 1, &err);
	plan_end(&plan);
	if (!r && plan.nr)
		write_again(&plan);
	plan_release(&plan);
	(void)fclose(f);
	return 0;
}
