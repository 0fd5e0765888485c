/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "src/base/plain.h"
#include "src/cmd/amount.h"
#include "src/cmd/cmd.h"
#include "src/cmd/merge.h"

#define NS_PER_SEC	1000000000u
#define STEP_NS		1000000u	/* a clock that was set, not a slow
					   reading of two clocks */

static const char *clock_name(enum align_mode mode)
{
	switch (mode) {
	case ALIGN_WALL:
		return "the clock of the day";
	case ALIGN_PTP:
		return "CLOCK_TAI";
	case ALIGN_ANCHOR:
		return "instants that all traces share";
	case ALIGN_MODE_MAX:
		break;
	}
	return "";
}

/* "+ 1.000000002 s" */
static void print_offset(int64_t ns, FILE *out)
{
	uint64_t n = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	(void)fprintf(out, "%c %" PRIu64 ".%09" PRIu64 " s",
		      ns < 0 ? '-' : '+', n / NS_PER_SEC, n % NS_PER_SEC);
}

static void print_error(const struct merge_run *run, size_t i, FILE *out)
{
	const struct align_map *m = &run->maps[i];
	const struct align_clocks *c = &run->surveys[i].clocks;
	char most[AMOUNT_SIZE], likely[AMOUNT_SIZE];

	if (!i) {
		(void)fprintf(out, "  error: none, the others are measured by"
			      " it\n");
	} else if (run->o->by_kicks) {
		(void)fprintf(out, "  error: at most %s at the kicks%s\n",
			      amount_time((double)m->error, most),
			      m->rate != 0 ? "" : "; the drift is not known");
	} else if (run->o->mode == ALIGN_ANCHOR) {
		(void)fprintf(out, "  error: that of the anchors given%s\n",
			      m->rate != 0 ? "" :
			      "; with one anchor the drift is not known");
	} else if (m->has_error) {
		(void)fprintf(out, "  error: at most %s, probably %s\n",
			      amount_time((double)m->error, most),
			      amount_time((double)m->likely, likely));
	} else if (c->nr_rated) {
		(void)fprintf(out, "  error: not known: not all clocks were"
			      " synchronised; reading the clocks adds %s at"
			      " most\n", amount_time((double)m->error, most));
	} else {
		(void)fprintf(out, "  error: not known: the trace does not say"
			      " whether its clock was synchronised\n");
	}
}

static void print_clocks(const struct merge_run *run, size_t i, FILE *out)
{
	const struct align_map *m = &run->maps[i];
	const struct align_clocks *c = &run->surveys[i].clocks;

	(void)fprintf(out, "  clock: ");
	print_offset(m->offset, out);
	if (m->rate != 0)
		(void)fprintf(out, ", %+.3f ppm", 1e6 * m->rate);
	if (c->nr)
		(void)fprintf(out, "; %" PRIu64 " anchors over %.3f s", c->nr,
			      (double)(c->last - c->first) / NS_PER_SEC);
	else if (c->nr_stamps)
		(void)fprintf(out, "; %" PRIu64 " timestamps of blktrace",
			      c->nr_stamps);
	(void)fprintf(out, "\n");
	print_error(run, i, out);
}

static void print_devices(const struct merge_run *run, size_t i, FILE *out)
{
	const struct survey *s = &run->surveys[i];

	for (size_t k = 0; k < s->nr_devices; k++) {
		uint32_t device = s->devices[k].device;
		uint32_t here = merge_device(run->merge, i, device);

		if (here != device)
			(void)fprintf(out, "  device %u,%u is %u,%u here\n",
				      blk_major(device), blk_minor(device),
				      blk_major(here), blk_minor(here));
	}
}

void merge_report(const struct merge_run *run)
{
	const char *output = run->o->output;
	FILE *out = output && strcmp(output, "-") != 0 ? stdout : stderr;

	(void)fprintf(out, "%" PRIu64 " records, %" PRIu64 " bytes, on the"
		      " clock of ", run->nr_records, run->nr_bytes);
	plain_put(out, run->hosts[0]);
	(void)fprintf(out, ", by %s\n", clock_name(run->o->mode));
	for (size_t i = 0; i < run->nr; i++) {
		const struct merge_host *h = &run->merge_hosts[i];

		plain_put(out, h->name);
		(void)fprintf(out, ": ");
		plain_put(out, h->source);
		(void)fprintf(out, ": CPUs %u to %u", h->cpu,
			      h->cpu + h->nr_cpus - 1);
		if (i)
			(void)fprintf(out, ", threads from %u on",
				      (unsigned int)i * MERGE_PIDS);
		(void)fprintf(out, "\n");
		print_clocks(run, i, out);
		print_devices(run, i, out);
	}
	if (run->shift)
		(void)fprintf(out, "all clocks were put forward by %" PRId64
			      " ns, since a trace began before the clock of %s"
			      " did\n", run->shift, run->hosts[0]);
}

static void say(const char *sentence, void *ctx)
{
	(void)ctx;
	cmd_error("%s", sentence);
}

/* Clocks that were set while the trace was recorded. */
static void tell_steps(const struct merge_run *run)
{
	char step[AMOUNT_SIZE];

	for (size_t i = 0; i < run->nr; i++)
		if (run->maps[i].step > STEP_NS)
			cmd_error("%s: its clock was set by %s while this was"
				  " recorded", run->hosts[i],
				  amount_time((double)run->maps[i].step,
					      step));
}

int merge_conclude(const struct merge_run *run)
{
	const struct merge_counts *c = merge_counts(run->merge);
	uint64_t damage = c->bad_cpu + c->bad_note;

	for (size_t i = 0; i < run->nr; i++)
		damage += source_damage(run->inputs[i], say, NULL);
	tell_steps(run);
	if (c->bad_cpu)
		cmd_error("%" PRIu64 " records of CPUs that are not there were"
			  " left out", c->bad_cpu);
	if (c->bad_note)
		cmd_error("%" PRIu64 " private records that cannot be read"
			  " were left out", c->bad_note);
	if (c->foreign)
		cmd_error("%" PRIu64 " private records of a newer iotape stay"
			  " as they are: what they number may be taken for"
			  " another trace's", c->foreign);
	if (c->lost)
		cmd_error("%" PRIu64 " events were lost while this was"
			  " recorded", c->lost);
	return damage || c->lost ? CMD_LOSS : CMD_OK;
}
