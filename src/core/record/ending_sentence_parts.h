/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of ending_sentence.c share: clauses, and the sentences of connections that failed to open. */
#ifndef TCPLIFE_ENDING_SENTENCE_PARTS_H
#define TCPLIFE_ENDING_SENTENCE_PARTS_H

#include "core/conn.h"
#include "lib/strbuf.h"

/* ---- ending_sentence.c */

/* "once", "twice", "3 times" */
void sentence_times(struct strbuf *out, unsigned int n);
void sentence_say(struct strbuf *out, const char *before, const char *word, const char *after);
/* " (ECONNREFUSED)"; nothing for 0. */
void sentence_errno(struct strbuf *out, unsigned int err);
/* ": it closed with 10 unread bytes": why the side `by` sent its RST. */
void sentence_reset_cause(const struct conn *c, int by, struct strbuf *out);

/* ---- ending_sentence_open.c */

/* "sent once", "sent 3 times over 3.08 s": the client's SYN. */
void sentence_syns(const struct conn *c, unsigned int style, struct strbuf *out);
/* "ICMP port unreachable from 10.0.0.1 after 60 us"; only if c->icmp.ts_ns. */
void sentence_icmp(const struct conn *c, unsigned int style, struct strbuf *out);
/* "; the client's host dropped its FIN (netfilter) 8 times"; nothing if no host dropped a segment of note. */
void sentence_dropped(const struct conn *c, struct strbuf *out);
void sentence_refused(const struct conn *c, struct strbuf *out);
void sentence_aborted(const struct conn *c, unsigned int style, struct strbuf *out);
void sentence_unanswered(const struct conn *c, unsigned int style, struct strbuf *out);
void sentence_unreachable(const struct conn *c, unsigned int style, struct strbuf *out);

/* ---- ending_sentence_transfer.c */

/* "; what the server sent was limited by the receiver's window for 4.2 s"; nothing if that cost less than a second. */
void sentence_transfer(const struct conn *c, unsigned int style, struct strbuf *out);

#endif
