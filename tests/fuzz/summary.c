/* SPDX-License-Identifier: GPL-2.0 */
/* Records through -t, the summary, and I/Os. */
#include "config.h"

#include "src/analyze/life.h"
#include "src/analyze/summary.h"
#include "src/analyze/track.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct summary_options opts = {
		.by_program = true, .by_name = size & 1,
		.sort = "NQqRrWwCc"[size % 9],
	};
	struct names names = { 0 };
	struct summary *sum = summary_new(&opts, &names);
	struct track *track = track_new(true, size & 2);
	struct life *life = life_new(&(struct life_sink){ 0 });
	struct outbuf out;
	struct blk_rec rec;
	uint8_t *pdu;

	summary_expect_device(sum, "sda");
	for (; fuzz_next(&data, &size, &rec, &pdu); free(pdu)) {
		size_t device = summary_find_device(sum, rec.device);
		struct summary_cpu *cpu = summary_cpu(sum, device,
						      rec.cpu & 0xff);
		uint32_t pid = 0;
		uint64_t elapsed;

		(void)names_add(&names, &rec);
		life_add(life, &rec, 0);
		track_widen(track, device, &rec);
		elapsed = track_event(track, device, &rec, rec.time, &pid);
		if (elapsed != TRACK_NO_TIME)
			summary_wait(sum, pid, true,
				     SUMMARY_WAIT_COMPLETION, elapsed);
		summary_seen(cpu, &rec, rec.time, true);
		summary_event(sum, cpu, &rec, act_of(&rec), rec.time);
	}
	life_end(life);
	fuzz_open_out(&out);
	summary_print(sum, &out);
	fuzz_close_out(&out);
	life_free(life);
	track_free(track);
	summary_free(sum);
	names_release(&names);
	return 0;
}
