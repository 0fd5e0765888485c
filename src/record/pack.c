/* SPDX-License-Identifier: GPL-2.0 */
#include "config.h"

#include <errno.h>

#include "src/record/pack.h"

#ifdef HAVE_ZSTD
#include <stdlib.h>
#include <zstd.h>

#include "src/base/xalloc.h"

struct pack {
	ZSTD_CCtx *context;
	void *frame;
	size_t size;		/* of frame */
};

int pack_new(int level, size_t max, struct pack **ret_pack, struct err *err)
{
	struct pack *p = xcalloc(1, sizeof(*p));

	p->context = ZSTD_createCCtx();
	p->size = ZSTD_compressBound(max);
	p->frame = xmalloc(p->size);
	if (!p->context ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(
		    p->context, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->context,
						ZSTD_c_checksumFlag, 1))) {
		pack_free(p);
		return err_set(err, -ENOMEM, "no memory to compress with");
	}
	*ret_pack = p;
	return 0;
}

void pack_free(struct pack *p)
{
	if (!p)
		return;
	(void)ZSTD_freeCCtx(p->context);
	free(p->frame);
	free(p);
}

ssize_t pack_frame(struct pack *p, const void *bytes, size_t len,
		   const void **ret_frame)
{
	size_t n = ZSTD_compress2(p->context, p->frame, p->size, bytes, len);

	if (ZSTD_isError(n))
		return -ENOMEM;
	*ret_frame = p->frame;
	return (ssize_t)n;
}

ssize_t pack_open(const void *frame, size_t len, void *buf, size_t size)
{
	size_t n = ZSTD_decompress(buf, size, frame, len);

	return ZSTD_isError(n) ? -EBADMSG : (ssize_t)n;
}
#else
int pack_new(int level, size_t max, struct pack **ret_pack, struct err *err)
{
	(void)level;
	(void)max;
	(void)ret_pack;
	return err_set(err, -ENOSYS, "--compress: this iotape was built"
		       " without libzstd");
}

void pack_free(struct pack *pack)
{
	(void)pack;
}

ssize_t pack_frame(struct pack *pack, const void *bytes, size_t len,
		   const void **ret_frame)
{
	(void)pack;
	(void)bytes;
	(void)len;
	(void)ret_frame;
	return -ENOSYS;
}

ssize_t pack_open(const void *frame, size_t len, void *buf, size_t size)
{
	(void)frame;
	(void)len;
	(void)buf;
	(void)size;
	return -ENOSYS;
}
#endif
