/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/analyze/find.h"
#include "src/analyze/source.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

#define INFIX	".blktrace."
#define PACKED	".zst"

static void closedirp(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

void find_release(struct find_list *list)
{
	for (size_t i = 0; i < list->nr_files; i++)
		free(list->files[i].path);
	for (size_t i = 0; i < list->nr_labels; i++)
		free(list->labels[i]);
	free(list->files);
	free(list->labels);
	*list = (struct find_list){ 0 };
}

static void add_label(struct find_list *list, const char *label)
{
	list->labels = xgrow(list->labels, list->nr_labels, &list->cap_labels,
			     sizeof(*list->labels));
	list->labels[list->nr_labels++] = label ? xstrdup(label) : NULL;
}

static void add_file(struct find_list *list, char *path, int cpu)
{
	list->files = xgrow(list->files, list->nr_files, &list->cap_files,
			    sizeof(*list->files));
	list->files[list->nr_files++] = (struct find_file){
		.path = path, .recording = list->nr_labels - 1, .cpu = cpu,
	};
}

/*
 * "sda.blktrace.12" or "sda.blktrace.12.zst": its CPU, and the length of "sda";
 * or -1.
 */
static int cpu_of(const char *file, size_t *ret_len)
{
	const char *in = NULL;
	const char *digits;
	char *end;
	unsigned long cpu;
	size_t nr;

	for (const char *p = file; (p = strstr(p, INFIX)) != NULL; p++)
		in = p;
	if (!in)
		return -1;
	digits = in + strlen(INFIX);
	nr = strspn(digits, "0123456789");
	if (!nr || nr > 5 || (*digits == '0' && nr > 1))
		return -1;
	cpu = strtoul(digits, &end, 10);
	if ((*end && strcmp(end, PACKED) != 0) || cpu >= SOURCE_CPU_MAX)
		return -1;
	*ret_len = (size_t)(in - file);
	return (int)cpu;
}

struct cpu_list {
	int *cpus;
	size_t nr;
	size_t cap;
};

static void free_cpus(struct cpu_list *list)
{
	free(list->cpus);
}

static void add_cpu(struct cpu_list *list, int cpu)
{
	list->cpus = xgrow(list->cpus, list->nr, &list->cap,
			   sizeof(*list->cpus));
	list->cpus[list->nr++] = cpu;
}

static int compare_ints(const void *a, const void *b)
{
	const int *x = a;
	const int *y = b;

	return (*x > *y) - (*x < *y);
}

/* The file of a CPU, compressed or not; NULL if there is none. */
static char *path_of(const char *base, int cpu, struct stat *ret_st)
{
	char *path = xasprintf("%s" INFIX "%d" PACKED, base, cpu);
	size_t len = strlen(path) - strlen(PACKED);

	path[len] = '\0';
	if (!lstat(path, ret_st)) {
		(void)stat(path, ret_st);
		return path;
	}
	path[len] = PACKED[0];
	if (!stat(path, ret_st))
		return path;
	free(path);
	return NULL;
}

/* Where a folder cannot be listed, numbers are tried, as blkparse does. */
static void try_cpus(const char *base, struct cpu_list *list)
{
	struct stat st;

	for (int cpu = 0; cpu < (int)SOURCE_CPU_MAX; cpu++) {
		_cleanup_(freep) char *path = path_of(base, cpu, &st);

		if (!path)
			return;
		add_cpu(list, cpu);
	}
}

/* The CPUs that have a file BASE.blktrace.N, ascending. */
static void list_cpus(const char *base, struct cpu_list *list)
{
	const char *slash = strrchr(base, '/');
	const char *stem = slash ? slash + 1 : base;
	size_t stem_len = strlen(stem);
	_cleanup_(freep) char *folder =
		slash == base ? xstrdup("/") :
		slash ? xstrndup(base, (size_t)(slash - base)) : xstrdup(".");
	_cleanup_(closedirp) DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t len;
	int cpu;

	if (!dir) {
		try_cpus(base, list);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		cpu = cpu_of(entry->d_name, &len);
		if (cpu >= 0 && len == stem_len &&
		    !memcmp(entry->d_name, stem, len))
			add_cpu(list, cpu);
	}
	if (list->nr)
		qsort(list->cpus, list->nr, sizeof(int), compare_ints);
}

/* blkparse shows the last part of a name, unless its folder is ".". */
static const char *label_of(const char *base)
{
	const char *slash = strrchr(base, '/');

	if (!slash || (slash - base == 1 && *base == '.'))
		return base;
	return slash + 1;
}

static void say_gap(const char *base, int first, int last,
		    struct damage *damage)
{
	if (first == last)
		damage_add(damage, "%s" INFIX "%d: there is no such file:"
			   " what CPU %d recorded is missing", base, first,
			   first);
	else
		damage_add(damage, "%s" INFIX "%d to %d: there are no such"
			   " files: what CPUs %d to %d recorded is missing",
			   base, first, last, first, last);
}

/*
 * The files BASE.blktrace.N of one recording, called @name.  False if there
 * are none.
 */
static bool find_recording(const char *base, const char *name,
			   struct find_list *list, struct damage *damage)
{
	_cleanup_(free_cpus) struct cpu_list cpus = { 0 };
	int expected = 0;
	struct stat st;

	list_cpus(base, &cpus);
	if (!cpus.nr)
		return false;
	add_label(list, label_of(name));
	for (size_t i = 0; i < cpus.nr; i++) {
		char *path;

		if (cpus.cpus[i] < expected)	/* packed and not */
			continue;
		path = path_of(base, cpus.cpus[i], &st);
		if (!path)
			continue;
		if (expected < cpus.cpus[i])
			say_gap(base, expected, cpus.cpus[i] - 1, damage);
		expected = cpus.cpus[i] + 1;
		if (!st.st_size)
			free(path);
		else
			add_file(list, path, cpus.cpus[i]);
	}
	return true;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every recording in a folder, by name. */
static int find_in_folder(const char *path, struct find_list *list,
			  struct damage *damage, struct err *err)
{
	_cleanup_(closedirp) DIR *dir = opendir(path);
	struct dirent *entry;
	char **names = NULL;
	size_t nr = 0, cap = 0, len;

	if (!dir)
		return err_set_errno(err, -errno, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		if (cpu_of(entry->d_name, &len) < 0)
			continue;
		names = xgrow(names, nr, &cap, sizeof(*names));
		names[nr++] = xasprintf("%s/%.*s", path, (int)len,
					entry->d_name);
	}
	if (nr)
		qsort(names, nr, sizeof(*names), compare_strings);
	for (size_t i = 0; i < nr; i++)
		if (!i || strcmp(names[i], names[i - 1]) != 0)
			(void)find_recording(names[i], names[i], list,
					     damage);
	for (size_t i = 0; i < nr; i++)
		free(names[i]);
	free(names);
	if (!nr)
		return err_set(err, -ENOENT, "%s: there is no trace in this"
			       " folder (no file NAME.blktrace.0)", path);
	return 0;
}

static void add_stream(struct find_list *list, const char *path)
{
	add_label(list, NULL);
	add_file(list, xstrdup(path), -1);
}

/* NAME.kvm and NAME.virtio: src/record/recorder.h.  True if any is there. */
static bool find_companions(const char *base, const char *name,
			    struct find_list *list, struct damage *damage)
{
	static const char *const suffixes[] = { "kvm", "virtio" };
	bool is_found = false;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		_cleanup_(freep) char *path =
			xasprintf("%s.%s", base, suffixes[i]);
		_cleanup_(freep) char *label =
			xasprintf("%s.%s", name, suffixes[i]);

		is_found |= find_recording(path, label, list, damage);
	}
	return is_found;
}

int find_files(const char *name, const char *dir, bool has_companions,
	       struct find_list *list, struct damage *damage, struct err *err)
{
	bool is_found;
	_cleanup_(freep) char *base = NULL;
	struct stat st;
	size_t len;

	if (!strcmp(name, "-")) {
		add_stream(list, name);
		return 0;
	}
	base = dir && !strchr(name, '/') ? xasprintf("%s/%s", dir, name) :
					   xstrdup(name);
	is_found = find_recording(base, name, list, damage);
	if (has_companions)
		is_found |= find_companions(base, name, list, damage);
	if (is_found)
		return 0;
	if (cpu_of(base, &len) >= 0) {
		_cleanup_(freep) char *cut = xstrndup(base, len);
		size_t less = strlen(base) - len;
		_cleanup_(freep) char *cut_name =
			xstrndup(name, strlen(name) - less);

		if (find_recording(cut, cut_name, list, damage))
			return 0;
	}
	if (stat(base, &st)) {
		_cleanup_(freep) char *packed = xasprintf("%s" PACKED, base);

		if (!stat(packed, &st)) {
			add_stream(list, packed);
			return 0;
		}
		return err_set(err, -ENOENT, "%s: there is no such trace:"
			       " neither %s" INFIX "0 nor a file of this name",
			       name, base);
	}
	if (S_ISDIR(st.st_mode))
		return find_in_folder(base, list, damage, err);
	add_stream(list, base);
	return 0;
}
