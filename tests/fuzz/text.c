/* SPDX-License-Identifier: GPL-2.0 */
/* Each record as a line: blkparse's, of a format, a note, as JSON text. */
#include "config.h"

#include <string.h>

#include "src/analyze/format.h"
#include "src/analyze/text.h"
#include "tests/fuzz/fuzz.h"

static void print(struct text *text, const struct blk_rec *rec)
{
	const struct act *act = act_of(rec);
	char *quoted = malloc(4u * rec->pdu_len + 16);

	MUST(quoted);
	(void)text_quoted(quoted, rec->pdu, rec->pdu_len,
			  4u * rec->pdu_len + 16);
	free(quoted);
	(void)blk_cgroup_id(rec, &text->cgroup);
	(void)names_add((struct names *)text->names, rec);
	text_note(text, rec, (int64_t)rec->time, "words", 5);
	if (act_is_any_message(rec))
		text_message(text, rec, rec->time);
	if (act)
		text_event(text, rec, act, rec->time, rec->time & 1 ?
			   TEXT_NO_TIME : rec->sector);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct format_set *set = formats_new();
	struct names names = { 0 };
	struct outbuf out;
	struct text text = { .out = &out, .names = &names };
	struct blk_rec rec;
	uint8_t *pdu;

	fuzz_open_out(&out);
	MUST(!formats_add_all(set, "%a%c%C%d%D%e%g%M%m%n%N%p%P%s%S%t%T%u%U%z",
			      NULL));
	for (unsigned int i = 0; fuzz_next(&data, &size, &rec, &pdu); i++) {
		text.is_1_3 = i & 1;
		text.formats = i & 2 ? set : NULL;
		text.is_iso = i & 4;
		text.base_ns = i & 4 ? rec.sector : 0;
		text.wall_ns = i & 8 ? rec.sector : 0;
		text.second_len = 0;
		print(&text, &rec);
		free(pdu);
	}
	fuzz_close_out(&out);
	formats_free(set);
	names_release(&names);
	return 0;
}
