/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/cleanup.h"
#include "src/base/xalloc.h"
#include "src/record/qmp.h"

#define LINE_MAX_BYTES	(4u << 20)	/* of an answer */
#define WAIT_MS		5000
#define DEPTH_MAX	16

struct qmp {
	char *path;
	int fd;
	uint32_t pid;
	char *buf;		/* what was received, from 0 to nr */
	size_t nr, cap;
	struct qmp_values values;
};

/* ---- JSON, as far as needed ------------------------------------------------ */

struct parser {
	const char *p;
	unsigned int depth;
	struct qmp_values *values;
};

/* A value's text, when it is a string without escapes or a number. */
struct scalar {
	char text[QMP_NAME_MAX];
	bool is_string;
	bool is_number;
};

static int parse_value(struct parser *ps, struct scalar *ret);

static char skip_blanks(struct parser *ps)
{
	ps->p += strspn(ps->p, " \t\r\n");
	return *ps->p;
}

static int parse_string(struct parser *ps, struct scalar *ret)
{
	size_t nr = 0;

	ps->p++;
	while (*ps->p && *ps->p != '"') {
		if (*ps->p == '\\' && ps->p[1])
			ps->p++;
		if (nr + 1 < sizeof(ret->text))
			ret->text[nr++] = *ps->p;
		ps->p++;
	}
	if (!*ps->p)
		return -EBADMSG;
	ps->p++;
	ret->text[nr] = '\0';
	ret->is_string = true;
	return 0;
}

/* Numbers and words (true, false, null). */
static int parse_word(struct parser *ps, struct scalar *ret)
{
	size_t len = strcspn(ps->p, " \t\r\n,]}");

	if (!len)
		return -EBADMSG;
	ret->is_number = *ps->p == '-' || (*ps->p >= '0' && *ps->p <= '9');
	(void)snprintf(ret->text, sizeof(ret->text), "%.*s", (int)len, ps->p);
	ps->p += len;
	return 0;
}

static void add_value(struct qmp_values *v, const char *name, int64_t value)
{
	struct qmp_value *new;

	for (size_t i = 0; i < v->nr; i++)
		if (!strcmp(v->values[i].name, name)) {
			/* whatever it says: no sum is an error */
			v->values[i].value =
				(int64_t)((uint64_t)v->values[i].value +
					  (uint64_t)value);
			return;
		}
	v->values = xgrow(v->values, v->nr, &v->cap, sizeof(*v->values));
	new = &v->values[v->nr++];
	(void)snprintf(new->name, sizeof(new->name), "%s", name);
	new->value = value;
}

static int parse_object(struct parser *ps)
{
	struct scalar name = { .text = "" }, value = { .text = "" };

	ps->p++;
	if (skip_blanks(ps) == '}') {
		ps->p++;
		return 0;
	}
	for (;;) {
		struct scalar key = { .text = "" }, member = { .text = "" };

		if (skip_blanks(ps) != '"' || parse_string(ps, &key) ||
		    skip_blanks(ps) != ':')
			return -EBADMSG;
		ps->p++;
		if (parse_value(ps, &member))
			return -EBADMSG;
		if (!strcmp(key.text, "name"))
			name = member;
		else if (!strcmp(key.text, "value"))
			value = member;
		if (skip_blanks(ps) != ',')
			break;
		ps->p++;
	}
	if (*ps->p++ != '}')
		return -EBADMSG;
	if (name.is_string && value.is_number)
		add_value(ps->values, name.text,
			  strtoll(value.text, NULL, 10));
	return 0;
}

static int parse_array(struct parser *ps)
{
	ps->p++;
	if (skip_blanks(ps) == ']') {
		ps->p++;
		return 0;
	}
	for (;;) {
		struct scalar element = { .text = "" };

		if (parse_value(ps, &element))
			return -EBADMSG;
		if (skip_blanks(ps) != ',')
			break;
		ps->p++;
	}
	return *ps->p++ == ']' ? 0 : -EBADMSG;
}

static int parse_value(struct parser *ps, struct scalar *ret)
{
	char c = skip_blanks(ps);
	int r;

	if (c == '"')
		return parse_string(ps, ret);
	if (c != '{' && c != '[')
		return parse_word(ps, ret);
	if (ps->depth == DEPTH_MAX)
		return -EBADMSG;
	ps->depth++;
	r = c == '{' ? parse_object(ps) : parse_array(ps);
	ps->depth--;
	return r;
}

int qmp_parse(const char *json, struct qmp_values *values)
{
	struct parser ps = { .p = json, .values = values };
	struct scalar top = { .text = "" };

	if (parse_value(&ps, &top))
		return -EBADMSG;
	return skip_blanks(&ps) ? -EBADMSG : 0;
}

/* ---- the socket -------------------------------------------------------------- */

