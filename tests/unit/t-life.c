/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The life of I/Os: records made by hand, in the orders in which Linux 5.10
 * to 6.18 write them (blktrace captures of each kind were looked at).
 */
#include "config.h"

#include "src/analyze/life.h"
#include "src/base/xalloc.h"
#include "tests/unit/unit.h"

#define DISK	blk_dev(259, 1)
#define DM	blk_dev(253, 0)
#define R	BLK_TC_READ
#define W	BLK_TC_WRITE
#define FS	BLK_TC_FS
#define FL	BLK_TC_FLUSH
#define FUA	BLK_TC_FUA

#define MAX	64

struct seen {
	struct life *life;
	struct life_io ios[MAX];
	struct life_request rqs[MAX];
	unsigned int nr_ios, nr_rqs, nr_issues, nr_backs;
};

static void on_io(void *ctx, const struct life_io *io)
{
	struct seen *s = ctx;

	assert_true(s->nr_ios < MAX);
	s->ios[s->nr_ios++] = *io;
}

static void on_request(void *ctx, const struct life_request *rq)
{
	struct seen *s = ctx;

	assert_true(s->nr_rqs < MAX);
	s->rqs[s->nr_rqs++] = *rq;
}

static void on_issue(void *ctx, const struct life_request *rq)
{
	(void)rq;
	((struct seen *)ctx)->nr_issues++;
}

static void on_back(void *ctx, const struct life_request *rq)
{
	(void)rq;
	((struct seen *)ctx)->nr_backs++;
}

static int setup(void **state)
{
	struct seen *s = xcalloc(1, sizeof(*s));

	s->life = life_new(&(struct life_sink){ .io = on_io,
						.request = on_request,
						.issue = on_issue,
						.back = on_back, .ctx = s });
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct seen *s = *state;

	life_free(s->life);
	free(s);
	return 0;
}

static struct blk_rec rec_of(uint64_t time, enum blk_act act, uint32_t tc,
			     uint64_t sector, uint32_t sectors)
{
	return (struct blk_rec){
		.time = time, .action = BLK_TC_ACT(tc) | (uint32_t)act,
		.sector = sector, .bytes = sectors << 9, .pid = 100,
		.device = DISK, .cpu = 0,
	};
}

static void add(struct seen *s, uint64_t time, enum blk_act act, uint32_t tc,
		uint64_t sector, uint32_t sectors)
{
	struct blk_rec rec = rec_of(time, act, tc, sector, sectors);

	life_add(s->life, &rec, 0);
}

static void add_dm(struct seen *s, uint64_t time, enum blk_act act,
		   uint32_t tc, uint64_t sector, uint32_t sectors)
{
	struct blk_rec rec = rec_of(time, act, tc, sector, sectors);

	rec.device = DM;
	life_add(s->life, &rec, 0);
}

static void add_split(struct seen *s, uint64_t time, uint32_t tc,
		      uint64_t sector, uint32_t sectors, uint8_t second)
{
	struct blk_rec rec = rec_of(time, BLK_ACT_SPLIT, tc, sector, sectors);
	uint8_t pdu[8] = { 0, 0, 0, 0, 0, 0, 0, second };

	rec.pdu = pdu;
	rec.pdu_len = sizeof(pdu);
	life_add(s->life, &rec, 0);
}

/* A: DISK @sector comes from DM @from. */
static void add_remap(struct seen *s, uint64_t time, uint32_t tc,
		      uint64_t sector, uint32_t sectors, uint8_t from)
{
	struct blk_rec rec = rec_of(time, BLK_ACT_REMAP, tc, sector, sectors);
	uint8_t pdu[16] = { 0x0f, 0xd0, 0, 0, 0x10, 0x30, 0, 1,
			    0, 0, 0, 0, 0, 0, 0, from };

	rec.pdu = pdu;
	rec.pdu_len = sizeof(pdu);
	life_add(s->life, &rec, 0);
}

