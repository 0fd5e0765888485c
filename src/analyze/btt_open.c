/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The begin and the end of btt: its pages, its names of devices.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/btt_impl.h"
#include "src/base/xalloc.h"

/* Lines "NAME MAJOR,MINOR"; as in btt, a line with "Device" ends them. */
static int read_map(struct btt *b, struct err *err)
{
	_cleanup_(fclosep) FILE *f = fopen(b->opts.devmap, "re");
	char line[512], name[256], device[64];

	if (!f)
		return err_set_errno(err, -errno, "%s", b->opts.devmap);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "Device") ||
		    sscanf(line, "%255s %63s", name, device) != 2)
			break;
		b->maps = xgrow(b->maps, b->nr_maps, &b->cap_maps,
				sizeof(*b->maps));
		b->maps[b->nr_maps++] = (struct btt_map){
			.name = xstrdup(name), .device = xstrdup(device),
		};
	}
	return 0;
}

static FILE *open_page(struct btt *b, const char *suffix)
{
	struct btt_file f = btt_open(b, "%s.%s", b->opts.output, suffix);

	free(f.name);
	return f.f;
}

static int open_pages(struct btt *b, FILE *out)
{
	b->dat = b->avg = b->msg = out;
	if (b->opts.output) {
		b->dat = open_page(b, "dat");
		b->avg = open_page(b, "avg");
		b->msg = open_page(b, "msg");
		if (b->opts.has_easy)
			b->xvg = open_page(b, "xvg");
	}
	if (b->opts.per_io)
		b->per_io = btt_open(b, "%s", b->opts.per_io);
	btt_iostat_begin(b);
	btt_rate_open(b, &b->rate, "sys");
	return b->err.code;
}

int btt_new(const struct btt_options *opts, FILE *out, struct btt **ret_btt,
	    struct err *err)
{
	_cleanup_(btt_freep) struct btt *b = xcalloc(1, sizeof(*b));
	int r;

	b->opts = *opts;
	b->last_q = BTT_NEVER;
	b->pause.seconds = opts->range_delta;
	if (opts->range_delta > 1e-6 && opts->range_delta < 1e9)
		b->pause.less_ns = (uint64_t)(opts->range_delta * 1e9) - 2;
	if (opts->devmap) {
		r = read_map(b, err);
		if (r)
			return r;
	}
	if (open_pages(b, out)) {
		r = b->err.code;
		return err_set(err, r, "%s", b->err.text);
	}
	*ret_btt = TAKE_PTR(b);
	return 0;
}

static void close_page(struct btt *b, FILE **page)
{
	if (b->opts.output && *page) {
		if ((ferror(*page) || fflush(*page)) && !b->err.code)
			(void)err_set_errno(&b->err, errno ? -errno : -EIO,
					    "%s", b->opts.output);
		(void)fclose(*page);
	}
	*page = NULL;
}

/* After err_set the same code is returned. */
static void close_all(struct btt *b)
{
	for (size_t i = 0; i < b->nr_devs; i++)
		btt_dev_close(b, b->devs[i]);
	btt_rate_close(b, &b->rate);
	btt_close(b, &b->per_io, false);
	btt_close(b, &b->iostat, false);
	close_page(b, &b->avg);
	close_page(b, &b->dat);
	close_page(b, &b->msg);
	close_page(b, &b->xvg);
}

int btt_finish(struct btt *b, struct err *err)
{
	btt_procs_sort(&b->procs);
	btt_avg_print(b);
	btt_range_print(b);
	btt_iostat_end(b);
	/* the last second that is told ends with the last event */
	close_all(b);
	if (b->err.code)
		return err_set(err, b->err.code, "%s", b->err.text);
	return 0;
}

void btt_free(struct btt *b)
{
	if (!b)
		return;
	if (b->avg)
		close_all(b);
	for (size_t i = 0; i < b->nr_devs; i++) {
		btt_region_release(&b->devs[i]->region);
		btt_live_release(&b->devs[i]->live);
		free(b->devs[i]);
	}
	free(b->devs);
	for (size_t i = 0; i < b->nr_maps; i++) {
		free(b->maps[i].name);
		free(b->maps[i].device);
	}
	free(b->maps);
	btt_procs_release(&b->procs);
	btt_region_release(&b->region);
	btt_live_release(&b->live);
	rb_release(&b->tree);
	free(b->qs);
	free(b->found);
	free(b);
}
