/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A directory of numbered files, each with the time at which it begins in its name:
 * "tcplife-000000012-20261127T030000Z.tlt". The names are the index: they are in order, and say where a time is.
 */
#ifndef TCPLIFE_FILE_SET_H
#define TCPLIFE_FILE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_SET_NAME_SIZE  64
#define FILE_SET_NUMBER_MAX 999999999U

struct file_set_file {
	uint32_t number;  /* from 1 on; a later file has a higher one */
	uint64_t begin_s; /* since 1970, UTC */
};

/* The files of a directory in order. */
struct file_set {
	struct file_set_file *file;
	size_t count;
};

void file_set_name(const struct file_set_file *f, char name[FILE_SET_NAME_SIZE]);
/* False: of another form. */
bool file_set_parse(const char *name, struct file_set_file *out);
/* fd: of the directory. Files of other names are passed over. 0 or a negative errno. */
int file_set_list(int fd, struct file_set *out);
void file_set_free(struct file_set *s);
/* Which of them to begin with to have all from wall_ns on: the last one that begins before; 0 if none does. */
size_t file_set_find(const struct file_set *s, uint64_t wall_ns);

#endif
