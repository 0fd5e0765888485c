/* SPDX-License-Identifier: GPL-2.0 */
/* src/base: errors, allocation, cleaning up. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>

#include "src/base/cleanup.h"
#include "src/base/err.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

static void err_has_code_and_text(void **state)
{
	struct err err = { 0 };
	int r;

	(void)state;
	r = err_set(&err, -EINVAL, "%s: cpu %u", "sda", 3u);
	assert_int_equal(r, -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.text, "sda: cpu 3");
}

static void err_names_the_errno(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set_errno(&err, -ENOENT, "/x"), -ENOENT);
	assert_int_equal(err.code, -ENOENT);
	assert_string_equal(err.text, "/x: No such file or directory");
}

static void err_may_be_null(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_set_errno(NULL, -EIO, "x"), -EIO);
}

static void err_cuts_long_text(void **state)
{
	struct err err = { 0 };
	char *text = xmalloc(2 * ERR_TEXT_MAX);

	(void)state;
	memset(text, 'x', 2 * ERR_TEXT_MAX);
	text[2 * ERR_TEXT_MAX - 1] = '\0';
	(void)err_set(&err, -EIO, "%s", text);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
	(void)err_set_errno(&err, -EIO, "%s", text);
	assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
	free(text);
}

static void xalloc_copies(void **state)
{
	_cleanup_(freep) char *a = xstrdup("abc");
	_cleanup_(freep) char *b = xstrndup("abcdef", 2);
	_cleanup_(freep) char *c = xasprintf("%s-%d", a, 7);
	_cleanup_(freep) uint32_t *d = xcalloc(4, sizeof(*d));

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "ab");
	assert_string_equal(c, "abc-7");
	assert_int_equal(d[0] | d[1] | d[2] | d[3], 0);
}

static void xgrow_keeps_what_is_there(void **state)
{
	uint32_t *array = NULL;
	size_t cap = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		array = xgrow(array, i, &cap, sizeof(*array));
		assert_true(cap > i);
		array[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
	free(array);
}

static void xalloc_ends_the_program(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		(void)close(STDERR_FILENO);
		/* nr * size is more than a size_t holds */
		free(xreallocarray(NULL, SIZE_MAX / 4, 16));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void cleanup_closes_unless_taken(void **state)
{
	int kept = -1;
	int closed = -1;

	(void)state;
	{
		_cleanup_(closep) int a = open("/dev/null", O_RDONLY);
		_cleanup_(closep) int b = open("/dev/null", O_RDONLY);

		assert_true(a >= 0 && b >= 0);
		closed = a;
		kept = TAKE_FD(b);
		assert_int_equal(b, -1);
	}
	assert_int_equal(fcntl(closed, F_GETFD), -1);
	assert_int_not_equal(fcntl(kept, F_GETFD), -1);
	(void)close(kept);
}

/* Elements keep their numbers, also where the ring has wrapped. */
static void ring_grows(void **state)
{
	size_t cap = 0;
	uint32_t *ring = xgrow_ring(NULL, &cap, sizeof(*ring), 0, 0);

	(void)state;
	assert_int_equal(cap, 64);
	for (uint32_t i = 100; i < 164; i++)
		ring[i & (cap - 1)] = i;
	ring = xgrow_ring(ring, &cap, sizeof(*ring), 100, 164);
	assert_int_equal(cap, 128);
	for (uint32_t i = 100; i < 164; i++)
		assert_int_equal(ring[i & (cap - 1)], i);
	free(ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_grows),
		cmocka_unit_test(err_has_code_and_text),
		cmocka_unit_test(err_names_the_errno),
		cmocka_unit_test(err_may_be_null),
		cmocka_unit_test(err_cuts_long_text),
		cmocka_unit_test(xalloc_copies),
		cmocka_unit_test(xgrow_keeps_what_is_there),
		cmocka_unit_test(xalloc_ends_the_program),
		cmocka_unit_test(cleanup_closes_unless_taken),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
