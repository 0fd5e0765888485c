/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/blk_abi.h"
#include "src/base/xalloc.h"
#include "src/record/flight.h"
#include "src/record/trace.h"

#define MAGIC		"iotapeF1"
#define CHUNK		65536u
#define NO_SLOT		UINT32_MAX
#define EVENT_ALIGN	8u
#define FILES_MAX	(1u << 21)	/* of a dump: 1024 disks, 2048 CPUs */

/* Of one chunk.  used is written last, so that a reader behind a crash never
 * sees half an event. */
struct slot {
	uint64_t serial;	/* grows each time that it is used again */
	uint64_t last;		/* ns: of its last event; 0 = free */
	uint32_t cpu;
	uint32_t used;		/* bytes */
};

/* The file: this, slots, devices, tasks, names of cgroups, clocks, chunks. */
struct head {
	char magic[8];
	uint32_t head_size;
	uint32_t event_size;
	uint32_t dev_size;
	uint32_t nr_slots;
	uint64_t tasks_size;
	uint64_t clocks_size;
	uint64_t from;
	uint64_t to;
	struct flight_options opts;
};

struct flight {
	struct head *head;	/* mapped */
	struct slot *slots;
	struct dev *devs;
	struct tasks *tasks;
	struct cgroups_names *cgroups;
	struct flight_clocks *clocks;
	uint8_t *chunks;
	uint32_t *current;	/* for each CPU; owned */
	int fd;
};

static size_t align(size_t n)
{
	return (n + 4095) & ~(size_t)4095;
}

static size_t sizes_of(uint32_t nr_slots, uint32_t max_devs, size_t ret_at[6])
{
	ret_at[0] = align(sizeof(struct head));
	ret_at[1] = ret_at[0] + align(nr_slots * sizeof(struct slot));
	ret_at[2] = ret_at[1] + align(max_devs * sizeof(struct dev));
	ret_at[3] = ret_at[2] + align(tasks_size());
	ret_at[4] = ret_at[3] + align(sizeof(struct cgroups_names));
	ret_at[5] = ret_at[4] + align(sizeof(struct flight_clocks));
	return ret_at[5] + (size_t)nr_slots * CHUNK;
}

static void set_places(struct flight *f, uint32_t nr_slots, uint32_t max_devs)
{
	uint8_t *base = (uint8_t *)f->head;
	size_t at[6];

	(void)sizes_of(nr_slots, max_devs, at);
	f->slots = (void *)(base + at[0]);
	f->devs = (void *)(base + at[1]);
	f->tasks = (void *)(base + at[2]);
	f->cgroups = (void *)(base + at[3]);
	f->clocks = (void *)(base + at[4]);
	f->chunks = base + at[5];
}

static int map(struct flight *f, size_t size, int how)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, how, f->fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	f->head = p;
	return 0;
}

static void fill_head(struct flight *f, const struct flight_options *opts,
		      const struct dev *devs, uint32_t nr_slots)
{
	*f->head = (struct head){
		.head_size = sizeof(struct head),
		.event_size = sizeof(struct ring_event),
		.dev_size = sizeof(struct dev),
		.nr_slots = nr_slots,
		.tasks_size = tasks_size(),
		.clocks_size = sizeof(struct flight_clocks),
		.from = opts->started,
		.opts = *opts,
	};
	set_places(f, nr_slots, opts->max_devs);
	memcpy(f->devs, devs, opts->nr_devs * sizeof(*devs));
	memcpy(f->head->magic, MAGIC, sizeof(f->head->magic));
	f->current = xcalloc(opts->nr_cpus, sizeof(*f->current));
	for (uint32_t i = 0; i < opts->nr_cpus; i++)
		f->current[i] = NO_SLOT;
}

int flight_new(const char *path, const struct flight_options *opts,
	       const struct dev *devs, struct flight **ret_flight,
	       struct err *err)
{
	uint32_t nr_slots = (uint32_t)(opts->bytes / CHUNK);
	struct flight *f = xcalloc(1, sizeof(*f));
	size_t at[6], size = sizes_of(nr_slots, opts->max_devs, at);
	int r;

	f->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (f->fd < 0) {
		r = err_set_errno(err, -errno, "%s: cannot create", path);
		free(f);
		return r;
	}
	(void)flock(f->fd, LOCK_EX | LOCK_NB);
	/* all of it now: a full tmpfs would be a SIGBUS later */
	r = -posix_fallocate(f->fd, 0, (off_t)size);
	if (!r)
		r = map(f, size, MAP_SHARED | MAP_POPULATE);
	if (r) {
		r = err_set_errno(err, r, "%s: no %zu MiB of memory", path,
				  size >> 20);
		(void)unlink(path);
		flight_free(f);
		return r;
	}
	fill_head(f, opts, devs, nr_slots);
	*ret_flight = f;
	return 0;
}

