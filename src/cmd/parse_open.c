/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/plain.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/parse_impl.h"

#define CHATTER_BLOCK	4096u	/* of blkparse's standard output */

/* ---- standard output ----------------------------------------------------- */

/*
 * blkparse says which files it reads through a buffered standard output: when
 * that is no terminal, whole blocks of it come first and the rest at the very
 * end, behind the text.
 */
static void make_chatter(struct run *run)
{
	static const char line[] = "Input file %s added\n";
	size_t room = 1, used = 0;

	for (size_t i = 0; i < run->nr_files; i++)
		room += sizeof(line) + strlen(run->files[i].path);
	run->chatter = xmalloc(room);
	for (size_t i = 0; i < run->nr_files; i++) {
		char *at = run->chatter + used;
		size_t len;

		if (run->files[i].cpu < 0)
			continue;
		len = (size_t)snprintf(at, room - used, line,
				       run->files[i].path);
		if (isatty(STDOUT_FILENO))
			plain_mask(at, len - 1);
		used += len;
	}
	run->chatter_len = used;
}

static struct outbuf *stdout_of(struct run *run)
{
	return run->has_text && !run->o->text_path ? &run->out : &run->chat;
}

static bool owns_stdout(const struct run *run)
{
	return !run->o->dump_path || strcmp(run->o->dump_path, "-") != 0;
}

void parse_begin_chatter(struct run *run)
{
	if (run->o->is_json || run->o->shows_ios)
		return;
	make_chatter(run);
	if (!owns_stdout(run))
		return;
	run->chatter_said = run->chatter_len;
	if (!isatty(STDOUT_FILENO))
		run->chatter_said -= run->chatter_len % CHATTER_BLOCK;
	outbuf_add(stdout_of(run), run->chatter, run->chatter_said);
}

void parse_end_chatter(struct run *run)
{
	if (!owns_stdout(run) || !run->chatter)
		return;
	outbuf_add(stdout_of(run), run->chatter + run->chatter_said,
		   run->chatter_len - run->chatter_said);
	if (run->has_driver_data && !run->has_dump)
		outbuf_printf(stdout_of(run), "\ndiscarded traces containing"
			      " low-level device driver specific data (only"
			      " available in binary output)\n");
}

/* ---- opening, reading, ending -------------------------------------------- */

static int open_output(const char *path, struct outbuf *out)
{
	int fd = STDOUT_FILENO;

	if (path && strcmp(path, "-") != 0)
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			  0666);
	if (fd < 0) {
		cmd_error("%s: %m", path);
		return CMD_FAILED;
	}
	outbuf_init(out, fd);
	return CMD_OK;
}

static bool is_pipe(const char *name)
{
	struct stat st;

	return !strcmp(name, "-") || (!stat(name, &st) && S_ISFIFO(st.st_mode));
}

/* blkparse reads one pipe and nothing else: NULL = none is given. */
static const char *find_pipe(const struct parse_options *o)
{
	for (size_t i = 0; i < o->traces.nr; i++)
		if (is_pipe(o->traces.names[i]))
			return o->traces.names[i];
	return NULL;
}

/* Beside a pipe, names are those of its devices as they appear. */
static void name_devices(struct run *run, const char *pipe)
{
	const struct parse_options *o = run->o;

	for (size_t i = 0; i < o->traces.nr && pipe; i++)
		if (!is_pipe(o->traces.names[i]))
			summary_expect_device(run->sum, o->traces.names[i]);
}

/* With a dump, notes come when blkparse reads them: so they stand in it. */
static int open_source(struct run *run)
{
	const struct parse_options *o = run->o;
	const struct source_options so = {
		.dir = o->dir, .has_late_messages = o->is_1_3,
		.notes_ahead = (o->shows_notes || o->shows_ios) && !o->dump_path ? 0 : o->batch,
	};
	const char *pipe = find_pipe(o);
	const char *const *labels;
	struct err err = { 0 };
	size_t nr;

	if (source_open(pipe ? &pipe : o->traces.names,
			pipe ? 1 : o->traces.nr, &so, &run->src, &err))
		return cmd_fail(&err);
	run->nr_files = source_files(run->src, &run->files);
	run->sum = summary_new(&o->summary, &run->names);
	nr = source_labels(run->src, &labels);
	run->devices = xcalloc(nr + 1, sizeof(*run->devices));
	for (size_t i = 0; i < nr; i++)
		if (labels[i])
			run->devices[i] = summary_add_device(run->sum,
							     labels[i]);
	name_devices(run, pipe);
	run->accounts = xcalloc(run->nr_files + 1, sizeof(*run->accounts));
	return CMD_OK;
}

int parse_open(struct run *run)
{
	const struct parse_options *o = run->o;

	if (open_source(run))
		return CMD_FAILED;
	if (o->tracks || o->is_1_3)
		run->track = track_new(run->nr_files && is_stream(run, 0),
				       o->is_1_3);
	outbuf_init(&run->chat, STDOUT_FILENO);
	if (o->shows_ios)
		run->life = parse_life_new(run);
	if (!o->no_text) {
		if (open_output(o->text_path, &run->out))
			return CMD_FAILED;
		run->has_text = true;
	}
	if (o->dump_path) {
		if (open_output(o->dump_path, &run->dump))
			return CMD_FAILED;
		run->has_dump = true;
	}
	run->names.is_escaped = !o->text_path && isatty(STDOUT_FILENO);
	run->text = (struct text){
		.out = &run->out, .names = &run->names,
		.formats = o->formats, .is_1_3 = o->is_1_3,
		.is_escaped = run->names.is_escaped,
	};
	return CMD_OK;
}

static void close_output(struct outbuf *out)
{
	if (out->buf && out->fd > STDERR_FILENO)
		(void)close(out->fd);
	outbuf_release(out);
}

void parse_release(struct run *run)
{
	close_output(&run->out);
	close_output(&run->dump);
	outbuf_release(&run->chat);
	life_free(run->life);
	track_free(run->track);
	summary_free(run->sum);
	names_release(&run->names);
	source_free(run->src);
	free(run->accounts);
	free(run->devices);
	free(run->held);
	free(run->chatter);
}

static int end_output(struct outbuf *out, const char *path, int status)
{
	if (!out->buf || !outbuf_flush(out))
		return status;
	if (out->error != -EPIPE)
		cmd_error("%s: %s", path ? path : "standard output",
			  strerror(-out->error));
	return CMD_FAILED;
}

int parse_end_outputs(struct run *run, int status)
{
	status = end_output(&run->out, run->o->text_path, status);
	status = end_output(&run->chat, NULL, status);
	return end_output(&run->dump, run->o->dump_path, status);
}
