/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Bytes as a series of zstd frames with checksums, each of which can be read without those before it. On buffers. */
#ifndef TCPLIFE_ZFRAME_H
#define TCPLIFE_ZFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

#define ZFRAME_MAGIC_SIZE 4

/* Do these bytes begin a frame? Also the skippable ones that other tools write. */
bool zframe_is_magic(const uint8_t bytes[ZFRAME_MAGIC_SIZE]);

struct zframe_writer;

/* 0 or -ENOMEM. */
int zframe_writer_new(struct zframe_writer **out);
void zframe_writer_free(struct zframe_writer **w);
/* Appends one frame to out. 0 or a negative errno, with nothing appended. */
int zframe_write(struct zframe_writer *w, const void *bytes, size_t len, struct strbuf *out);

struct zframe_reader;

int zframe_reader_new(struct zframe_reader **out);
void zframe_reader_free(struct zframe_reader **r);
/*
 * Reads from in[*used...len) into out, as far as there is input or room; adds to *used. Bytes written, or -EBADMSG: no
 * frame, damaged, or of a window beyond 128 MiB. 0 with room left: wants more input.
 */
long zframe_read(struct zframe_reader *r, const void *in, size_t len, size_t *used, void *out, size_t room);
/* Has a frame begun that has not ended? */
bool zframe_reader_is_inside(const struct zframe_reader *r);

#endif
