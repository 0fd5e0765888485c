/* SPDX-License-Identifier: GPL-2.0 */
/* Records through the series that are plotted. */
#include "config.h"

#include "src/analyze/series.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct series *s = series_new(NULL);
	struct blk_rec rec;
	uint64_t nr = 0;
	uint8_t *pdu;

	for (; fuzz_next(&data, &size, &rec, &pdu); free(pdu))
		series_add(s, &rec, 1);
	series_finish(s);
	for (size_t i = 0; i < series_count(s); i++) {
		const struct series_bucket *b = series_bucket(s, i);

		MUST(i == 0 || series_time(s, i) > series_time(s, i - 1));
		for (int op = 0; op < IO_OP_MAX; op++)
			nr += b->nr[SERIES_COMPLETE][op];
	}
	MUST(nr <= series_totals(s)->nr_records);
	series_free(s);
	return 0;
}
