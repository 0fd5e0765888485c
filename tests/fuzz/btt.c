/* SPDX-License-Identifier: GPL-2.0 */
/* Records through --btt, with every file that it can write. */
#include "config.h"

#include <stdio.h>

#include "src/analyze/btt.h"
#include "tests/fuzz/folder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool has_folder;	/* libFuzzer keeps the process */
	const struct btt_options all = {
		.devices = size % 5 ? NULL : "8,0;259,0", .exes = NULL,
		.output = "o", .blocks = "b", .d2c = "l", .q2c = "q",
		.q2d = "z", .iostat = "i", .seeks = "s", .seek_rate = "m",
		.per_io = "p", .active = "a", .unplugs = "u",
		.iostat_ns = 1 + size * 1000000, .range_delta = 0.1,
		.plat_freq = 0.01, .is_absolute = size & 2,
		.has_all_data = true, .has_trees = true, .has_easy = true,
		.has_live = true, .no_remaps = size & 4,
	};
	const struct btt_options plain = {
		.iostat_ns = 1000000000, .range_delta = 0.1,
		.has_all_data = size & 2, .is_bounded = size & 8, .to = 1e9,
	};
	FILE *out = fopen("/dev/null", "we");
	struct btt *btt = NULL;
	struct err err = { 0 };
	struct blk_rec rec;
	bool is_over = false;
	uint8_t *pdu;

	if (!has_folder)
		fuzz_enter_folder();
	has_folder = true;
	MUST(out && !btt_new(size & 1 ? &all : &plain, out, &btt, &err));
	for (; fuzz_next(&data, &size, &rec, &pdu); free(pdu)) {
		/* a file for each device: not too many */
		rec.device &= 0x00f00003;
		if (!is_over)
			is_over = btt_add(btt, &rec);
	}
	MUST(!btt_finish(btt, &err));
	btt_free(btt);
	(void)fclose(out);
	return 0;
}
