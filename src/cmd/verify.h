/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape verify: options and their result, for verify.c and verify_json.c.
 */
#ifndef CMD_VERIFY_H
#define CMD_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/verify.h"

struct repair;

#define VERIFY_SHOWN 10u /* findings of a kind and file; --max */

struct verify_view {
	uint64_t shown[VERIFY_MAX];   /* of the file that is read */
	uint64_t hidden[VERIFY_MAX];
	char *path;		      /* owned; the file of these counts */
	uint64_t max;		      /* --max; 0 = all */
	uint64_t nr_printed;
	struct repair *repair;	      /* borrowed; NULL = none */
	bool is_quiet;
	bool is_json;
};

/* One finding, as an element of the array; @is_first: of all. */
void verify_json_finding(const struct verify_finding *f, bool is_first);

/* What is before and behind the findings. */
void verify_json_begin(void);
void verify_json_end(const struct verify_result *result, int status);

#endif
