/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Output that somebody has to read: a pipe, a FIFO, a socket, a terminal. Live, what it has no room for waits, up to
 * 16 MiB, and more is dropped and counted, so that the program goes on; what comes from a file waits for its reader.
 */
#ifndef TCPLIFE_OUTPUT_WAIT_H
#define TCPLIFE_OUTPUT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"

struct output_wait {
	const char *name; /* for messages; of a FIFO its path */
	bool patient;	  /* the reader is waited for: nothing is dropped */
	bool ending;	  /* nothing else is to be done: a reader that reads on is waited for, as long as he does */
	bool active;	  /* somebody has to read */
	bool asks;	  /* fd blocks: it is asked for room before each write */
	bool is_own;	  /* fd is closed at the end */
	int fd;		  /* -1 = a FIFO that nobody has opened for reading */
	int open_flags;	  /* of such a FIFO */
	struct strbuf waiting;
	size_t written; /* of that */
	uint64_t dropped;
};

/* Becomes active if somebody has to read what is written to fd, which stays the caller's. */
void output_wait_attach(struct output_wait *w, int fd);
/*
 * path is a FIFO: opened with flags when somebody opens it to read, which is not waited for. 0, -ENOENT if it is none,
 * or another negative errno.
 */
int output_wait_fifo(struct output_wait *w, const char *path, int flags);
/*
 * These bytes, in which so many records end, go behind those that wait, and all for which there is room is written.
 * 0, also if something waits or was dropped, or a negative errno: -EPIPE if nobody will read it, or a signal came while
 * a reader was waited for.
 */
int output_wait_write(struct output_wait *w, const char *bytes, size_t len, uint64_t records);
/* The last of it; a reader that does not read is waited for 2 s. Says what was not read. 0 or a negative errno. */
int output_wait_finish(struct output_wait *w);
void output_wait_free(struct output_wait *w);

#endif
