/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes one call of a program fail: the Nth of a kind.  Loaded with
 * LD_PRELOAD; tests/fault/sweep.c goes through all N.
 *
 *	FAULT=read-eio:3	the third read(2) fails with EIO
 *	FAULT_FD=9		"!" is written there when it has happened
 *
 * The functions of malloc are taken by their names.  System calls cannot be:
 * stdio and others make theirs inside libc.  So a seccomp filter turns each
 * call of the wanted number into SIGSYS, unless it comes from the one
 * instruction here that is used to make it after all.  The program that runs
 * does not notice, and nothing but this file needs to know how it was built.
 *
 * A program that the traced one executes would have the filter and not the
 * handler, and dies.  x86-64 and arm64.
 */
#include "config.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "tests/fault/shim.h"

/* ---- the call and its registers ------------------------------------------ */

/* Where the kernel says a call came from: behind its instruction. */
extern const char shim_after_syscall[];

long shim_syscall(long nr, const long args[6]);

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
__asm__(".text\n"
	".globl shim_syscall\n"
	".type shim_syscall, @function\n"
	"shim_syscall:\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %r11\n"
	"	mov 0(%r11), %rdi\n"
	"	mov 8(%r11), %rsi\n"
	"	mov 16(%r11), %rdx\n"
	"	mov 24(%r11), %r10\n"
	"	mov 32(%r11), %r8\n"
	"	mov 40(%r11), %r9\n"
	"	syscall\n"
	".globl shim_after_syscall\n"
	"shim_after_syscall:\n"
	"	ret\n");

static void get_args(const ucontext_t *uc, long args[6])
{
	static const int regs[6] = { REG_RDI, REG_RSI, REG_RDX,
				     REG_R10, REG_R8,  REG_R9 };

	for (int i = 0; i < 6; i++)
		args[i] = (long)uc->uc_mcontext.gregs[regs[i]];
}

static void set_result(ucontext_t *uc, long result)
{
	uc->uc_mcontext.gregs[REG_RAX] = result;
}
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
__asm__(".text\n"
	".globl shim_syscall\n"
	".type shim_syscall, %function\n"
	"shim_syscall:\n"
	"	mov x8, x0\n"
	"	mov x9, x1\n"
	"	ldp x0, x1, [x9]\n"
	"	ldp x2, x3, [x9, #16]\n"
	"	ldp x4, x5, [x9, #32]\n"
	"	svc #0\n"
	".globl shim_after_syscall\n"
	"shim_after_syscall:\n"
	"	ret\n");

static void get_args(const ucontext_t *uc, long args[6])
{
	for (int i = 0; i < 6; i++)
		args[i] = (long)uc->uc_mcontext.regs[i];
}

static void set_result(ucontext_t *uc, long result)
{
	uc->uc_mcontext.regs[0] = (unsigned long)result;
}
#else
#error "tests/Makemodule.am builds this for x86-64 and arm64 only"
#endif

/* ---- which call, and when -------------------------------------------------- */

static const struct shim_kind kinds[] = { SHIM_KINDS };

/* Written before main; then only the counter changes. */
static const struct shim_kind *kind;
static unsigned long wanted;
static int told_fd = -1;
static atomic_ulong nr_calls;

/* Raw, since it may be within any function of libc. */
static bool is_the_one(void)
{
	if (atomic_fetch_add(&nr_calls, 1) + 1 != wanted)
		return false;
	(void)shim_syscall(SYS_write,
			   (long[6]){ told_fd, (long)(intptr_t) "!", 1 });
	return true;
}

/* ---- memory ---------------------------------------------------------------- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t nr, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static bool no_memory(void)
{
	if (!kind || kind->nr != SHIM_MALLOC || !is_the_one())
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return no_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nr, size_t size)
{
	return no_memory() ? NULL : __libc_calloc(nr, size);
}

void *realloc(void *p, size_t size)
{
	return no_memory() ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t nr, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(nr, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

void *aligned_alloc(size_t align, size_t size)
{
	return no_memory() ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **ret, size_t align, size_t size)
{
	void *p = aligned_alloc(align, size);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

/* libseccomp 2.5.4 crashes and hangs without memory: there is no filter here
 * (src/cmd/jail.c bears that). */
void *seccomp_init(uint32_t action);

void *seccomp_init(uint32_t action)
{
	(void)action;
	return NULL;
}

/* ---- system calls ---------------------------------------------------------- */

static void on_sigsys(int sig, siginfo_t *info, void *ctx)
{
	int saved = errno;
	long args[6], result;

	(void)sig;
	get_args(ctx, args);
	if (!is_the_one())
		result = shim_syscall(info->si_syscall, args);
	else if (kind->error)
		result = -kind->error;
	else {
		/* short: half of it, one byte at least */
		if (args[2] > 1)
			args[2] /= 2;
		result = shim_syscall(info->si_syscall, args);
	}
	set_result(ctx, result);
	errno = saved;
}

/* A thread that blocks it would be ended by it. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	sigset_t mine;

	if (set && how != SIG_UNBLOCK) {
		mine = *set;
		(void)sigdelset(&mine, SIGSYS);
		set = &mine;
	}
	return sigprocmask(how, set, old) ? errno : 0;
}

static int trap(unsigned int nr)
{
	const uint64_t at = (uintptr_t)shim_after_syscall;
	const size_t ip = offsetof(struct seccomp_data, instruction_pointer);
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 0, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 5),
		/* little-endian: the low half first */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ip),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)at, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ip + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(at >> 32), 1,
			 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = { .len = sizeof(filter) /
						sizeof(filter[0]),
					 .filter = filter };
	const struct sigaction sa = { .sa_sigaction = on_sigsys,
				      .sa_flags = SA_SIGINFO | SA_RESTART |
						  SA_NODEFER };

	if (sigaction(SIGSYS, &sa, NULL) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
		return -errno;
	return 0;
}

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("FAULT"), *fd = getenv("FAULT_FD");
	const char *colon = text ? strchr(text, ':') : NULL;

	if (!colon || !fd)
		return;
	told_fd = (int)strtol(fd, NULL, 10);
	wanted = strtoul(colon + 1, NULL, 10);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == (size_t)(colon - text) &&
		    !memcmp(kinds[i].name, text, (size_t)(colon - text)))
			kind = &kinds[i];
	if (!kind || (kind->nr != SHIM_MALLOC &&
		      trap((unsigned int)kind->nr)))
		_exit(99);
}
