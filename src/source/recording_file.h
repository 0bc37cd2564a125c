/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The bytes of a recording's file, decompressed if it is compressed. */
#ifndef TCPLIFE_RECORDING_FILE_H
#define TCPLIFE_RECORDING_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct recording_file;

/* "-" is standard input. 0 or a negative errno. */
int recording_file_open(const char *path, struct recording_file **out);
/* The same below a directory. */
int recording_file_open_at(int dir, const char *name, struct recording_file **out);
void recording_file_close(struct recording_file **f);
int recording_file_fd(const struct recording_file *f);
/*
 * Reads once from the file; room: at least 1. Bytes, 0 at the end, -EAGAIN if what was read gives nothing yet, -EBADMSG
 * if a zstd frame is damaged, another negative errno if the file cannot be read.
 */
ssize_t recording_file_read(struct recording_file *f, char *to, size_t room);
/* Is there more to come without the file being readable? */
bool recording_file_has_more(const struct recording_file *f);
/* At the end: did it end inside a zstd frame? */
bool recording_file_is_cut(const struct recording_file *f);

#endif
