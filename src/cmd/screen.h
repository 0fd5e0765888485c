/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A full screen on the terminal, for live views; knows nothing of what they
 * show.  The only user of ncurses.
 *
 *	r = screen_open(&s, &err);
 *	screen_clear(s, 0);
 *	screen_put(s, 0, 0, SCREEN_BOLD, "%u things", n);
 *	key = screen_key(s, 3000);
 *	screen_close(s);
 *
 * The terminal is as it was before after screen_close, and also when the
 * program is killed: a child process waits for its end.  Text is cut at the
 * right edge, rows outside are not drawn; 80 x 24 is not assumed.  One screen,
 * one thread.
 */
#ifndef CMD_SCREEN_H
#define CMD_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/err.h"

struct screen;

enum screen_look {
	SCREEN_PLAIN,
	SCREEN_BOLD,
	SCREEN_REVERSE,
	SCREEN_UNDERLINE,
	SCREEN_ALARM,
	SCREEN_LOOK_MAX
};

/* What screen_key returns beside characters. */
enum screen_event {
	SCREEN_TIMEOUT = -1,
	SCREEN_SIGNAL = -2,	/* cmd_signal may be set: look */
	SCREEN_GONE = -3,	/* nobody is at the terminal any more */
	SCREEN_RESIZED = -4,
};

/* -ENOTTY: standard input or output is no terminal; -ENOTSUP: ncurses does not
 * know its type ($TERM). */
int screen_open(struct screen **ret, struct err *err);
void screen_close(struct screen *s);	/* NULL is fine */

int screen_rows(const struct screen *s);
int screen_columns(const struct screen *s);

/* Empties the screen from @row down. */
void screen_clear(struct screen *s, int row);

void screen_put(struct screen *s, int row, int column, enum screen_look look,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* In the middle of a row. */
void screen_center(struct screen *s, int row, enum screen_look look,
		   const char *text);

/* Shows what was put, and waits for a key or an event; @wait_ms < 0: for
 * ever.  A character, or enum screen_event. */
int screen_key(struct screen *s, int wait_ms);

/*
 * Asks for a line behind @label.  @buf: what is there already, and then what
 * was typed, always with a NUL.  Returns 1 for Enter, 0 for Escape (buf is
 * ""), or SCREEN_SIGNAL or SCREEN_GONE.
 */
int screen_prompt(struct screen *s, int row, const char *label, char *buf,
		  size_t size);

#endif
