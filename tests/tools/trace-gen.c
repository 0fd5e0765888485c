/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes a large trace for measurements: the files NAME.blktrace.<cpu> with
 * IOS reads and writes of 4 KiB to 1 MiB, spread over CPUS processors and
 * eight processes, five records each (Q G I D C), with up to 32 of them in
 * flight on each CPU.  The same arguments make the same bytes.
 *
 *	trace-gen NAME CPUS IOS
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/blk.h"
#include "src/base/xalloc.h"

#define DEPTH		32u
#define DEVICE		blk_dev(8, 0)
#define DISK_SECTORS	(UINT64_C(1) << 31)

struct io {
	uint64_t sector;
	uint32_t bytes;
	uint32_t categories;
	uint32_t pid;
};

struct lane {
	FILE *out;
	uint64_t time;
	uint64_t random;
	uint32_t sequence;
	uint32_t cpu;
};

/* xorshift64: G. Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t next_random(struct lane *l)
{
	l->random ^= l->random << 13;
	l->random ^= l->random >> 7;
	l->random ^= l->random << 17;
	return l->random;
}

static void put(struct lane *l, struct blk_rec *rec)
{
	uint8_t buf[BLK_V8_SIZE + BLK_COMM_LEN];
	ssize_t n;

	rec->time = l->time;
	rec->device = DEVICE;
	rec->cpu = l->cpu;
	n = blk_encode(rec, BLK_IO_TRACE_VERSION, false, buf, sizeof(buf));
	if (n < 0 || fwrite(buf, 1, (size_t)n, l->out) != (size_t)n) {
		(void)fprintf(stderr, "trace-gen: write: %s\n",
			      strerror(errno));
		exit(1);
	}
}

static void put_names(struct lane *l)
{
	for (uint32_t i = 0; i < 8; i++) {
		char comm[BLK_COMM_LEN] = { 0 };
		struct blk_rec rec = {
			.action = BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_PROCESS,
			.pid = 1000 + i,
			.pdu = (const uint8_t *)comm,
			.pdu_len = sizeof(comm),
		};

		(void)snprintf(comm, sizeof(comm), "worker/%u", i);
		put(l, &rec);
	}
}

/* What the time of day was: 14 November 2023. */
static void put_clock(struct lane *l)
{
	const uint32_t clock[2] = { 1700000000, 0 };
	struct blk_rec rec = {
		.action = BLK_TC_ACT(BLK_TC_NOTIFY) | BLK_TN_TIMESTAMP,
		.pdu = (const uint8_t *)clock,
		.pdu_len = sizeof(clock),
	};

	put(l, &rec);
}

static void put_step(struct lane *l, const struct io *io, enum blk_act act,
		     uint32_t categories)
{
	struct blk_rec rec = {
		.sequence = ++l->sequence,
		.action = BLK_TC_ACT(io->categories | categories) | act,
		.sector = io->sector,
		.bytes = io->bytes,
		.pid = io->pid,
	};

	put(l, &rec);
	l->time += 300 + next_random(l) % 1000;
}

static void begin_io(struct lane *l, struct io *io)
{
	uint64_t r = next_random(l);

	*io = (struct io){
		.sector = r % (DISK_SECTORS / 8) * 8,
		.bytes = 4096u << (r >> 40) % 9,
		.categories = r >> 50 & 1 ? BLK_TC_READ :
					    BLK_TC_WRITE | BLK_TC_SYNC,
		.pid = 1000 + (uint32_t)(r >> 60) % 8,
	};
	put_step(l, io, BLK_ACT_QUEUE, BLK_TC_QUEUE);
	put_step(l, io, BLK_ACT_GETRQ, BLK_TC_QUEUE);
	put_step(l, io, BLK_ACT_INSERT, BLK_TC_QUEUE | BLK_TC_FS);
	put_step(l, io, BLK_ACT_ISSUE, BLK_TC_ISSUE | BLK_TC_FS);
}

static void write_file(const char *name, uint32_t cpu, uint64_t ios)
{
	char *path = xasprintf("%s.blktrace.%u", name, cpu);
	struct lane l = {
		.out = fopen(path, "wb"),
		.time = 1000000000,
		.random = 88172645463325252ull + cpu,
		.cpu = cpu,
	};
	struct io flight[DEPTH];

	if (!l.out) {
		(void)fprintf(stderr, "trace-gen: %s: %s\n", path,
			      strerror(errno));
		exit(1);
	}
	put_clock(&l);
	put_names(&l);
	for (uint64_t i = 0; i < ios + DEPTH; i++) {
		struct io *io = &flight[i % DEPTH];

		if (i >= DEPTH && i - DEPTH < ios)
			put_step(&l, io, BLK_ACT_COMPLETE,
				 BLK_TC_COMPLETE | BLK_TC_FS);
		if (i < ios)
			begin_io(&l, io);
	}
	if (fclose(l.out)) {
		(void)fprintf(stderr, "trace-gen: %s: %s\n", path,
			      strerror(errno));
		exit(1);
	}
	free(path);
}

int main(int argc, char **argv)
{
	uint32_t cpus;
	uint64_t ios;

	if (argc != 4 || (cpus = (uint32_t)strtoul(argv[2], NULL, 10)) == 0) {
		(void)fprintf(stderr, "usage: trace-gen NAME CPUS IOS\n");
		return 2;
	}
	ios = strtoull(argv[3], NULL, 10);
	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		write_file(argv[1], cpu, ios / cpus);
	return 0;
}