static void assert_counts(struct seen *s, uint64_t in_flight,
			  uint64_t unmatched)
{
	life_end(s->life);
	assert_int_equal(life_counts(s->life)->ios_in_flight, in_flight);
	assert_int_equal(life_counts(s->life)->requests_in_flight, 0);
	assert_int_equal(life_counts(s->life)->unmatched, unmatched);
}

static void test_plain(void **state)
{
	struct seen *s = *state;
	const struct life_io *io = &s->ios[0];

	add(s, 10, BLK_ACT_QUEUE, R, 800, 8);
	add(s, 12, BLK_ACT_GETRQ, R, 800, 8);
	add(s, 15, BLK_ACT_INSERT, R | FS, 800, 8);
	add(s, 20, BLK_ACT_ISSUE, R | FS, 800, 8);
	assert_int_equal(s->nr_ios, 0);
	add(s, 50, BLK_ACT_COMPLETE, R | FS, 800, 8);
	assert_int_equal(s->nr_ios, 1);
	assert_int_equal(s->nr_rqs, 1);
	assert_true(io->q == 10 && io->g == 12 && io->i == 15);
	assert_true(io->d == 20 && io->d1 == 20 && io->c == 50);
	assert_true(io->m == LIFE_NEVER && io->a == LIFE_NEVER);
	assert_int_equal(io->op, LIFE_READ);
	assert_int_equal(io->bytes, 4096);
	assert_int_equal(io->error, 0);
	assert_int_equal(s->rqs[0].nr_ios, 1);
	assert_true(s->rqs[0].d == 20 && s->rqs[0].c == 50);
	assert_counts(s, 0, 0);
}

static void test_merges(void **state)
{
	struct seen *s = *state;

	/* 100..107 begins the request, 108.. to its end, 92.. to its front */
	add(s, 1, BLK_ACT_QUEUE, W, 100, 8);
	add(s, 2, BLK_ACT_GETRQ, W, 100, 8);
	add(s, 3, BLK_ACT_QUEUE, W, 108, 8);
	add(s, 4, BLK_ACT_BACKMERGE, W, 108, 8);
	add(s, 5, BLK_ACT_QUEUE, W, 92, 8);
	add(s, 6, BLK_ACT_FRONTMERGE, W, 92, 8);
	add(s, 7, BLK_ACT_INSERT, W | FS, 92, 24);
	add(s, 8, BLK_ACT_ISSUE, W | FS, 92, 24);
	add(s, 9, BLK_ACT_COMPLETE, W | FS, 92, 24);
	assert_int_equal(s->nr_ios, 3);
	assert_int_equal(s->nr_rqs, 1);
	assert_int_equal(s->rqs[0].nr_ios, 3);
	for (unsigned int i = 0; i < 3; i++) {
		bool is_first = s->ios[i].sector == 100;

		assert_true(s->ios[i].i == 7 && s->ios[i].d == 8);
		assert_true(s->ios[i].c == 9);
		assert_int_equal(!!(s->ios[i].flags & LIFE_IO_MERGED),
				 !is_first);
		assert_int_equal(s->ios[i].g == 2, is_first);
	}
	assert_counts(s, 0, 0);
}

static void test_merge_of_requests(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, W, 100, 8);
	add(s, 2, BLK_ACT_GETRQ, W, 100, 8);
	add(s, 3, BLK_ACT_QUEUE, W, 108, 8);
	add(s, 4, BLK_ACT_GETRQ, W, 108, 8);
	add(s, 5, BLK_ACT_BACKMERGE, W | FS, 108, 8);
	add(s, 6, BLK_ACT_ISSUE, W | FS, 100, 16);
	add(s, 7, BLK_ACT_COMPLETE, W | FS, 100, 16);
	assert_int_equal(s->nr_ios, 2);
	assert_int_equal(s->nr_rqs, 1);
	assert_int_equal(life_counts(s->life)->request_merges, 1);
	assert_counts(s, 0, 0);
}

