/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a command again and again, with another call failing each time
 * (tests/fault/shim.c): the first of a kind, the second, until it makes no
 * more of them.
 *
 *	sweep SHIM.so STEP KIND COMMAND...
 *
 * STEP: each STEPth of them only, after the first 8.  COMMAND runs in an
 * empty directory, "run" in the current one; its standard output and the
 * files that it writes there are its results.  Each run must
 *
 *  - end, within 20 s, by itself;
 *  - with the status of a run without a fault, which is 0 or 3, have its
 *    results;
 *  - else have status 1 or 3 and say one sentence that begins with "iotape",
 *    besides those that it says without a fault, and leave no file that is not
 *    there without a fault;
 *  - not notice the fault when it is one that a program must bear.
 *
 * Prints a line for each that does not, and the number of runs.
 * SWEEP_LIVE in the environment: no two runs have the same results, and a
 * recorder also says how many events it could not write.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fault/shim.h"

#define SECONDS_MAX 20
#define TOLD_FD	    100	/* the shim writes there; no program opens so many */
#define FIRST	    8	/* of these none is left out */

static const struct shim_kind kinds[] = { SHIM_KINDS };

struct result {
	int status;		/* as waitpid has it */
	uint64_t hash;		/* of names and bytes */
	unsigned int nr_files;
	char words[4096];	/* on stderr */
	bool is_hit;		/* the call was made, and failed */
};

static void die(const char *what)
{
	perror(what);
	exit(99);
}

/* FNV-1a */
static uint64_t hash(uint64_t h, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	while (len--)
		h = (h ^ *p++) * UINT64_C(1099511628211);
	return h;
}

static uint64_t hash_file(int dir, const char *name)
{
	uint64_t h = hash(UINT64_C(14695981039346656037), name, strlen(name));
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char buf[65536];
	ssize_t n;

	if (fd < 0)
		die(name);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		h = hash(h, buf, (size_t)n);
	(void)close(fd);
	return h;
}

/* Adds up what is in a folder and those in it, in any order, and removes it. */
static void take_files(int fd, struct result *r)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir)
		die("run");
	while ((d = readdir(dir))) {
		int is_dir = d->d_type == DT_DIR ? AT_REMOVEDIR : 0;

		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if (is_dir)
			take_files(openat(dirfd(dir), d->d_name,
					  O_RDONLY | O_CLOEXEC), r);
		else
			r->hash += hash_file(dirfd(dir), d->d_name);
		r->nr_files++;
		(void)unlinkat(dirfd(dir), d->d_name, is_dir);
	}
	(void)closedir(dir);
}

static void become(const char *shim, const char *fault, int told, int words,
		   char **command)
{
	char fd[16];
	int out;

	if (chdir("run"))
		die("run");
	out = open("stdout", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (out < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(words, STDERR_FILENO) < 0 || dup2(told, TOLD_FD) < 0)
		die("dup2");
	(void)close(out);
	(void)alarm(SECONDS_MAX);
	(void)snprintf(fd, sizeof(fd), "%d", TOLD_FD);
	if (fault) {
		(void)setenv("LD_PRELOAD", shim, 1);
		(void)setenv("FAULT", fault, 1);
		(void)setenv("FAULT_FD", fd, 1);
	}
	(void)execvp(command[0], command);
	die(command[0]);
}

/* Both are memory: a pipe could fill. */
static int memory(void)
{
	int fd = memfd_create("sweep", MFD_CLOEXEC);

	if (fd < 0)
		die("memfd_create");
	return fd;
}

static struct result run(const char *shim, const char *fault, char **command)
{
	struct result r = { 0 };
	int told = memory(), words = memory();
	char c;
	pid_t pid;
	ssize_t n;

	(void)fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		become(shim, fault, told, words, command);
	if (waitpid(pid, &r.status, 0) != pid)
		die("waitpid");
	n = pread(words, r.words, sizeof(r.words) - 1, 0);
	r.words[n > 0 ? n : 0] = 0;
	r.is_hit = pread(told, &c, 1, 0) == 1;
	(void)close(told);
	(void)close(words);
	take_files(open("run", O_RDONLY | O_CLOEXEC), &r);
	return r;
}

/* Lines of the words, or 0 if one is not iotape's. */
static unsigned int count_lines(const char *words)
{
	unsigned int nr = 0;

	for (; *words; words = strchr(words, '\n') + 1, nr++)
		if (strncmp(words, "iotape", 6) || !strchr(words, '\n'))
			return 0;
	return nr;
}

/* What is wrong with it; NULL = nothing. */
static const char *judge(const struct shim_kind *kind, const struct result *r,
			 const struct result *good, bool is_live)
{
	int status = WEXITSTATUS(r->status);
	bool is_same = r->status == good->status &&
		       (is_live || r->hash == good->hash);
	unsigned int lines = count_lines(r->words);
	unsigned int usual = count_lines(good->words);

	if (WIFSIGNALED(r->status))
		return WTERMSIG(r->status) == SIGALRM ? "it hangs" :
							"it crashes";
	if (is_same)
		return NULL;
	if (!status)
		return "status 0, but other results";
	if (status != 1 && status != 3)
		return "its status";
	if (kind->is_harmless)
		return "it does not bear that";
	if (!lines || (status == 1 && lines > usual + 1 && !is_live) ||
	    (r->status == good->status && !strcmp(r->words, good->words)))
		return "not one sentence of iotape";
	if (r->nr_files > good->nr_files)
		return "it leaves a file";
	return NULL;
}

int main(int argc, char **argv)
{
	const struct shim_kind *kind = NULL;
	unsigned long step, nr, nr_runs = 0, nr_bad = 0;
	struct result good;

	if (argc < 5)
		return 99;
	step = strtoul(argv[2], NULL, 10);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, argv[3]))
			kind = &kinds[i];
	if (!kind || !step || (mkdir("run", 0777) && errno != EEXIST))
		die(argv[3]);
	good = run(argv[1], NULL, argv + 4);
	if (WIFSIGNALED(good.status) ||
	    (WEXITSTATUS(good.status) && WEXITSTATUS(good.status) != 3)) {
		printf("without a fault: status %#x: %s\n",
		       (unsigned int)good.status, good.words);
		return 1;
	}
	for (nr = 1;; nr += nr < FIRST ? 1 : step) {
		const char *bad;
		struct result r;
		char fault[64];

		(void)snprintf(fault, sizeof(fault), "%s:%lu", kind->name, nr);
		r = run(argv[1], fault, argv + 4);
		bad = judge(kind, &r, &good, getenv("SWEEP_LIVE") != NULL);
		nr_runs++;
		nr_bad += bad != NULL;
		if (bad)
			printf("%s: %s; status %#x, words:\n%s", fault, bad,
			       (unsigned int)r.status, r.words);
		if (!r.is_hit)
			break;
	}
	printf("%lu runs, %lu bad\n", nr_runs, nr_bad);
	return nr_bad != 0;
}
