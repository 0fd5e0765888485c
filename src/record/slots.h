/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reader's side of one CPU's slots, which hold its events of block I/O:
 * bpf/slot.bpf.h is the other side, and src/record/ring.h says which events
 * are known to be all there.
 *
 *	n = slots_gather(&slots, items, &head);
 *	... use them ...
 *	slots_release_room(&slots, head);
 *
 * A slot does not say who its thread is: struct slot_names knows it from the
 * descriptions in the ring of the same CPU.  It is the copy of what the
 * programs remember there (struct task_cache, bpf/task.bpf.h), so that a
 * thread that they do not describe again is in it.
 */
#ifndef RECORD_SLOTS_H
#define RECORD_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/cfg.h"
#include "src/record/ring.h"

struct slots {
	int fd;			/* of the map; 0 or less = no slots */
	uint32_t nr;		/* a power of two */
	union slot_line *lines;	/* mapped, shared with the kernel */
	size_t size;		/* of the mapping, in bytes */
};

/* Slots of @bytes, a power of two that is at least a page, together.  0 or a
 * negative errno. */
int slots_open(struct slots *slots, size_t bytes);

/* Accepts slots that were never opened (all zero). */
void slots_close(struct slots *slots);

/* How many fit in @bytes. */
uint32_t slots_count(size_t bytes);

/* A map for as many: an fd, or a negative errno.  The verifier wants to see
 * one of the same size. */
int slots_make_map(size_t bytes);

/*
 * Lists what was taken and not yet given back, in the order of taking.  The
 * slots are borrowed until slots_release_room.  Returns their number, at most
 * slots->nr; or -EAGAIN when one of them is still being written (nothing is
 * taken then).  @ret_head: for slots_release_room.
 */
ssize_t slots_gather(const struct slots *slots, struct ring_item *items,
		     uint64_t *ret_head);

/* Gives slots up to @head back to the kernel. */
void slots_release_room(struct slots *slots, uint64_t head);

struct slot_name {
	uint32_t pid;
	uint32_t tgid;
	char comm[16];
	uint64_t said;		/* struct trace.naming of a trace that has this
				   name, or that a flight recorder has it; 0 =
				   none has */
};

/* All zero = nothing is known. */
struct slot_names {
	struct slot_name names[TASK_SLOTS];
};

/* Keeps a description (RING_DEVICE_TASK). */
void slot_names_learn(struct slot_names *names, const struct ring_event *ev);

/* Who the thread of @slot is; NULL = not known (the ring had no room for its
 * description). */
static inline struct slot_name *slot_names_find(struct slot_names *names,
						const struct ring_slot *slot)
{
	struct slot_name *name = &names->names[TASK_SLOT(slot->pid)];

	return name->pid == slot->pid && *name->comm &&
			       !(slot->pdu_len & SLOT_NAMELESS) ? name : NULL;
}

/* An event with room for its payload. */
struct slot_event {
	uint8_t bytes[sizeof(struct ring_event) + RING_PDU_MAX]
		__attribute__((aligned(8)));
};

static inline struct ring_event *slot_event_of(struct slot_event *e)
{
	return (struct ring_event *)(void *)e->bytes;
}

/* The payload of a slot with @pdu_len bytes of it, as it is in the record. */
void slot_unpack_pdu(const struct ring_slot *slot, unsigned int pdu_len,
		     uint8_t *ret_pdu);

/* The event of @slot, whose thread is @name; NULL: tgid and comm are zero. */
void slot_unpack(const struct ring_slot *slot, const struct slot_name *name,
		 struct slot_event *ret);

#endif
