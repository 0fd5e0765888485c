/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two passes over virtual machines' I/O (vmpath.h, vmguest.h), for
 * detail.c: what each part of the way took, when it ended.
 */
#ifndef ANALYZE_DETAIL_PATH_H
#define ANALYZE_DETAIL_PATH_H

#include "src/analyze/detail.h"

struct detail_path;

typedef void detail_step_fn(void *ctx, enum detail_step step, uint64_t time,
			    uint64_t ns);

struct detail_path *detail_path_new(detail_step_fn *step, void *ctx);
void detail_path_free(struct detail_path *p);	/* NULL is fine */
void detail_path_add(struct detail_path *p, const struct blk_rec *rec);
void detail_path_end(struct detail_path *p);

#endif
