/* SPDX-License-Identifier: GPL-2.0 */
/* A tag helper as fast as one can be: for tests/bench/tag.sh. */
#include "config.h"

#include "helpers/iotape_tag.h"

int main(void)
{
	struct tag_record rec;

	tag_declare(0, "even");
	tag_declare(1, "odd");
	while (tag_next(&rec)) {
		if (tag_is_io(&rec))
			tag_io(rec.pid & 1);
		tag_end();
	}
	return 0;
}
