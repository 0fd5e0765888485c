/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "src/base/xalloc.h"
#include "src/cmd/metrics_http.h"

static const struct {
	const char *symbol;
	size_t offset;	/* in struct metrics_http */
} functions[] = {
#define X(name) { "MHD_" #name, offsetof(struct metrics_http, name) },
	METRICS_HTTP_FUNCTIONS(X)
#undef X
};

static_assert(sizeof(struct metrics_http) ==
	      ARRAY_SIZE(functions) * sizeof(void *),
	      "dlsym gives what fits into a pointer to a function");

/* MICROHTTPD_SONAME: of the library whose header this was built with. */
int metrics_http_load(struct metrics_http *ret, struct err *err)
{
	/* all symbols now: whoever serves cannot open files later */
	void *lib = dlopen(MICROHTTPD_SONAME, RTLD_NOW | RTLD_LOCAL);
	struct metrics_http http;

	for (size_t i = 0; i < ARRAY_SIZE(functions) && lib; i++) {
		void *symbol = dlsym(lib, functions[i].symbol);

		if (!symbol)
			lib = NULL;
		memcpy((char *)&http + functions[i].offset, &symbol,
		       sizeof(symbol));
	}
	if (!lib)
		return err_set(err, -ENOENT, "--listen needs libmicrohttpd:"
			       " %s", dlerror());
	*ret = http;
	return 0;
}
