/* SPDX-License-Identifier: GPL-2.0 */
/* The bytes are a format; what it reads it can print. */
#include "config.h"

#include <string.h>

#include "src/analyze/format.h"
#include "src/analyze/text.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t pdu[] = { 1, 2, 3, 4, 5, 6, 7, 8, 0, 0 };
	struct format_set *set = formats_new();
	struct names names = { 0 };
	struct outbuf out;
	struct text text = { .out = &out, .names = &names, .is_1_3 = true };
	char *format = strndup((const char *)data, size);
	struct err err = { 0 };

	MUST(format);
	fuzz_open_out(&out);
	if (!formats_add(set, format, &err) &&
	    !formats_add_all(set, format, &err)) {
		text.formats = set;
		for (unsigned int code = 0; code < 32; code++) {
			struct blk_rec rec = {
				.action = code | BLK_TC_ACT(code & 1 ?
					BLK_TC_PC : BLK_TC_FS),
				.pdu = pdu, .pdu_len = sizeof(pdu),
			};

			if (act_of(&rec))
				text_event(&text, &rec, act_of(&rec), 1,
					   TEXT_NO_TIME);
		}
	}
	fuzz_close_out(&out);
	formats_free(set);
	free(format);
	return 0;
}
