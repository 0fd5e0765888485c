/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/base/xalloc.h"
#include "src/cmd/jail.h"

#define CALL(name) SCMP_SYS(name)

/* With any arguments: files that it may open anyway. */
static const int of_files[] = {
	CALL(access), CALL(close), CALL(copy_file_range), CALL(creat),
	CALL(dup), CALL(dup2), CALL(dup3), CALL(faccessat), CALL(faccessat2),
	CALL(fadvise64), CALL(fallocate), CALL(fchmod), CALL(fchmodat),
	CALL(fchown), CALL(fcntl), CALL(fcntl64), CALL(fdatasync),
	CALL(flock), CALL(fstat), CALL(fstat64), CALL(fstatat64),
	CALL(fstatfs), CALL(fsync), CALL(ftruncate), CALL(getcwd),
	CALL(getdents), CALL(getdents64), CALL(link), CALL(linkat),
	CALL(lseek), CALL(_llseek), CALL(lstat), CALL(memfd_create),
	CALL(mkdir), CALL(mkdirat), CALL(newfstatat), CALL(open),
	CALL(openat), CALL(pipe), CALL(pipe2), CALL(poll), CALL(ppoll),
	CALL(pread64), CALL(preadv), CALL(pselect6), CALL(pwrite64),
	CALL(read), CALL(readlink), CALL(readlinkat), CALL(readv),
	CALL(rename), CALL(renameat), CALL(renameat2), CALL(select),
	CALL(stat), CALL(statfs), CALL(statx), CALL(umask), CALL(unlink),
	CALL(unlinkat), CALL(utimensat), CALL(write), CALL(writev),
};

/* Connections that come. */
static const int of_servers[] = {
	CALL(accept), CALL(accept4), CALL(close), CALL(epoll_create1),
	CALL(epoll_ctl), CALL(epoll_pwait), CALL(epoll_wait), CALL(fcntl),
	CALL(fcntl64), CALL(fstat), CALL(getpeername), CALL(getsockname),
	CALL(getsockopt), CALL(newfstatat), CALL(poll), CALL(ppoll),
	CALL(pselect6), CALL(read), CALL(recv), CALL(recvfrom),
	CALL(recvmsg), CALL(select), CALL(send), CALL(sendfile),
	CALL(sendmsg), CALL(sendto), CALL(setsockopt), CALL(shutdown),
	CALL(write), CALL(writev),
};

static const int of_all[] = {
	/* memory */
	CALL(brk), CALL(madvise), CALL(mmap), CALL(mmap2), CALL(mprotect),
	CALL(mremap), CALL(munmap),
	/* threads, signals, time */
	CALL(arch_prctl), CALL(clock_getres), CALL(clock_gettime),
	CALL(clock_nanosleep), CALL(exit), CALL(exit_group), CALL(futex),
	CALL(getitimer), CALL(gettimeofday), CALL(membarrier),
	CALL(nanosleep), CALL(restart_syscall), CALL(rseq),
	CALL(rt_sigaction), CALL(rt_sigpending), CALL(rt_sigprocmask),
	CALL(rt_sigreturn), CALL(rt_sigtimedwait), CALL(sched_getaffinity),
	CALL(sched_yield), CALL(set_robust_list), CALL(set_tid_address),
	CALL(sigaltstack), CALL(sigreturn), CALL(time),
	/* what the machine and this process are */
	CALL(getegid), CALL(geteuid), CALL(getgid), CALL(getpid),
	CALL(getppid), CALL(getrandom), CALL(getrlimit), CALL(getrusage),
	CALL(gettid), CALL(getuid), CALL(prlimit64), CALL(setrlimit),
	CALL(sysinfo), CALL(times), CALL(ugetrlimit), CALL(uname),
};

/* The end: nothing here calls them, so somebody else does. */
static const int forbidden[] = {
	CALL(execve), CALL(execveat), CALL(fork), CALL(vfork),
	CALL(socket), CALL(socketpair), CALL(connect), CALL(bind),
	CALL(listen), CALL(sendmmsg), CALL(ptrace),
	CALL(process_vm_readv), CALL(process_vm_writev), CALL(bpf),
	/* would make calls that no filter sees */
	CALL(io_uring_setup), CALL(userfaultfd), CALL(perf_event_open),
	CALL(mount), CALL(umount2), CALL(setns), CALL(unshare),
	CALL(init_module), CALL(finit_module), CALL(kexec_load),
	CALL(open_by_handle_at), CALL(setuid), CALL(setgid), CALL(capset),
};

static const int forbidden_to_readers[] = {
	CALL(accept), CALL(accept4), CALL(sendto), CALL(sendmsg),
};

/* Requests of ioctl: is it a terminal, and how wide; bytes in a pipe. */
static const unsigned long ioctls[] = { TCGETS, TIOCGWINSZ, FIONREAD };

static int add_all(scmp_filter_ctx ctx, uint32_t action, const int *calls,
		   size_t nr)
{
	int r = 0;

	for (size_t i = 0; i < nr && !r; i++)
		r = seccomp_rule_add(ctx, action, calls[i], 0);
	return r;
}

/* Those whose arguments decide. */
static int add_limited(scmp_filter_ctx ctx)
{
	/* a thread, and no process.  clone3 has its flags in memory, which a
	 * filter cannot read: it does not exist, and libc takes clone. */
#if defined(__s390__)
	const struct scmp_arg_cmp thread =
		SCMP_A1(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
#else
	const struct scmp_arg_cmp thread =
		SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
#endif
	/* abort() */
	const struct scmp_arg_cmp self =
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
	int r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, CALL(clone), 1,
				       &thread);

	if (!r)
		r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, CALL(tgkill),
					   1, &self);
	for (size_t i = 0; i < ARRAY_SIZE(ioctls) && !r; i++) {
		const struct scmp_arg_cmp request =
			SCMP_A1(SCMP_CMP_EQ, ioctls[i]);

		r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, CALL(ioctl),
					   1, &request);
	}
	return r;
}

struct calls {
	const int *calls;
	size_t nr;
};

#define CALLS(table) (&(const struct calls){ table, ARRAY_SIZE(table) })

/* @cannot: more than is forbidden anyway, or NULL. */
static void enter(const struct calls *can, const struct calls *cannot)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	if (!ctx)
		return;
	if (!add_all(ctx, SCMP_ACT_ALLOW, of_all, ARRAY_SIZE(of_all)) &&
	    !add_all(ctx, SCMP_ACT_ALLOW, can->calls, can->nr) &&
	    !add_all(ctx, SCMP_ACT_KILL_PROCESS, forbidden,
		     ARRAY_SIZE(forbidden)) &&
	    (!cannot || !add_all(ctx, SCMP_ACT_KILL_PROCESS, cannot->calls,
				 cannot->nr)) &&
	    !add_limited(ctx))
		(void)seccomp_load(ctx);
	seccomp_release(ctx);
}

void jail_enter(void)
{
	enter(CALLS(of_files), CALLS(forbidden_to_readers));
}

void jail_enter_server(void)
{
	enter(CALLS(of_servers), NULL);
}
