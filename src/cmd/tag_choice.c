/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/cmd/tag_choice.h"

/* Long names only: the letters are those of the tools that are replaced. */
enum {
	OPT_BY = 0x1000,
	OPT_RULES,
	OPT_HELPER,
	OPT_TIMEOUT,
	OPT_WINDOW,
	OPT_ACTION,
};

static const struct argp_option option_table[] = {
	{ "tag-by", OPT_BY, "KEY", 0, "tag by " TAG_RULES_KEYS, 0 },
	{ "tag-rules", OPT_RULES, "FILE", 0, "tag by the rules in this file;"
	  " the first that fits counts", 0 },
	{ "tag-helper", OPT_HELPER, "COMMAND", 0, "ask this program for tags;"
	  " repeatable, and the first that has one counts", 0 },
	{ "tag-timeout", OPT_TIMEOUT, "SECONDS", 0, "how long a helper may"
	  " answer nothing [10]", 0 },
	{ "tag-window", OPT_WINDOW, "RECORDS", 0, "how many a helper is sent"
	  " ahead of its answers [16384]; 1 is strict lock-step", 0 },
	{ "tag-action", OPT_ACTION, "Q|D", 0, "an I/O is tagged when it is"
	  " queued [Q], or when it is issued [D]", 0 },
	{ 0 },
};

void tag_choice_set_action(struct tag_choice *c, const char *arg,
			   const char *option,
			   const struct argp_state *state)
{
	if (strcmp(arg, "Q") != 0 && strcmp(arg, "D") != 0)
		argp_error(state, "%s %s: Q or D is wanted", option, arg);
	c->tags.at_issue = *arg == 'D';
}

static uint32_t parse_timeout(const char *arg, const struct argp_state *state)
{
	char *end;
	double v;

	errno = 0;
	v = strtod(arg, &end);
	if (errno || end == arg || *end || !(v >= 0.001) || v > 1e6)
		argp_error(state, "--tag-timeout %s: a number of seconds"
			   " above 0 is wanted", arg);
	return (uint32_t)(v * 1000);
}

static uint32_t parse_window(const char *arg, const struct argp_state *state)
{
	uint64_t v = 0;

	if (!arg_read_number(arg, 1, UINT32_MAX, &v))
		argp_error(state, "--tag-window %s: a number from 1 is wanted",
			   arg);
	return (uint32_t)v;
}

static void add_helper(struct tag_choice *c, const char *command)
{
	c->helpers = xgrow(c->helpers, c->nr_helpers, &c->cap_helpers,
			   sizeof(*c->helpers));
	c->helpers[c->nr_helpers++] = command;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct tag_choice *c = state->input;

	switch (key) {
	case OPT_BY:
		c->tags.by = arg;
		return 0;
	case OPT_RULES:
		c->tags.rules = arg;
		return 0;
	case OPT_HELPER:
		add_helper(c, arg);
		return 0;
	case OPT_TIMEOUT:
		c->tags.timeout_ms = parse_timeout(arg, state);
		return 0;
	case OPT_WINDOW:
		c->tags.window = parse_window(arg, state);
		return 0;
	case OPT_ACTION:
		tag_choice_set_action(c, arg, "--tag-action", state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp tag_choice_argp = {
	.options = option_table,
	.parser = parse_option,
};

void tag_choice_init(struct tag_choice *c)
{
	*c = (struct tag_choice){
		.tags = { .helper_dir = HELPERDIR, .stop = &cmd_signal },
	};
}

void tag_choice_release(struct tag_choice *c)
{
	free(c->helpers);
	*c = (struct tag_choice){ 0 };
}

bool tag_choice_is_given(const struct tag_choice *c)
{
	return c->tags.by || c->tags.rules || c->nr_helpers;
}

int tag_choice_open(const struct tag_choice *c, bool no_followers,
		    struct tags **ret_tags, struct err *err)
{
	struct tags_options o = c->tags;

	o.helpers = c->helpers;
	o.nr_helpers = c->nr_helpers;
	o.no_followers = no_followers;
	return tags_open(&o, ret_tags, err);
}

bool tag_choice_report(const struct tags *tags)
{
	bool is_wrong = false;

	for (size_t i = 0; tags && i < tags_nr_givers(tags); i++) {
		const char *problem = tags_problem(tags, i);

		if (!problem)
			continue;
		cmd_error("%s", problem);
		is_wrong = true;
	}
	return is_wrong;
}
