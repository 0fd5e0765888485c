/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "formats/blk_abi.h"
#include "src/analyze/tag_helper.h"
#include "src/analyze/tag_reply.h"
#include "src/base/words.h"
#include "src/base/xalloc.h"

#define PIPE_BYTES (1 << 20) /* asked for; the system may give less */
#define READ_BYTES (64u << 10)
#define HEAD_BYTES sizeof(struct blk_io_trace_v7)
#define REAP_MS	   500u /* from the end of its output to its exit */

struct tag_helper {
	char *command;
	char *problem; /* NULL = none */
	struct labels *labels;
	struct map64 declared; /* its tag -> number of the label */
	const volatile int *stop;
	pid_t pid; /* 0 = there is no process */
	int in, out; /* our ends of its input and output; -1 = closed */
	uint32_t timeout_ms, window;
	struct tag_reply reply;
	uint32_t *tags; /* of the records of the batch */
	size_t cap_tags;
	const struct tag_batch *batch;
	size_t nr_bytes;    /* of the batch that it was sent */
	size_t nr_sent;	    /* records, at least their header */
	size_t nr_answered; /* records */
	uint64_t nr_before; /* answers of the batches before */
	uint64_t since_ms;  /* of the newest answer */
	size_t noise;	    /* bytes since then */
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- its end --------------------------------------------------------------
 */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* Waits for its exit.  True if it has ended; the status is in *ret_status. */
static bool reap(struct tag_helper *h, uint32_t wait_ms, int *ret_status)
{
	uint64_t end = now_ms() + wait_ms;
	int status = 0;

	while (h->pid) {
		pid_t pid = waitpid(h->pid, &status, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			status = 0;
		if (pid == h->pid || (pid < 0 && errno == ECHILD)) {
			h->pid = 0;
			break;
		}
		if (now_ms() >= end)
			return false;
		(void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	*ret_status = status;
	return true;
}

/* It, and what it has started. */
static void finish(struct tag_helper *h)
{
	int status;

	close_fd(&h->in);
	close_fd(&h->out);
	if (!h->pid)
		return;
	(void)kill(-h->pid, SIGKILL);
	(void)reap(h, 2 * REAP_MS, &status);
}

/* "tag helper "x" ...".  Only the first problem is kept. */
__attribute__((format(printf, 2, 3)))
static void set_problem(struct tag_helper *h, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (h->problem)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	h->problem = xasprintf("tag helper \"%.200s\" %s", h->command, text);
	finish(h);
}

/* A problem in the middle of things. */
static void give_up(struct tag_helper *h, const char *what)
{
	set_problem(h,
		    "%s, after it had answered %" PRIu64 " records;"
		    " it is used no more",
		    what, h->nr_before + h->nr_answered);
}

static void describe_exit(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(buf, size, "was killed by signal %d",
			       WTERMSIG(status));
	else
		(void)snprintf(buf, size, "ended with status %d",
			       WEXITSTATUS(status));
}

/* Its output has ended while answers are due. */
static void take_eof(struct tag_helper *h)
{
	char what[128] = "closed its output";
	int status;

	if (reap(h, REAP_MS, &status))
		describe_exit(status, what, sizeof(what));
	if (tag_reply_is_open(&h->reply)) {
		size_t len = strlen(what);

		(void)snprintf(what + len, sizeof(what) - len,
			       " in the middle of an answer");
	}
	give_up(h, what);
}

static void take_timeout(struct tag_helper *h)
{
	double seconds = h->timeout_ms / 1e3;
	int status = 0, unread = 0;
	char what[128];

	if (h->pid && waitpid(h->pid, &status, WNOHANG | WUNTRACED) > 0) {
		if (WIFSTOPPED(status))
			(void)snprintf(what, sizeof(what),
				       "was stopped by signal %d and answered"
				       " nothing for %g s",
				       WSTOPSIG(status), seconds);
		else
			describe_exit(status, what, sizeof(what));
		if (!WIFSTOPPED(status))
			h->pid = 0;
		give_up(h, what);
		return;
	}
	if (h->in >= 0)
		(void)ioctl(h->in, FIONREAD, &unread);
	if (tag_reply_is_open(&h->reply))
		(void)snprintf(what, sizeof(what),
			       "stopped in the middle of an answer for %g s",
			       seconds);
	else if (unread > 0)
		(void)snprintf(what, sizeof(what),
			       "read none of %d bytes and answered nothing"
			       " for %g s",
			       unread, seconds);
	else
		(void)snprintf(what, sizeof(what),
			       "answered nothing for %g s", seconds);
	give_up(h, what);
}

/* ---- one step of each direction -------------------------------------------
 */

static void take_tag_io(struct tag_helper *h, uint32_t tag)
{
	const uint64_t *label = map64_get(&h->declared, tag);
	char what[64];

	if (label) {
		h->tags[h->nr_answered] = (uint32_t)*label;
		return;
	}
	(void)snprintf(what, sizeof(what),
		       "used tag %u, which it had not declared", tag);
	give_up(h, what);
}

static void take_new_tag(struct tag_helper *h, const struct tag_answer *a)
{
	uint32_t label;

	if (h->declared.nr >= TAG_HELPER_TAGS_MAX &&
	    !map64_get(&h->declared, a->tag)) {
		give_up(h, "declared more than 65536 tags");
		return;
	}
	label = labels_add(h->labels, a->label, strlen(a->label));
	if (!label)
		give_up(h, "declared a tag when there were 65536 labels");
	else
		*map64_put(&h->declared, a->tag) = label;
}

static void take_answer(struct tag_helper *h, const struct tag_answer *a)
{
	if (h->nr_answered >= h->nr_sent)
		give_up(h, "answered more records than it was sent");
	else if (a->kind == TAG_REPLY_TAG_IO)
		take_tag_io(h, a->tag);
	else if (a->kind == TAG_REPLY_NEW_TAG)
		take_new_tag(h, a);
	else
		h->nr_answered++;
}

static void take_bytes(struct tag_helper *h, const uint8_t *p, size_t len)
{
	const uint8_t *end = p + len;
	size_t nr_answered = h->nr_answered;
	struct tag_answer answer;
	struct err err = {0};
	int r = 0;

	while (!h->problem &&
	       (r = tag_reply_next(&h->reply, &p, end, &answer, &err)) > 0)
		take_answer(h, &answer);
	if (r < 0)
		give_up(h, err.text);
	h->noise += len;
	if (h->nr_answered != nr_answered) {
		h->since_ms = now_ms();
		h->noise = 0;
	} else if (h->noise > TAG_HELPER_NOISE_MAX) {
		give_up(h, "sent over 1 MiB about one record");
	}
}

static void pull(struct tag_helper *h)
{
	uint8_t buf[READ_BYTES];
	ssize_t n = read(h->out, buf, sizeof(buf));

	if (n > 0)
		take_bytes(h, buf, (size_t)n);
	else if (!n || (errno != EAGAIN && errno != EINTR))
		take_eof(h);
}

/* Up to where it may be sent the batch now. */
static size_t limit_of(const struct tag_helper *h)
{
	size_t nr = h->batch->nr - h->nr_answered;

	if (nr > h->window)
		nr = h->window;
	return h->batch->starts[h->nr_answered + nr];
}

static void push(struct tag_helper *h)
{
	const struct tag_batch *b = h->batch;
	ssize_t n = write(h->in, b->bytes + h->nr_bytes,
			  limit_of(h) - h->nr_bytes);

	if (n > 0)
		h->nr_bytes += (size_t)n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		/* what it still has to say, or its end, comes by its output */
		close_fd(&h->in);
	while (h->nr_sent < b->nr &&
	       b->starts[h->nr_sent] + HEAD_BYTES <= h->nr_bytes)
		h->nr_sent++;
}

/* ---- a batch --------------------------------------------------------------
 */

static void begin(struct tag_helper *h, const struct tag_batch *batch)
{
	if (h->cap_tags < batch->nr) {
		h->cap_tags = batch->nr;
		h->tags = xreallocarray(h->tags, h->cap_tags,
					sizeof(*h->tags));
	}
	memset(h->tags, 0, batch->nr * sizeof(*h->tags));
	h->batch = batch;
	h->nr_before += h->nr_answered;
	h->nr_answered = h->nr_sent = h->nr_bytes = h->noise = 0;
	h->since_ms = now_ms();
}

static bool is_busy(const struct tag_helper *h)
{
	return !h->problem && h->nr_answered < h->batch->nr;
}

/* Fills two rows for each helper.  Returns how long to wait, -1 = no one. */
static int prepare(struct tag_helper *const *helpers, size_t nr,
		   struct pollfd *fds)
{
	uint64_t now = now_ms();
	int64_t wait = -1;

	for (size_t i = 0; i < nr; i++) {
		struct tag_helper *h = helpers[i];
		bool may_push;
		int64_t left;

		fds[2 * i].fd = fds[2 * i + 1].fd = -1;
		fds[2 * i].revents = fds[2 * i + 1].revents = 0;
		if (!is_busy(h))
			continue;
		may_push = h->in >= 0 && h->nr_bytes < limit_of(h);
		fds[2 * i] = (struct pollfd){.fd = h->out, .events = POLLIN};
		if (may_push)
			fds[2 * i + 1] = (struct pollfd){.fd = h->in,
							 .events = POLLOUT};
		left = (int64_t)(h->since_ms + h->timeout_ms - now);
		if (left < 0)
			left = 0;
		if (wait < 0 || left < wait)
			wait = left;
	}
	return (int)wait;
}

static void step(struct tag_helper *h, const struct pollfd fds[2])
{
	if (fds[1].fd >= 0 && fds[1].revents)
		push(h);
	if (fds[0].fd >= 0 && fds[0].revents)
		pull(h);
	/* looked at last: we may have been stopped for long */
	if (is_busy(h) && !fds[0].revents &&
	    now_ms() - h->since_ms >= h->timeout_ms)
		take_timeout(h);
}

static int exchange(struct tag_helper *const *helpers, size_t nr,
		    struct pollfd *fds)
{
	int wait;

	while ((wait = prepare(helpers, nr, fds)) >= 0) {
		if (poll(fds, 2 * nr, wait) < 0 && errno == EINTR)
			for (size_t i = 0; i < 2 * nr; i++)
				fds[i].revents = 0;
		if (helpers[0]->stop && *helpers[0]->stop)
			return -EINTR;
		for (size_t i = 0; i < nr; i++)
			if (is_busy(helpers[i]))
				step(helpers[i], &fds[2 * i]);
	}
	return 0;
}

int tag_helper_exchange(struct tag_helper *const *helpers, size_t nr,
			const struct tag_batch *batch)
{
	_cleanup_(freep) struct pollfd *fds = NULL;
	int r;

	if (!nr)
		return 0;
	fds = xcalloc(2 * nr, sizeof(*fds));
	for (size_t i = 0; i < nr; i++)
		begin(helpers[i], batch);
	r = exchange(helpers, nr, fds);
	for (size_t i = 0; i < nr; i++)
		if (helpers[i]->problem)
			memset(helpers[i]->tags, 0,
			       batch->nr * sizeof(*helpers[i]->tags));
	return r;
}

const uint32_t *tag_helper_tags(const struct tag_helper *h)
{
	return h->tags;
}

/* ---- beginning and end ----------------------------------------------------
 */

/* Reads what should be nothing, until its output ends. */
static void drain(struct tag_helper *h)
{
	uint64_t end = now_ms() + h->timeout_ms;
	char buf[4096];

	for (;;) {
		struct pollfd fd = {.fd = h->out, .events = POLLIN};
		uint64_t now = now_ms();
		ssize_t n;

		if (now >= end || (h->stop && *h->stop))
			return;
		if (poll(&fd, 1, (int)(end - now)) <= 0)
			continue;
		n = read(h->out, buf, sizeof(buf));
		if (n > 0)
			set_problem(h, "wrote on after its last answer");
		if (n == 0 || h->problem)
			return;
	}
}

static void end_one(struct tag_helper *h)
{
	char what[64];
	int status;

	drain(h);
	if (h->problem || (h->stop && *h->stop))
		return;
	if (!reap(h, h->timeout_ms, &status)) {
		set_problem(h, "answered everything, but had not ended %g s"
			    " after its input did", h->timeout_ms / 1e3);
	} else if (status) {
		describe_exit(status, what, sizeof(what));
		set_problem(h, "%s after it had answered everything", what);
	}
}

void tag_helper_end(struct tag_helper *const *helpers, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		close_fd(&helpers[i]->in);
	for (size_t i = 0; i < nr; i++)
		if (!helpers[i]->problem)
			end_one(helpers[i]);
}

const char *tag_helper_problem(const struct tag_helper *h)
{
	return h->problem;
}

/* A program that ignores what we ignore would not end when we do. */
static int spawn(char **words, const char *dir, int in, int out,
		 pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all, none;
	int r;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
						      POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETSIGMASK);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	r = posix_spawnp(ret_pid, words[0], &actions, &attr, words, environ);
	if (r == ENOENT && dir && !strchr(words[0], '/')) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", dir,
							words[0]);

		r = posix_spawn(ret_pid, path, &actions, &attr, words,
				environ);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attr);
	return -r;
}

static int open_and_spawn(struct tag_helper *h, char **words, const char *dir,
			  struct err *err)
{
	int to[2] = {-1, -1}, from[2] = {-1, -1};
	int r = 0;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		r = -errno;
	if (!r)
		r = spawn(words, dir, to[0], from[1], &h->pid);
	close_fd(&to[0]);
	close_fd(&from[1]);
	h->in = to[1];
	h->out = from[0];
	if (r) {
		h->pid = 0;
		return err_set_errno(err, r, "tag helper \"%s\"", words[0]);
	}
	(void)fcntl(h->in, F_SETPIPE_SZ, PIPE_BYTES);
	(void)fcntl(h->out, F_SETPIPE_SZ, PIPE_BYTES);
	if (fcntl(h->in, F_SETFL, O_NONBLOCK) ||
	    fcntl(h->out, F_SETFL, O_NONBLOCK))
		return err_set_errno(err, -errno, "tag helper \"%s\"",
				     words[0]);
	return 0;
}

int tag_helper_start(const struct tag_helper_options *o,
		     struct labels *labels, struct tag_helper **ret_helper,
		     struct err *err)
{
	_cleanup_(tag_helper_freep) struct tag_helper *h = NULL;
	_cleanup_(words_freep) char **words = NULL;
	ssize_t n = words_split(o->command, &words, err);
	int r;

	if (n <= 0)
		return n < 0 ? (int)n :
			       err_set(err, -EINVAL,
				       "a tag helper without a command");
	h = xcalloc(1, sizeof(*h));
	h->command = xstrdup(o->command);
	h->labels = labels;
	h->stop = o->stop;
	h->timeout_ms = o->timeout_ms ? o->timeout_ms : TAG_HELPER_TIMEOUT_MS;
	h->window = o->window ? o->window : TAG_HELPER_WINDOW;
	h->in = h->out = -1;
	r = open_and_spawn(h, words, o->dir, err);
	if (!r)
		*ret_helper = TAKE_PTR(h);
	return r;
}

void tag_helper_free(struct tag_helper *h)
{
	if (!h)
		return;
	finish(h);
	map64_release(&h->declared);
	free(h->command);
	free(h->problem);
	free(h->tags);
	free(h);
}
