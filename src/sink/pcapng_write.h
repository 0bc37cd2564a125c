/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The segments of a connection as the blocks of a pcapng file: headers only, rebuilt from the recorded fields. */
#ifndef TCPLIFE_PCAPNG_WRITE_H
#define TCPLIFE_PCAPNG_WRITE_H

#include "core/conn.h"
#include "lib/strbuf.h"

/* The head of a file: its section and two interfaces, raw IP and, for tagged segments, Ethernet. */
void pcapng_write_begin(struct strbuf *out, const char *application);
/* A packet. m is a EVENT_SEGMENT of c; comment is UTF-8. TTL is 64, and there are no options and no payload, but
 * lengths as if there were all of it. */
void pcapng_write_segment(struct strbuf *out, const struct conn *c, const struct moment *m, const char *comment);
/* All packets of its history; the first one's comment has its id and its verdict. */
void pcapng_write_connection(struct strbuf *out, const struct conn *c);

#endif
