/* SPDX-License-Identifier: GPL-2.0 */
/* An answer of QEMU: JSON. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/record/qmp.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct qmp_values values = { 0 };

	MUST(text);
	if (!qmp_parse(text, &values))
		for (size_t i = 0; i < values.nr; i++)
			MUST(memchr(values.values[i].name, 0, QMP_NAME_MAX));
	free(values.values);
	free(text);
	return 0;
}
