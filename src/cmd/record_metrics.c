/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/units.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/metrics.h"
#ifdef HAVE_MICROHTTPD
#include "src/cmd/metrics_http.h"
#endif
#include "src/cmd/record_metrics.h"

#define PERIOD_NS	UINT64_C(15000000000)
#define PERIOD_MIN_NS	UINT64_C(100000000)
#define PERIOD_MAX_NS	UINT64_C(3600000000000)
#define TELL_MS		1000
#define SEND_S		5	/* the server takes a text, or is stuck */
#define END_MS		2000	/* both have ended, or are stuck */
#define KILL_MS		200
#define REAP_NS		5000000

enum {
	OPT_METRICS = 0x380,
	OPT_METRICS_INTERVAL,
	OPT_LISTEN,
	OPT_NO_TRACE,
};

static const struct argp_option option_table[] = {
	{ NULL, 0, NULL, 0, "Metrics for Prometheus:", 4 },
	{ "metrics", OPT_METRICS, "FILE", 0, "keep FILE current, for"
	  " node_exporter's textfile collector", 4 },
	{ "metrics-interval", OPT_METRICS_INTERVAL, "TIME", 0, "how often it is"
	  " written [15s]", 4 },
	{ "listen", OPT_LISTEN, "[ADDRESS:]PORT", 0, "serve"
	  " http://ADDRESS:PORT/metrics [127.0.0.1]", 4 },
	{ "no-trace", OPT_NO_TRACE, NULL, 0, "write no trace: only count;"
	  " without a DEVICE, all disks", 4 },
	{ 0 },
};

