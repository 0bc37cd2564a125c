/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Files named on the command line, "-" being standard input, that are peeked into before they are read: nothing is
 * consumed of a pipe, and a FIFO is opened once only, or its writer would write into nothing.
 */
#ifndef TCPLIFE_INPUT_H
#define TCPLIFE_INPUT_H

#include <stddef.h>
#include <sys/types.h>

/* Returns the descriptor or a negative errno. */
int input_open(const char *name);
/* The first bytes, len or fewer; of a pipe once its writer has written. Or a negative errno; what is no file or pipe
 * has none (0). A FIFO stays open until input_open(). */
ssize_t input_peek(const char *name, void *buf, size_t len);
/* The bytes that come next in a pipe. Or a negative errno. */
ssize_t input_peek_pipe(int fd, void *buf, size_t len);

#endif
