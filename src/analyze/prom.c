/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <inttypes.h>

#include "src/analyze/prom.h"

#define NS_PER_SEC UINT64_C(1000000000)

const struct prom_bucket prom_buckets[PROM_NR_BUCKETS] = {
	{ 10000, "1e-05" },	{ 20000, "2e-05" },
	{ 50000, "5e-05" },	{ 100000, "0.0001" },
	{ 200000, "0.0002" },	{ 500000, "0.0005" },
	{ 1000000, "0.001" },	{ 2000000, "0.002" },
	{ 5000000, "0.005" },	{ 10000000, "0.01" },
	{ 20000000, "0.02" },	{ 50000000, "0.05" },
	{ 100000000, "0.1" },	{ 200000000, "0.2" },
	{ 500000000, "0.5" },	{ 1000000000, "1.0" },
	{ 2000000000, "2.0" },	{ 5000000000, "5.0" },
	{ 10000000000, "10.0" }, { UINT64_MAX, "+Inf" },
};

size_t prom_bucket(uint64_t ns)
{
	size_t i = 0;

	while (ns > prom_buckets[i].ns)
		i++;
	return i;
}

void prom_put_label(FILE *f, const char *name, const char *text)
{
	(void)fprintf(f, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '\n') {
			(void)fputs("\\n", f);
			continue;
		}
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', f);
		(void)fputc(*text, f);
	}
	(void)fputc('"', f);
}

void prom_put_seconds(FILE *f, uint64_t ns)
{
	(void)fprintf(f, "%" PRIu64 ".%09u", ns / NS_PER_SEC,
		      (unsigned int)(ns % NS_PER_SEC));
}