static void test_split(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, R, 0, 24);
	add_split(s, 2, R, 0, 8, 8);
	add(s, 3, BLK_ACT_GETRQ, R, 0, 8);
	add_split(s, 4, R, 8, 8, 16);
	add(s, 5, BLK_ACT_GETRQ, R, 8, 8);
	add(s, 6, BLK_ACT_ISSUE, R | FS, 0, 8);
	add(s, 7, BLK_ACT_GETRQ, R, 16, 8);
	add(s, 8, BLK_ACT_ISSUE, R | FS, 8, 8);
	add(s, 9, BLK_ACT_ISSUE, R | FS, 16, 8);
	add(s, 20, BLK_ACT_COMPLETE, R | FS, 16, 8);
	add(s, 21, BLK_ACT_COMPLETE, R | FS, 0, 8);
	assert_int_equal(s->nr_ios, 0);
	assert_int_equal(s->nr_rqs, 2);
	add(s, 22, BLK_ACT_COMPLETE, R | FS, 8, 8);
	assert_int_equal(s->nr_ios, 1);
	assert_int_equal(s->nr_rqs, 3);
	assert_true(s->ios[0].flags & LIFE_IO_SPLIT);
	assert_true(s->ios[0].g == 3 && s->ios[0].d1 == 6);
	assert_true(s->ios[0].d == 9 && s->ios[0].c == 22);
	assert_counts(s, 0, 0);
}

/* As it is when the mask leaves X out. */
static void test_split_without_x(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, R, 0, 16);
	add(s, 2, BLK_ACT_ISSUE, R | FS, 0, 8);
	add(s, 3, BLK_ACT_ISSUE, R | FS, 8, 8);
	add(s, 4, BLK_ACT_COMPLETE, R | FS, 0, 8);
	add(s, 5, BLK_ACT_COMPLETE, R | FS, 8, 8);
	assert_int_equal(s->nr_ios, 1);
	assert_true(s->ios[0].flags & LIFE_IO_SPLIT);
	assert_counts(s, 0, 0);
}

static void test_requeue(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, W, 8, 8);
	add(s, 2, BLK_ACT_ISSUE, W | FS, 8, 8);
	add(s, 3, BLK_ACT_REQUEUE, W | FS, 8, 8);
	assert_int_equal(s->nr_backs, 1);
	add(s, 5, BLK_ACT_ISSUE, W | FS, 8, 8);
	/* given back before it was issued, as SCSI does */
	add(s, 6, BLK_ACT_REQUEUE, W | FS, 8, 8);
	add(s, 7, BLK_ACT_REQUEUE, W | FS, 8, 8);
	add(s, 8, BLK_ACT_ISSUE, W | FS, 8, 8);
	add(s, 9, BLK_ACT_COMPLETE, W | FS, 8, 8);
	assert_int_equal(s->nr_ios, 1);
	assert_true(s->ios[0].d1 == 2 && s->ios[0].d == 8);
	assert_int_equal(s->ios[0].nr_requeues, 3);
	assert_int_equal(life_counts(s->life)->requeues, 3);
	assert_counts(s, 0, 0);
}

static void test_issued_again_without_requeue(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, W, 8, 8);
	add(s, 2, BLK_ACT_ISSUE, W | FS, 8, 8);
	add(s, 3, BLK_ACT_ISSUE, W | FS, 8, 8);
	add(s, 4, BLK_ACT_COMPLETE, W | FS, 8, 8);
	assert_int_equal(s->nr_ios, 1);
	assert_int_equal(s->nr_rqs, 1);
	assert_true(s->rqs[0].d == 3 && s->ios[0].d == 3);
	assert_counts(s, 0, 0);
}

