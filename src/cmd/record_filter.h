/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The filters of iotape record: their options, a table of its own in --help.
 */
#ifndef CMD_RECORD_FILTER_H
#define CMD_RECORD_FILTER_H

#include <argp.h>

#include "src/record/filter.h"

/* A child parser; its input is a struct rec_filter. */
extern const struct argp record_filter_argp;

#endif
