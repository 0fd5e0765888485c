/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "plots/theme.h"
#include "src/base/xalloc.h"

static const struct theme themes[] = {
	{
		.name = "light",
		.background = 0xffffffff,
		.text = 0x1f2933ff,
		.muted = 0x6b7785ff,
		.grid = 0xe6e9edff,
		.axis = 0xaab4beff,
		.lost = 0xcc79a740,
		.lost_text = 0xa8447dff,
		.ops = {
			{ 0x0072b2ff, 0xd55e00ff, 0x009e73ff },
			{ 0x56b4e9ff, 0xe69f00ff, 0xcc79a7ff },
			{ 0x332288ff, 0x882255ff, 0x117733ff },
			{ 0x44aa99ff, 0xaa4499ff, 0x999933ff },
		},
		.lines = {
			{ 0x0072b2ff, 0xd55e00ff },
			{ 0xe69f00ff, 0x009e73ff },
			{ 0x009e73ff, 0xcc79a7ff },
			{ 0xcc79a7ff, 0x56b4e9ff },
		},
		.groups = {
			0x0072b2ff, 0xd55e00ff, 0x009e73ff, 0xcc79a7ff,
			0xe69f00ff, 0x56b4e9ff, 0x332288ff, 0x882255ff,
			0x999933ff, 0x44aa99ff, 0xaa4499ff, 0x8c6239ff,
		},
		.group_other = 0x5b6673ff,
		.group_none = 0xb3bcc6ff,
		.heat = { 0xb9d6ebff, 0x5aa0cdff, 0x0b3c66ff },
	},
	{
		.name = "dark",
		.background = 0x14181eff,
		.text = 0xe6eaf0ff,
		.muted = 0x93a0afff,
		.grid = 0x262d37ff,
		.axis = 0x4a5563ff,
		.lost = 0xcc79a74d,
		.lost_text = 0xe29cc6ff,
		.ops = {
			{ 0x56b4e9ff, 0xf0894aff, 0x2fc79bff },
			{ 0x8fd3f7ff, 0xf5c04aff, 0xe29cc6ff },
			{ 0x8a7fe0ff, 0xd0709fff, 0x6fbf73ff },
			{ 0x6fd0c0ff, 0xd48fd0ff, 0xcfcf6aff },
		},
		.lines = {
			{ 0x56b4e9ff, 0xf0894aff },
			{ 0xf5c04aff, 0x2fc79bff },
			{ 0x2fc79bff, 0xe29cc6ff },
			{ 0xe29cc6ff, 0x8fd3f7ff },
		},
		.groups = {
			0x56b4e9ff, 0xf0894aff, 0x2fc79bff, 0xe29cc6ff,
			0xf5c04aff, 0xa9e2ffff, 0x8a7fe0ff, 0xd0607fff,
			0xcfcf6aff, 0x3f9e90ff, 0xc77fe0ff, 0xb98a5cff,
		},
		.group_other = 0xa3afbdff,
		.group_none = 0x5f6b79ff,
		.heat = { 0x1d3348ff, 0x2f7fb5ff, 0xe8f4fbff },
	},
};

const struct theme *theme_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(themes); i++)
		if (!strcmp(themes[i].name, name))
			return &themes[i];
	return NULL;
}

rgba rgba_mix(rgba a, rgba b, double t)
{
	rgba mixed = 0xff;

	for (unsigned int shift = 8; shift < 32; shift += 8) {
		double x = a >> shift & 0xff, y = b >> shift & 0xff;

		mixed |= (rgba)(x + (y - x) * t + 0.5) << shift;
	}
	return mixed;
}
