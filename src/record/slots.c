/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "src/record/slots.h"

/* For each slot: a program on another CPU is mostly done in a fraction of that.
 * One that describes its thread, or is interrupted, may not be: look again. */
#define NR_SPINS	1000

uint32_t slots_count(size_t bytes)
{
	return (uint32_t)(bytes / sizeof(union slot_line));
}

static uint32_t nr_lines(size_t bytes)
{
	return SLOT_FIRST + slots_count(bytes);
}

int slots_make_map(size_t bytes)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	return bpf_map_create(BPF_MAP_TYPE_ARRAY, "iotape_slots",
			      sizeof(uint32_t), sizeof(union slot_line),
			      nr_lines(bytes), &opts);
}

int slots_open(struct slots *slots, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct slots s = { .nr = slots_count(bytes) };
	void *p;
	int e;

	s.size = nr_lines(bytes) * sizeof(union slot_line);
	s.size = (s.size + page - 1) / page * page;
	s.fd = slots_make_map(bytes);
	if (s.fd < 0)
		return s.fd;
	p = mmap(NULL, s.size, PROT_READ | PROT_WRITE, MAP_SHARED, s.fd, 0);
	if (p == MAP_FAILED) {
		e = errno;
		slots_close(&s);
		return -e;
	}
	s.lines = p;
	*slots = s;
	return 0;
}

void slots_close(struct slots *slots)
{
	if (slots->lines)
		(void)munmap(slots->lines, slots->size);
	if (slots->fd > 0)
		(void)close(slots->fd);
	*slots = (struct slots){ 0 };
}

static bool is_whole(const struct ring_slot *slot, uint64_t pos)
{
	return __atomic_load_n(&slot->stamp, __ATOMIC_ACQUIRE) == pos + 1;
}

ssize_t slots_gather(const struct slots *slots, struct ring_item *items,
		     uint64_t *ret_head)
{
	const union slot_line *first = slots->lines + SLOT_FIRST;
	uint64_t pos = slots->lines[SLOT_TAIL].tail.consumer;
	uint64_t head = __atomic_load_n(
		&slots->lines[SLOT_HEAD].head.producer, __ATOMIC_ACQUIRE);
	unsigned int spins = 0;
	size_t n = 0;

	while (pos < head) {
		const struct ring_slot *slot =
			&first[pos & (slots->nr - 1)].slot;

		if (!is_whole(slot, pos)) {
			if (++spins > NR_SPINS)
				return -EAGAIN;
			continue;
		}
		spins = 0;
		items[n].time = slot->time;
		items[n].slot = slot;
		n++;
		pos++;
	}
	*ret_head = pos;
	return (ssize_t)n;
}

void slots_release_room(struct slots *slots, uint64_t head)
{
	__atomic_store_n(&slots->lines[SLOT_TAIL].tail.consumer, head,
			 __ATOMIC_RELEASE);
}

void slot_names_learn(struct slot_names *names, const struct ring_event *ev)
{
	struct slot_name *name = &names->names[TASK_SLOT(ev->pid)];

	name->pid = ev->pid;
	name->tgid = ev->tgid;
	memcpy(name->comm, ev->comm, sizeof(name->comm));
	name->said = 0;
}

/* Of a remap, the kernel's payload has the disk twice. */
void slot_unpack_pdu(const struct ring_slot *slot, unsigned int pdu_len,
		     uint8_t *pdu)
{
	uint32_t device_to = htobe32(slot->device);

	if (pdu_len <= sizeof(slot->pdu)) {
		memcpy(pdu, &slot->pdu, sizeof(slot->pdu));
		return;
	}
	memcpy(pdu, &slot->device_from, 4);
	memcpy(pdu + 4, &device_to, 4);
	memcpy(pdu + 8, &slot->pdu, 8);
}

void slot_unpack(const struct ring_slot *slot, const struct slot_name *name,
		 struct slot_event *ret)
{
	struct ring_event *ev = slot_event_of(ret);

	ev->time = slot->time;
	ev->sector = slot->sector;
	ev->action = slot->action;
	ev->bytes = slot->bytes;
	ev->device = slot->device;
	ev->pid = slot->pid;
	ev->lost = slot->lost;
	ev->error = slot->error;
	ev->pdu_len = slot->pdu_len & ~SLOT_NAMELESS;
	ev->cgroup = 0;
	if (ev->pdu_len)
		slot_unpack_pdu(slot, ev->pdu_len, ev->pdu);
	if (name) {
		ev->tgid = name->tgid;
		memcpy(ev->comm, name->comm, sizeof(ev->comm));
	} else {
		ev->tgid = 0;
		memset(ev->comm, 0, sizeof(ev->comm));
	}
}
