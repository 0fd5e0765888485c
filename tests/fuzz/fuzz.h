/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzz targets share.  Each reads a trace's bytes as records. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/blk.h"
#include "src/base/outbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the target: what must hold does not. */
#define MUST(x)					\
	do {					\
		if (!(x))			\
			abort();		\
	} while (0)

/*
 * The next record, with its payload in memory of its own size: a byte behind
 * it is an error that AddressSanitizer sees.  The caller frees *ret_pdu.
 */
static inline bool fuzz_next(const uint8_t **data, size_t *size,
			     struct blk_rec *ret_rec, uint8_t **ret_pdu)
{
	ssize_t n;

	for (; *size; ++*data, --*size) {
		n = blk_decode(*data, *size, ret_rec, NULL);
		if (n <= 0)
			continue;
		*data += n;
		*size -= (size_t)n;
		*ret_pdu = NULL;
		if (!ret_rec->pdu_len)
			return true;
		*ret_pdu = malloc(ret_rec->pdu_len);
		MUST(*ret_pdu);
		for (size_t i = 0; i < ret_rec->pdu_len; i++)
			(*ret_pdu)[i] = ret_rec->pdu[i];
		ret_rec->pdu = *ret_pdu;
		return true;
	}
	return false;
}

static inline void fuzz_open_out(struct outbuf *out)
{
	outbuf_init(out, open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static inline void fuzz_close_out(struct outbuf *out)
{
	(void)outbuf_flush(out);
	(void)close(out->fd);
	outbuf_release(out);
}

#endif