static void set_address(struct record_metrics *m, const char *arg,
			const struct argp_state *state)
{
#ifdef HAVE_MICROHTTPD
	if (!metrics_is_address(arg))
		argp_error(state, "--listen %s: PORT, ADDRESS:PORT or"
			   " [ADDRESS]:PORT is wanted, in numbers", arg);
	m->address = arg;
#else
	(void)m;
	argp_failure(state, CMD_FAILED, 0, "--listen %s: iotape was built"
		     " without libmicrohttpd", arg);
#endif
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct record_metrics *m = state->input;

	switch (key) {
	case OPT_METRICS:
		if (!*arg || !strcmp(arg, "-"))
			argp_error(state, "--metrics \"%s\": the name of a"
				   " file is wanted", arg);
		m->file = arg;
		break;
	case OPT_METRICS_INTERVAL:
		if (units_parse(arg, UNITS_TIME, &m->period_ns) ||
		    m->period_ns < PERIOD_MIN_NS ||
		    m->period_ns > PERIOD_MAX_NS)
			argp_error(state, "--metrics-interval %s: a time from"
				   " 100ms to 1h is wanted, such as 15s", arg);
		break;
	case OPT_LISTEN:
		set_address(m, arg, state);
		break;
	case OPT_NO_TRACE:
		m->no_trace = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp record_metrics_argp = { option_table, parse_option, NULL,
					  NULL, NULL, NULL, NULL };

bool record_metrics_is_on(const struct record_metrics *m)
{
	return m->file || m->address;
}

/* ---- disks ---- */

struct disks_list {
	uint32_t *disks; /* owned */
	size_t nr, cap;
};

/* The disk of @dev, and those it lies on: dm and md have no requests. */
static void add_disk(struct disks_list *l, const struct dev *dev)
{
	for (size_t i = 0; i < l->nr; i++)
		if (l->disks[i] == dev->disk)
			return;
	l->disks = xgrow(l->disks, l->nr, &l->cap, sizeof(*l->disks));
	l->disks[l->nr++] = dev->disk;
	for (unsigned int i = 0; i < dev->nr_below; i++) {
		struct dev below;

		if (!dev_find_number("/sys", "", dev->below[i], &below, NULL))
			add_disk(l, &below);
	}
}

/* ---- processes ---- */

struct channels {
	int listener;	/* -1 = no server */
	int ask[2];	/* the server's end, the collector's end */
	int ready[2];
	int control[2];
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void close_channels(struct channels *c)
{
	close_one(&c->listener);
	for (unsigned int i = 0; i < 2; i++) {
		close_one(&c->ask[i]);
		close_one(&c->ready[i]);
		close_one(&c->control[i]);
	}
}

static int open_channels(const struct record_metrics *m, struct channels *c,
			 struct err *err)
{
	const struct timeval patience = { .tv_sec = SEND_S };

#ifdef HAVE_MICROHTTPD
	int r = m->address ? metrics_listen(m->address, &c->listener, err) : 0;

	if (r)
		return r;
#endif
	if (m->address && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				     c->ask))
		return err_set_errno(err, -errno, "a pair of sockets");
	if (m->address)
		(void)setsockopt(c->ask[1], SOL_SOCKET, SO_SNDTIMEO, &patience,
				 sizeof(patience));
	if (pipe2(c->ready, O_CLOEXEC) || pipe2(c->control, O_CLOEXEC))
		return err_set_errno(err, -errno, "a pipe");
	return 0;
}

/*
 * Ctrl-C is for the recorder, which tells its processes when to end.  What is
 * read or written by others is not theirs.
 */
static void become_child(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
	int fd = open("/dev/null", O_RDWR);

	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	if (fd >= 0) {
		(void)dup2(fd, STDIN_FILENO);
		(void)dup2(fd, STDOUT_FILENO);
	}
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

#ifdef HAVE_MICROHTTPD
static void close_from(int first, int last)
{
#ifdef SYS_close_range	/* 5.9; else they stay, and nobody asks for them */
	if (first <= last)
		(void)syscall(SYS_close_range, first, last, 0);
#endif
}

/* Whatever is open, also what the shell left, but stdio and @fds. */
static void close_others(const int *fds, size_t nr)
{
	int from = STDERR_FILENO + 1, next = 0;

	while (next != INT_MAX) {
		next = INT_MAX;
		for (size_t i = 0; i < nr; i++)
			if (fds[i] >= from && fds[i] < next)
				next = fds[i];
		close_from(from, next == INT_MAX ? next : next - 1);
		from = next == INT_MAX ? next : next + 1;
	}
}

/* Loaded here, so that what fails is said before anything runs. */
static pid_t start_server(struct channels *c, struct err *err)
{
	const int kept[] = { c->listener, c->ask[0], c->control[0] };
	const pid_t parent = getpid();
	struct metrics_http http;
	int r = metrics_http_load(&http, err);
	pid_t pid = r ? r : fork();

	if (pid < 0 && !r)
		return err_set_errno(err, -errno, "a process");
	if (pid)
		return pid;
	become_child();
	/* a recorder that is killed takes it along */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(CMD_FAILED);
	close_one(&c->ask[1]);
	close_one(&c->ready[1]);
	close_one(&c->control[1]);
	close_others(kept, ARRAY_SIZE(kept));
	_exit(metrics_serve(&http, c->listener, c->ask[0], c->control[0]));
}
#endif

static pid_t start_collector(const struct record_metrics *m,
			     const struct record_devices *d,
			     struct channels *c)
{
	struct disks_list l = { 0 };
	struct metrics_collect mc = {
		.patterns = d->patterns, .nr_patterns = d->nr_patterns,
		.file = m->file,
		.period_ns = m->period_ns ? m->period_ns : PERIOD_NS,
		.shared = m->shared, .ready = c->ready[1],
		.control = c->control[0], .server = c->ask[1],
	};
	pid_t pid = fork();

	if (pid)
		return pid;
	become_child();
	close_one(&c->listener);
	close_one(&c->ask[0]);
	close_one(&c->ready[0]);
	close_one(&c->control[1]);
	for (size_t i = 0; i < d->nr; i++)
		add_disk(&l, &d->devs[i]);
	mc.disks = l.disks;
	mc.nr_disks = l.nr;
	_exit(metrics_collect(&mc));
}

static int start_both(struct record_metrics *m, const struct record_devices *d,
		      struct channels *c, struct err *err)
{
	void *p = mmap(NULL, sizeof(*m->shared), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return err_set_errno(err, -errno, "memory for metrics");
	m->shared = p;
	(void)fflush(NULL);
#ifdef HAVE_MICROHTTPD
	if (m->address) {
		m->server = start_server(c, err);
		if (m->server < 0)
			return m->server;
	}
#endif
	m->collector = start_collector(m, d, c);
	if (m->collector < 0)
		return err_set_errno(err, -errno, "a process");
	return 0;
}

int record_metrics_start(struct record_metrics *m,
			 const struct record_devices *d)
{
	struct channels c = { -1, { -1, -1 }, { -1, -1 }, { -1, -1 } };
	struct err err = { 0 };
	char byte;
	int r;

	if (!record_metrics_is_on(m))
		return CMD_OK;
	m->control = -1;
	r = open_channels(m, &c, &err);
	if (!r)
		r = start_both(m, d, &c, &err);
	close_one(&c.ready[1]);
	if (!r && read(c.ready[0], &byte, 1) == 1)
		m->control = TAKE_FD(c.control[1]);
	close_channels(&c);
	if (!r && m->control >= 0)
		return CMD_OK;
	if (r)
		cmd_error("%s", err.text);
	/* else the collector has said it */
	(void)record_metrics_stop(m, NULL);
	return CMD_FAILED;
}

/* ---- the recorder's numbers ---- */

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void put(uint64_t *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELAXED);
}

static void tell_trace(struct metrics_trace *to, const struct trace *t)
{
	uint64_t events = 0, bytes = 0, unwritten = 0;

	for (unsigned int cpu = 0; cpu < t->nr_cpus; cpu++) {
		events += t->lanes[cpu].nr_events;
		bytes += t->lanes[cpu].nr_bytes;
		unwritten += trace_nr_unwritten(t, cpu);
	}
	put(&to->events, events);
	put(&to->bytes, bytes);
	put(&to->unwritten, unwritten);
	put(&to->lost, trace_nr_lost(t));
}

static void tell(struct metrics_shared *s, const struct recorder *rec)
{
	size_t nr = recorder_nr_traces(rec);

	if (nr > METRICS_TRACES_MAX)
		nr = METRICS_TRACES_MAX;
	for (size_t i = 0; i < nr; i++) {
		const struct trace *t = recorder_trace(rec, i);

		if (i >= s->nr)
			memcpy(s->traces[i].device, t->dev.name,
			       sizeof(t->dev.name));
		tell_trace(&s->traces[i], t);
	}
	__atomic_store_n(&s->nr, nr, __ATOMIC_RELEASE);
}

bool record_metrics_poll(struct record_metrics *m, const struct recorder *rec)
{
	uint64_t now;

	if (!m->shared || m->has_ended)
		return !m->has_ended;
	now = now_ms();
	if (now - m->told < TELL_MS)
		return true;
	m->told = now;
	if (rec)
		tell(m->shared, rec);
	if (!waitpid(m->collector, NULL, WNOHANG))
		return true;
	cmd_error("--metrics, --listen: nothing is counted any more");
	m->collector = 0;
	m->has_ended = true;
	return false;
}

/* Until @end (ms); false if it is still there. */
static bool reap(pid_t pid, uint64_t end, int *ret_status)
{
	const struct timespec pause = { .tv_nsec = REAP_NS };

	while (!waitpid(pid, ret_status, WNOHANG)) {
		if (now_ms() >= end)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

/*
 * Both end when the pipe does.  One that does not, in a write that hangs, must
 * not keep the recorder: the server has another user, and the right to kill it
 * may be gone.
 */
static bool end_process(pid_t pid, const char *what, uint64_t end)
{
	int status = 0;

	if (pid <= 0)
		return true;
	if (reap(pid, end, &status))
		return !status;
	(void)kill(pid, SIGKILL);
	if (reap(pid, now_ms() + KILL_MS, &status))
		cmd_error("%s did not end: it was killed", what);
	else
		cmd_error("%s does not end: process %d is left", what,
			  (int)pid);
	return false;
}

bool record_metrics_stop(struct record_metrics *m, const struct recorder *rec)
{
	uint64_t end = now_ms() + END_MS;
	bool ok;

	if (!m->shared)
		return true;
	if (rec)
		tell(m->shared, rec);
	close_one(&m->control);
	ok = end_process(m->collector, "--metrics, --listen: the collector",
			 end);
	ok &= end_process(m->server, "--listen: the server", end);
	(void)munmap(m->shared, sizeof(*m->shared));
	m->shared = NULL;
	return ok && !m->has_ended;
}