static void test_one_sector_twice(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, R, 8, 8);
	add(s, 2, BLK_ACT_GETRQ, R, 8, 8);
	add(s, 3, BLK_ACT_QUEUE, R, 8, 8);
	add(s, 4, BLK_ACT_GETRQ, R, 8, 8);
	/* and a write of it, which is another thing */
	add(s, 5, BLK_ACT_QUEUE, W, 8, 8);
	add(s, 6, BLK_ACT_ISSUE, R | FS, 8, 8);
	add(s, 7, BLK_ACT_ISSUE, R | FS, 8, 8);
	add(s, 8, BLK_ACT_COMPLETE, R | FS, 8, 8);
	add(s, 9, BLK_ACT_COMPLETE, R | FS, 8, 8);
	assert_int_equal(s->nr_ios, 2);
	assert_true(s->ios[0].q == 1 && s->ios[0].g == 2);
	assert_true(s->ios[0].d == 6 && s->ios[0].c == 8);
	assert_true(s->ios[1].q == 3 && s->ios[1].g == 4);
	assert_true(s->ios[1].d == 7 && s->ios[1].c == 9);
	assert_counts(s, 1, 0);
}

static void test_partial_completion(void **state)
{
	struct seen *s = *state;
	struct blk_rec rec;

	add(s, 1, BLK_ACT_QUEUE, R, 0, 8);
	add(s, 2, BLK_ACT_QUEUE, R, 8, 8);
	add(s, 3, BLK_ACT_ISSUE, R | FS, 0, 16);
	add(s, 4, BLK_ACT_COMPLETE, R | FS, 0, 12);
	assert_int_equal(s->nr_ios, 1);
	assert_int_equal(s->nr_rqs, 0);
	rec = rec_of(5, BLK_ACT_COMPLETE, R | FS, 12, 4);
	rec.error = (uint16_t)-5;
	life_add(s->life, &rec, 0);
	assert_int_equal(s->nr_ios, 2);
	assert_int_equal(s->nr_rqs, 1);
	assert_int_equal(s->ios[0].error, 0);
	assert_int_equal(s->ios[1].error, 5);
	assert_int_equal(s->rqs[0].error, 5);
	assert_true(s->ios[0].c == 4 && s->ios[1].c == 5);
	assert_counts(s, 0, 0);
}

/* virtio-blk without FUA, Linux 6.1: data, then a flush, then the end. */
static void test_flush_sequence(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, W | FUA, 8, 8);
	add(s, 2, BLK_ACT_GETRQ, W | FUA, 8, 8);
	add(s, 3, BLK_ACT_ISSUE, W | FS, 8, 8);
	add(s, 4, BLK_ACT_COMPLETE, W | FS, 8, 8);
	assert_int_equal(s->nr_ios, 0);
	add(s, 5, BLK_ACT_ISSUE, W | FL | FS, 0, 0);
	add(s, 6, BLK_ACT_COMPLETE, W | FL | FS, 0, 0);
	assert_int_equal(s->nr_ios, 0);
	add(s, 7, BLK_ACT_COMPLETE, W | FS, 8, 0);
	assert_int_equal(s->nr_ios, 1);
	assert_true(s->ios[0].d == 3 && s->ios[0].c == 7);
	assert_int_equal(s->ios[0].op, LIFE_WRITE);
	assert_int_equal(s->nr_rqs, 2);
	assert_int_equal(s->rqs[1].op, LIFE_FLUSH);
	assert_counts(s, 0, 0);
}

/* With FUA in the driver there is none. */
static void test_fua(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, W | FUA, 8, 8);
	add(s, 3, BLK_ACT_ISSUE, W | FUA | FS, 8, 8);
	add(s, 4, BLK_ACT_COMPLETE, W | FUA | FS, 8, 8);
	assert_int_equal(s->nr_ios, 1);
	assert_counts(s, 0, 0);
}

