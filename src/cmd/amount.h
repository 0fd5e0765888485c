/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers for people: three digits that count and a unit, at most 7
 * characters for what is not negative and below 1000 of the largest unit.
 *
 *	char cell[AMOUNT_SIZE];
 *	printf("%8s", amount_time(1234567, cell));	1.23ms
 */
#ifndef CMD_AMOUNT_H
#define CMD_AMOUNT_H

#define AMOUNT_SIZE	16

/* Each returns @buf. */
const char *amount_time(double ns, char buf[AMOUNT_SIZE]);
const char *amount_bytes(double bytes, char buf[AMOUNT_SIZE]);
const char *amount_count(double n, char buf[AMOUNT_SIZE]);

#endif
