/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The finished pieces of an output: FILE becomes FILE.1, FILE.2 and so on. */
#ifndef TCPLIFE_PIECES_H
#define TCPLIFE_PIECES_H

/*
 * Renames the file at path. keep 0: the first number behind *last that is free; no piece of this run or another is
 * touched. keep N: one more than the highest number there is, and only the N highest stay. *last becomes the number. 0
 * or a negative errno.
 */
int pieces_put_aside(const char *path, unsigned int keep, unsigned int *last);

#endif
