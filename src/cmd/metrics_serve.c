/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The process that answers HTTP.  It has a socket that listens, another one to
 * ask the collector, and no rights: no user, no capability, few system calls.
 */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <microhttpd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/cmd/cmd.h"
#include "src/cmd/jail.h"
#include "src/cmd/metrics.h"
#include "src/record/rights.h"

#define NOBODY		65534	/* "nobody" on each Linux distribution */
#define BACKLOG		16
#define CONNECTIONS	16u
#define IDLE_S		10u	/* a client that says nothing */
#define CLIENT_BYTES	((size_t)8192)	/* of memory for each: of a request */
#define ASK_S		60	/* longer, and the collector is stuck */
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

struct server {
	int collector;
	struct MHD_Response *metrics; /* of the last answer; NULL = none */
	uint64_t since;		/* ms: when that came */
	struct MHD_Response *nothing; /* an empty body */
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static bool read_all(int fd, void *bytes, size_t len)
{
	return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

/* No connection stays: a server that is restarted finds none half open. */
static struct MHD_Response *make_response(char *text, size_t len)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		len, text, text ? MHD_RESPMEM_MUST_FREE :
				  MHD_RESPMEM_PERSISTENT);

	if (r)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION,
					      "close");
	return r;
}

/* The collector's text of now. */
static struct MHD_Response *ask(const struct server *s)
{
	struct metrics_answer head;
	struct MHD_Response *r;
	char *text;

	if (send(s->collector, "", 1, MSG_NOSIGNAL) != 1 ||
	    !read_all(s->collector, &head, sizeof(head)) ||
	    !head.len || head.len > METRICS_TEXT_MAX)
		return NULL;
	text = xmalloc(head.len);
	if (!read_all(s->collector, text, head.len)) {
		free(text);
		return NULL;
	}
	r = make_response(text, head.len);
	if (r)
		(void)MHD_add_response_header(r,
					      MHD_HTTP_HEADER_CONTENT_TYPE,
					      "text/plain; version=0.0.4;"
					      " charset=utf-8");
	return r;
}

/* However many ask, the collector is asked once a second. */
static struct MHD_Response *fresh_metrics(struct server *s)
{
	uint64_t now = now_ms();

	if (s->metrics && now - s->since < 1000)
		return s->metrics;
	if (s->metrics)
		MHD_destroy_response(s->metrics);
	s->metrics = ask(s);
	s->since = now;
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
		return MHD_queue_response(connection,
					  MHD_HTTP_METHOD_NOT_ALLOWED,
					  s->nothing);
	if (strcmp(url, "/metrics") != 0)
		return MHD_queue_response(connection, MHD_HTTP_NOT_FOUND,
					  s->nothing);
	metrics = fresh_metrics(s);
	if (!metrics)
		return MHD_queue_response(connection,
					  MHD_HTTP_SERVICE_UNAVAILABLE,
					  s->nothing);
	return MHD_queue_response(connection, MHD_HTTP_OK, metrics);
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

static bool is_collector_gone(const struct server *s)
{
	char byte;

	return !recv(s->collector, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

static int fail(const struct err *err)
{
	cmd_error("--listen: %s", err->text);
	return CMD_FAILED;
}

int metrics_serve(int listener, int collector)
{
	const struct timeval patience = { .tv_sec = ASK_S };
	struct server s = { .collector = collector };
	struct MHD_Daemon *daemon;
	struct err err = { 0 };

	(void)setsockopt(collector, SOL_SOCKET, SO_RCVTIMEO, &patience,
			 sizeof(patience));
	if (drop_rights(&err))
		return fail(&err);
	s.nothing = make_response(NULL, 0);
	daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request,
				  &s, MHD_OPTION_LISTEN_SOCKET, listener,
				  MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
				  MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
				  MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				  CLIENT_BYTES, MHD_OPTION_END);
	if (!daemon || !s.nothing) {
		(void)err_set(&err, -ENOMEM, "the HTTP server does not start");
		return fail(&err);
	}
	tzset();	/* the Date header: no file can be opened behind this */
	jail_enter_server();
	while (!is_collector_gone(&s))
		if (MHD_run_wait(daemon, WAIT_MS) != MHD_YES)
			break;
	return CMD_OK;
}
