/* SPDX-License-Identifier: GPL-2.0 */
/*
 * iotape doctor: what this machine can record, and why not the rest.
 */
#include "config.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "src/base/json.h"
#include "src/base/xalloc.h"
#include "src/cmd/arg.h"
#include "src/cmd/cmd.h"
#include "src/record/doctor.h"

#define TEXT_COLUMN	24
#define WIDTH		79

struct options {
	bool is_json;
};

enum {
	OPT_JSON = 0x100,
};

static const struct argp_option option_table[] = {
	{ "json", OPT_JSON, NULL, 0, "print one JSON object", 0 },
	{ "version", 'V', NULL, 0, "print the version", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case OPT_JSON:
		o->is_json = true;
		return 0;
	case 'V':
		(void)printf("iotape doctor %s\n", PACKAGE_VERSION);
		exit(CMD_OK);
	case ARGP_KEY_ARG:
		argp_error(state, "\"%s\": no argument is wanted", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * The text behind @head, broken between words; each further line begins at
 * @indent.
 */
static void print_wrapped(const char *head, int indent, const char *text)
{
	int column = printf("%-*s", indent, head);
	const char *space = "";

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (column + 1 + len > WIDTH && *space) {
			column = printf("\n%-*s", indent, "") - 1;
			space = "";
		}
		column += printf("%s%.*s", space, len, text);
		space = " ";
		text += len;
		text += strspn(text, " ");
	}
	(void)putchar('\n');
}

static void print_page(const struct doctor_finding findings[DOCTOR_MAX],
		       const struct utsname *u)
{
	(void)printf("iotape %s on %s %s (%s):\n\n", PACKAGE_VERSION,
		     u->sysname, u->release, u->machine);
	for (unsigned int i = 0; i < DOCTOR_MAX; i++) {
		const struct doctor_finding *f = &findings[i];
		char head[64];

		(void)snprintf(head, sizeof(head), "  %-15s%-7s",
			       doctor_name((enum doctor_check)i),
			       doctor_state_name(f->state));
		print_wrapped(head, TEXT_COLUMN, f->text);
		if (!*f->advice)
			continue;
		(void)snprintf(head, sizeof(head), "%-*s-> ", TEXT_COLUMN, "");
		print_wrapped(head, TEXT_COLUMN + 3, f->advice);
	}
}

static void print_json(const struct doctor_finding findings[DOCTOR_MAX],
		       const struct utsname *u)
{
	(void)printf("{\"schema\":\"iotape-doctor/1\",\"iotape\":\"%s\","
		     "\"kernel\":", PACKAGE_VERSION);
	json_put_string(stdout, u->release);
	(void)printf(",\"findings\":[");
	for (unsigned int i = 0; i < DOCTOR_MAX; i++) {
		(void)printf("%s{\"name\":\"%s\",\"state\":\"%s\",\"text\":",
			     i ? "," : "",
			     doctor_name((enum doctor_check)i),
			     doctor_state_name(findings[i].state));
		json_put_string(stdout, findings[i].text);
		(void)printf(",\"advice\":");
		json_put_string(stdout, findings[i].advice);
		(void)printf("}");
	}
	(void)printf("]}\n");
}

int doctor_main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = option_table,
		.parser = parse_option,
		.args_doc = "",
		.doc = "Says what this machine can record, what it cannot,"
		       " why, and what would help.",
	};
	static const struct doctor_env env = { .sys = "/sys",
					       .proc = "/proc" };
	struct doctor_finding findings[DOCTOR_MAX];
	struct options o = { 0 };
	struct utsname u;

	argp_err_exit_status = CMD_USAGE;
	if (arg_parse(&argp, argc, argv, 0, &o))
		return CMD_USAGE;
	(void)uname(&u);
	doctor_examine(&env, findings);
	if (o.is_json)
		print_json(findings, &u);
	else
		print_page(findings, &u);
	return findings[DOCTOR_BLOCK].state == DOCTOR_NO ? CMD_FAILED : CMD_OK;
}
