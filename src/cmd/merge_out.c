/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/cleanup.h"
#include "src/base/outbuf.h"
#include "src/base/xalloc.h"
#include "src/cmd/merge_out.h"

#define NR_LEFTOVER	512	/* CPU numbers that are looked at */
#define LANES_OPEN	256u	/* files that stay open; of 1024, as most
				   systems allow, the inputs have some */
#define LANE_BYTES	(256u << 10)
#define ALL_BYTES	(64u << 20)	/* of all buffers, if that is at least
					   1 KiB for each */

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
		if (!r && out->is_pausing && out->lanes[i].file.temporary)
			r = newfile_pause(&out->lanes[i].file, err);
	}
	return r;
}

static size_t lane_bytes(unsigned int nr)
{
	size_t each = ALL_BYTES / nr;

	return each > LANE_BYTES ? LANE_BYTES : each < 1024 ? 1024 : each;
}

int merge_out_open(struct merge_out *out, const char *base,
		   unsigned int nr_cpus, struct err *err)
{
	bool is_stream = !base || !strcmp(base, "-");

	*out = (struct merge_out){
		.is_stream = is_stream,
		.nr = is_stream ? 1 : nr_cpus,
	};
	out->lanes = xcalloc(out->nr, sizeof(*out->lanes));
	out->lane_bytes = lane_bytes(out->nr);
	out->is_pausing = out->nr > LANES_OPEN;
	if (is_stream)
		return newfile_open(&out->lanes[0].file, "-", err);
	return open_files(out, base, err);
}

/* A failure is kept; what comes behind it is thrown away. */
static void write_bytes(struct merge_out *out, struct merge_lane *lane,
			uint8_t *bytes, size_t nr)
{
	struct newfile *file = &lane->file;
	struct outbuf buf = { .buf = (char *)bytes, .nr = nr };

	if (out->error.code || (!file->stream &&
				newfile_resume(file, &out->error)))
		return;
	buf.fd = fileno(file->stream);
	if (outbuf_flush(&buf))
		(void)err_set_errno(&out->error, buf.error, "%s: write",
				    file->path);
	else if (out->is_pausing && file->temporary)
		(void)newfile_pause(file, &out->error);
}

static void flush(struct merge_out *out, struct merge_lane *lane)
{
	if (lane->nr)
		write_bytes(out, lane, lane->buf, lane->nr);
	lane->nr = 0;
}

/* A record that is larger than the buffer.  Returns its bytes. */
static __attribute__((noinline)) ssize_t
put_large(struct merge_out *out, struct merge_lane *lane,
	  const struct blk_rec *rec)
{
	uint8_t bytes[BLK_REC_MAX];
	ssize_t n = blk_encode(rec, rec->version, false, bytes, sizeof(bytes));

	if (n > 0)
		write_bytes(out, lane, bytes, (size_t)n);
	return n;
}

void merge_out_put(struct merge_out *out, const struct blk_rec *rec)
{
	struct merge_lane *lane = &out->lanes[out->is_stream ? 0 : rec->cpu];
	size_t size = blk_size(rec);
	ssize_t n;

	if (!lane->buf)
		lane->buf = xmalloc(out->lane_bytes);
	if (out->lane_bytes - lane->nr < size)
		flush(out, lane);
	if (size > out->lane_bytes) {
		n = put_large(out, lane, rec);
	} else {
		n = blk_encode(rec, rec->version, false,
			       lane->buf + lane->nr, size);
		lane->nr += n > 0 ? (size_t)n : 0;
	}
	if (n <= 0)
		return;
	out->nr_records++;
	out->nr_bytes += (uint64_t)n;
}

int merge_out_error(const struct merge_out *out, struct err *err)
{
	if (out->error.code && err)
		*err = out->error;
	return out->error.code;
}

int merge_out_commit(struct merge_out *out, struct err *err)
{
	int r;

	for (unsigned int i = 0; i < out->nr; i++)
		flush(out, &out->lanes[i]);
	r = merge_out_error(out, err);
	for (unsigned int i = 0; i < out->nr && !r; i++)
		r = newfile_commit(&out->lanes[i].file, err);
	return r;
}

void merge_out_release(struct merge_out *out)
{
	for (unsigned int i = 0; out->lanes && i < out->nr; i++) {
		free(out->lanes[i].buf);
		newfile_release(&out->lanes[i].file);
	}
	free(out->lanes);
	*out = (struct merge_out){ 0 };
}
