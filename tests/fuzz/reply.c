/* SPDX-License-Identifier: GPL-2.0 */
/* Answers of a tag helper, in pieces: of all at once they are the same. */
#include "config.h"

#include <string.h>

#include "src/analyze/tag_reply.h"
#include "tests/fuzz/fuzz.h"

/* Returns a number made of all answers; the first byte sets the pieces. */
static uint64_t read_all(const uint8_t *data, size_t size, size_t piece)
{
	struct tag_reply reply = { 0 };
	uint64_t sum = 0;
	int r = 0;

	for (size_t at = 0; at < size && r >= 0; at += piece) {
		size_t len = size - at < piece ? size - at : piece;
		const uint8_t *p = data + at, *end = p + len;
		struct tag_answer answer;
		struct err err = { 0 };

		while ((r = tag_reply_next(&reply, &p, end, &answer, &err)) >
		       0) {
			sum = sum * 31 + answer.kind + answer.tag;
			if (answer.kind == TAG_REPLY_NEW_TAG)
				sum += strlen(answer.label);
		}
	}
	return r < 0 ? sum + 1 : sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? data[0] % 16 + 1u : 1;
	uint64_t whole, parts;

	if (!size)
		return 0;
	whole = read_all(data + 1, size - 1, size);
	parts = read_all(data + 1, size - 1, piece);
	MUST(whole == parts);
	return 0;
}
