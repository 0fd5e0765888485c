/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options of iotape record: from the command line into a struct, which
 * the rest of the subcommand reads and nobody changes.
 */
#ifndef CMD_RECORD_OPTIONS_H
#define CMD_RECORD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/cmd/record_files.h"
#include "src/cmd/record_flight.h"
#include "src/cmd/record_metrics.h"
#include "src/record/filter.h"
#include "src/record/trace.h"
#include "src/record/virtio_hook.h"

struct record_options {
	char **paths;		/* of devices; owned */
	size_t nr_paths;
	size_t cap_paths;
	char **command;		/* borrowed from argv; NULL = none */
	const char *name;
	const char *dir;
	uint32_t mask;		/* BLK_TC_*; 0 = all */
	unsigned long buffer_kib;	/* 0 = default */
	unsigned long nr_buffers;	/* 0 = default */
	uint64_t duration_ms;	/* 0 = until a signal comes */
	unsigned int version;	/* of the records; 0 = 7 */
	uint32_t kvm;		/* tracepoints of KVM: src/record/kvm.h */
	bool is_kvm_all;	/* they were not named */
	const char *vm;		/* process id or name; NULL = all */
	struct virtio_options virtio;
	char *drivers[VIRTIO_NR_DRIVERS];	/* owned; of virtio */
	bool has_virtio;
	enum trace_cgroup cgroup;
	bool no_cmdline;
	struct record_files files;
	struct record_flight flight;
	struct rec_filter filter;
	struct record_metrics metrics;
};

/*
 * Fills in @ret, whose memory the caller releases, also after a failure.
 * Returns an exit status: CMD_OK, or what was wrong has been said.
 */
int record_options_parse(struct record_options *ret, int argc, char **argv);
void record_options_release(struct record_options *o);

/* "-o -": one stream to standard output. */
bool record_options_is_stream(const struct record_options *o);

/* Bytes of a ring as -b and -n give them; 0 = neither was given. */
size_t record_options_ring_size(const struct record_options *o);

#endif
