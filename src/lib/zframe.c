// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "lib/zframe.h"

#include <errno.h>
#include <stdlib.h>

#include <zstd.h>
#include <zstd_errors.h>

/* Records compress to about a tenth at any level; higher ones only cost time. */
#define LEVEL 1

struct zframe_writer {
	ZSTD_CCtx *z;
};

struct zframe_reader {
	ZSTD_DCtx *z;
	bool inside;
};

bool zframe_is_magic(const uint8_t bytes[ZFRAME_MAGIC_SIZE])
{
	uint32_t magic = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;

	return magic == ZSTD_MAGICNUMBER || (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

int zframe_writer_new(struct zframe_writer **out)
{
	struct zframe_writer *w = calloc(1, sizeof(*w));

	if (w)
		w->z = ZSTD_createCCtx();
	if (!w || !w->z) {
		free(w);
		return -ENOMEM;
	}
	ZSTD_CCtx_setParameter(w->z, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(w->z, ZSTD_c_checksumFlag, 1);
	*out = w;
	return 0;
}

void zframe_writer_free(struct zframe_writer **w)
{
	if (!*w)
		return;
	ZSTD_freeCCtx((*w)->z);
	free(*w);
	*w = NULL;
}

int zframe_write(struct zframe_writer *w, const void *bytes, size_t len, struct strbuf *out)
{
	size_t bound = ZSTD_compressBound(len), n;
	char *to = strbuf_room(out, bound);

	if (!to)
		return -ENOMEM;
	n = ZSTD_compress2(w->z, to, bound, bytes, len);
	if (ZSTD_isError(n))
		return ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation ? -ENOMEM : -EIO;
	strbuf_used(out, n);
	return 0;
}

int zframe_reader_new(struct zframe_reader **out)
{
	struct zframe_reader *r = calloc(1, sizeof(*r));

	if (r)
		r->z = ZSTD_createDCtx();
	if (!r || !r->z) {
		free(r);
		return -ENOMEM;
	}
	*out = r;
	return 0;
}

void zframe_reader_free(struct zframe_reader **r)
{
	if (!*r)
		return;
	ZSTD_freeDCtx((*r)->z);
	free(*r);
	*r = NULL;
}

long zframe_read(struct zframe_reader *r, const void *in, size_t len, size_t *used, void *out, size_t room)
{
	ZSTD_inBuffer i = { .src = in, .size = len, .pos = *used };
	ZSTD_outBuffer o = { .dst = out, .size = room };

	while (o.pos < o.size && i.pos < i.size) {
		size_t left = ZSTD_decompressStream(r->z, &o, &i);

		if (ZSTD_isError(left))
			return -EBADMSG;
		r->inside = left != 0;
	}
	/* What was decompressed but found no room comes without more input. */
	while (r->inside && o.pos < o.size) {
		size_t before = o.pos, left = ZSTD_decompressStream(r->z, &o, &i);

		if (ZSTD_isError(left))
			return -EBADMSG;
		r->inside = left != 0;
		if (o.pos == before)
			break;
	}
	*used = i.pos;
	return (long)o.pos;
}

bool zframe_reader_is_inside(const struct zframe_reader *r)
{
	return r->inside;
}
