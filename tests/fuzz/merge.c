/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape merge of two or three traces, by each kind of clock, into files and
 * into a stream.  The last bytes of the input say how, so that captures are
 * seeds as they are.  What comes out must be a trace without damage, in the
 * order of its times, with as many events as went in at most.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/analyze/source.h"
#include "src/cmd/cmd.h"
#include "src/cmd/merge.h"
#include "tests/fuzz/folder.h"

#define TRACES_MAX	3

/* What src/main.c has; what is said is not looked at here. */
volatile int cmd_signal;

void cmd_catch_signals(void)
{
}

void cmd_error(const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
}

int cmd_fail(const struct err *err)
{
	MUST(err->code && *err->text);
	return CMD_FAILED;
}

struct events {
	uint64_t nr, nr_damaged, nr_late;
};

static struct events read_events(const char *name)
{
	const struct source_options opts = { .has_companions = true };
	const struct source_file *files;
	struct events e = { 0 };
	struct source *src = NULL;
	struct source_batch batch;

	if (source_open(&name, 1, &opts, &src, NULL))
		return e;
	while (source_read(src, &batch, NULL) > 0)
		e.nr += batch.nr - batch.nr_notes;
	for (size_t i = source_files(src, &files); i; i--)
		e.nr_late += files[i - 1].nr_late;
	e.nr_damaged = source_damage(src, NULL, NULL);
	source_free(src);
	return e;
}

/* The traces a, b and c; the first has two files. */
static void put_traces(const uint8_t *data, size_t size, size_t nr)
{
	const size_t part = size / (nr + 1);
	const char *const names[] = { "a.blktrace.0", "b.blktrace.0",
				      "c.blktrace.0" };

	fuzz_put_file("a.blktrace.1", data, part);
	for (size_t i = 0; i < nr; i++)
		fuzz_put_file(names[i], data + part * (i + 1), part);
}

static void set_how(struct merge_options *o, struct merge_anchor *anchors,
		    const uint8_t how[3])
{
	static const char *const names[] = { "a", "b", "c" };

	o->mode = (enum align_mode)(how[0] % ALIGN_MODE_MAX);
	o->by_kicks = o->mode == ALIGN_ANCHOR && how[0] & 0x40;
	if (o->mode != ALIGN_ANCHOR || o->by_kicks)
		return;
	o->anchors = anchors;
	o->nr_anchor_options = how[0] & 0x20 ? 2 : 1;
	for (unsigned int i = 0; i < o->nr_anchor_options; i++)
		for (size_t k = 0; k < o->traces.nr; k++)
			anchors[o->nr_anchors++] = (struct merge_anchor){
				.host = (char *)(uintptr_t)names[k], .nr = i,
				/* up to 1e9 s, as the option takes */
				.ns = (uint64_t)how[1 + (k + i) % 2] *
				      (i + 1) * UINT64_C(1960784313725490),
			};
}

/* What stood behind later records may be earlier than what the head of the
 * merge takes for the first. */
static void check(const struct merge_options *o, int status,
		  const struct events *before)
{
	struct events e;

	MUST(status == CMD_OK || status == CMD_FAILED || status == CMD_LOSS);
	if (status == CMD_FAILED || !o->output)
		return;
	e = read_events(o->output);
	MUST(!e.nr_damaged && e.nr <= before->nr);
	MUST(before->nr_late || !e.nr_late);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool has_folder;	/* libFuzzer keeps the process */
	const char *names[] = { "a=a", "b=b", "c=c" };
	struct merge_anchor anchors[2 * TRACES_MAX];
	struct merge_options o = { .traces = { .names = names }, .output = "m",
				   .is_quiet = true };
	struct events before = { 0 };

	if (size < 4)
		return 0;
	if (!has_folder)
		fuzz_enter_folder();
	has_folder = true;
	size -= 3;
	o.traces.nr = data[size] & 0x80 ? 3 : 2;
	set_how(&o, anchors, data + size);
	put_traces(data, size, o.traces.nr);
	for (size_t i = 0; i < o.traces.nr; i++) {
		const struct events e = read_events(names[i] + 2);

		before.nr += e.nr;
		before.nr_late += e.nr_late;
	}
	check(&o, merge_run(&o), &before);
	fuzz_empty_folder();
	return 0;
}
