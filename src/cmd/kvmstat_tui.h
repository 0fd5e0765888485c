/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of kvmstat's screen share: kvmstat_tui.c refreshes it,
 * kvmstat_draw.c draws it, kvmstat_keys.c is its keys.
 */
#ifndef CMD_KVMSTAT_TUI_H
#define CMD_KVMSTAT_TUI_H

#include <stdbool.h>
#include <stdint.h>

#include "src/analyze/vmname.h"
#include "src/base/err.h"
#include "src/cmd/kvmstat_live.h"
#include "src/cmd/screen.h"

#define TUI_FIRST_MS	250	/* to the first values, and after a prompt */
#define TUI_INPUT_MAX	128

enum tui_view {
	TUI_COUNTS,
	TUI_TIMES,		/* by exit reason */
	TUI_VCPUS,		/* times by vCPU */
};

struct tui {
	struct screen *screen;
	struct live *live;
	struct live_filter filter;
	struct pattern *regex;		/* of the keys; filter.fields may be -f's */
	char gname[VMNAME_MAX];		/* of filter.vm */
	double delay;			/* s */
	double last;			/* time of the last read */
	bool is_by_total;
	bool has_children;
	enum tui_view view;
	bool is_over;
	struct err *err;		/* of the whole command */
};

/* Empties the screen but for what is above the table. */
void tui_draw_header(const struct tui *t);

/* The table, of what was read last, @seconds after the read before. */
void tui_draw(const struct tui *t, double seconds);

/* Counts begin anew. */
void tui_apply_filter(struct tui *t);
void tui_reset(struct tui *t);
void tui_set_vm(struct tui *t, uint32_t vm);	/* 0 = all */

/* False: it is no regular expression; nothing is changed. */
bool tui_set_regex(struct tui *t, const char *text);
/* What it filters by, or "". */
const char *tui_regex(const struct tui *t);

/* What a key does; returns in how many ms values are wanted, 0 = at once. */
int tui_press(struct tui *t, int key);

#endif
