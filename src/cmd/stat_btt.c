/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape stat --btt: the trace as blkparse -d would hand it to btt.
 */
#include "config.h"

#include <errno.h>

#include "src/analyze/ahead.h"
#include "src/cmd/cmd.h"
#include "src/cmd/stat.h"

/* What blkparse sorts by time; all other notes keep their own times. */
static bool is_sorted(const struct blk_rec *rec)
{
	return !blk_is_notify(rec) ||
	       rec->action == BLK_TC_ACT(BLK_TC_NOTIFY) + BLK_TN_MESSAGE;
}

/* A merged dump, or a stream in a file, is taken as it is. */
static bool has_own_times(const struct source *src)
{
	const struct source_file *files;

	return source_files(src, &files) && files[0].cpu < 0 &&
	       !source_is_live(src);
}

static int read_all(struct source *src, struct btt *btt, struct err *err)
{
	_cleanup_(ahead_freep) struct ahead *ahead = NULL;
	bool is_first = !has_own_times(src);
	struct source_batch batch;
	uint64_t genesis = 0;
	ssize_t n;

	ahead = ahead_new(src);
	while (!cmd_signal && (n = ahead_read(ahead, &batch, err)) != 0) {
		if (n == -EINTR)
			continue;
		if (n < 0)
			return (int)n;
		for (size_t i = 0; i < batch.nr; i++) {
			struct blk_rec rec = batch.recs[i];

			if (is_sorted(&rec)) {
				if (is_first)
					genesis = rec.time;
				is_first = false;
				rec.time -= genesis;
			}
			if (btt_add(btt, &rec))
				return 0;
		}
	}
	return 0;
}

int stat_btt(const char *const *names, size_t nr_names,
	     const struct btt_options *opts, struct source **ret_src,
	     struct err *err)
{
	_cleanup_(btt_freep) struct btt *btt = NULL;
	int r;

	/* btt reads a dump as it stands there */
	r = source_open(names, nr_names, &(struct source_options){
			.notes_ahead = SOURCE_NOTES_BLKPARSE,
			.keeps_order = true }, ret_src, err);
	if (r)
		return r;
	r = btt_new(opts, stdout, &btt, err);
	if (r)
		return r;
	r = read_all(*ret_src, btt, err);
	return r ? r : btt_finish(btt, err);
}
