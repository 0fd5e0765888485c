/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of a flight recorder, and record --recover.  It is megabytes
 * large, most of it zeros: the input is changes to a good one.  Each is an
 * offset (32 bits, modulo the size), a length (8 bits) and bytes.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "src/base/xalloc.h"
#include "src/record/flight.h"
#include "src/record/recorder.h"
#include "tests/fuzz/folder.h"

#define BYTES	(2u * 65536)	/* two chunks */
#define EVENTS	20u

struct image {
	uint8_t *bytes;
	size_t size;
};

static void make_good(struct image *image)
{
	const struct dev devs[] = {
		{ .name = "sda", .device = blk_dev(8, 0), .scheduler = "none" },
		{ .name = "sdb", .device = blk_dev(8, 16) },
	};
	const struct flight_options opts = {
		.bytes = BYTES, .started = 1, .nr_cpus = 2, .nr_devs = 2,
		.max_devs = 2, .version = 7,
	};
	struct ring_event ev = { .pid = 100, .comm = "fio" };
	struct flight *flight;
	struct err err = { 0 };
	struct stat st;
	int fd;

	MUST(!flight_new("f", &opts, devs, &flight, &err));
	for (unsigned int i = 0; i < EVENTS; i++) {
		ev.time = 1000 + i;
		ev.device = devs[i % 2].device;
		ev.sector = i * 8;
		flight_add(flight, i / 3 % 2, &ev, 0);
	}
	flight_free(flight);
	fd = open("f", O_RDONLY | O_CLOEXEC);
	MUST(fd >= 0 && !fstat(fd, &st));
	image->size = (size_t)st.st_size;
	image->bytes = xmalloc(image->size);
	MUST(read(fd, image->bytes, image->size) == st.st_size);
	(void)close(fd);
}

/* Each change of @data, or with @is_undone the good bytes there. */
static void change(const struct image *image, const uint8_t *data, size_t size,
		   bool is_undone)
{
	int fd = open("f", O_WRONLY | O_CLOEXEC);

	MUST(fd >= 0);
	while (size > 5) {
		size_t len = data[4];
		uint32_t at;

		memcpy(&at, data, sizeof(at));
		at %= (uint32_t)image->size;
		data += 5;
		size -= 5;
		len = len < size ? len : size;
		len = len < image->size - at ? len : image->size - at;
		MUST(pwrite(fd, is_undone ? image->bytes + at : data, len,
			    at) == (ssize_t)len);
		data += len;
		size -= len;
	}
	(void)close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct image image;	/* libFuzzer keeps the process */
	/* 65536 CPUs are allowed, and each has files: seconds */
	const struct rlimit few = { .rlim_cur = 256, .rlim_max = 256 };
	const struct recorder_options opts = { .stream_fd = -1, .dir = "o" };
	struct recorder *rec = NULL;
	struct recorder_dump dump;
	struct err err = { 0 };

	if (!image.bytes) {
		MUST(!setrlimit(RLIMIT_NOFILE, &few));
		/* the lowest number: whoever closes a 0 closes it */
		(void)dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		fuzz_enter_folder();
		make_good(&image);
	}
	change(&image, data, size, false);
	MUST(!mkdir("o", 0700));
	if (!recorder_recover("f", &opts, &rec, &err)) {
		(void)recorder_dump(rec, &dump, &err);
		recorder_free(rec);
	}
	MUST(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	change(&image, data, size, true);
	fuzz_empty(open("o", O_RDONLY | O_CLOEXEC));
	MUST(!rmdir("o"));
	return 0;
}
