/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames into ffmpeg, which makes the file.  It reads a socket, so that its
 * end is an error of send() and not a signal; what it complains about it
 * writes into a file in memory.
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plots/out_movie.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

#define ARGS_MAX	48
#define WORDS_MAX	160	/* of its complaint */

extern char **environ;

struct ffmpeg {
	pid_t pid;		/* 0 = there is no process */
	int in;			/* our end of its input; -1 = closed */
	int complaints;		/* its standard error; -1 = none */
	size_t row_bytes, rows;
};

/* ---- its command line ---------------------------------------------------- */

struct args {
	const char *list[ARGS_MAX];
	size_t nr;
};

static void add(struct args *a, const char *arg)
{
	assert(a->nr + 1 < ARGS_MAX);
	a->list[a->nr++] = arg;
}

static void add_all(struct args *a, const char *const *list)
{
	for (; list && *list; list++)
		add(a, *list);
}

/* Pixels are 0xXXRRGGBB in native order. */
static const char *pixel_format(void)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "bgr0" : "0rgb";
}

static int spawn(struct ffmpeg *f, const struct args *a, int in, int out,
		 struct err *err)
{
	posix_spawn_file_actions_t files;
	sigset_t none, defaults;
	posix_spawnattr_t attr;
	int r;

	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &defaults);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(&files, f->complaints,
					       STDERR_FILENO);
	r = posix_spawnp(&f->pid, a->list[0], &files, &attr,
			 (char *const *)(uintptr_t)a->list, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	if (r) {
		f->pid = 0;
		return err_set(err, -r, "ffmpeg: %s; it makes the movie, unless"
			       " the file is a .png", strerror(r));
	}
	return 0;
}

/* ---- its end ------------------------------------------------------------- */

/* The last line that it wrote, without control characters. */
static void read_complaint(const struct ffmpeg *f, char ret[WORDS_MAX])
{
	off_t size = lseek(f->complaints, 0, SEEK_END);
	off_t from = size > WORDS_MAX - 1 ? size - (WORDS_MAX - 1) : 0;
	ssize_t n = pread(f->complaints, ret, WORDS_MAX - 1, from);
	char *line;

	if (n < 0)
		n = 0;
	while (n && ret[n - 1] == '\n')
		n--;
	ret[n] = '\0';
	line = strrchr(ret, '\n');
	if (line)
		memmove(ret, line + 1, strlen(line));
	for (char *p = ret; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

/* Waits for its end.  Returns 0 if it made the file. */
static int reap(struct ffmpeg *f, struct err *err)
{
	char words[WORDS_MAX];
	int status = 0;

	f->in = f->in >= 0 ? (void)close(f->in), -1 : -1;
	while (waitpid(f->pid, &status, 0) < 0)
		if (errno != EINTR)
			break;
	f->pid = 0;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	read_complaint(f, words);
	if (WIFSIGNALED(status))
		return err_set(err, -EIO, "ffmpeg: ended by signal %d: there is"
			       " no movie", WTERMSIG(status));
	return err_set(err, -EIO, "ffmpeg: ended with status %d: %s",
		       WEXITSTATUS(status),
		       *words ? words : "there is no movie");
}

static void ffmpeg_free(void *out)
{
	struct ffmpeg *f = out;

	if (!f)
		return;
	if (f->pid) {
		(void)kill(f->pid, SIGKILL);
		(void)reap(f, NULL);
	}
	if (f->in >= 0)
		(void)close(f->in);
	if (f->complaints >= 0)
		(void)close(f->complaints);
	free(f);
}

/* ---- frames -------------------------------------------------------------- */

static int start(struct ffmpeg *f, const struct args *a, FILE *stream,
		 struct err *err)
{
	int ends[2], r;

	f->complaints = memfd_create("ffmpeg", MFD_CLOEXEC);
	if (f->complaints < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return err_set_errno(err, -errno, "ffmpeg: its input");
	f->in = ends[0];
	r = spawn(f, a, ends[1], fileno(stream), err);
	(void)close(ends[1]);
	return r;
}

static int ffmpeg_begin(const struct movie_out_options *o, void **ret,
			struct err *err)
{
	_cleanup_(freep) char *size = xasprintf("%ux%u", o->width, o->height);
	_cleanup_(freep) char *fps = xasprintf("%u", o->fps);
	_cleanup_(freep) char *file =
		o->path ? xasprintf("file:%s", o->path) : xstrdup("pipe:1");
	_cleanup_(freep) char *title = xasprintf("title=%s", o->notes[0].text);
	struct ffmpeg *f = xcalloc(1, sizeof(*f));
	const char *const input[] = {
		"ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin",
		"-y", "-f", "rawvideo", "-pixel_format", pixel_format(),
		"-video_size", size, "-framerate", fps, "-i", "pipe:0", "-an",
		"-vcodec", o->codec ? o->codec : o->format->codec, NULL
	};
	const char *const output[] = {
		"-pix_fmt", "yuv420p", "-metadata", title, "-f",
		o->format->muxer, file, NULL
	};
	/* mp4 that is written in order */
	static const char *const in_order[] = {
		"-movflags", "frag_keyframe+empty_moov", NULL
	};
	struct args args = { .nr = 0 };

	add_all(&args, input);
	if (!o->codec)
		add_all(&args, o->format->args);
	if (!o->path && !strcmp(o->format->muxer, "mp4"))
		add_all(&args, in_order);
	add_all(&args, output);
	f->in = f->complaints = -1;
	f->row_bytes = o->width * sizeof(uint32_t);
	f->rows = o->height;
	*ret = f;
	return start(f, &args, o->stream, err);
}

static int send_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int ffmpeg_frame(void *out, const uint32_t *pixels, size_t stride,
			struct err *err)
{
	struct ffmpeg *f = out;
	const char *p = (const char *)pixels;

	for (size_t row = 0; row < f->rows; row++) {
		int r = send_all(f->in, p + row * stride, f->row_bytes);

		if (!r)
			continue;
		/* it ended early: its status says more */
		if (!reap(f, err))
			return err_set(err, r, "ffmpeg: ended before the last"
				       " frame: there is no movie");
		return r;
	}
	return 0;
}

static int ffmpeg_end(void *out, struct err *err)
{
	return reap(out, err);
}

const struct movie_coder movie_ffmpeg = {
	.begin = ffmpeg_begin,
	.frame = ffmpeg_frame,
	.end = ffmpeg_end,
	.free = ffmpeg_free,
};
