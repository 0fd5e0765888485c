/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Merges the inputs by time.
 *
 * Equal times.  blkparse 1.2.0 keeps its files in a list by the time of their
 * next event; the first one goes on until the second is earlier, and then is
 * put back before all others of its own new time.  Here one input is the
 * current one, the others are in a heap by (time, rank), and an input that is
 * put back gets a rank below all others: the same order in log n.  (When the
 * list is built, a file as early as the first one comes right behind it.)
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/analyze/find.h"
#include "src/analyze/input.h"
#include "src/analyze/source.h"
#include "src/base/xalloc.h"

#define QUEUE_RECS	512u		/* without notes_ahead */
#define QUEUE_RECS_MAX	(1u << 20)
#define RANK_FIRST	(UINT64_MAX / 2)

/* An input that waits, with what it is compared by. */
struct head {
	uint64_t time;
	uint64_t rank;
	struct input *in;
};

struct source {
	struct find_list list;
	struct source_file *files;
	struct input *inputs;
	size_t nr;			/* of both */
	size_t nr_primed;		/* inputs that were primed once */
	struct input *current;		/* NULL = all at their end */
	struct input *to_prime;		/* its queue is used up */
	struct head *heap;
	size_t nr_heap;
	uint64_t next_rank;		/* goes down */
	struct damage damage;
	struct batch *batch;		/* that is being filled */
	struct batch own;		/* of source_read */
	bool is_merging;		/* all inputs were primed once */
};

/* ---- opening ------------------------------------------------------------- */

static size_t buffer_bytes(size_t nr_files)
{
	return nr_files <= 16 ? 256u << 10 : nr_files <= 64 ? 128u << 10 :
	       nr_files <= 256 ? 64u << 10 : 32u << 10;
}

/* A file for each CPU and device may be more than the soft limit. */
static void raise_fd_limit(size_t nr_files)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_cur >= nr_files + 64)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* A regular file that has no record header near its start is no trace. */
static int check_stream(struct input *in, struct err *err)
{
	struct reader *r = &in->reader;
	ssize_t n;
	uint32_t word = 0;

	if (in->is_live)
		return 0;
	do
		n = reader_fill(r, 0, err);
	while (n == -EAGAIN);
	if (n <= 0)
		return (int)n;
	for (size_t at = 0; at < r->end; at++)
		if (blk_is_header(r->buf + at, r->end - at))
			return 0;
	memcpy(&word, r->buf, r->end < sizeof(word) ? r->end : sizeof(word));
	return err_set(err, -EBADMSG, "%s: this is not a trace: it begins with"
		       " %#x, not with the header of a record",
		       r->file->path, word);
}

static int open_input(struct source *s, const struct find_file *found,
		      const struct source_options *opts, struct err *err)
{
	struct source_file *file = &s->files[s->nr];
	uint32_t limit = opts->notes_ahead ? opts->notes_ahead : QUEUE_RECS;
	int fd = STDIN_FILENO;
	int r;

	if (strcmp(found->path, "-") != 0)
		fd = open(found->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		if (found->cpu < 0)
			return err_set_errno(err, r, "%s", found->path);
		damage_add(&s->damage, "%s: it cannot be read: %s",
			   found->path, strerror(-r));
		return 0;
	}
	*file = (struct source_file){
		.path = found->path, .cpu = found->cpu,
		.name = (uint32_t)found->recording,
		.label = s->list.labels[found->recording],
	};
	if (limit > QUEUE_RECS_MAX)
		limit = QUEUE_RECS_MAX;
	input_init(&s->inputs[s->nr], fd, buffer_bytes(s->list.nr_files),
		   limit, opts, (uint16_t)s->nr, file,
		   &s->damage);
	s->nr++;
	return found->cpu < 0 ? check_stream(&s->inputs[s->nr - 1], err) : 0;
}

static int open_inputs(struct source *s, const struct source_options *opts,
		       struct err *err)
{
	size_t nr = s->list.nr_files;
	int r;

	if (nr > UINT16_MAX)
		return err_set(err, -E2BIG, "these are %zu files; at most %u"
			       " can be read at a time", nr,
			       (unsigned int)UINT16_MAX);
	raise_fd_limit(nr);
	s->files = xcalloc(nr + 1, sizeof(*s->files));
	s->inputs = xcalloc(nr + 1, sizeof(*s->inputs));
	s->heap = xcalloc(nr + 1, sizeof(*s->heap));
	for (size_t i = 0; i < nr; i++) {
		r = open_input(s, &s->list.files[i], opts, err);
		if (r)
			return r;
	}
	if (nr && !s->nr)
		return err_set(err, -EACCES, "%s",
			       s->damage.nr_kept ? s->damage.kept[0] :
			       "no file can be read");
	return 0;
}

int source_open(const char *const *names, size_t nr,
		const struct source_options *opts, struct source **ret_src,
		struct err *err)
{
	_cleanup_(source_freep) struct source *s = xcalloc(1, sizeof(*s));
	int r;

	s->next_rank = RANK_FIRST;
	for (size_t i = 0; i < nr; i++) {
		r = find_files(names[i], opts->dir, opts->has_companions,
			       &s->list, &s->damage, err);
		if (r)
			return r;
	}
	r = open_inputs(s, opts, err);
	if (r)
		return r;
	*ret_src = TAKE_PTR(s);
	return 0;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nr; i++)
		input_release(&s->inputs[i]);
	free(s->inputs);
	free(s->files);
	free(s->heap);
	find_release(&s->list);
	damage_release(&s->damage);
	free(s);
}

/* ---- merging ------------------------------------------------------------- */

