/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Compressed files, read through the program that everybody has for them (gzip, zstd, xz, bzip2, lz4), in a sandbox. */
#ifndef TCPLIFE_DECOMPRESS_H
#define TCPLIFE_DECOMPRESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define DECOMPRESS_MAGIC_SIZE 6

/* By the first bytes of a file: the program that reads it, or NULL if it is not compressed. */
const char *decompress_tool(const uint8_t *magic, size_t len);
/* Of zstd's, which recordings use too: the first bytes of what is in it, as far as these len bytes of it show; or
 * -EBADMSG. */
ssize_t decompress_peek(const uint8_t *packed, size_t len, void *out, size_t size);
/* Returns a descriptor with what fd (which stays the caller's) holds decompressed, or a negative errno and has said
 * why: -ENOENT if there is no such program. */
int decompress_start(const char *name, const char *tool, int fd, pid_t *pid);
/* All that it gave was read: 0, or -EBADMSG if it could not decompress everything. Once. */
int decompress_end(pid_t *pid);

#endif
