/* SPDX-License-Identifier: GPL-2.0 */
/* Records through the writers of text and of Perfetto, into /dev/null. */
#include "config.h"

#include "src/analyze/export.h"
#include "tests/fuzz/fuzz.h"

/* fio and SQLite make files: they are left to the tests. */
static const char *const formats[] = { "csv", "jsonl", "openmetrics",
				       "perfetto" };

static void export_all(const char *format, const uint8_t *data, size_t size)
{
	const struct export_options opts = {
		.format = export_format_of(format), .output = "/dev/null",
		.interval_ns = size % 3 * 1000000000,
		.wants = { .from = size % 5 * 1000, },
	};
	struct export *x = NULL;
	bool is_numbered = size & 1;
	struct blk_rec rec;
	uint8_t *pdu;

	MUST(!export_open(&opts, &x, NULL));
	for (; !export_status(x) && fuzz_next(&data, &size, &rec, &pdu);
	     free(pdu))
		export_add(x, &rec, is_numbered, 0);
	(void)export_end(x, NULL);
	export_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		export_all(formats[i], data, size);
	return 0;
}
