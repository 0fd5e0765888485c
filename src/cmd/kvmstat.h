/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of iotape kvmstat share: options, and the views.
 */
#ifndef CMD_KVMSTAT_H
#define CMD_KVMSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/kvmstat.h"
#include "src/base/err.h"
#include "src/base/pattern.h"
#include "src/cmd/traces.h"

#define KVMSTAT_NAME_MAX	64
#define KVMSTAT_LINE_MAX	160
#define KVMSTAT_DELAY		3.0	/* s, as kvm_stat */
#define KVMSTAT_DELAY_MIN	0.1
#define KVMSTAT_DELAY_MAX	25.5

struct kvmstat_options {
	struct traces traces;	/* none = live */
	struct pattern *fields;	/* owned by the command; NULL = all */
	uint32_t vm;		/* 0 = all */
	const char *vm_name;	/* NULL = all; live, vm is set by it */
	const char *qmp;	/* socket; NULL = none */
	const char *log_file;	/* NULL = stdout */
	double delay;		/* s */
	bool is_help;		/* -f help */
	bool is_batch;
	bool is_json;
	bool is_by_vcpu;
	bool is_csv;
	bool is_log;
	bool is_debugfs;
	bool is_tracepoints;
	bool is_past;
	bool is_skip_zero;
};

/* Whether -f lets an event or a reason's line through. */
bool kvmstat_is_wanted(const struct kvmstat_options *o, const char *name);

/* "kvm_exit(HLT)", or with a number that has no name. */
void kvmstat_reason_name(const char *event, enum exit_kind kind,
			 uint32_t reason, char ret[KVMSTAT_NAME_MAX]);

/*
 * Times of one vCPU as a line without a newline, the reason's name in
 * @name_width columns; NULL: the heads of the columns.  80 columns with 26.
 */
void kvmstat_vcpu_line(const struct kvmstat_vcpu *v, int name_width,
		       char ret[KVMSTAT_LINE_MAX]);

/* The table, or JSON, or the lines of -1. */
void kvmstat_print(struct kvmstat *st, const struct kvmstat_options *o,
		   double seconds);

/* Each of these is one way to run: 0, or a negative errno and a sentence;
 * *ret_status is set where it is not CMD_OK. */
int kvmstat_offline(const struct kvmstat_options *o, int *ret_status,
		    struct err *err);
#ifdef HAVE_BPF
struct live;

int kvmstat_once(struct live *live, const struct kvmstat_options *o,
		 struct err *err);
int kvmstat_log(struct live *live, const struct kvmstat_options *o,
		struct err *err);
#ifdef HAVE_NCURSES
int kvmstat_tui(struct live *live, const struct kvmstat_options *o,
		struct err *err);
#endif
#endif

#endif
