// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/text/timewait_line.h"

#include "options.h"

#define ENDPOINT_LEAST 16

/* In how much detail: the least, with restarts, and with the nominal length. */
enum wordiness { TERSE, WITH_RESTARTS, WITH_NOMINAL };

static void put_timewait(const struct text_out *t, const struct conn *c, enum wordiness words, struct strbuf *out)
{
	size_t columns = t->term.columns, room = columns > 60 ? (columns - 38) / 2 : ENDPOINT_LEAST;
	const struct timewait *tw = &c->side[text_minisocket_side(c)].timewait;
	uint64_t from = tw->entered_ns ? tw->entered_ns : tw->made_ns;
	unsigned int style = t->style | HUMAN_COMPACT;

	if (!columns || t->out.sink->options->wide)
		room = 0;
	strbuf_printf(out, "  %s %c ", tw->entered_ns ? "TIME_WAIT" : "FIN_WAIT2",
		      text_minisocket_side(c) == CLIENT ? 'C' : 'S');
	text_endpoint_fit(out, &c->flow.end[CLIENT], room, t->style);
	strbuf_puts(out, " > ");
	text_endpoint_fit(out, &c->flow.end[SERVER], room, t->style);
	strbuf_putc(out, ' ');
	if (tw->existed && from == tw->made_ns)
		strbuf_puts(out, "began before tracing");
	else if (!timewait_end_is_seen(tw))
		strbuf_puts(out, "end not seen");
	else
		human_duration(out, tw->ended_ns > from ? tw->ended_ns - from : 0, style);
	if (words >= WITH_NOMINAL) {
		strbuf_puts(out, " (nominal ");
		human_duration(out, timewait_nominal_ns(tw), style);
		strbuf_putc(out, ')');
	}
	strbuf_printf(out, " %s", timewait_exit_name(tw->exit));
	if (words >= WITH_RESTARTS && tw->restarts)
		strbuf_printf(out, " after %u restart%s", tw->restarts, human_s(tw->restarts));
}

void timewait_line(struct text_out *t, const struct conn *c)
{
	size_t columns = t->term.columns;
	struct strbuf text = { 0 }, *line = &t->out.buf;

	if (text_minisocket_side(c) < 0)
		return;
	for (int words = WITH_NOMINAL; words >= TERSE; words--) {
		strbuf_reset(&text);
		put_timewait(t, c, words, &text);
		if (!columns || human_width(strbuf_text(&text)) <= columns)
			break;
	}
	strbuf_puts(line, term_paint(&t->term, TERM_DIM));
	human_cut(line, strbuf_text(&text), columns ? columns : SIZE_MAX, t->style);
	strbuf_puts(line, term_paint(&t->term, TERM_RESET));
	text_line_end(t);
	strbuf_free(&text);
}
