/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A bounded set of recordings in a directory: the next file of it, and which old ones go. Each file is a recording by
 * itself, since it begins with what is open then (core/table/conn_carry.h). It is made under another name and gets its
 * own when that beginning is in it, so that whoever reads finds none without. The directory is locked: two recorders
 * would remove each other's files. The bounds are those of --keep, the size counted as it is on the disk.
 */
#ifndef TCPLIFE_RECORD_SET_H
#define TCPLIFE_RECORD_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/file_set.h"
#include "options.h"

/* A finished one. */
struct record_set_file {
	struct file_set_file file;
	uint64_t bytes; /* on the disk */
};

struct record_set {
	const struct options *options;
	const char *path;
	int dir; /* -1 = none */
	struct record_set_file *done;
	size_t first, count, room; /* of done: those before first are removed */
	uint64_t done_bytes;
	struct file_set_file now; /* the one that is written */
	bool removed;		  /* one was: it was said */
};

/* Makes the directory if there is none, locks it, and lists what is there. 0, or a negative errno after a message. */
int record_set_open(struct record_set *s, const char *path, const struct options *o);
void record_set_close(struct record_set *s);
/* How large or old a file becomes. */
uint64_t record_set_piece_bytes(const struct options *o);
uint64_t record_set_piece_ns(const struct options *o);
/* A new file, to be named once its beginning is written. A descriptor, or a negative errno after a message. */
int record_set_begin(struct record_set *s, uint64_t wall_ns);
int record_set_named(struct record_set *s);
/* The one that is written is finished; bytes: its length. */
void record_set_end(struct record_set *s, uint64_t bytes);
/* Removes the oldest as far as --keep asks for, with so many bytes in the file that is written. */
void record_set_trim(struct record_set *s, uint64_t bytes, uint64_t wall_ns);

#endif
