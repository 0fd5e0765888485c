/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The process that answers HTTP.  It has a socket that listens, another one to
 * ask the collector, and no rights: no user, no capability, few system calls.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/metrics.h"
#include "src/cmd/metrics_http.h"
#include "src/record/rights.h"

#define NOBODY		65534	/* "nobody" on each Linux distribution */
#define BACKLOG		16
#define CONNECTIONS	16u
#define IDLE_S		10u	/* a client that says nothing */
#define CLIENT_MS	10000	/* from first to last, however it talks */
#define CLIENT_BYTES	((size_t)8192)	/* of memory for each: of a request */
#define ASK_S		60u	/* longer, and the collector is stuck */
#define WAIT_MS		1000
#define PORT_MAX	65535

/* ---- the address ---- */

/* Splits @address, which stays.  @ret_host: NULL = loopback. */
static int split(char *address, const char **ret_host, const char **ret_port)
{
	char *colon = strrchr(address, ':'), *end;
	unsigned long port;

	*ret_host = NULL;
	*ret_port = colon ? colon + 1 : address;
	if (colon) {
		*colon = '\0';
		*ret_host = address;
		if (*address == '[') {
			if (colon[-1] != ']')
				return -EINVAL;
			colon[-1] = '\0';
			*ret_host = address + 1;
		} else if (strchr(address, ':')) {
			return -EINVAL;	/* IPv6 without brackets */
		}
		if (!**ret_host)
			return -EINVAL;
	}
	port = strtoul(*ret_port, &end, 10);
	if (strspn(*ret_port, "0123456789") != strlen(*ret_port) ||
	    end == *ret_port || !port || port > PORT_MAX)
		return -EINVAL;
	return 0;
}

static int open_listener(const struct addrinfo *ai)
{
	_cleanup_(closep) int fd = socket(ai->ai_family,
					  SOCK_STREAM | SOCK_NONBLOCK |
						  SOCK_CLOEXEC, 0);
	const int one = 1;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ai->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				 sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, BACKLOG))
		return -errno;
	return TAKE_FD(fd);
}

/* NULL = it is no address.  The caller frees it with freeaddrinfo. */
static struct addrinfo *parse(const char *address)
{
	_cleanup_(freep) char *copy = xstrdup(address);
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	const char *host, *port;
	struct addrinfo *ai;

	if (split(copy, &host, &port) ||
	    getaddrinfo(host ? host : "127.0.0.1", port, &hints, &ai))
		return NULL;
	return ai;
}

bool metrics_is_address(const char *text)
{
	struct addrinfo *ai = parse(text);

	if (ai)
		freeaddrinfo(ai);
	return ai;
}

int metrics_listen(const char *address, int *ret_fd, struct err *err)
{
	struct addrinfo *ai = parse(address);
	int fd;

	if (!ai)
		return err_set(err, -EINVAL, "--listen %s: not an address",
			       address);
	fd = open_listener(ai);
	freeaddrinfo(ai);
	if (fd < 0)
		return err_set_errno(err, fd, "--listen %s", address);
	*ret_fd = fd;
	return 0;
}

/* ---- what is served ---- */

struct client {
	int fd;
	uint64_t since;		/* ms; 0 = there is none */
};

