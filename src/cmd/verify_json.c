/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "src/base/json.h"
#include "src/cmd/verify.h"

void verify_json_begin(void)
{
	(void)printf("{\"schema\":\"iotape-verify/1\",\"findings\":[");
}

void verify_json_finding(const struct verify_finding *f, bool is_first)
{
	(void)printf("%s\n{\"kind\":\"%s\"", is_first ? "" : ",",
		     verify_name(f->kind));
	if (f->path) {
		(void)printf(",\"file\":");
		json_put_string(stdout, f->path);
	}
	if (f->offset != VERIFY_NOWHERE)
		(void)printf(",\"offset\":%" PRIu64, f->offset);
	(void)printf(",\"count\":%" PRIu64 ",\"left_out\":%" PRIu64
		     ",\"text\":", f->count, f->left_out);
	json_put_string(stdout, f->text);
	(void)printf("}");
}

static void put_kinds(const struct verify_result *result)
{
	static const char *const weights[] = {
		[VERIFY_IS_ODD] = "odd",
		[VERIFY_IS_LOSS] = "loss",
		[VERIFY_IS_DAMAGE] = "damage",
	};
	bool is_first = true;

	for (unsigned int i = 0; i < VERIFY_MAX; i++) {
		if (!result->findings[i])
			continue;
		(void)printf("%s\n\"%s\":{\"weight\":\"%s\",\"findings\":%"
			     PRIu64 ",\"count\":%" PRIu64 "}",
			     is_first ? "" : ",", verify_name(i),
			     weights[verify_weight(i)], result->findings[i],
			     result->counts[i]);
		is_first = false;
	}
}

void verify_json_end(const struct verify_result *result, int status)
{
	const struct life_counts *life = &result->life;

	(void)printf("],\n\"kinds\":{");
	put_kinds(result);
	(void)printf("},\n\"files\":%" PRIu64 ",\"bytes\":%" PRIu64
		     ",\"records\":%" PRIu64 ",\"events\":%" PRIu64
		     ",\"left_out\":{\"records\":%" PRIu64 ",\"bytes\":%"
		     PRIu64 "},\n", result->files, result->bytes,
		     result->records, result->events,
		     result->left_out_records, result->left_out_bytes);
	if (result->is_paired)
		(void)printf("\"ios\":{\"begun\":%" PRIu64 ",\"ended\":%"
			     PRIu64 ",\"in_flight\":%" PRIu64 ",\"expired\":%"
			     PRIu64 ",\"cut\":%" PRIu64 ",\"unmatched\":%"
			     PRIu64 "},\n", life->ios_begun, life->ios_ended,
			     life->ios_in_flight, life->ios_expired,
			     life->ios_cut, life->unmatched);
	else
		(void)printf("\"ios\":null,\n");
	(void)printf("\"status\":%d}\n", status);
}
