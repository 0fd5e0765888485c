/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include "src/base/json.h"

void json_put_string(FILE *out, const char *s)
{
	(void)fputc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			(void)fprintf(out, "\\%c", c);
		else if (c < ' ')
			(void)fprintf(out, "\\u%04x", c);
		else if (c >= 0x7f)
			(void)fprintf(out, "\\ufffd");
		else
			(void)fputc(c, out);
	}
	(void)fputc('"', out);
}