struct server {
	const struct metrics_http *http;
	int collector, control;
	bool is_over;		/* no answer can come any more */
	struct MHD_Response *metrics; /* of the last answer; NULL = none */
	uint64_t since;		/* ms: when that came */
	struct MHD_Response *nothing; /* an empty body */
	struct client clients[CONNECTIONS];
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Whether it came whole, before @end (ms) and the end of all. */
static bool read_all(const struct server *s, void *bytes, size_t len,
		     uint64_t end)
{
	char *p = bytes;

	while (len) {
		struct pollfd fds[] = {
			{ .fd = s->collector, .events = POLLIN },
			{ .fd = s->control, .events = POLLIN },
		};
		uint64_t now = now_ms();
		ssize_t n;

		if (now >= end) {
			cmd_error("--listen: no counts within %u s", ASK_S);
			return false;
		}
		if (poll(fds, 2, (int)(end - now)) <= 0)
			continue;
		if (fds[1].revents)
			return false;
		n = recv(s->collector, p, len, MSG_DONTWAIT);
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* No connection stays: a server that is restarted finds none half open. */
static struct MHD_Response *make_response(const struct server *s, char *text,
					  size_t len)
{
	struct MHD_Response *r = s->http->create_response_from_buffer(
		len, text, text ? MHD_RESPMEM_MUST_FREE :
				  MHD_RESPMEM_PERSISTENT);

	if (r)
		(void)s->http->add_response_header(
			r, MHD_HTTP_HEADER_CONNECTION, "close");
	return r;
}

/* The collector's text of now; NULL = it does not answer. */
static char *ask_text(const struct server *s, size_t *ret_len)
{
	const uint64_t end = now_ms() + ASK_S * UINT64_C(1000);
	struct metrics_answer head;
	char *text;

	if (send(s->collector, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1 ||
	    !read_all(s, &head, sizeof(head), end) || !head.len ||
	    head.len > METRICS_TEXT_MAX)
		return NULL;
	text = xmalloc(head.len);
	if (!read_all(s, text, head.len, end)) {
		free(text);
		return NULL;
	}
	*ret_len = head.len;
	return text;
}

/* A late answer would be taken for that to the next request, and each one
 * behind it as well: after one that did not come nothing is asked. */
static struct MHD_Response *ask(struct server *s)
{
	size_t len = 0;
	char *text = s->is_over ? NULL : ask_text(s, &len);
	struct MHD_Response *r;

	if (!text) {
		s->is_over = true;
		return NULL;
	}
	r = make_response(s, text, len);
	if (r)
		(void)s->http->add_response_header(
			r, MHD_HTTP_HEADER_CONTENT_TYPE,
			"text/plain; version=0.0.4; charset=utf-8");
	return r;
}

/* However many ask, the collector is asked once a second. */
static struct MHD_Response *fresh_metrics(struct server *s)
{
	uint64_t now = now_ms();

	if (s->metrics && now - s->since < 1000)
		return s->metrics;
	if (s->metrics)
		s->http->destroy_response(s->metrics);
	s->metrics = ask(s);
	s->since = now;
	/* nobody was listened to in the meantime */
	for (size_t i = 0; i < CONNECTIONS; i++)
		if (s->clients[i].since)
			s->clients[i].since += now_ms() - now;
	return s->metrics;
}

/* A request whose body nobody wants is answered before it is read. */
static enum MHD_Result
on_request(void *ctx, struct MHD_Connection *connection, const char *url,
	   const char *method, const char *version, const char *upload,
	   size_t *upload_size, void **request)
{
	struct server *s = ctx;
	struct MHD_Response *metrics;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return s->http->queue_response(connection,
					       MHD_HTTP_METHOD_NOT_ALLOWED,
					       s->nothing);
	if (strcmp(url, "/metrics") != 0)
		return s->http->queue_response(connection, MHD_HTTP_NOT_FOUND,
					       s->nothing);
	metrics = fresh_metrics(s);
	if (!metrics)
		return s->http->queue_response(connection,
					       MHD_HTTP_SERVICE_UNAVAILABLE,
					       s->nothing);
	return s->http->queue_response(connection, MHD_HTTP_OK, metrics);
}

/* ---- clients ---- */

static void on_connection(void *ctx, struct MHD_Connection *connection,
			  void **socket_ctx,
			  enum MHD_ConnectionNotificationCode what)
{
	struct server *s = ctx;
	const union MHD_ConnectionInfo *info = s->http->get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *c = *socket_ctx;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (c)
			c->since = 0;
		return;
	}
	for (size_t i = 0; i < CONNECTIONS && info; i++) {
		c = &s->clients[i];
		if (c->since)
			continue;
		*c = (struct client){ info->connect_fd, now_ms() };
		*socket_ctx = c;
		return;
	}
}

/* A client that says a byte now and then is not idle for libmicrohttpd, and
 * some of them would keep all others away. */
static void end_old_clients(struct server *s)
{
	uint64_t now = now_ms();

	for (size_t i = 0; i < CONNECTIONS; i++)
		if (s->clients[i].since &&
		    now - s->clients[i].since >= CLIENT_MS)
			(void)shutdown(s->clients[i].fd, SHUT_RDWR);
}

/* ---- the process ---- */

/* Whoever was root is nobody; a user stays who it is. */
static int drop_rights(struct err *err)
{
	int r = rights_drop(RIGHTS_SETUID | RIGHTS_SETGID, err);

	if (r)
		return r;
	if (!geteuid() && (setgroups(0, NULL) ||
			   setresgid(NOBODY, NOBODY, NOBODY) ||
			   setresuid(NOBODY, NOBODY, NOBODY)))
		return err_set_errno(err, -errno,
				     "cannot become another user");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_set_errno(err, -errno, "PR_SET_NO_NEW_PRIVS");
	return rights_drop(0, err);
}

/*
 * Another user forgets what setting it before has done (prctl(2)).  A recorder
 * without capabilities may not kill this one, whatever its user: that it is
 * gone is seen by the end of the pipe as well.
 */
static int follow(pid_t parent, struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return err_set_errno(err, -errno, "PR_SET_PDEATHSIG");
	if (getppid() != parent)
		return err_set(err, -ESRCH, "the recorder has ended");
	return 0;
}

/* Waits for a client.  False at the end: nothing comes from the collector that
 * was not asked for, but its end. */
static bool wait_for_client(const struct server *s, struct MHD_Daemon *daemon,
			    int epoll)
{
	struct pollfd fds[] = {
		{ .fd = epoll, .events = POLLIN },
		{ .fd = s->collector, .events = POLLIN | POLLRDHUP },
		{ .fd = s->control, .events = POLLIN },
	};
	MHD_UNSIGNED_LONG_LONG ms;

	if (s->http->get_timeout(daemon, &ms) != MHD_YES || ms > WAIT_MS)
		ms = WAIT_MS;
	if (poll(fds, 3, (int)ms) <= 0)
		return true;
	return !fds[1].revents && !fds[2].revents;
}

static void serve(struct server *s, struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info =
		s->http->get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);

	while (!s->is_over && wait_for_client(s, daemon, info->epoll_fd)) {
		end_old_clients(s);
		if (s->http->run(daemon) != MHD_YES)
			break;
	}
}

static int fail(const struct err *err)
{
	cmd_error("--listen: %s", err->text);
	return CMD_FAILED;
}

int metrics_serve(const struct metrics_http *http, int listener, int collector,
		  int control)
{
	struct server s = { .http = http, .collector = collector,
			    .control = control };
	const pid_t parent = getppid();
	struct MHD_Daemon *daemon;
	struct err err = { 0 };

	if (drop_rights(&err) || follow(parent, &err))
		return fail(&err);
	s.nothing = make_response(&s, NULL, 0);
	daemon = http->start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, &s,
		MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, CLIENT_BYTES,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, &s,
		MHD_OPTION_END);
	if (!daemon || !s.nothing) {
		(void)err_set(&err, -ENOMEM, "the HTTP server does not start");
		return fail(&err);
	}
	tzset();	/* the Date header: no file can be opened behind this */
	jail_enter_server();
	serve(&s, daemon);
	return CMD_OK;
}
