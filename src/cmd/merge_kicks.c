/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape merge --anchor kicks: each trace against the first one, whichever of
 * the two is the guest.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "src/analyze/kicks.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/merge.h"

static int read_kicks(const char *name, struct kicks *k, struct err *err)
{
	const struct source_options opts = { .has_companions = true };
	_cleanup_(source_freep) struct source *src = NULL;
	struct source_batch batch;
	ssize_t n = source_open(&name, 1, &opts, &src, err);

	if (n)
		return (int)n;
	while ((n = source_read(src, &batch, err)) != 0) {
		if (n < 0 && n != -EINTR)
			return (int)n;
		if (cmd_signal)
			return err_set(err, -EINTR, "ended by signal %d",
				       cmd_signal);
		for (ssize_t i = 0; i < n; i++)
			kicks_add(k, &batch.recs[i]);
	}
	return 0;
}

/* The points of a trace and of the first one. */
static int fit(const struct merge_run *run, const struct kicks *first,
	       const struct kicks *other, size_t i, struct align_side *sides,
	       struct err *err)
{
	bool is_host = first->nr_writes && other->nr_kicks;
	struct kicks_fit fit;
	struct err why = { 0 };
	int r;

	if (!is_host && !(first->nr_kicks && other->nr_writes))
		return err_set(err, -ENODATA, "--anchor kicks: of %s and %s, one"
			       " must have been recorded with --virtio, and the"
			       " other with --kvm", run->hosts[0],
			       run->hosts[i]);
	r = is_host ? kicks_fit(other, first, &fit, &why) :
		      kicks_fit(first, other, &fit, &why);
	if (r)
		return err_set(err, r, "%s and %s: %s", run->hosts[0],
			       run->hosts[i], why.text);
	sides[0].points = is_host ? fit.host : fit.guest;
	sides[1].points = is_host ? fit.guest : fit.host;
	sides[1].points.error = fit.error;
	return 0;
}

static int align_one(struct merge_run *run, const struct kicks *first,
		     size_t i, struct err *err)
{
	struct align_side sides[2] = { { .name = run->hosts[0] },
				       { .name = run->hosts[i] } };
	struct align_map maps[2];
	struct kicks other = { 0 };
	int r = read_kicks(run->sources[i], &other, err);

	if (!r)
		r = fit(run, first, &other, i, sides, err);
	if (!r)
		r = align_solve(ALIGN_ANCHOR, sides, 2, maps, err);
	if (!r)
		run->maps[i] = maps[1];
	kicks_release(&other);
	return r;
}

int merge_kicks(struct merge_run *run, struct err *err)
{
	struct kicks first = { 0 };
	int r = read_kicks(run->sources[0], &first, err);

	run->maps[0].has_error = true;
	for (size_t i = 1; i < run->nr && !r; i++)
		r = align_one(run, &first, i, err);
	kicks_release(&first);
	return r;
}
