/* SPDX-License-Identifier: GPL-2.0 */
/* A bandwidth log of fio. */
#include "config.h"

#include <stdio.h>

#include "src/analyze/fiolog.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;

	if (!f)
		return 0;
	fiolog_free(fiolog_read(f));
	(void)fclose(f);
	return 0;
}
