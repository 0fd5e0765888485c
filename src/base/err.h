/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An error that travels upwards: a negative errno as the return value, and
 * one complete sentence beside it.
 *
 *	return err_set(err, -EINVAL, "%s: cpu %u: bad magic %#x", ...);
 *
 * A struct err belongs to the caller, needs no initialisation beyond = { 0 },
 * allocates nothing, and may be NULL everywhere.  It is written only on
 * failure.  The text has no newline and no program name.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_TEXT_MAX	512

struct err {
	int code;		/* negative errno; 0 = none */
	char text[ERR_TEXT_MAX];
};

/* Sets the text and returns @code. */
int err_set(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As err_set, and appends ": " and the text of the errno. */
int err_set_errno(struct err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
