/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A sink's file or stdout: collects, writes in large pieces, and turns a failed write into the sink's error, reported
 * once.
 */
#ifndef TCPLIFE_OUTPUT_H
#define TCPLIFE_OUTPUT_H

#include "lib/strbuf.h"
#include "sink/output_wait.h"
#include "sink/sink.h"

struct output {
	struct sink *sink;
	const char *name; /* for messages */
	int fd;
	struct strbuf buf; /* append here, then call output_full() */
	uint64_t written;  /* bytes of this piece */
	uint64_t since_ns; /* the piece's age counts from here; 0 = it has none yet */
	unsigned int last_piece;
	uint64_t records;	 /* in buf */
	struct output_wait wait; /* of a pipe or terminal */
};

/* enum sandbox_needs of such a file. */
unsigned int output_needs(const char *path);
/*
 * path NULL or "-" = stdout. A file is made with the mode of --file-mode and emptied; with --keep one that is there
 * becomes a piece. In a directory where others may write, links are not followed. 0 or a negative errno; has said why.
 */
int output_open(struct output *o, struct sink *s, const char *path);
/* The same for a standard stream. */
void output_open_stream(struct output *o, struct sink *s, int fd);
/*
 * Writes out everything, but for what waits for a reader (sink/output_wait.h). After an error, which is then s->error,
 * all further output is dropped.
 */
void output_flush(struct output *o);
/* The last of it; what it goes to stays open. */
void output_finish(struct output *o);
/* To be called after each record: writes if enough has been collected. */
static inline void output_full(struct output *o)
{
	o->records++;
	if (__builtin_expect(o->buf.len >= 256 * 1024, 0))
		output_flush(o);
}
/*
 * For rotation: writes out everything, then opens the file of the same name anew and appends to it. 1, or 0 for stdout;
 * if the file cannot be opened, prints a message and keeps the old one.
 */
int output_reopen(struct output *o);
/* Writes out everything, closes the file, and goes on in fd, which is a regular file's. */
void output_replace(struct output *o, int fd);
/*
 * To be called between records, with the table's time: begins a new piece of a regular file if --rotate says so. What
 * cannot be rotated goes on in one piece, after a message.
 */
void output_rotate(struct output *o, uint64_t now_ns);
/* Flushes and closes; s->error. */
int output_close(struct output *o);

#endif
