/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the sinks for people share: where lines go and what may stand in them, and the short words for who and where. */
#ifndef TCPLIFE_PAGE_H
#define TCPLIFE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/conn.h"
#include "lib/human.h"
#include "lib/strbuf.h"
#include "lib/term.h"
#include "sink/output.h"
#include "sink/sink.h"

struct page {
	struct output out; /* lines are added to out.buf */
	struct term term;
	unsigned int style; /* HUMAN_UTF8 if the terminal takes it */
};

/* fd: STDOUT_FILENO or STDERR_FILENO. */
void page_open(struct page *p, struct sink *s, int fd);
/* Ends the line that stands in out.buf. */
static inline void page_line_end(struct page *p)
{
	strbuf_putc(&p->out.buf, '\n');
	output_full(&p->out);
}
/* Flushes and frees. Returns the sink's error. */
int page_close(struct page *p);

/* Who stands for a side: who connected or accepted, else who listened. NULL = nobody is known. */
const struct actor *side_actor(const struct conn *c, enum side_name side);
/* Its name, made safe; "-" for NULL. */
void actor_name(struct strbuf *out, const struct actor *a, unsigned int style);
/* "10.0.0.1:80"; an IPv6 address loses its middle where it is too long for width. 0 = no limit. */
void endpoint_fit(struct strbuf *out, const struct endpoint *e, size_t width, unsigned int style);
/* The side whose view the local columns take: ours; the client's if both are or neither is. */
enum side_name conn_view(const struct conn *c);
/* 'C', 'S', 'B': the role of this host; '-' if neither side is ours. */
char conn_role_letter(const struct conn *c);
/* "client", "server". */
const char *side_word(int side);
/* How long a minisocket is to be kept: what the kernel said, else TCP_TIMEWAIT_LEN. */
uint64_t timewait_nominal_ns(const struct timewait *tw);
/* The side with a minisocket, whether or not it came to TIME_WAIT; -1 = none. */
int conn_minisocket_side(const struct conn *c);
#define FLAG_NAMES_SIZE 24
/* "SYN+ACK": of SYN, FIN, RST and ACK those that are set; "" if none is. Returns buf. */
const char *flag_names(unsigned int flags, char buf[FLAG_NAMES_SIZE]);
/* Wall clock of a moment, in local time: "2026-11-22 21:00:05" by strftime() and, after a point, so many digits. */
void wall_clock(struct strbuf *out, const struct conn *c, uint64_t ts_ns, const char *format, unsigned int digits);

#endif
