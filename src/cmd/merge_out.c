/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/merge_out.h"

#define NR_LEFTOVER	512	/* CPU numbers that are looked at */

/* All files of the inputs and of the output are open at once. */
static void raise_fd_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Files that would be read beside ours. */
static int refuse_leftover(const char *base, unsigned int nr, struct err *err)
{
	static const char *const suffixes[] = { "", ".zst" };
	struct stat st;

	for (unsigned int i = 0; i < nr + NR_LEFTOVER; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(suffixes); k++) {
			_cleanup_(freep) char *path =
				xasprintf("%s.blktrace.%u%s", base, i,
					  suffixes[k]);

			if (!lstat(path, &st))
				return err_set(err, -EEXIST, "%s is there"
					       " already: a merge replaces no"
					       " file", path);
		}
	}
	return 0;
}

static int open_files(struct merge_out *out, const char *base,
		      struct err *err)
{
	int r = refuse_leftover(base, out->nr, err);

	for (unsigned int i = 0; i < out->nr && !r; i++) {
		_cleanup_(freep) char *path =
			xasprintf("%s.blktrace.%u", base, i);

		r = newfile_open(&out->lanes[i].file, path, err);
	}
	return r;
}

int merge_out_open(struct merge_out *out, const char *base,
		   unsigned int nr_cpus, struct err *err)
{
	bool is_stream = !base || !strcmp(base, "-");

	*out = (struct merge_out){
		.is_stream = is_stream,
		.nr = is_stream ? 1 : nr_cpus,
		.lanes = xcalloc(is_stream ? 1 : nr_cpus,
				 sizeof(*out->lanes)),
	};
	if (is_stream)
		return newfile_open(&out->lanes[0].file, "-", err);
	raise_fd_limit();
	return open_files(out, base, err);
}

void merge_out_put(struct merge_out *out, const struct blk_rec *rec)
{
	struct merge_lane *lane = &out->lanes[out->is_stream ? 0 : rec->cpu];
	size_t size = blk_size(rec);
	ssize_t n;
	char *p;

	if (!lane->buf.buf)
		outbuf_init(&lane->buf, fileno(lane->file.stream));
	p = outbuf_room(&lane->buf, size);
	n = blk_encode(rec, rec->version, false, p, size);
	if (n <= 0)
		return;
	outbuf_took(&lane->buf, p + n);
	out->nr_records++;
	out->nr_bytes += (uint64_t)n;
}

int merge_out_error(const struct merge_out *out, struct err *err)
{
	for (unsigned int i = 0; i < out->nr; i++) {
		const struct merge_lane *lane = &out->lanes[i];

		if (lane->buf.error)
			return err_set_errno(err, lane->buf.error, "%s: write",
					     lane->file.path);
	}
	return 0;
}

int merge_out_commit(struct merge_out *out, struct err *err)
{
	int r;

	for (unsigned int i = 0; i < out->nr; i++)
		if (out->lanes[i].buf.buf)
			(void)outbuf_flush(&out->lanes[i].buf);
	r = merge_out_error(out, err);
	for (unsigned int i = 0; i < out->nr && !r; i++)
		r = newfile_commit(&out->lanes[i].file, err);
	return r;
}

void merge_out_release(struct merge_out *out)
{
	for (unsigned int i = 0; out->lanes && i < out->nr; i++) {
		outbuf_release(&out->lanes[i].buf);
		newfile_release(&out->lanes[i].file);
	}
	free(out->lanes);
	*out = (struct merge_out){ 0 };
}
