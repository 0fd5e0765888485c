/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counts that blkparse prints at the end of a trace: for each device and
 * CPU, and with -s for each program.
 *
 *	struct summary *sum = summary_new(&opts, names);
 *	account = summary_account(sum, ...);	for each event
 *	summary_seen(account, &rec, time_ns);
 *	summary_event(sum, account, &rec, act_of(&rec));  those with a line
 *	summary_print(sum, &out);
 *	summary_free(sum);
 */
#ifndef ANALYZE_SUMMARY_H
#define ANALYZE_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/blk.h"
#include "src/analyze/act.h"
#include "src/analyze/names.h"
#include "src/base/outbuf.h"

struct summary;
struct summary_cpu;

struct summary_options {
	bool by_program;	/* -s */
	bool by_name;		/* -h: programs of one name are one */
	bool no_devices;	/* -q */
	char sort;		/* of programs, ascending: Q R W C KiB, q r w
				   c I/Os; other letters: by name */
};

/* @names is borrowed, and may grow later. */
struct summary *summary_new(const struct summary_options *opts,
			    struct names *names);
void summary_free(struct summary *sum);

/*
 * A device for a recording of that name.  Returns its index; they are printed
 * in this order.  @label is copied.
 */
size_t summary_add_device(struct summary *sum, const char *label);

/*
 * The next device of a stream that has no name yet is called so (blkparse
 * -i - NAME...).
 */
void summary_expect_device(struct summary *sum, const char *label);

/* The device of a stream's record: found by number, or added. */
size_t summary_find_device(struct summary *sum, uint32_t device);

/* What a device with events is called; NULL if it has no name. */
const char *summary_label(const struct summary *sum, uint32_t device);

/* The counts of one CPU of a device.  Valid until summary_free. */
struct summary_cpu *summary_cpu(struct summary *sum, size_t device,
				uint32_t cpu);

/*
 * An event came, whether it is printed or not.  With @shows_gaps, holes in its
 * sequence numbers are printed as "Skips": blkparse does so for streams only.
 * Returns how many numbers are missing in front of it.
 */
uint32_t summary_seen(struct summary_cpu *cpu, const struct blk_rec *rec,
		      uint64_t time_ns, bool shows_gaps);

/* An event came that is behind the end of the span; blkparse counts the CPU. */
void summary_touch(struct summary_cpu *cpu);

/* The events that holes in the sequence numbers say are missing. */
uint64_t summary_missing(const struct summary *sum);

/* An event passed the filters.  @act: its line, or NULL for none. */
void summary_event(struct summary *sum, struct summary_cpu *cpu,
		   const struct blk_rec *rec, const struct act *act,
		   uint64_t time_ns);

enum summary_wait {
	SUMMARY_WAIT_ALLOCATION,
	SUMMARY_WAIT_DISPATCH,
	SUMMARY_WAIT_COMPLETION,
	SUMMARY_WAIT_MAX
};

/* -t: the longest wait of a program (only with by_program). */
void summary_wait(struct summary *sum, uint32_t pid, bool is_write,
		  enum summary_wait wait, uint64_t elapsed_ns);

void summary_print(struct summary *sum, struct outbuf *out);

#endif
