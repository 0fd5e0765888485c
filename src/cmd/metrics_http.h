/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libmicrohttpd, loaded when a server is wanted: it brings gnutls, whose
 * loading costs every command of iotape a millisecond and more otherwise.
 *
 *	struct metrics_http http;
 *	r = metrics_http_load(&http, &err);
 *	daemon = http.start_daemon(...);	as MHD_start_daemon
 *
 * It stays loaded, also in children, until the process ends.
 */
#ifndef CMD_METRICS_HTTP_H
#define CMD_METRICS_HTTP_H

#include <microhttpd.h>

#include "src/base/err.h"

/* The functions that are used. */
#define METRICS_HTTP_FUNCTIONS(X)		\
	X(add_response_header)			\
	X(create_response_from_buffer)		\
	X(destroy_response)			\
	X(get_connection_info)			\
	X(get_daemon_info)			\
	X(get_timeout)				\
	X(queue_response)			\
	X(run)					\
	X(start_daemon)

/* Each with the type that the library's header gives it. */
struct metrics_http {
#define X(name) __typeof__(&MHD_##name) name;
	METRICS_HTTP_FUNCTIONS(X)
#undef X
};

/* -ENOENT: the library is not there, or lacks a function. */
int metrics_http_load(struct metrics_http *ret, struct err *err);

#endif
