/* SPDX-License-Identifier: GPL-2.0 */
/* The kinds of faults, for the shim that makes them and for the sweep. */
#ifndef TESTS_FAULT_SHIM_H
#define TESTS_FAULT_SHIM_H

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>

#define SHIM_MALLOC (-1L)

struct shim_kind {
	const char *name;
	long nr;		/* of the system call, or SHIM_MALLOC */
	int error;		/* it fails with; 0 = it does half of it */
	bool is_harmless;	/* a program that is right does not notice */
};

/*
 * One row each.  EAGAIN is what a descriptor gives that somebody else made
 * non-blocking.  A write that is interrupted may end a command: the only
 * signals that it catches ask it to end.
 */
#define SHIM_KINDS                                          \
	{ "malloc", SHIM_MALLOC, ENOMEM, false },           \
	{ "read-short", SYS_read, 0, true },                \
	{ "read-eintr", SYS_read, EINTR, true },            \
	{ "read-eio", SYS_read, EIO, false },               \
	{ "pread-short", SYS_pread64, 0, true },            \
	{ "pread-eintr", SYS_pread64, EINTR, true },        \
	{ "pread-eio", SYS_pread64, EIO, false },           \
	{ "write-short", SYS_write, 0, true },              \
	{ "write-eintr", SYS_write, EINTR, false },         \
	{ "write-enospc", SYS_write, ENOSPC, false },       \
	{ "write-eagain", SYS_write, EAGAIN, false },       \
	{ "write-eio", SYS_write, EIO, false },             \
	{ "open-emfile", SYS_openat, EMFILE, false },       \
	{ "open-eacces", SYS_openat, EACCES, false },       \
	{ "mmap", SYS_mmap, ENOMEM, false },

#endif
