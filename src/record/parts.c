/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "src/record/parts.h"

#define NUMBER_MAX	999999999ul

bool parts_is_on(const struct parts_options *opts)
{
	return opts->rotate_bytes || opts->rotate_ns;
}

void parts_begin(struct parts *parts, unsigned int number, uint64_t now)
{
	parts->number = number;
	parts->begun = now;
}

void parts_release(struct parts *parts)
{
	free(parts->old);
	*parts = (struct parts){ 0 };
}

bool parts_is_due(const struct parts *parts, uint64_t bytes, uint64_t now)
{
	const struct parts_options *o = &parts->opts;

	return (o->rotate_bytes && bytes >= o->rotate_bytes) ||
	       (o->rotate_ns && now - parts->begun >= o->rotate_ns);
}

void parts_next(struct parts *parts, uint64_t bytes, uint64_t now)
{
	parts->old = xgrow(parts->old, parts->nr_old, &parts->cap_old,
			   sizeof(*parts->old));
	parts->old[parts->nr_old++] = (struct part){
		.number = parts->number, .bytes = bytes };
	parts->old_bytes += bytes;
	parts_begin(parts, parts->number + 1, now);
}

bool parts_is_over(const struct parts *parts, uint64_t bytes, uint64_t free)
{
	const struct parts_options *o = &parts->opts;

	return (o->keep && parts->nr_old >= o->keep) ||
	       (o->max_bytes && parts->old_bytes + bytes >= o->max_bytes) ||
	       free < o->min_free;
}

bool parts_pop(struct parts *parts, unsigned int *ret_number)
{
	if (!parts->nr_old)
		return false;
	*ret_number = parts->old[0].number;
	parts->old_bytes -= parts->old[0].bytes;
	parts->nr_old--;
	memmove(parts->old, parts->old + 1,
		parts->nr_old * sizeof(*parts->old));
	return true;
}

/* N of "STEM.N.something", or 0. */
static unsigned int number_of(const char *name, const char *stem, size_t len)
{
	unsigned long n;
	char *end;

	if (strncmp(name, stem, len) != 0 || name[len] != '.' ||
	    !isdigit((unsigned char)name[len + 1]))
		return 0;
	n = strtoul(name + len + 1, &end, 10);
	return *end == '.' && n <= NUMBER_MAX ? (unsigned int)n : 0;
}

/* The highest N of "something.N.something.blktrace.CPU", or 0. */
static unsigned int any_number_of(const char *name)
{
	unsigned int last = 0, n;

	for (name = strchr(name, '.'); name && strstr(name, ".blktrace.");
	     name = strchr(name + 1, '.')) {
		n = number_of(name, "", 0);
		if (n > last)
			last = n;
	}
	return last;
}

unsigned int parts_find_last(const char *folder, const char *stem)
{
	size_t len = stem ? strlen(stem) : 0;
	unsigned int last = 0;
	struct dirent *entry;
	DIR *dir = opendir(folder);

	while (dir && (entry = readdir(dir)) != NULL) {
		unsigned int n = stem ? number_of(entry->d_name, stem, len) :
					any_number_of(entry->d_name);

		if (n > last)
			last = n;
	}
	if (dir)
		(void)closedir(dir);
	return last;
}
