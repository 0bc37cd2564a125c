// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides which side's view a line for people takes, which process stands for a side, and how names and addresses are
 * shortened.
 */
#include "sink/text/text.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/record/conn_phase.h"
#include "options.h"

#define NS_PER_S 1000000000ULL

void text_open(struct text_out *p, struct sink *s, int fd)
{
	static const int wish[] = { [COLOR_AUTO] = 0, [COLOR_ALWAYS] = 1, [COLOR_NEVER] = -1 };

	output_open_stream(&p->out, s, fd);
	p->term = term_probe(fd, wish[s->options->color]);
	p->style = p->term.utf8 ? HUMAN_UTF8 : 0;
}

/* Not output_close(): the standard streams stay open for messages and for other sinks. */
int text_close(struct text_out *p)
{
	output_finish(&p->out);
	return p->out.sink->error;
}

void text_actor_name(struct strbuf *out, const struct actor *a, unsigned int style)
{
	if (a && a->comm[0])
		human_text(out, a->comm, sizeof(a->comm), style);
	else
		strbuf_putc(out, '-');
}

void text_endpoint_fit(struct strbuf *out, const struct endpoint *e, size_t width, unsigned int style)
{
	char buf[ENDPOINT_TEXT_SIZE], port[8];
	size_t port_len;

	endpoint_text(e, buf);
	port_len = (size_t)snprintf(port, sizeof(port), "]:%u", e->port);
	if (!width || endpoint_is_ipv4(e) || human_width(buf) <= width || width < port_len + 3) {
		strbuf_puts(out, buf);
		return;
	}
	endpoint_address(e, buf);
	strbuf_putc(out, '[');
	human_cut_middle(out, buf, width - port_len - 1, style);
	strbuf_puts(out, port);
}

enum side_name text_view(const struct conn *c)
{
	return side_is_local(&c->side[SERVER]) && !side_is_local(&c->side[CLIENT]) ? SERVER : CLIENT;
}

char text_role_letter(const struct conn *c)
{
	const char *role = conn_role(c);

	return !role ? '-' : role[0] == 'c' ? 'C' : role[0] == 's' ? 'S' : 'B';
}

int text_minisocket_side(const struct conn *c)
{
	int side = conn_timewait_side(c);

	if (side >= 0)
		return side;
	return c->side[CLIENT].timewait.made_ns ? CLIENT : c->side[SERVER].timewait.made_ns ? SERVER : -1;
}

const char *text_flag_names(unsigned int flags, char buf[FLAG_NAMES_SIZE])
{
	int len = snprintf(buf, FLAG_NAMES_SIZE, "%s%s%s%s", flags & TCP_FLAG_SYN_BIT ? "SYN+" : "",
			   flags & TCP_FLAG_FIN_BIT ? "FIN+" : "", flags & TCP_FLAG_RST_BIT ? "RST+" : "",
			   flags & TCP_FLAG_ACK_BIT ? "ACK+" : "");

	if (len > 0)
		buf[len - 1] = '\0';
	return buf;
}

void text_wall_clock(struct strbuf *out, const struct conn *c, uint64_t ts_ns, const char *format, unsigned int digits)
{
	uint64_t wall_ns = ts_ns + (uint64_t)c->wall_offset_ns;
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	char text[64], fraction[16];
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(text, sizeof(text), format, &tm))
		return;
	strbuf_puts(out, text);
	snprintf(fraction, sizeof(fraction), ".%09llu", (unsigned long long)(wall_ns % NS_PER_S));
	if (digits)
		strbuf_add(out, fraction, 1 + digits);
}
