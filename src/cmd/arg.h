/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments of options that more than one subcommand has.  Each function
 * reads @arg as a whole and gives false if it is not of that form.
 */
#ifndef CMD_ARG_H
#define CMD_ARG_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/* A whole number from @min to @max, in decimal digits only: no sign, no
 * blank. */
bool arg_read_number(const char *arg, uint64_t min, uint64_t max,
		     uint64_t *ret);

/* "FROM-TO", both included, or "FROM+COUNT": sectors. */
bool arg_read_sectors(const char *arg, uint64_t *ret_from, uint64_t *ret_to);

/* A time above 0 as "10ms": ns us ms s. */
bool arg_read_time(const char *arg, uint64_t *ret_ns);

/* "4k", "4k-64k", "4k-" (and more), "-64k" (at most): bytes, both included;
 * k, m and g are powers of 1024. */
bool arg_read_sizes(const char *arg, uint32_t *ret_min, uint32_t *ret_max);

/*
 * argp_parse, whose arguments these are, but out of memory it ends the program
 * as src/base/xalloc.h does.  argp ends it by itself after wrong usage and
 * --help; else this returns what a parser returned.
 */
int arg_parse(const struct argp *argp, int argc, char **argv,
	      unsigned int flags, void *input);

/*
 * A whole number from @min to @max, or a time in seconds, 0 to 1e9, which may
 * have decimals ("0.5", "5e-1").  Anything else is told as argp_error does, with
 * the name of the option, "-n" or "--top"; that ends the program.
 */
unsigned long arg_number(const char *arg, const char *option,
			 unsigned long min, unsigned long max,
			 const struct argp_state *state);
double arg_seconds(const char *arg, const char *option,
		   const struct argp_state *state);

#endif