/* Two flushes that one of the driver's serves, at two sectors (dm). */
static void test_flushes(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, W | FL, 0, 0);
	add(s, 2, BLK_ACT_QUEUE, W | FL, 4096, 0);
	add(s, 3, BLK_ACT_ISSUE, W | FL | FS, 0, 0);
	add(s, 4, BLK_ACT_COMPLETE, W | FL | FS, 0, 0);
	add(s, 5, BLK_ACT_COMPLETE, W | FS, 4096, 0);
	add(s, 6, BLK_ACT_COMPLETE, W | FS, 0, 0);
	assert_int_equal(s->nr_ios, 2);
	assert_true(s->ios[0].q == 2 && s->ios[0].d == 3);
	assert_true(s->ios[0].c == 5);
	assert_true(s->ios[1].q == 1 && s->ios[1].c == 6);
	assert_int_equal(s->ios[0].op, LIFE_FLUSH);
	assert_counts(s, 0, 0);
}

static void test_passthrough(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_ISSUE, R | BLK_TC_PC, 0, 8);
	add(s, 2, BLK_ACT_ISSUE, R | BLK_TC_PC, 0, 8);
	add(s, 3, BLK_ACT_COMPLETE, R | BLK_TC_PC, 0, 0);
	add(s, 4, BLK_ACT_COMPLETE, R | BLK_TC_PC, 0, 0);
	assert_int_equal(s->nr_ios, 0);
	assert_int_equal(s->nr_rqs, 2);
	assert_true(s->rqs[0].d == 1 && s->rqs[0].c == 3);
	assert_int_equal(s->rqs[0].op, LIFE_PASSTHROUGH);
	assert_counts(s, 0, 0);
}

/* dm: Q and C of bios, the disk's D and C in between, tied by A. */
static void test_stacked(void **state)
{
	struct seen *s = *state;

	add_dm(s, 1, BLK_ACT_QUEUE, R, 16, 8);
	add_remap(s, 2, R, 2064, 8, 16);
	add(s, 3, BLK_ACT_QUEUE, R, 2064, 8);
	add(s, 4, BLK_ACT_GETRQ, R, 2064, 8);
	add(s, 5, BLK_ACT_ISSUE, R | FS, 2064, 8);
	add(s, 8, BLK_ACT_COMPLETE, R | FS, 2064, 8);
	add_dm(s, 9, BLK_ACT_COMPLETE, R, 16, 8);
	assert_int_equal(s->nr_ios, 2);
	assert_int_equal(s->ios[0].device, DISK);
	assert_int_equal(s->ios[0].origin, DM);
	assert_int_equal(s->ios[1].device, DM);
	assert_true(s->ios[1].a == 2 && s->ios[1].d == 5);
	assert_true(s->ios[1].low == 8 && s->ios[1].c == 9);
	assert_true(s->ios[1].flags & LIFE_IO_BELOW);
	assert_counts(s, 0, 0);
}

static void test_issue_and_complete_only(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_ISSUE, R | FS, 8, 8);
	add(s, 2, BLK_ACT_COMPLETE, R | FS, 8, 8);
	assert_int_equal(s->nr_ios, 0);
	assert_int_equal(s->nr_rqs, 1);
	assert_int_equal(s->rqs[0].nr_ios, 0);
	assert_counts(s, 0, 0);
}

static void test_queue_and_complete_only(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, R, 8, 8);
	add(s, 2, BLK_ACT_QUEUE, R, 16, 8);
	add(s, 3, BLK_ACT_COMPLETE, R | FS, 8, 16);
	assert_int_equal(s->nr_ios, 2);
	assert_int_equal(s->nr_rqs, 0);
	assert_counts(s, 0, 0);
}

