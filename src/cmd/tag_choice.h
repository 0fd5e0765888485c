/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options that say what gives the tags: of iotape tag, stat and plot.
 *
 *	struct tag_choice choice;
 *	tag_choice_init(&choice);
 *	... argp children: { &tag_choice_argp, 0, TAG_CHOICE_HEADER, 3 },
 *	... ARGP_KEY_INIT: state->child_inputs[0] = &choice;
 *	r = tag_choice_open(&choice, &tags, &err);
 *	...
 *	tags_end(tags);
 *	if (tag_choice_report(tags))		prints what helpers did
 *		status = CMD_LOSS;
 *	tag_choice_release(&choice);
 */
#ifndef CMD_TAG_CHOICE_H
#define CMD_TAG_CHOICE_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "src/analyze/tags.h"

#define TAG_CHOICE_HEADER "Whose I/O it is (man iotape-tag has more):"

struct tag_choice {
	struct tags_options tags;
	const char **helpers; /* owned, the strings are not */
	size_t nr_helpers, cap_helpers;
};

extern const struct argp tag_choice_argp;

void tag_choice_init(struct tag_choice *c);
void tag_choice_release(struct tag_choice *c);

/* Something was asked for; else the tags are those of the trace. */
bool tag_choice_is_given(const struct tag_choice *c);

/* Q or D; @option is for the message. */
void tag_choice_set_action(struct tag_choice *c, const char *arg,
			   const char *option,
			   const struct argp_state *state);

/* As tags_open.  @no_followers: tags_options. */
int tag_choice_open(const struct tag_choice *c, bool no_followers,
		    struct tags **ret_tags, struct err *err);

/* Says what each helper did wrong.  True if one did; NULL: there are none. */
bool tag_choice_report(const struct tags *tags);

#endif
