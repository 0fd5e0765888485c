/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "src/record/ring.h"

/* Before each event: its length with two flags, and a page offset. */
#define HEAD_SIZE	BPF_RINGBUF_HDR_SZ

int ring_open(struct ring *ring, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct ring r = { .size = size, .page = page };
	void *p;
	int e;

	r.fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "iotape_ring", 0, 0,
			      (uint32_t)size, NULL);
	if (r.fd < 0)
		return r.fd;
	p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0);
	if (p != MAP_FAILED) {
		r.consumer = p;
		p = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, r.fd,
			 (off_t)page);
	}
	if (p == MAP_FAILED) {
		e = errno;
		ring_close(&r);
		return -e;
	}
	r.producer = p;
	r.data = (const uint8_t *)p + page;
	*ring = r;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->consumer)
		(void)munmap(ring->consumer, ring->page);
	if (ring->producer)
		(void)munmap((void *)(uintptr_t)ring->producer,
			     ring->page + 2 * ring->size);
	if (ring->fd > 0)
		(void)close(ring->fd);
	*ring = (struct ring){ 0 };
}

size_t ring_max_events(size_t size)
{
	return size / (HEAD_SIZE + sizeof(struct ring_event)) + 1;
}

ssize_t ring_gather(struct ring *ring, struct ring_item *items)
{
	uint64_t pos = *ring->consumer;
	uint64_t head = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	size_t n = 0;

	while (pos < head) {
		const uint8_t *p = ring->data + (pos & (ring->size - 1));
		uint32_t len = __atomic_load_n((const uint32_t *)p,
					       __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			return -EAGAIN;
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			const struct ring_event *ev =
				(const void *)(p + HEAD_SIZE);

			items[n].time = ev->time;
			items[n].event = ev;
			n++;
		}
		len &= ~BPF_RINGBUF_DISCARD_BIT;
		pos += (len + HEAD_SIZE + 7) & ~(uint64_t)7;
	}
	ring->head = pos;
	return (ssize_t)n;
}

void ring_release_room(struct ring *ring)
{
	__atomic_store_n(ring->consumer, ring->head, __ATOMIC_RELEASE);
}