static void test_never_across_a_loss(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_QUEUE, R, 8, 8);
	add(s, 2, BLK_ACT_ISSUE, R | FS, 8, 8);
	add(s, 3, BLK_ACT_QUEUE, R, 800, 8);
	add_dm(s, 4, BLK_ACT_QUEUE, R, 16, 8);
	life_lost(s->life, DISK);
	assert_int_equal(s->nr_backs, 1);
	add(s, 9, BLK_ACT_COMPLETE, R | FS, 8, 8);
	add_dm(s, 10, BLK_ACT_COMPLETE, R, 16, 8);
	assert_int_equal(s->nr_ios, 1);
	assert_int_equal(s->ios[0].device, DM);
	assert_int_equal(life_counts(s->life)->ios_cut, 2);
	assert_int_equal(life_counts(s->life)->requests_cut, 1);
	assert_counts(s, 0, 1);
}

static void test_unmatched(void **state)
{
	struct seen *s = *state;

	add(s, 1, BLK_ACT_COMPLETE, R | FS, 8, 8);
	add(s, 2, BLK_ACT_REQUEUE, R | FS, 8, 8);
	add(s, 3, BLK_ACT_BACKMERGE, R, 8, 8);
	assert_int_equal(s->nr_ios + s->nr_rqs, 0);
	assert_counts(s, 0, 3);
}

/* The number in flight is bounded; so is the number at one sector. */
static void test_expiry(void **state)
{
	struct seen *s = *state;

	for (uint64_t i = 0; i < LIFE_MAX + 10; i++)
		add(s, i, BLK_ACT_QUEUE, R, 8 * i, 8);
	assert_int_equal(life_counts(s->life)->ios_expired, 10);
	for (uint64_t i = 0; i < 1000; i++)
		add(s, LIFE_MAX + i, BLK_ACT_ISSUE, R | FS, 8 * i + 80, 8);
	for (uint64_t i = 0; i < 5000; i++)
		add(s, LIFE_MAX + i, BLK_ACT_QUEUE, W, 8, 8);
	/* a second I/O of a sector long after the first */
	add(s, LIFE_STALE * 2, BLK_ACT_QUEUE, W, 16, 8);
	life_end(s->life);
	assert_true(life_counts(s->life)->ios_in_flight <= LIFE_MAX);
	assert_int_equal(life_counts(s->life)->ios_in_flight +
			 life_counts(s->life)->ios_expired,
			 life_counts(s->life)->ios_begun);
	assert_int_equal(s->nr_ios, 0);
}

/* What is dropped while it is issued leaves nothing behind. */
static void test_expiry_of_issued(void **state)
{
	struct seen *s = *state;

	for (uint64_t i = 0; i < 3 * LIFE_MAX; i++) {
		add(s, 2 * i, BLK_ACT_QUEUE, R, 8 * i, 8);
		add(s, 2 * i + 1, BLK_ACT_ISSUE, R | FS, 8 * i, 8);
	}
	life_end(s->life);
	assert_int_equal(life_counts(s->life)->ios_in_flight, LIFE_MAX);
	assert_int_equal(life_counts(s->life)->requests_in_flight, LIFE_MAX);
	for (uint64_t i = 2 * LIFE_MAX; i < 3 * LIFE_MAX - MAX; i++)
		life_lost(s->life, i & 1 ? DISK : DM);
	assert_int_equal(life_counts(s->life)->requests_cut, LIFE_MAX);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_merges),
		TEST(test_merge_of_requests),
		TEST(test_split),
		TEST(test_split_without_x),
		TEST(test_requeue),
		TEST(test_issued_again_without_requeue),
		TEST(test_one_sector_twice),
		TEST(test_partial_completion),
		TEST(test_flush_sequence),
		TEST(test_fua),
		TEST(test_flushes),
		TEST(test_passthrough),
		TEST(test_stacked),
		TEST(test_issue_and_complete_only),
		TEST(test_queue_and_complete_only),
		TEST(test_never_across_a_loss),
		TEST(test_unmatched),
		TEST(test_expiry),
		TEST(test_expiry_of_issued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
