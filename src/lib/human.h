/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Numbers and foreign text as a person reads them. Pure. */
#ifndef TCPLIFE_HUMAN_H
#define TCPLIFE_HUMAN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

/* style bits */
#define HUMAN_UTF8    (1 << 0) /* the reader takes UTF-8: "µs", "…"; else "us", "+" */
#define HUMAN_COMPACT (1 << 1) /* one word, for a cell of a table: "40us", "2m3s" */

/* Three digits at most: "850 ns", "40 µs", "1.2 ms", "3.45 s", "61.8 s"; from two minutes on "2m 3s", "1h 2m", "3d 4h".
 */
void human_duration(struct strbuf *out, uint64_t ns, unsigned int style);
/* The plural's s: "connection%s". */
static inline const char *human_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}
/* "1 byte", "1834 bytes", "97.7 KiB", "3.2 GiB". */
void human_bytes(struct strbuf *out, uint64_t bytes);
/*
 * Foreign text, made safe: whatever a terminal would interpret (control characters, bidirectional overrides) and what
 * is no UTF-8 comes out as \xNN, byte by byte. Without HUMAN_UTF8 that is everything beyond ASCII. Stops at len or at a
 * NUL.
 */
void human_text(struct strbuf *out, const char *raw, size_t len, unsigned int style);
/* Characters of UTF-8 text: columns on a terminal, wide and combining ones aside. */
size_t human_width(const char *text);
/* text if it is at most width characters wide, else as much of its head as fits and a mark. */
void human_cut(struct strbuf *out, const char *text, size_t width, unsigned int style);
/* The same, but keeps head and tail: what distinguishes two addresses of one network is at the end. */
void human_cut_middle(struct strbuf *out, const char *text, size_t width, unsigned int style);

#endif