static int receive(struct qmp *q, struct err *err)
{
	struct pollfd pfd = { .fd = q->fd, .events = POLLIN };
	ssize_t n;

	if (q->nr + 1 >= LINE_MAX_BYTES)
		return err_set(err, -E2BIG, "%s: an answer of more than %u"
			       " bytes", q->path, LINE_MAX_BYTES);
	if (poll(&pfd, 1, WAIT_MS) == 0)
		return err_set(err, -ETIMEDOUT, "%s: no answer within %u s",
			       q->path, WAIT_MS / 1000);
	if (q->nr + 4096 > q->cap) {
		q->cap = q->cap * 2 + 8192;
		q->buf = xreallocarray(q->buf, q->cap, 1);
	}
	n = recv(q->fd, q->buf + q->nr, q->cap - q->nr - 1, 0);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0)
		return err_set_errno(err, -errno, "%s", q->path);
	if (!n)
		return err_set(err, -EPIPE, "%s: the VM has closed it",
			       q->path);
	q->nr += (size_t)n;
	return 0;
}

/* The next line without its end; the caller frees it. */
static int read_line(struct qmp *q, char **ret, struct err *err)
{
	const char *end;
	size_t len;

	while (!q->nr || !(end = memchr(q->buf, '\n', q->nr))) {
		int r = receive(q, err);

		if (r)
			return r;
	}
	len = (size_t)(end - q->buf);
	*ret = xstrndup(q->buf, len);
	q->nr -= len + 1;
	memmove(q->buf, q->buf + len + 1, q->nr);
	return 0;
}

static bool begins(const char *line, const char *key)
{
	line += strspn(line, " {\"");
	return !strncmp(line, key, strlen(key));
}

/* Sends @command and returns its answer; what happens to the VM meanwhile
 * ("event") is looked over. */
static int ask(struct qmp *q, const char *command, char **ret,
	       struct err *err)
{
	int r;

	if (command && send(q->fd, command, strlen(command), MSG_NOSIGNAL) < 0)
		return err_set_errno(err, -errno, "%s", q->path);
	for (;;) {
		_cleanup_(freep) char *line = NULL;

		r = read_line(q, &line, err);
		if (r)
			return r;
		if (begins(line, "error"))
			return err_set(err, -EPROTO, "%s: QEMU says: %.200s",
				       q->path, line);
		if (begins(line, command ? "return" : "QMP")) {
			*ret = TAKE_PTR(line);
			return 0;
		}
		if (!command)
			return err_set(err, -EPROTO,
				       "%s: this is no QMP socket", q->path);
	}
}

static int connect_to(struct qmp *q, struct err *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (strlen(q->path) >= sizeof(addr.sun_path))
		return err_set(err, -ENAMETOOLONG, "%s: too long for a socket",
			       q->path);
	memcpy(addr.sun_path, q->path, strlen(q->path));
	q->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (q->fd < 0 ||
	    connect(q->fd, (const struct sockaddr *)&addr, sizeof(addr)))
		return err_set_errno(err, -errno, "%s", q->path);
	if (!getsockopt(q->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	    cred.pid > 0)
		q->pid = (uint32_t)cred.pid;
	return 0;
}

int qmp_open(const char *path, struct qmp **ret, struct err *err)
{
	struct qmp *q = xcalloc(1, sizeof(*q));
	_cleanup_(freep) char *greeting = NULL, *answer = NULL;
	int r;

	q->fd = -1;
	q->path = xstrdup(path);
	r = connect_to(q, err);
	if (!r)
		r = ask(q, NULL, &greeting, err);
	if (!r)
		r = ask(q, "{\"execute\":\"qmp_capabilities\"}\n", &answer,
			err);
	if (r) {
		qmp_free(q);
		return r;
	}
	*ret = q;
	return 0;
}

void qmp_free(struct qmp *q)
{
	if (!q)
		return;
	if (q->fd >= 0)
		(void)close(q->fd);
	free(q->values.values);
	free(q->buf);
	free(q->path);
	free(q);
}

uint32_t qmp_pid(const struct qmp *q)
{
	return q->pid;
}

int qmp_read(struct qmp *q, struct err *err)
{
	/* QEMU's qapi/stats.json, since 7.1 */
	static const char *const commands[] = {
		"{\"execute\":\"query-stats\",\"arguments\":"
		"{\"target\":\"vm\"}}\n",
		"{\"execute\":\"query-stats\",\"arguments\":"
		"{\"target\":\"vcpu\"}}\n",
	};

	q->values.nr = 0;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		_cleanup_(freep) char *answer = NULL;
		int r = ask(q, commands[i], &answer, err);

		if (!r && qmp_parse(answer, &q->values))
			r = err_set(err, -EBADMSG, "%s: query-stats: the"
				    " answer is no JSON", q->path);
		if (r)
			return r;
	}
	return 0;
}

size_t qmp_values(const struct qmp *q, const struct qmp_value **ret)
{
	*ret = q->values.values;
	return q->values.nr;
}