static bool is_before(const struct head *a, const struct head *b)
{
	return a->time != b->time ? a->time < b->time : a->rank < b->rank;
}

static struct head head_of(struct input *in)
{
	return (struct head){
		.time = input_time(in), .rank = in->rank, .in = in,
	};
}

/* Puts @new where heap[0] was, then down to its place. */
static void sift_down(struct source *s, struct head new)
{
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= s->nr_heap)
			break;
		if (child + 1 < s->nr_heap &&
		    is_before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!is_before(&s->heap[child], &new))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = new;
}

static void heap_push(struct source *s, struct input *in)
{
	struct head new = head_of(in);
	size_t i = s->nr_heap++;

	for (; i && is_before(&new, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = new;
}

static struct input *heap_pop(struct source *s)
{
	struct input *in;

	if (!s->nr_heap)
		return NULL;
	in = s->heap[0].in;
	if (--s->nr_heap)
		sift_down(s, s->heap[s->nr_heap]);
	return in;
}

/* Adds an input that was primed for the first time; see the top. */
static void insert_first(struct source *s, struct input *in)
{
	if (input_is_empty(in))
		return;
	in->rank = s->next_rank--;
	if (!s->current) {
		s->current = in;
		return;
	}
	if (input_time(in) < input_time(s->current)) {
		heap_push(s, s->current);
		s->current = in;
		return;
	}
	if (input_time(in) == input_time(s->current))
		s->current->rank = s->next_rank--;
	heap_push(s, in);
}

/* Primes the inputs that need it.  Returns as input_prime does. */
static int prime(struct source *s, struct err *err)
{
	int r;

	while (!s->is_merging) {
		if (s->nr_primed == s->nr) {
			s->is_merging = true;
			break;
		}
		r = input_prime(&s->inputs[s->nr_primed], s->batch, err);
		if (r != INPUT_PRIMED)
			return r;
		insert_first(s, &s->inputs[s->nr_primed++]);
	}
	if (!s->to_prime)
		return INPUT_PRIMED;
	r = input_prime(s->to_prime, s->batch, err);
	if (r != INPUT_PRIMED)
		return r;
	if (input_is_empty(s->to_prime))
		s->current = heap_pop(s);
	s->to_prime = NULL;
	return INPUT_PRIMED;
}

/* Lets another input be the current one if it is earlier. */
static void choose_current(struct source *s)
{
	struct input *in = s->current;

	if (!s->nr_heap || input_time(in) <= s->heap[0].time)
		return;
	s->current = s->heap[0].in;
	in->rank = s->next_rank--;
	sift_down(s, head_of(in));
}

/* Of records that are still bytes: they are decoded into the batch. */
static void take_bytes(struct batch *batch, struct input *in, uint64_t limit)
{
	struct run run = in->run;

	while (run.nr && run.time <= limit && !batch_is_full(batch)) {
		run_next(&run, &batch->recs[batch->nr]);
		batch_added(batch, in->file);
		/* the only input has no limit */
		if (limit != UINT64_MAX)
			run_know_time(&run);
	}
	run_know_time(&run);
	in->run = run;
}

static void take_queue(struct batch *batch, struct input *in, uint64_t limit)
{
	const struct blk_rec *rec = &in->queue[in->head];
	const struct blk_rec *end = &in->queue[in->tail];

	for (; rec < end && rec->time <= limit; rec++) {
		if (batch_is_full(batch))
			break;
		batch_add(batch, rec, in->file);
	}
	in->head = (uint32_t)(rec - in->queue);
}

/* Hands on the current input's records until another one is earlier. */
static void take_run(struct source *s)
{
	uint64_t limit = s->nr_heap ? s->heap[0].time : UINT64_MAX;
	struct input *in = s->current;

	if (in->run.nr)
		take_bytes(s->batch, in, limit);
	else
		take_queue(s->batch, in, limit);
	if (input_is_empty(in))
		s->to_prime = in;
}

ssize_t source_read_into(struct source *s, struct batch *batch,
			 struct err *err)
{
	int r;

	s->batch = batch;
	batch->nr = 0;
	batch->nr_bytes = 0;
	batch->nr_notes = 0;
	for (;;) {
		r = prime(s, err);
		if (r < 0 && !batch->nr)
			return r;
		if (r != INPUT_PRIMED || !s->current)
			break;
		choose_current(s);
		take_run(s);
		if (batch_is_full(batch))
			break;
	}
	return (ssize_t)batch->nr;
}

ssize_t source_read(struct source *s, struct source_batch *ret_batch,
		    struct err *err)
{
	ssize_t n = source_read_into(s, &s->own, err);

	if (n > 0)
		*ret_batch = batch_lend(&s->own);
	return n;
}

void source_stop(struct source *s)
{
	for (size_t i = 0; i < s->nr; i++)
		if (s->inputs[i].is_live)
			s->inputs[i].is_stopped = true;
}

bool source_is_live(const struct source *s)
{
	for (size_t i = 0; i < s->nr; i++)
		if (s->inputs[i].is_live)
			return true;
	return false;
}

/* ---- what was read ------------------------------------------------------- */

size_t source_files(const struct source *s,
		    const struct source_file **ret_files)
{
	*ret_files = s->files;
	return s->nr;
}

size_t source_labels(const struct source *s, const char *const **ret_labels)
{
	*ret_labels = (const char *const *)s->list.labels;
	return s->list.nr_labels;
}

uint64_t source_damage(const struct source *s,
		       void (*say)(const char *sentence, void *ctx),
		       void *ctx)
{
	for (size_t i = 0; say && i < s->damage.nr_kept; i++)
		say(s->damage.kept[i], ctx);
	return s->damage.nr;
}
