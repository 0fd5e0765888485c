/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stddef.h>

#include "src/analyze/act.h"

static const struct act acts[BLK_ACT_MAX] = {
	[BLK_ACT_QUEUE]		= { "Q", " Q ", ACT_TAIL_IO, true, false },
	[BLK_ACT_BACKMERGE]	= { "M", " M ", ACT_TAIL_MERGE, false, false },
	[BLK_ACT_FRONTMERGE]	= { "F", " F ", ACT_TAIL_MERGE, false, false },
	[BLK_ACT_GETRQ]		= { "G", " G ", ACT_TAIL_MERGE, true, false },
	[BLK_ACT_SLEEPRQ]	= { "S", " S ", ACT_TAIL_MERGE, true, false },
	[BLK_ACT_REQUEUE]	= { "R", " R ", ACT_TAIL_END, true, false },
	[BLK_ACT_ISSUE]		= { "D", " D ", ACT_TAIL_IO, true, true },
	[BLK_ACT_COMPLETE]	= { "C", " C ", ACT_TAIL_END, true, true },
	[BLK_ACT_PLUG]		= { "P", " P ", ACT_TAIL_NAME, false, false },
	[BLK_ACT_UNPLUG_IO]	= { "U", " U ", ACT_TAIL_COUNT, false, false },
	[BLK_ACT_UNPLUG_TIMER]	= { "UT", "UT ", ACT_TAIL_COUNT, false, false },
	[BLK_ACT_INSERT]	= { "I", " I ", ACT_TAIL_IO, true, true },
	[BLK_ACT_SPLIT]		= { "X", " X ", ACT_TAIL_SPLIT, false, false },
	[BLK_ACT_BOUNCE]	= { "B", " B ", ACT_TAIL_IO, false, false },
	[BLK_ACT_REMAP]		= { "A", " A ", ACT_TAIL_REMAP, false, false },
};

const struct act *act_of(const struct blk_rec *rec)
{
	unsigned int code = rec->action & BLK_ACT_CODE_MASK;
	const struct act *act;

	if (code >= BLK_ACT_MAX)
		return NULL;
	act = &acts[code];
	if (act->tail == ACT_TAIL_NONE || (act_is_pc(rec) && !act->is_pc))
		return NULL;
	return act;
}
