/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/note.h"
#include "src/cmd/cmd.h"
#include "src/cmd/record_report.h"
#include "src/record/kvm.h"

void record_print_summary(const struct recorder *rec)
{
	for (size_t i = 0; i < recorder_nr_traces(rec); i++) {
		const struct trace *t = recorder_trace(rec, i);
		uint64_t events = 0, bytes = 0;

		(void)printf("=== %s ===\n", t->dev.name);
		for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
			const struct lane *l = &t->lanes[cpu];
			uint64_t n = l->nr_events - trace_nr_unwritten(t, cpu);

			(void)printf("  CPU%3u: %20" PRIu64 " events, %8"
				     PRIu64 " KiB data\n", cpu, n,
				     (l->nr_bytes + 1023) >> 10);
			events += n;
			bytes += l->nr_bytes;
		}
		(void)printf("  Total:  %20" PRIu64 " events (dropped %" PRIu64
			     "), %8" PRIu64 " KiB data\n", events,
			     trace_nr_lost(t), (bytes + 1023) >> 10);
	}
}

/* What came to a file after, or right before, a write to it failed. */
static bool print_unwritten(const struct trace *t)
{
	bool is_any = false;

	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		uint64_t n = trace_nr_unwritten(t, cpu);

		if (!n)
			continue;
		is_any = true;
		cmd_error("%s: %" PRIu64 " events of CPU %u could not be"
			  " written", t->dev.name, n, cpu);
	}
	return is_any;
}

bool record_print_losses(const struct recorder *rec)
{
	struct err why = { 0 };
	size_t nr_unjoined = recorder_nr_unjoined(rec, &why);
	bool is_lost = recorder_over(rec) || nr_unjoined;

	if (recorder_over(rec))
		cmd_error("the recording ended early: %s", recorder_over(rec));
	if (nr_unjoined)
		cmd_error("%zu devices that came have no trace of their"
			  " own: %s", nr_unjoined, why.text);
	for (size_t i = 0; i < recorder_nr_traces(rec); i++) {
		const struct trace *t = recorder_trace(rec, i);

		is_lost |= print_unwritten(t);
		for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
			const struct lane *l = &t->lanes[cpu];

			if (!l->nr_lost)
				continue;
			is_lost = true;
			cmd_error("%s: CPU %u lost %" PRIu64 " of %" PRIu64
				  " events; larger buffers (-b, -n) help",
				  t->dev.name, cpu, l->nr_lost,
				  l->nr_lost + l->nr_events);
		}
		if (t->nr_unfollowed) {
			is_lost = true;
			cmd_error("%s: the filters lost track of %" PRIu64
				  " I/Os or processes", t->dev.name,
				  t->nr_unfollowed);
		}
		if (t->nr_unplaced > t->nr_unfollowed) {
			is_lost = true;
			cmd_error("%s: the kernel skipped %" PRIu64 " events"
				  " of all devices: %s", t->dev.name,
				  t->nr_unplaced - t->nr_unfollowed,
				  note_loss_text(NOTE_LOSS_RECURSION));
		}
	}
	return is_lost;
}

void record_print_missing_kvm(const struct recorder *rec,
			      const struct record_options *o)
{
	struct err why = { 0 };
	uint32_t kvm = recorder_kvm(rec, &why);

	if (why.code)
		cmd_error("%s", why.text);
	for (unsigned int i = 0; i < KVM_EV_MAX && !o->is_kvm_all; i++)
		if (o->kvm & ~kvm & 1u << i)
			cmd_error("%s is not recorded: this kernel does not"
				  " have it, or not as iotape knows it",
				  kvm_name((enum cfg_kvm)i));
}

void record_print_missing_virtio(const struct recorder *rec)
{
	struct err why = { 0 };

	if (!recorder_has_virtio(rec, &why) || why.code)
		cmd_error("%s", why.text);
}
