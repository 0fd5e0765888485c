/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bpf/encode.h, compiled for this machine: what __blk_add_trace() and
 * blk_rq_trace_sector() of the kernel (v6.18) make of the same numbers.
 */
#include "config.h"

#include "tests/unit/unit.h"

#include "bpf/encode.h"

/* Numbers of include/linux/blk_types.h, v6.18, written out once more. */
#define OP_READ		0u
#define OP_WRITE	1u
#define OP_FLUSH	2u
#define OP_DISCARD	3u
#define OP_SECURE_ERASE	5u
#define OP_WRITE_ZEROES	9u
#define OP_DRV_IN	34u
#define OP_DRV_OUT	35u
#define SYNC		0x000800u
#define META		0x001000u
#define FUA		0x020000u
#define PREFLUSH	0x040000u
#define RAHEAD		0x080000u

static const struct {
	uint32_t opf;
	uint32_t what;
	uint32_t action;	/* as blktrace would write it */
} actions[] = {
	{ OP_READ, 0x00100001, 0x00110001 },
	{ OP_WRITE, 0x00100001, 0x00120001 },
	{ OP_READ | RAHEAD, 0x00100001, 0x08110001 },
	{ OP_READ | META | SYNC, 0x01400007, 0x11490007 },
	{ OP_WRITE | SYNC | FUA, 0x01400007, 0x814a0007 },
	{ OP_WRITE | PREFLUSH | FUA | SYNC, 0x00100001, 0x801e0001 },
	{ OP_WRITE | PREFLUSH, 0x00100001, 0x00160001 },
	{ OP_FLUSH, 0x01800008, 0x01850008 },
	{ OP_DISCARD, 0x00100001, 0x20120001 },
	{ OP_SECURE_ERASE, 0x00100001, 0x20120001 },
	{ OP_WRITE_ZEROES, 0x00100001, 0x00120001 },
	{ OP_DRV_IN, 0x02400007, 0x02410007 },
	{ OP_DRV_OUT, 0x02400007, 0x02420007 },
	/* flags that no category stands for */
	{ OP_READ | 0x100 | 0x4000 | 0x8000 | 0x200000, 0x00100001,
	  0x00110001 },
	/* a split has no category but the direction */
	{ OP_READ, 0x0000000d, 0x0001000d },
};

static void action_is_the_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		assert_int_equal(
			encode_action(actions[i].opf,
				      encode_op(actions[i].opf & ENC_OP_MASK),
				      actions[i].what),
			actions[i].action);
}

static void passthrough_is_recognised(void **state)
{
	(void)state;
	assert_false(encode_is_passthrough(OP_WRITE | SYNC));
	assert_false(encode_is_passthrough(19));
	for (uint32_t op = 32; op <= 35; op++)
		assert_true(encode_is_passthrough(op | SYNC));
	assert_false(encode_is_passthrough(36));
}

static void sector_is_none_without_a_place(void **state)
{
	(void)state;
	assert_int_equal(encode_rq_sector(OP_READ, 123), 123);
	assert_int_equal(encode_rq_sector(OP_DRV_IN, 123), 0);
	assert_int_equal(encode_rq_sector(OP_FLUSH, UINT64_MAX), 0);
}

static void payloads_are_big_endian(void **state)
{
	static const uint8_t be64[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	uint32_t u32 = encode_be32(0x01020304);
	uint64_t u64 = encode_be64(0x0102030405060708);

	(void)state;
	assert_memory_equal(&u32, be64, sizeof(u32));
	assert_memory_equal(&u64, be64, sizeof(u64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(action_is_the_kernels),
		cmocka_unit_test(passthrough_is_recognised),
		cmocka_unit_test(sector_is_none_without_a_place),
		cmocka_unit_test(payloads_are_big_endian),
	};

	return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
