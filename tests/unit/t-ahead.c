/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A source read in a thread gives the same records as read directly, payloads
 * too, and may be left in the middle.
 */
#include "config.h"

#include "src/analyze/ahead.h"
#include "tests/unit/unit.h"

#define NR	200000u

static char dir[] = "/tmp/t-ahead-XXXXXX";
static char name[sizeof(dir) + 16];

static int setup(void **state)
{
	char path[sizeof(name) + 16];
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(name, sizeof(name), "%s/t", dir);
	(void)snprintf(path, sizeof(path), "%s.blktrace.0", name);
	f = fopen(path, "we");
	assert_non_null(f);
	for (uint32_t i = 0; i < NR; i++) {
		uint8_t pdu[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)i };
		uint8_t buf[BLK_V8_SIZE + sizeof(pdu)];
		struct blk_rec rec = {
			.time = 1000 + i, .sequence = i + 1,
			.action = BLK_TC_ACT(BLK_TC_QUEUE) |
				  (i % 3 ? BLK_ACT_PLUG : BLK_ACT_UNPLUG_IO),
			.device = blk_dev(8, 0), .sector = i,
			.pdu = pdu, .pdu_len = i % 3 ? 0 : sizeof(pdu),
		};
		ssize_t n = blk_encode(&rec, 7, false, buf, sizeof(buf));

		assert_true(n > 0);
		assert_int_equal(fwrite(buf, 1, (size_t)n, f), n);
	}
	assert_int_equal(fclose(f), 0);
	return 0;
}

static int teardown(void **state)
{
	char path[sizeof(name) + 16];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s.blktrace.0", name);
	(void)unlink(path);
	return rmdir(dir);
}

static struct source *open_it(void)
{
	const char *names[] = { name };
	struct source *src = NULL;

	assert_int_equal(source_open(names, 1, &(struct source_options){ 0 },
				     &src, NULL), 0);
	return src;
}

static void test_same_records(void **state)
{
	_cleanup_(source_freep) struct source *src = open_it();
	struct ahead *ahead = ahead_new(src);
	struct source_batch batch;
	uint32_t nr = 0;
	ssize_t n;

	(void)state;
	while ((n = ahead_read(ahead, &batch, NULL)) > 0)
		for (size_t i = 0; i < batch.nr; i++, nr++) {
			uint64_t value = 0;

			assert_int_equal(batch.recs[i].sector, nr);
			assert_int_equal(batch.files[i], 0);
			if (nr % 3)
				continue;
			assert_int_equal(blk_get_u64(&batch.recs[i], &value),
					 0);
			assert_int_equal(value, nr & 0xff);
		}
	assert_int_equal(n, 0);
	assert_int_equal(nr, NR);
	assert_int_equal(ahead_read(ahead, &batch, NULL), 0);
	ahead_free(ahead);
}

static void test_left_in_the_middle(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		_cleanup_(source_freep) struct source *src = open_it();
		struct ahead *ahead = ahead_new(src);
		struct source_batch batch;

		for (int k = 0; k < i % 5; k++)
			assert_true(ahead_read(ahead, &batch, NULL) > 0);
		ahead_free(ahead);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_records),
		cmocka_unit_test(test_left_in_the_middle),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
