/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/record/misses.h"

bool misses_is_due(const struct misses *m, uint64_t now)
{
	return m->seen > m->told || now - m->last >= MISSES_NS;
}

bool misses_look(struct misses *m, uint64_t count, uint64_t now,
		 struct missed *ret_missed)
{
	uint64_t sure = count < m->seen ? count : m->seen;
	uint64_t last = m->last;
	bool is_new = sure > m->told;

	m->last = now;
	m->seen = count > m->told ? count : m->told;
	if (is_new) {
		*ret_missed = (struct missed){ .count = sure - m->told,
					       .from = m->from, .to = last };
		m->told = sure;
		m->from = last;
	} else if (m->seen == m->told) {
		m->from = now;
	}
	return is_new;
}

bool misses_end(struct misses *m, uint64_t count, uint64_t now,
		struct missed *ret_missed)
{
	if (count <= m->told)
		return false;
	*ret_missed = (struct missed){ .count = count - m->told,
				       .from = m->from, .to = now };
	m->told = m->seen = count;
	m->from = m->last = now;
	return true;
}