/* Nothing in the head may lead outside of the file. */
static bool is_sound(const struct head *h, size_t size)
{
	size_t at[6];

	return !memcmp(h->magic, MAGIC, sizeof(h->magic)) &&
	       h->head_size == sizeof(*h) &&
	       h->event_size == sizeof(struct ring_event) &&
	       h->dev_size == sizeof(struct dev) &&
	       h->tasks_size == tasks_size() &&
	       h->clocks_size == sizeof(struct flight_clocks) && h->nr_slots &&
	       h->opts.max_devs && h->opts.max_devs <= size / h->dev_size &&
	       h->opts.nr_devs <= h->opts.max_devs &&
	       (h->opts.nr_devs || h->opts.has_patterns) &&
	       h->opts.nr_cpus && h->opts.nr_cpus <= 65536 &&
	       (uint64_t)h->opts.nr_cpus * h->opts.nr_devs <= FILES_MAX &&
	       h->nr_slots <= size / CHUNK &&
	       sizes_of(h->nr_slots, h->opts.max_devs, at) == size;
}

/* Any other byte than 0 and 1 is no bool, which must not be looked at as one. */
static bool is_sound_bool(const bool *b)
{
	unsigned char byte;

	memcpy(&byte, b, sizeof(byte));
	return byte <= 1;
}

/* A name that leads to a file below the folder of the dump, and nowhere
 * else; and nothing in the rest that a loop or a string runs out of. */
static bool is_sound_dev(const struct dev *dev)
{
	for (size_t i = 0; i < sizeof(dev->name) && dev->name[i]; i++)
		if (iscntrl((unsigned char)dev->name[i]))
			return false;
	return memchr(dev->name, '\0', sizeof(dev->name)) && *dev->name &&
	       !strchr(dev->name, '/') && strcmp(dev->name, ".") != 0 &&
	       strcmp(dev->name, "..") != 0 &&
	       memchr(dev->scheduler, '\0', sizeof(dev->scheduler)) &&
	       dev->nr_below <= DEV_NR_BELOW &&
	       is_sound_bool(&dev->is_partition) &&
	       is_sound_bool(&dev->is_rotational);
}

/* What the head leads to; after set_places. */
static bool is_sound_inside(const struct flight *f)
{
	const struct flight_options *o = &f->head->opts;

	for (uint32_t i = 0; i < o->nr_devs; i++)
		if (!is_sound_dev(&f->devs[i]))
			return false;
	for (size_t i = 0; i < CGROUPS_NR_NAMES; i++)
		if (!memchr(f->cgroups->rows[i].path, '\0',
			    sizeof(f->cgroups->rows[i].path)))
			return false;
	return tasks_is_sound(f->tasks) &&
	       o->cgroup <= TRACE_CGROUP_FLAGS &&
	       (o->version == BLK_IO_TRACE_VERSION ||
		o->version == BLK_IO_TRACE2_VERSION);
}

int flight_open(const char *path, struct flight **ret_flight,
		struct err *err)
{
	struct flight *f = xcalloc(1, sizeof(*f));
	struct stat st = { 0 };
	int r = 0;

	/* /dev/shm is everybody's: a FIFO there is not waited for */
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0 || fstat(f->fd, &st))
		r = err_set_errno(err, -errno, "%s", path);
	else if (!S_ISREG(st.st_mode))
		r = err_set(err, -EBADMSG, "%s: not a regular file", path);
	else if (flock(f->fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK)
		r = err_set(err, -EBUSY, "%s: its recorder is still running;"
			    " SIGUSR1 makes it write", path);
	else if ((size_t)st.st_size < sizeof(struct head))
		r = err_set(err, -EBADMSG, "%s: not a flight recorder's"
			    " memory", path);
	else if ((r = map(f, (size_t)st.st_size, MAP_PRIVATE)))
		(void)err_set_errno(err, r, "%s", path);
	else if (!is_sound(f->head, (size_t)st.st_size))
		r = err_set(err, -EBADMSG, "%s: not the memory of a flight"
			    " recorder of this version of iotape", path);
	/* /dev/shm is everybody's: root recovers nobody else's */
	if (!r && st.st_uid != geteuid() && st.st_uid != 0)
		r = err_set(err, -EPERM, "%s: the file of another user (%u)",
			    path, (unsigned int)st.st_uid);
	if (!r) {
		set_places(f, f->head->nr_slots, f->head->opts.max_devs);
		if (!is_sound_inside(f))
			r = err_set(err, -EBADMSG, "%s: a damaged device or"
				    " cgroup in the memory of a flight"
				    " recorder", path);
	}
	if (r) {
		flight_free(f);
		return r;
	}
	*ret_flight = f;
	return 0;
}

void flight_free(struct flight *f)
{
	struct stat st;

	if (!f)
		return;
	if (f->head && !fstat(f->fd, &st))
		(void)munmap(f->head, (size_t)st.st_size);
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f->current);
	free(f);
}

/* Counted when it is whole, for a recovery. */
void flight_add_dev(struct flight *f, const struct dev *dev)
{
	struct flight_options *o = &f->head->opts;

	assert(o->nr_devs < o->max_devs);
	f->devs[o->nr_devs] = *dev;
	__atomic_store_n(&o->nr_devs, o->nr_devs + 1, __ATOMIC_RELEASE);
}

