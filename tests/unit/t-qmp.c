/* SPDX-License-Identifier: GPL-2.0 */
/*
 * record/qmp: answers of query-stats as QEMU's qapi/stats.json describes them,
 * and a QEMU that is a thread of this test.
 */
#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "src/record/qmp.h"
#include "tests/unit/unit.h"

static const char vm_answer[] =
	"{\"return\": [{\"provider\": \"kvm\", \"stats\": ["
	"{\"name\": \"nx_lpage_splits\", \"value\": 7},"
	"{\"value\": 12, \"name\": \"remote_tlb_flush\"},"
	"{\"name\": \"a_histogram\", \"value\": [1, 2, 3]},"
	"{\"name\": \"guest_mode\", \"value\": true}]}]}";
static const char vcpu_answer[] =
	"{\"return\": [{\"provider\": \"kvm\", \"qom-path\": \"/m/d[0]\","
	" \"stats\": [{\"name\": \"exits\", \"value\": 100}]},"
	"{\"provider\": \"kvm\", \"qom-path\": \"/m/d[1]\","
	" \"stats\": [{\"name\": \"exits\", \"value\": 11}]}]}";

static int64_t value_of(const struct qmp_value *values, size_t nr,
			const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(values[i].name, name))
			return values[i].value;
	return -1;
}

static void numbers_are_taken_and_added_up(void **state)
{
	struct qmp_values v = { 0 };

	(void)state;
	assert_int_equal(qmp_parse(vm_answer, &v), 0);
	assert_int_equal(qmp_parse(vcpu_answer, &v), 0);
	assert_int_equal(v.nr, 3);
	assert_int_equal(value_of(v.values, v.nr, "nx_lpage_splits"), 7);
	assert_int_equal(value_of(v.values, v.nr, "remote_tlb_flush"), 12);
	assert_int_equal(value_of(v.values, v.nr, "exits"), 111);
	free(v.values);
}

/* No QEMU says so; a socket may be anybody's. */
static void sums_do_not_overflow(void **state)
{
	static const char answer[] =
		"[{\"name\": \"exits\", \"value\": 9223372036854775807},"
		" {\"name\": \"exits\", \"value\": 1}]";
	struct qmp_values v = { 0 };

	(void)state;
	assert_int_equal(qmp_parse(answer, &v), 0);
	assert_true(value_of(v.values, v.nr, "exits") == INT64_MIN);
	free(v.values);
}

static void bad_answers_are_refused(void **state)
{
	static const char *const rows[] = {
		"", "{", "[1,", "{\"a\" 1}", "{\"a\":1]", "{\"a\":\"x", "{} x",
		"[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", "{\"name\":}",
		"\"\\",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct qmp_values v = { 0 };

		if (!qmp_parse(rows[i], &v))
			fail_msg("accepted: %s", rows[i]);
		free(v.values);
	}
}

/* ---- a QEMU ------------------------------------------------------------------ */

struct server {
	char dir[32], path[64];
	int fd;
	const char *greeting;
	bool has_stats;
	pthread_t thread;
};

static void send_text(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void answer(const struct server *s, int fd, const char *line)
{
	/* something always happens meanwhile */
	send_text(fd, "{\"timestamp\": {\"seconds\": 1}, \"event\": \"STOP\"}"
		      "\r\n");
	if (strstr(line, "qmp_capabilities"))
		send_text(fd, "{\"return\": {}}");
	else if (!s->has_stats)
		send_text(fd, "{\"error\": {\"class\": \"CommandNotFound\","
			      " \"desc\": \"no query-stats\"}}");
	else
		send_text(fd, strstr(line, "vcpu") ? vcpu_answer : vm_answer);
	send_text(fd, "\r\n");
}

static void *serve(void *data)
{
	struct server *s = data;
	char line[512];
	int fd = accept(s->fd, NULL, NULL);
	FILE *in = fdopen(fd, "r");

	send_text(fd, s->greeting);
	while (in && fgets(line, sizeof(line), in))
		answer(s, fd, line);
	if (in)
		(void)fclose(in);
	return NULL;
}

static void start(struct server *s)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	(void)snprintf(s->dir, sizeof(s->dir), "t-qmp.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->path, sizeof(s->path), "%s/qmp", s->dir);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", s->path);
	s->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	assert_int_equal(listen(s->fd, 1), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s)
{
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
	(void)unlink(s->path);
	(void)rmdir(s->dir);
}

static const char greeting[] =
	"{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7}},"
	" \"capabilities\": [\"oob\"]}}\r\n";

static void a_vm_is_asked(void **state)
{
	struct server s = { .greeting = greeting, .has_stats = true };
	const struct qmp_value *values;
	struct err err = { 0 };
	struct qmp *q;
	size_t nr;

	(void)state;
	start(&s);
	assert_int_equal(qmp_open(s.path, &q, &err), 0);
	assert_int_equal(qmp_pid(q), getpid());
	for (int i = 0; i < 2; i++) {
		assert_int_equal(qmp_read(q, &err), 0);
		nr = qmp_values(q, &values);
		assert_int_equal(nr, 3);
		assert_int_equal(value_of(values, nr, "exits"), 111);
	}
	qmp_free(q);
	stop(&s);
}

static void an_old_qemu_says_so(void **state)
{
	struct server s = { .greeting = greeting };
	struct err err = { 0 };
	struct qmp *q;

	(void)state;
	start(&s);
	assert_int_equal(qmp_open(s.path, &q, &err), 0);
	assert_true(qmp_read(q, &err) < 0);
	assert_non_null(strstr(err.text, "no query-stats"));
	qmp_free(q);
	stop(&s);
}

static void another_server_is_refused(void **state)
{
	struct server s = { .greeting = "220 mail ESMTP\r\n" };
	struct err err = { 0 };
	struct qmp *q;

	(void)state;
	start(&s);
	assert_true(qmp_open(s.path, &q, &err) < 0);
	assert_non_null(strstr(err.text, "no QMP socket"));
	stop(&s);
	assert_true(qmp_open(s.path, &q, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_taken_and_added_up),
		cmocka_unit_test(sums_do_not_overflow),
		cmocka_unit_test(bad_answers_are_refused),
		cmocka_unit_test(a_vm_is_asked),
		cmocka_unit_test(an_old_qemu_says_so),
		cmocka_unit_test(another_server_is_refused),
	};

	return cmocka_run_group_tests_name("qmp", tests, NULL, NULL);
}
