/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/analyze/vmname.h"
#include "src/base/cleanup.h"
#include "src/base/xalloc.h"

struct word {
	const char *text;	/* no NUL behind it, maybe */
	size_t len;
};

/* Makes a name of an option's value.  False: there is none in it. */
typedef bool (*take_fn)(struct word value, char ret_name[VMNAME_MAX]);

struct vmm {
	const char *program;	/* the file's name begins like that */
	const char *option;	/* without dashes; "=VALUE" or the next word */
	take_fn take;
};

static bool take_plain(struct word value, char ret_name[VMNAME_MAX])
{
	size_t len = value.len < VMNAME_MAX ? value.len : VMNAME_MAX - 1;

	if (!len)
		return false;
	memcpy(ret_name, value.text, len);
	ret_name[len] = '\0';
	return true;
}

/* One part of -name's value into @buf; returns what is behind its comma. */
static struct word next_part(struct word value, char buf[VMNAME_MAX])
{
	size_t nr = 0, i = 0;

	while (i < value.len) {
		if (value.text[i] == ',') {
			if (i + 1 == value.len || value.text[i + 1] != ',') {
				i++;
				break;
			}
			i++;
		}
		if (nr < VMNAME_MAX - 1)
			buf[nr++] = value.text[i];
		i++;
	}
	buf[nr] = '\0';
	return (struct word){ value.text + i, value.len - i };
}

static bool take_qemu(struct word value, char ret_name[VMNAME_MAX])
{
	static const char key[] = "guest=";
	char part[VMNAME_MAX];
	bool has_name = false;

	while (value.len) {
		value = next_part(value, part);
		if (!strchr(part, '=') && *part) {
			(void)snprintf(ret_name, VMNAME_MAX, "%s", part);
			return true;
		}
		if (strncmp(part, key, sizeof(key) - 1) != 0)
			continue;
		if (!part[sizeof(key) - 1])
			continue;
		(void)snprintf(ret_name, VMNAME_MAX, "%s",
			       part + sizeof(key) - 1);
		has_name = true;
	}
	return has_name;
}

/* "path=/run/web.sock,..." or "/run/web.sock": "web". */
static bool take_socket(struct word value, char ret_name[VMNAME_MAX])
{
	static const char key[] = "path=";
	size_t begin = 0;

	if (value.len > sizeof(key) - 1 &&
	    !strncmp(value.text, key, sizeof(key) - 1)) {
		value.text += sizeof(key) - 1;
		value.len -= sizeof(key) - 1;
	}
	for (size_t i = 0; i < value.len; i++) {
		if (value.text[i] == ',')
			value.len = i;
		else if (value.text[i] == '/')
			begin = i + 1;
	}
	value.text += begin;
	value.len -= begin;
	for (size_t i = value.len; i-- > 1;)
		if (value.text[i] == '.') {
			value.len = i;
			break;
		}
	return take_plain(value, ret_name);
}

static const struct vmm vmms[] = {
	{ "qemu", "name", take_qemu },
	{ "kvm", "name", take_qemu },	/* Debian's wrapper */
	{ "firecracker", "id", take_plain },
	{ "cloud-hypervisor", "api-socket", take_socket },
	{ "crosvm", "name", take_plain },
	{ "lkvm", "name", take_plain },
};

static struct word next_word(const char **pos, const char *end)
{
	struct word w = { *pos, strnlen(*pos, (size_t)(end - *pos)) };

	*pos += w.len;
	if (*pos < end)
		(*pos)++;
	return w;
}

static const struct vmm *find_vmm(struct word program)
{
	size_t begin = 0;

	for (size_t i = 0; i < program.len; i++)
		if (program.text[i] == '/')
			begin = i + 1;
	for (size_t i = 0; i < ARRAY_SIZE(vmms); i++) {
		size_t len = strlen(vmms[i].program);

		if (program.len - begin >= len &&
		    !strncmp(program.text + begin, vmms[i].program, len))
			return &vmms[i];
	}
	return NULL;
}

/* True for "-name", "--name" and "--name=..."; the value of the last one. */
static bool is_option(const struct vmm *vmm, struct word w,
		      struct word *ret_value, bool *ret_has_value)
{
	size_t len = strlen(vmm->option), dashes = 0;

	while (dashes < 2 && dashes < w.len && w.text[dashes] == '-')
		dashes++;
	if (!dashes || w.len - dashes < len ||
	    strncmp(w.text + dashes, vmm->option, len) != 0)
		return false;
	w.text += dashes + len;
	w.len -= dashes + len;
	*ret_has_value = w.len;
	if (!w.len)
		return true;
	if (w.text[0] != '=')
		return false;
	*ret_value = (struct word){ w.text + 1, w.len - 1 };
	return true;
}

bool vmname_parse(const char *cmdline, size_t len, char ret_name[VMNAME_MAX])
{
	const char *pos = cmdline, *end = cmdline + len;
	const struct vmm *vmm = find_vmm(next_word(&pos, end));
	char name[VMNAME_MAX];
	bool has_name = false;

	while (vmm && pos < end) {
		struct word value;
		bool has_value;

		if (!is_option(vmm, next_word(&pos, end), &value, &has_value))
			continue;
		if (!has_value)
			value = next_word(&pos, end);
		if (vmm->take(value, name))
			has_name = true;
	}
	if (has_name)
		memcpy(ret_name, name, VMNAME_MAX);
	return has_name;
}

bool vmname_parse_text(const char *text, char ret_name[VMNAME_MAX])
{
	_cleanup_(freep) char *words = xstrdup(text);
	size_t len = strlen(words);

	for (size_t i = 0; i < len; i++)
		if (words[i] == ' ')
			words[i] = '\0';
	return vmname_parse(words, len, ret_name);
}
