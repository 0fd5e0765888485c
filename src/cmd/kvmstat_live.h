/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What iotape kvmstat counts on this machine: tracepoints, debugfs, QMP, as
 * one list of items.
 *
 *	r = live_open(options, &live, &err);
 *	r = live_read(live, &err);
 *	for (i = 0; i < live_items(live, &items); i++)
 *		show(&items[i]);		.value, .delta
 */
#ifndef CMD_KVMSTAT_LIVE_H
#define CMD_KVMSTAT_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/cmd/kvmstat.h"

struct live;

/* An event, an exit reason of one, or, in the view of guests, a VM. */
struct live_item {
	char name[KVMSTAT_NAME_MAX];
	char parent[KVMSTAT_NAME_MAX];	/* of a reason: its event; or "" */
	uint32_t vm;		/* in the view of guests: its process id */
	int64_t value;		/* since the start or the last reset */
	int64_t delta;		/* since the read before */
};

/* What is shown of all that is counted. */
struct live_filter {
	struct kvmstat_options fields;	/* fields only */
	uint32_t vm;			/* 0 = all */
	bool is_by_guest;
};

int live_open(const struct kvmstat_options *o, struct live **ret,
	      struct err *err);
void live_free(struct live *live);	/* NULL is fine */

/* @filter is copied, its regular expression is not.  Counts begin anew. */
void live_set_filter(struct live *live, const struct live_filter *filter);
void live_reset(struct live *live);

int live_read(struct live *live, struct err *err);

/* What the last read found; also what did not happen: it has 0.  Borrowed
 * until the next one.  Their number. */
size_t live_items(const struct live *live, const struct live_item **ret);

/* By name, a reason behind its event; the next read keeps the order. */
void live_sort(struct live *live);

/* What the last read found of tracepoints, times as well, by vCPU too if
 * @is_by_vcpu; the caller frees it. */
struct kvmstat *live_result(const struct live *live, bool is_by_vcpu);

bool live_has_tracepoints(const struct live *live);

/* kvm_stat -f help. */
void live_print_events(const struct live *live);

/* Says on stderr what is in no count.  Whether there was anything. */
bool live_say_missed(const struct live *live);

#endif
