/* SPDX-License-Identifier: GPL-2.0 */
/* What a dump holds is read again as the same record. */
#include "config.h"

#include "src/analyze/dump.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outbuf out;
	struct blk_rec rec, again;
	uint8_t *pdu;

	fuzz_open_out(&out);
	for (; fuzz_next(&data, &size, &rec, &pdu); free(pdu)) {
		(void)outbuf_flush(&out);
		dump_add(&out, &rec, 12345);
		MUST(blk_decode(out.buf, out.nr, &again, NULL) ==
		     (ssize_t)out.nr);
		MUST(again.time == 12345 && again.sector == rec.sector &&
		     again.bytes == rec.bytes && again.pid == rec.pid &&
		     again.cpu == rec.cpu && again.error == rec.error &&
		     again.device == rec.device && !again.is_swapped);
	}
	fuzz_close_out(&out);
	return 0;
}
