/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Gives up the system calls that reading a trace does not need: should a trace
 * take the program over, it can execute nothing and reach no network.
 *
 *	status = parse the options;
 *	if (!helper_is_asked_for)
 *		jail_enter();
 *	read the trace
 *
 * For good, and for all threads that begin later.  What is forbidden ends the
 * program with SIGSYS; a call that is in no table does not exist (ENOSYS), so
 * that libc takes an older one.  Where iotape was built without libseccomp, or
 * with AddressSanitizer, or the kernel refuses, nothing happens.
 * doc/SECURITY.md says what is let through.
 */
#ifndef CMD_JAIL_H
#define CMD_JAIL_H

#ifdef HAVE_SECCOMP
void jail_enter(void);

/*
 * The same for what answers on sockets that it has: it can open no file, and no
 * other socket.
 */
void jail_enter_server(void);
#else
static inline void jail_enter(void)
{
}

static inline void jail_enter_server(void)
{
}
#endif

#endif
