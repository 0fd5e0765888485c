/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/replay/data.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define REGION_MIN	(16u << 20)
#define BLOCK		4096u
#define SECTOR		512u

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014. */
static uint64_t random_of(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Each block: random numbers first, then the zeros. */
static void fill(struct iovec *region, unsigned int compressible)
{
	size_t nr_random = BLOCK - BLOCK * compressible / 100;
	uint64_t state = 1, word;
	char *p = region->iov_base;

	for (size_t at = 0; at < region->iov_len; at += BLOCK) {
		for (size_t i = 0; i < nr_random; i += sizeof(word)) {
			word = random_of(&state);
			memcpy(p + at + i, &word, nr_random - i < sizeof(word) ?
						  nr_random - i : sizeof(word));
		}
	}
}

int data_init(struct data *data, size_t longest, unsigned int compressible,
	      struct err *err)
{
	size_t len = 2 * longest > REGION_MIN ? 2 * longest : REGION_MIN;

	*data = (struct data){ 0 };
	len = (len + BLOCK - 1) / BLOCK * BLOCK;
	for (unsigned int i = 0; i < DATA_REGIONS; i++) {
		void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED) {
			int r = -errno;

			data_release(data);
			return err_set_errno(err, r, "no %zu bytes for the"
					     " data", len);
		}
		/* fewer parts, so that a long I/O stays one */
		(void)madvise(p, len, MADV_HUGEPAGE);
		data->regions[i] = (struct iovec){ p, len };
	}
	fill(&data->regions[DATA_WRITE], compressible);
	memset(data->regions[DATA_READ].iov_base, 0, len);
	return 0;
}

void data_release(struct data *data)
{
	for (unsigned int i = 0; i < DATA_REGIONS; i++)
		if (data->regions[i].iov_base)
			(void)munmap(data->regions[i].iov_base,
				     data->regions[i].iov_len);
	*data = (struct data){ 0 };
}

static void *take(struct data *data, unsigned int region, size_t len,
		  size_t step)
{
	const struct iovec *v = &data->regions[region];
	size_t at = data->next[region];

	if (at + len > v->iov_len)
		/* elsewhere than the time before */
		at = region == DATA_WRITE ? (at + SECTOR) % BLOCK : 0;
	data->next[region] = at + step;
	return (char *)v->iov_base + at;
}

void *data_for_write(struct data *data, size_t len)
{
	return take(data, DATA_WRITE, len, len);
}

void *data_for_read(struct data *data, size_t len)
{
	return take(data, DATA_READ, len, (len + BLOCK - 1) / BLOCK * BLOCK);
}
