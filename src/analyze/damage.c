/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/analyze/damage.h"
#include "src/base/xalloc.h"

void damage_at(struct damage *damage, const struct damage_place *place,
	       const char *fmt, ...)
{
	char text[512];
	va_list ap;

	damage->nr++;
	if (damage->nr_kept == DAMAGE_KEPT && !damage->hook)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (damage->hook)
		damage->hook(damage->ctx, place, text);
	if (damage->nr_kept == DAMAGE_KEPT)
		return;
	damage->kept[damage->nr_kept++] = xstrdup(text);
}

void damage_release(struct damage *damage)
{
	for (size_t i = 0; i < damage->nr_kept; i++)
		free(damage->kept[i]);
	*damage = (struct damage){ 0 };
}
