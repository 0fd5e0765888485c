/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locals that clean up after themselves.
 *
 *	_cleanup_(freep) char *path = xasprintf("%s/%s", dir, name);
 *	_cleanup_(closep) int fd = open(path, O_RDONLY);
 *	*ret_fd = TAKE_FD(fd);		hands it on: nothing is closed here
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f)	__attribute__((__cleanup__(f)))

#define TAKE_PTR(p)						\
	__extension__({						\
		__typeof__(p) *pp_ = &(p);			\
		__typeof__(p) v_ = *pp_;			\
		*pp_ = NULL;					\
		v_;						\
	})

#define TAKE_FD(fd)						\
	__extension__({						\
		int *fd_ = &(fd);				\
		int v_ = *fd_;					\
		*fd_ = -1;					\
		v_;						\
	})

/* Defines namep(), to be used as _cleanup_(namep) for a "type *". */
#define DEFINE_CLEANUP(type, free_fn)				\
	static inline void free_fn##p(type **p)			\
	{							\
		free_fn(*p);					\
	}

static inline void freep(void *p)
{
	free(*(void **)p);
}

static inline void closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void fclosep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

#endif
