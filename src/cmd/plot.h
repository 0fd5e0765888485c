/* SPDX-License-Identifier: GPL-2.0 */
/* The traces of one run of iotape plot: reading them, and words about them. */
#ifndef CMD_PLOT_H
#define CMD_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/analyze/cpuload.h"
#include "src/analyze/detail.h"
#include "src/analyze/diff.h"
#include "src/analyze/fiolog.h"
#include "src/analyze/groups.h"
#include "src/analyze/series.h"
#include "src/analyze/tags.h"
#include "src/cmd/tag_choice.h"

/* What has a colour of its own. */
enum plot_by {
	PLOT_BY_AUTO,		/* tags, if the trace has any */
	PLOT_BY_NONE,		/* each trace */
	PLOT_BY_TAG,
};

/* Of which -x may show nothing. */
struct plot_span {
	uint64_t first_ns, last_ns;	/* times, if is_any */
	bool is_any;
};

struct plot_source {
	char *label;		/* owned; of -l, or the trace's name */
	struct series *series;	/* owned */
	struct cpuload *load;	/* owned */
	struct diff_side *side;	/* owned; NULL = nothing is compared */
	struct detail *detail;	/* owned; NULL = no graph needs it */
	uint64_t nr_damaged;	/* places in its files */
	uint64_t anchor_ns;	/* time of a note, and CLOCK_REALTIME then, */
	uint64_t anchor_wall_ns;	/* ns; 0 = unknown */
	struct tags *tags;	/* owned */
	struct groups *groups;	/* owned; NULL = by none */
	const struct group *list;	/* of groups */
	size_t nr_groups;
	struct plot_span events;	/* those of KVM and virtio too */
	struct plot_span blocks;	/* those of block I/O */
	bool has_failed;	/* a tag helper */
	bool is_by_device;
};

struct plot_read_options {
	const struct series_options *series;
	const struct tag_choice *tags;
	enum plot_by by;
	size_t max_groups;	/* with a tag */
	bool needs_detail, needs_side, needs_private;
};

/* The name of a group; borrowed from @p. */
const char *plot_group_label(const struct plot_source *p,
			     const struct group *group);

/*
 * Reads a whole trace.  @label NULL = by its name.  Returns an exit status,
 * and has said why when it is not CMD_OK.  CMD_LOSS: it can be drawn.
 */
int plot_source_read(struct plot_source *p, const char *name,
		     const char *label, const struct plot_read_options *opts);

/* A log of fio; NULL: it could not be read, and a message said why. */
struct fiolog *plot_read_fio(const char *path);

void plot_source_release(struct plot_source *p);

/* CLOCK_REALTIME of its first event, ns; 0 = nothing says it, as in a dump. */
uint64_t plot_wall(const struct plot_source *p);

/* The labels with commas; what was read (drawn from @from_ns on); what was
   lost ("" = nothing).  The caller frees them. */
char *plot_names(const struct plot_source *p, size_t nr);
char *plot_subtitle(const struct plot_source *p, size_t nr, uint64_t from_ns);
char *plot_warning(const struct plot_source *p, size_t nr);

/* On stderr: traces that end before @from_ns, with which the picture begins;
   with @has_block_graph also those of which only events of KVM or virtio are
   behind it.  Times count from the first block event, else from the first one.
   A trace that is empty says so itself. */
void plot_tell_outside(const struct plot_source *p, size_t nr, double from_ns,
		       bool has_block_graph);

#endif
