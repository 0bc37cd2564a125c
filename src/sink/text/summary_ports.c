// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/text/summary_ports.h"

#include <stdio.h>
#include <string.h>

#define SHOWN	 5 /* and those that run out */
#define END_COLS 34

static void put_number(struct strbuf *out, uint32_t n, int width)
{
	strbuf_printf(out, "%*u", width, n);
}

/* "in 4m 10s", "now", "-". */
static void put_exhausted(struct strbuf *out, const struct forecast *f, unsigned int style)
{
	if (f->exhausted_ns == FORECAST_NEVER) {
		strbuf_putc(out, '-');
	} else if (!f->exhausted_ns) {
		strbuf_puts(out, "now");
	} else {
		strbuf_puts(out, "in ");
		human_duration(out, f->exhausted_ns, style);
	}
}

static void put_ends(struct strbuf *out, const struct destination *dest, unsigned int style)
{
	size_t from = out->len;

	strbuf_putc(out, ' ');
	text_endpoint_fit(out, &dest->remote, END_COLS - 2, style);
	strbuf_pad(out, from, END_COLS);
}

static void put_process(struct strbuf *out, const struct destination *dest, unsigned int style)
{
	const char *name = destination_top_process(dest);

	if (!name[0])
		return;
	strbuf_puts(out, "; most by ");
	human_text(out, name, sizeof(dest->process[0].name), style);
}

static void put_advice(struct strbuf *out, const struct forecast *f, uint32_t time_wait)
{
	static const char *const words[REUSE_ADVICE_COUNT] = {
		[REUSE_IS_ON] = "; tcp_tw_reuse is on",
		[REUSE_WOULD_NOT] = "; open connections hold most",
	};

	if (f->reuse == REUSE_WOULD_HELP)
		strbuf_printf(out, "; tcp_tw_reuse=1 would free %u ports", time_wait);
	else if (words[f->reuse])
		strbuf_puts(out, words[f->reuse]);
}

static void write_destination(struct text_out *page, const struct destination *dest, const struct forecast *f,
			      const struct forecast_load *load)
{
	struct strbuf *out = &page->out.buf;
	char local[ENDPOINT_TEXT_SIZE];

	put_ends(out, dest, page->style);
	put_number(out, f->used, 7);
	put_number(out, dest->time_wait, 8);
	if (f->available)
		put_number(out, f->left, 7);
	else
		strbuf_printf(out, "%7s", "?");
	strbuf_printf(out, "%9.1f  ", load->opened);
	put_exhausted(out, f, page->style);
	text_line_end(page);
	strbuf_printf(out, "      from %s", endpoint_address(&dest->local, local));
	put_process(out, dest, page->style);
	if (f->available && f->exhausted_ns == FORECAST_NEVER && f->levels_off > f->used)
		strbuf_printf(out, "; levels off at %u", f->levels_off);
	put_advice(out, f, dest->time_wait);
	text_line_end(page);
}

static void write_heading(struct text_out *page)
{
	strbuf_printf(&page->out.buf, "%-*s   HELD    TIME  PORTS   OPENED  NONE", END_COLS, "LOCAL PORTS");
	text_line_end(page);
	strbuf_printf(&page->out.buf, "%-*s  PORTS   _WAIT   LEFT  /SECOND  LEFT", END_COLS, " TOWARDS");
	text_line_end(page);
}

void summary_local_ports(struct text_out *page, const struct census *c)
{
	const struct destination *top[DESTINATIONS_FULLEST];
	size_t n = destinations_top(&c->destinations, top, DESTINATIONS_FULLEST);
	unsigned int shown = 0;

	for (size_t i = 0; i < n; i++) {
		struct local_ports ports = destination_ports(&c->destinations, top[i]);
		struct forecast_load load = destination_load(&c->destinations, top[i]);
		struct forecast f = forecast_make(&ports, &load);

		if (!forecast_matters(&f) || (shown >= SHOWN && f.exhausted_ns == FORECAST_NEVER))
			continue;
		if (!shown++)
			write_heading(page);
		write_destination(page, top[i], &f, &load);
	}
}
