/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tag helper that does one thing wrong (and one that does all right).
 *
 *	hostile-helper WHAT [N]
 *
 * It answers N records well (0), then does WHAT: a row of the table below.
 */
#include "config.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/blk.h"

#define END	0u
#define NEW_TAG	1u
#define TAG_IO	2u

static void say(const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		ssize_t n = write(STDOUT_FILENO, p, len);

		if (n <= 0)
			exit(9);
		p += n;
		len -= (size_t)n;
	}
}

static void say_words(const uint32_t *words, size_t nr)
{
	say(words, nr * sizeof(*words));
}

static bool hear(void *to, size_t len)
{
	char *p = to;

	while (len) {
		ssize_t n = read(STDIN_FILENO, p, len);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* False at the end of the input. */
static bool hear_record(void)
{
	static uint8_t buf[BLK_REC_MAX];
	uint16_t len;

	if (!hear(buf, BLK_V7_SIZE))
		return false;
	memcpy(&len, buf + 46, sizeof(len));
	return !len || hear(buf + BLK_V7_SIZE, len);
}

static void answer(void)
{
	say_words((uint32_t[]){ TAG_IO, 0, END }, 3);
}

static void wait_for_ever(void)
{
	for (;;)
		(void)pause();
}

static void do_well(void)
{
	while (hear_record())
		answer();
}

/* The largest pieces that are taken, and no flush before them. */
static void do_blocks(void)
{
	static uint8_t buf[1 << 20];
	static uint32_t out[1 << 20];
	size_t have = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, buf + have, sizeof(buf) - have)) > 0) {
		size_t at = 0, nr = 0;
		struct blk_rec rec;
		ssize_t len;

		have += (size_t)n;
		while ((len = blk_decode(buf + at, have - at, &rec, NULL)) > 0) {
			if (!blk_is_notify(&rec) &&
			    blk_code(&rec) == BLK_ACT_QUEUE) {
				out[nr++] = TAG_IO;
				out[nr++] = 0;
			}
			out[nr++] = END;
			at += (size_t)len;
		}
		say_words(out, nr);
		memmove(buf, buf + at, have - at);
		have -= at;
	}
}

static void do_silence(void)
{
	while (hear_record())
		;
	wait_for_ever();
}

static void do_garbage(void)
{
	say("Hello, I am a helper!\n", 22);
	wait_for_ever();
}

static void do_half(void)
{
	(void)hear_record();
	say_words((uint32_t[]){ TAG_IO }, 1);
	wait_for_ever();
}

static void do_half_and_exit(void)
{
	(void)hear_record();
	say_words((uint32_t[]){ NEW_TAG, 1 }, 2);
}

static void do_long_label(void)
{
	say_words((uint32_t[]){ NEW_TAG, 1, UINT32_MAX }, 3);
	for (;;)
		say("xxxxxxxxxxxxxxxx", 16);
}

static void do_no_nul(void)
{
	(void)hear_record();
	say_words((uint32_t[]){ NEW_TAG, 1, 4, 0x41414141, END }, 5);
	wait_for_ever();
}

static void do_undeclared(void)
{
	(void)hear_record();
	say_words((uint32_t[]){ TAG_IO, 77, END }, 3);
	wait_for_ever();
}

static void do_exit(void)
{
	exit(5);
}

static void do_kill(void)
{
	(void)raise(SIGKILL);
}

static void do_close(void)
{
	(void)close(STDOUT_FILENO);
	wait_for_ever();
}

static void do_never_read(void)
{
	wait_for_ever();
}

static void do_endless_ends(void)
{
	static const uint32_t ends[4096];

	for (;;)
		say_words(ends, 4096);
}

static void do_endless_labels(void)
{
	(void)hear_record();
	for (;;)
		say_words((uint32_t[]){ NEW_TAG, 1, 4, 0x00414141 }, 4);
}

static void do_endless_tags(void)
{
	while (hear_record()) {
		for (uint32_t i = 1; i < 10000; i++) {
			static uint32_t tag;

			say_words((uint32_t[]){ NEW_TAG, ++tag, 4, 65 }, 4);
		}
		say_words((uint32_t[]){ END }, 1);
	}
}

static void do_stop(void)
{
	(void)raise(SIGSTOP);
	wait_for_ever();
}

static void do_more(void)
{
	do_well();
	say_words((uint32_t[]){ END, END }, 2);
}

static void do_bad_exit(void)
{
	do_well();
	exit(7);
}

static void do_stay(void)
{
	do_well();
	(void)close(STDOUT_FILENO);
	wait_for_ever();
}

static const struct {
	const char *name;
	void (*act)(void);
} rows[] = {
	{ "well", do_well },
	{ "blocks", do_blocks },
	{ "silence", do_silence },
	{ "garbage", do_garbage },
	{ "half", do_half },
	{ "half-and-exit", do_half_and_exit },
	{ "long-label", do_long_label },
	{ "no-nul", do_no_nul },
	{ "undeclared", do_undeclared },
	{ "exit", do_exit },
	{ "kill", do_kill },
	{ "close", do_close },
	{ "never-read", do_never_read },
	{ "endless-ends", do_endless_ends },
	{ "endless-labels", do_endless_labels },
	{ "endless-tags", do_endless_tags },
	{ "stop", do_stop },
	{ "more", do_more },
	{ "bad-exit", do_bad_exit },
	{ "stay", do_stay },
};

int main(int argc, char **argv)
{
	static const char label[] = "mine";
	unsigned long nr = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	for (size_t i = 0; argc > 1 && i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].name, argv[1]) != 0)
			continue;
		if (nr || i < 2 || !strcmp(argv[1], "more") ||
		    !strcmp(argv[1], "bad-exit") || !strcmp(argv[1], "stay")) {
			say_words((uint32_t[]){ NEW_TAG, 0, sizeof(label) }, 3);
			say(label, sizeof(label));
		}
		for (; nr && hear_record(); nr--)
			answer();
		rows[i].act();
		return 0;
	}
	(void)fprintf(stderr, "hostile-helper: what?\n");
	return 2;
}