void flight_resize_dev(struct flight *f, size_t i, uint64_t sectors)
{
	assert(i < f->head->opts.nr_devs);
	f->devs[i].sectors = sectors;
}

const struct flight_options *flight_options(const struct flight *f)
{
	return &f->head->opts;
}

const struct dev *flight_devs(const struct flight *f)
{
	return f->devs;
}

struct tasks *flight_tasks(struct flight *f)
{
	return f->tasks;
}

struct cgroups_names *flight_cgroups(struct flight *f)
{
	return f->cgroups;
}

struct flight_clocks *flight_clocks(struct flight *f)
{
	return f->clocks;
}

uint64_t flight_from(const struct flight *f)
{
	uint64_t ns = f->head->opts.ns;
	uint64_t from = f->head->from;

	if (ns && f->head->to > ns && f->head->to - ns > from)
		from = f->head->to - ns;
	return from;
}

uint64_t flight_to(const struct flight *f)
{
	return f->head->to;
}

/* The one whose last event is oldest: 24 bytes for each are looked at, once
 * for some 800 events. */
static uint32_t take_slot(struct flight *f, unsigned int cpu)
{
	uint32_t best = 0;
	struct slot *s;

	for (uint32_t i = 1; i < f->head->nr_slots; i++)
		if (f->slots[i].last < f->slots[best].last)
			best = i;
	s = &f->slots[best];
	for (uint32_t i = 0; i < f->head->opts.nr_cpus; i++)
		if (f->current[i] == best)
			f->current[i] = NO_SLOT;
	if (s->last > f->head->from)
		f->head->from = s->last;
	__atomic_store_n(&s->used, 0, __ATOMIC_RELEASE);
	s->cpu = cpu;
	s->serial++;
	f->current[cpu] = best;
	return best;
}

void flight_add(struct flight *f, unsigned int cpu,
		const struct ring_event *event, uint32_t lost)
{
	size_t len = sizeof(*event) + event->pdu_len;
	size_t room = (len + EVENT_ALIGN - 1) & ~(size_t)(EVENT_ALIGN - 1);
	uint32_t i = f->current[cpu];
	struct ring_event *to;

	if (room > CHUNK)
		return;
	if (i == NO_SLOT || f->slots[i].used + room > CHUNK)
		i = take_slot(f, cpu);
	to = (void *)(f->chunks + (size_t)i * CHUNK + f->slots[i].used);
	memcpy(to, event, len);
	to->lost = lost;
	f->slots[i].last = event->time;
	if (event->time > f->head->to)
		f->head->to = event->time;
	__atomic_store_n(&f->slots[i].used, f->slots[i].used + (uint32_t)room,
			 __ATOMIC_RELEASE);
}

/* ---- reading ---------------------------------------------------------------- */

struct stop {
	uint64_t last;
	uint64_t serial;
	uint32_t slot;
	uint32_t used;
};

struct flight_cursor {
	struct flight *flight;
	size_t nr;
	size_t pos;
	size_t nr_gone;
	struct stop stops[];
};

static int compare_stops(const void *a, const void *b)
{
	const struct stop *x = a, *y = b;

	return (x->last > y->last) - (x->last < y->last);
}

struct flight_cursor *flight_begin(struct flight *f)
{
	struct flight_cursor *c =
		xcalloc(1, sizeof(*c) + f->head->nr_slots * sizeof(*c->stops));

	c->flight = f;
	for (uint32_t i = 0; i < f->head->nr_slots; i++) {
		const struct slot *s = &f->slots[i];

		if (s->used && s->used <= CHUNK &&
		    s->cpu < f->head->opts.nr_cpus)
			c->stops[c->nr++] = (struct stop){
				.last = s->last, .serial = s->serial,
				.slot = i, .used = s->used };
	}
	qsort(c->stops, c->nr, sizeof(*c->stops), compare_stops);
	return c;
}

bool flight_chunk(struct flight_cursor *c, struct flight_chunk *ret)
{
	while (c->pos < c->nr) {
		const struct stop *stop = &c->stops[c->pos++];
		const struct slot *s = &c->flight->slots[stop->slot];

		if (s->serial != stop->serial) {
			c->nr_gone++;
			continue;
		}
		*ret = (struct flight_chunk){
			.cpu = s->cpu, .used = stop->used,
			.bytes = c->flight->chunks +
				 (size_t)stop->slot * CHUNK,
		};
		return true;
	}
	return false;
}

const struct ring_event *flight_event(const struct flight_chunk *chunk,
				      uint32_t *pos)
{
	const struct ring_event *ev = (const void *)(chunk->bytes + *pos);
	size_t left = chunk->used - *pos, len;

	if (left < sizeof(*ev))
		return NULL;
	len = sizeof(*ev) + ev->pdu_len;
	len = (len + EVENT_ALIGN - 1) & ~(size_t)(EVENT_ALIGN - 1);
	if (len > left)
		return NULL;
	*pos += (uint32_t)len;
	return ev;
}

size_t flight_end(struct flight_cursor *c)
{
	size_t n = c->nr_gone;

	free(c);
	return n;
}
