/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

#include "src/base/xalloc.h"
#include "src/cmd/screen.h"

#define ROW_MAX		512
#define KEY_ESCAPE	27

struct screen {
	SCREEN *term;
	pid_t guard;
	int guard_fd;		/* closed by our end, whatever it is */
};

static const attr_t looks[] = {
	[SCREEN_PLAIN] = A_NORMAL,
	[SCREEN_BOLD] = A_BOLD,
	[SCREEN_REVERSE] = A_STANDOUT,
	[SCREEN_UNDERLINE] = A_UNDERLINE,
	[SCREEN_ALARM] = A_STANDOUT | A_BLINK,
};

_Static_assert(ARRAY_SIZE(looks) == SCREEN_LOOK_MAX, "each look has a row");

/* ---- the guard: gives the terminal back when we cannot ----------------------- */

static void put_capability(const char *name)
{
	const char *text = tigetstr(name);

	if (text && text != (char *)-1)
		(void)putp(text);
}

static void restore(const struct termios *saved)
{
	int ignored;

	if (setupterm(NULL, STDOUT_FILENO, &ignored) == OK) {
		put_capability("rmcup");
		put_capability("sgr0");
		put_capability("cnorm");
		(void)fflush(stdout);
	}
	(void)tcsetattr(STDIN_FILENO, TCSANOW, saved);
}

/* Reads a byte when all is well, or the end when the program was killed. */
static void run_guard(int fd, const struct termios *saved)
{
	char c;
	ssize_t n;

	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_IGN);	/* those that can be */
	do {
		n = read(fd, &c, 1);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		restore(saved);
	_exit(0);
}

static int start_guard(struct screen *s, struct err *err)
{
	struct termios saved;
	int fds[2];

	if (tcgetattr(STDIN_FILENO, &saved) || !isatty(STDOUT_FILENO))
		return err_set(err, -ENOTTY, "standard input and output are"
			       " no terminal: -1, -l, -L or --json is wanted");
	if (pipe(fds))
		return err_set_errno(err, -errno, "cannot make a pipe");
	(void)fflush(stdout);
	s->guard = fork();
	if (s->guard < 0) {
		(void)close(fds[0]);
		(void)close(fds[1]);
		return err_set_errno(err, -errno, "cannot make a process");
	}
	if (!s->guard) {
		(void)close(fds[1]);
		run_guard(fds[0], &saved);
	}
	(void)close(fds[0]);
	s->guard_fd = fds[1];
	return 0;
}

static void stop_guard(struct screen *s)
{
	if (s->guard_fd < 0)
		return;
	(void)!write(s->guard_fd, "", 1);
	(void)close(s->guard_fd);
	while (waitpid(s->guard, NULL, 0) < 0 && errno == EINTR)
		;
}

/* ---- the screen ---------------------------------------------------------------- */

int screen_open(struct screen **ret, struct err *err)
{
	struct screen *s = xcalloc(1, sizeof(*s));
	const char *type = getenv("TERM");
	int r;

	s->guard_fd = -1;
	r = start_guard(s, err);
	if (!r) {
		s->term = newterm(NULL, stdout, stdin);
		if (!s->term)
			r = err_set(err, -ENOTSUP, "TERM=%s: ncurses does not"
				    " know this terminal", type ? type : "");
	}
	if (r) {
		screen_close(s);
		return r;
	}
	(void)cbreak();
	(void)noecho();
	(void)nodelay(stdscr, TRUE);
	(void)keypad(stdscr, TRUE);
	(void)set_escdelay(100);
	(void)curs_set(0);
	*ret = s;
	return 0;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	if (s->term) {
		(void)curs_set(1);
		(void)endwin();
		delscreen(s->term);
	}
	stop_guard(s);
	free(s);
}

int screen_rows(const struct screen *s)
{
	(void)s;
	return getmaxy(stdscr);
}

int screen_columns(const struct screen *s)
{
	(void)s;
	return getmaxx(stdscr);
}

void screen_clear(struct screen *s, int row)
{
	(void)s;
	if (!row) {
		(void)erase();
		return;
	}
	if (move(row, 0) == OK)
		(void)clrtobot();
}

void screen_put(struct screen *s, int row, int column, enum screen_look look,
		const char *fmt, ...)
{
	char text[ROW_MAX];
	int room = screen_columns(s) - column;
	va_list ap;

	if (row < 0 || row >= screen_rows(s) || column < 0 || room <= 0)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* names come from other programs */
	for (char *p = text; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	(void)attrset((int)looks[look]);
	(void)mvaddnstr(row, column, text, room);
	(void)attrset(A_NORMAL);
}

void screen_center(struct screen *s, int row, enum screen_look look,
		   const char *text)
{
	int column = (screen_columns(s) - (int)strlen(text)) / 2;

	screen_put(s, row, column > 0 ? column : 0, look, "%s", text);
}

int screen_key(struct screen *s, int wait_ms)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };
	int n, c;

	(void)s;
	(void)refresh();
	n = poll(&pfd, 1, wait_ms);
	c = getch();		/* also sees the window's new size */
	if (c == KEY_RESIZE)
		return SCREEN_RESIZED;
	if (c != ERR)
		return c;
	if (n < 0)
		return SCREEN_SIGNAL;
	return n ? SCREEN_GONE : SCREEN_TIMEOUT;
}

static bool is_rubout(int key)
{
	return key == KEY_BACKSPACE || key == 127 || key == '\b';
}

int screen_prompt(struct screen *s, int row, const char *label, char *buf,
		  size_t size)
{
	size_t nr = strlen(buf);
	int result;

	(void)curs_set(1);
	for (;;) {
		int key;

		(void)move(row, 0);
		(void)clrtoeol();
		screen_put(s, row, 0, SCREEN_PLAIN, "%s%s", label, buf);
		key = screen_key(s, -1);
		if (key == SCREEN_SIGNAL || key == SCREEN_GONE) {
			result = key;
			break;
		}
		if (key == '\n' || key == '\r' || key == KEY_ENTER) {
			result = 1;
			break;
		}
		if (key == KEY_ESCAPE) {
			*buf = '\0';
			result = 0;
			break;
		}
		if (is_rubout(key) && nr)
			buf[--nr] = '\0';
		else if (key >= ' ' && key < 127 && nr + 1 < size) {
			buf[nr++] = (char)key;
			buf[nr] = '\0';
		}
	}
	(void)curs_set(0);
	return result;
}
