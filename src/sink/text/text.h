/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Shared by the sinks for people: where lines go and which characters they may contain, and the short words for
 * processes, roles and addresses.
 */
#ifndef TCPLIFE_TEXT_H
#define TCPLIFE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "lib/human.h"
#include "lib/strbuf.h"
#include "lib/term.h"
#include "sink/output.h"
#include "sink/sink.h"

struct text_out {
	struct output out; /* lines are added to out.buf */
	struct term term;
	unsigned int style; /* HUMAN_UTF8 if the terminal takes it */
};

/* fd: STDOUT_FILENO or STDERR_FILENO. */
void text_open(struct text_out *p, struct sink *s, int fd);
/* Ends the line that stands in out.buf. */
static inline void text_line_end(struct text_out *p)
{
	strbuf_putc(&p->out.buf, '\n');
	output_full(&p->out);
}
/* Flushes and frees. Returns the sink's error. */
int text_close(struct text_out *p);

/* The name of a process, made safe; "-" for NULL. */
void text_actor_name(struct strbuf *out, const struct actor *a, unsigned int style);
/* "10.0.0.1:80"; an IPv6 address loses its middle where it is too long for width. 0 = no limit. */
void text_endpoint_fit(struct strbuf *out, const struct endpoint *e, size_t width, unsigned int style);
/* The side whose view the local columns take: ours; the client's if both are or neither is. */
enum side_name text_view(const struct conn *c);
/* 'C', 'S', 'B': the role of this host; '-' if neither side is ours. */
char text_role_letter(const struct conn *c);
/* The side with a minisocket, whether or not it came to TIME_WAIT; -1 = none. */
int text_minisocket_side(const struct conn *c);
#define FLAG_NAMES_SIZE 24
/* "SYN+ACK": of SYN, FIN, RST and ACK those that are set; "" if none is. Returns buf. */
const char *text_flag_names(unsigned int flags, char buf[FLAG_NAMES_SIZE]);
/* Wall clock of a moment, in local time: "2026-11-22 21:00:05" by strftime() and, after a point, so many digits. */
void text_wall_clock(struct strbuf *out, const struct conn *c, uint64_t ts_ns, const char *format, unsigned int digits);

#endif
