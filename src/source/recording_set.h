/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The recordings of a directory (lib/file_set.h), one after the other. */
#ifndef TCPLIFE_RECORDING_SET_H
#define TCPLIFE_RECORDING_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/file_set.h"
#include "source/recording_file.h"

struct recording_set {
	const char *path;
	int dir;
	struct file_set files;
	size_t next; /* to be opened */
	char *name;  /* path and name of the one that was opened last */
};

/* 0, -ENOTDIR if it is none, or another negative errno after a message. */
int recording_set_open(struct recording_set *s, const char *path);
void recording_set_close(struct recording_set *s);
/* When it ends, by what is known without reading it: when its last file was written. */
uint64_t recording_set_end_ns(const struct recording_set *s);
/* The next is the one to read from wall_ns on. */
void recording_set_seek(struct recording_set *s, uint64_t wall_ns);
/* wall_ns: as the header of the one opened last has it, shortly before its first record. Does the name agree? Else
 * names are not to be relied on. */
bool recording_set_is_named(const struct recording_set *s, uint64_t wall_ns);
/* Opens the next; those that were removed meanwhile are passed over. 0, -ENOENT behind the last, or another negative
 * errno after a message. */
int recording_set_next(struct recording_set *s, struct recording_file **out);

#endif
