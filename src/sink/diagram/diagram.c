// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Draws the steps of a sequence as rows of text. Decides the width of each column, which remarks fit at the right, and
 * when a row is complete.
 */
#include "sink/diagram/diagram.h"

#include <stdio.h>
#include <string.h>

#include "core/ending.h"

#define TIME_WIDTH    11
#define STATE_WIDTH   11 /* "ESTABLISHED" */
#define FIXED_WIDTH   (TIME_WIDTH + 1 + STATE_WIDTH + 1 + 1 + 1 + 1 + STATE_WIDTH)
#define MIDDLE_LEAST  24
#define MIDDLE_MOST   72
#define REMARKS_LEAST 36 /* with this much free room, pauses and reasons stand at the right */
#define DEFAULT_WIDTH 80
#define EXPLAIN_MOST  76 /* longer lines are hard to read */

enum line { LINE_LOCAL, LINE_REMOTE, LINE_TIME_WAIT, LINE_GONE, LINES };

struct glyphs {
	const char *line[LINES], *fold, *bar_end;
	const char *leave[LINES][SIDES]; /* where an arrow leaves a lifeline */
	const char *dash, *implied_dash, *head[SIDES];
	const char *lost, *injected;
	const char *bend[SIDES], *bend_end[SIDES]; /* of an arrow that takes its time */
};

static const struct glyphs UNICODE = {
	.line = { "│", "┊", "┃", " " },
	.fold = "┊",
	.bar_end = "┻",
	.leave = { { "├", "┤" }, { "├", "┤" }, { "┠", "┨" }, { "╶", "╴" } },
	.dash = "─",
	.implied_dash = "╌",
	.head = { "►", "◄" },
	.lost = "✗",
	.injected = "✱",
	.bend = { "╮", "╭" },
	.bend_end = { "╰", "╯" },
};

static const struct glyphs ASCII = {
	.line = { "|", ":", "#", " " },
	.fold = ":",
	.bar_end = "=",
	.leave = { { "|", "|" }, { ":", ":" }, { "#", "#" }, { " ", " " } },
	.dash = "-",
	.implied_dash = ".",
	.head = { ">", "<" },
	.lost = "x",
	.injected = "*",
	.bend = { ".", "." },
	.bend_end = { "'", "'" },
};

struct diagram {
	struct text_out *text_out;
	struct strbuf *out;
	const struct glyphs *glyphs;
	size_t middle;	/* characters between the lifelines */
	size_t remarks; /* room at the right; 0 = none */
	uint64_t origin_ns;
	enum line line[SIDES];
	struct strbuf remark; /* to stand at the right of the next row */
	struct strbuf text;
};

/* ---- geometry ---- */

static size_t columns_of(const struct text_out *p)
{
	return p->term.columns ? p->term.columns : DEFAULT_WIDTH;
}

static size_t middle_width(const struct text_out *p)
{
	size_t columns = columns_of(p), middle;

	if (columns < FIXED_WIDTH + MIDDLE_LEAST)
		return MIDDLE_LEAST;
	middle = columns - FIXED_WIDTH;
	/* On a wide screen the arrows stop growing, and what is left is for remarks. */
	if (middle > MIDDLE_MOST + REMARKS_LEAST)
		return MIDDLE_MOST;
	return middle > MIDDLE_MOST ? middle - REMARKS_LEAST : middle;
}

size_t diagram_width(const struct text_out *p)
{
	return FIXED_WIDTH + middle_width(p);
}

/* ---- pieces of a row ---- */

static const char *paint(const struct diagram *d, const char *sequence)
{
	return term_paint(&d->text_out->term, sequence);
}

static void repeat(struct strbuf *out, const char *glyph, size_t n)
{
	while (n--)
		strbuf_puts(out, glyph);
}

static void put_time(struct diagram *d, uint64_t ts_ns)
{
	size_t from = d->out->len;
	char text[32] = "";

	if (ts_ns)
		snprintf(text, sizeof(text), "%*.6f", TIME_WIDTH,
			 ts_ns > d->origin_ns ? (double)(ts_ns - d->origin_ns) / 1e9 : 0.0);
	strbuf_puts(d->out, text);
	strbuf_pad(d->out, from, TIME_WIDTH);
	strbuf_putc(d->out, ' ');
}

static const char *state_text(unsigned int state)
{
	return state ? tcp_state_name(state) : "";
}

/* The left margin: time, and the client's state up against its lifeline. */
static void begin_row(struct diagram *d, uint64_t ts_ns, unsigned int client_state)
{
	const char *state = state_text(client_state);

	put_time(d, ts_ns);
	strbuf_pad(d->out, d->out->len, STATE_WIDTH > strlen(state) ? STATE_WIDTH - strlen(state) : 0);
	strbuf_puts(d->out, state);
	strbuf_putc(d->out, ' ');
}

static void trim(struct strbuf *out)
{
	while (out->len && out->text[out->len - 1] == ' ')
		out->text[--out->len] = '\0';
}

/* The right margin, and what is to be remarked. */
static void end_row(struct diagram *d, unsigned int server_state)
{
	size_t from = d->out->len;

	strbuf_putc(d->out, ' ');
	strbuf_puts(d->out, state_text(server_state));
	if (d->remark.len) {
		strbuf_pad(d->out, from, 1 + STATE_WIDTH + 2);
		strbuf_puts(d->out, paint(d, TERM_DIM));
		human_cut(d->out, strbuf_text(&d->remark), d->remarks, d->text_out->style);
		strbuf_puts(d->out, paint(d, TERM_RESET));
		strbuf_reset(&d->remark);
	}
	trim(d->out);
	text_line_end(d->text_out);
}

/* Text between the lifelines: at the client's side, at the server's, or (SIDES) in the middle. */
static void put_between(struct diagram *d, int where, const char *text, const char *color)
{
	size_t room = d->middle - 2, width, before;

	strbuf_reset(&d->text);
	human_cut(&d->text, text, room, d->text_out->style);
	width = human_width(strbuf_text(&d->text));
	before = where == CLIENT ? 1 : where == SERVER ? 1 + room - width : 1 + (room - width) / 2;
	repeat(d->out, " ", before);
	strbuf_puts(d->out, paint(d, color));
	strbuf_puts(d->out, strbuf_text(&d->text));
	strbuf_puts(d->out, *color ? paint(d, TERM_RESET) : "");
	repeat(d->out, " ", d->middle - before - width);
}

static const char *line_glyph(const struct diagram *d, enum side_name side, bool fold)
{
	enum line line = d->line[side];

	return fold && line == LINE_LOCAL ? d->glyphs->fold : d->glyphs->line[line];
}

static void text_row(struct diagram *d, int where, const char *text, const char *color, bool fold)
{
	begin_row(d, 0, 0);
	strbuf_puts(d->out, line_glyph(d, CLIENT, fold));
	put_between(d, where, text, color);
	strbuf_puts(d->out, line_glyph(d, SERVER, fold));
	end_row(d, 0);
}

/* ---- steps ---- */

static void enter_state(struct diagram *d, enum side_name side, unsigned int state)
{
	if (state == TCPS_TIME_WAIT)
		d->line[side] = LINE_TIME_WAIT;
	else if (state == TCPS_CLOSE)
		d->line[side] = LINE_GONE;
}

static bool has_ack(const struct step *s)
{
	return !s->implied && s->tcp_flags & TCP_FLAG_ACK_BIT;
}

/* How much of a segment's text is shown, as room allows. */
enum detail { DETAIL_SEQ, DETAIL_LENGTH, DETAIL_ACK, DETAIL_WINDOW };

static void put_label(struct strbuf *out, const struct step *s, int detail)
{
	char flags[FLAG_NAMES_SIZE];

	strbuf_puts(out, *text_flag_names(s->tcp_flags, flags) ? flags : "data");
	/* The RST of a closed port has the sequence number 0 and no ISN to count from. */
	if (!s->implied || !s->tcp_flags)
		strbuf_printf(out, " seq=%u%s", s->seq, s->relative || !s->seq ? "" : " (raw)");
	if (has_ack(s) && detail >= DETAIL_ACK)
		strbuf_printf(out, " ack=%u%s", s->ack, s->ack_relative ? "" : " (raw)");
	if (s->payload_len && detail >= DETAIL_LENGTH)
		strbuf_printf(out, " len=%u", s->payload_len);
	if (!s->implied && s->window && detail >= DETAIL_WINDOW)
		strbuf_printf(out, " win=%u", s->window);
	if (s->again)
		strbuf_puts(out, " again");
}

static const char *arrow_color(const struct step *s)
{
	return s->tcp_flags & TCP_FLAG_RST_BIT ? TERM_RED : s->again ? TERM_YELLOW : "";
}

/* Glyphs one behind the other, as the sender's arrow has them. */
struct piece {
	const char *glyph;
	size_t count;
};

static void put_pieces(struct diagram *d, const struct step *s, const struct piece *pieces, size_t count)
{
	const char *color = arrow_color(s);

	strbuf_puts(d->out, paint(d, color));
	for (size_t i = 0; i < count; i++) {
		const struct piece *p = &pieces[s->side == CLIENT ? i : count - 1 - i];

		repeat(d->out, p->glyph, p->count);
	}
	strbuf_puts(d->out, *color ? paint(d, TERM_RESET) : "");
}

/* " SYN seq=0 ", in d->text: what of it there is room for. */
static void make_label(struct diagram *d, const struct step *s)
{
	for (int detail = d->remarks ? DETAIL_WINDOW : DETAIL_ACK; detail >= DETAIL_SEQ; detail--) {
		strbuf_reset(&d->text);
		strbuf_putc(&d->text, ' ');
		put_label(&d->text, s, detail);
		strbuf_putc(&d->text, ' ');
		if (d->text.len + 3 <= d->middle)
			break;
	}
}

/* Glyphs between the label and the arrow's two ends. */
static size_t fill_of(const struct diagram *d)
{
	return d->middle - 2 > d->text.len ? d->middle - 2 - d->text.len : 0;
}

static void put_arrow(struct diagram *d, const struct step *s)
{
	const char *dash = s->implied ? d->glyphs->implied_dash : d->glyphs->dash;
	size_t fill, half;

	make_label(d, s);
	fill = fill_of(d);
	half = fill / 2;

	const char *label = strbuf_text(&d->text), *head = d->glyphs->head[s->side];
	const struct piece whole[] = { { dash, 1 }, { label, 1 }, { dash, fill }, { head, 1 } };
	const struct piece lost[] = {
		{ dash, 1 }, { label, 1 }, { dash, half }, { d->glyphs->lost, 1 }, { " ", fill - half }
	};
	const struct piece injected[] = {
		{ " ", half }, { d->glyphs->injected, 1 }, { label, 1 }, { dash, fill - half }, { head, 1 }
	};

	if (s->fate == PASSAGE_LOST)
		put_pieces(d, s, lost, sizeof(lost) / sizeof(lost[0]));
	else if (s->fate == PASSAGE_INJECTED)
		put_pieces(d, s, injected, sizeof(injected) / sizeof(injected[0]));
	else
		put_pieces(d, s, whole, sizeof(whole) / sizeof(whole[0]));
}

static void remark(struct diagram *d, const char *text)
{
	if (d->remark.len)
		strbuf_puts(&d->remark, "; ");
	strbuf_puts(&d->remark, text);
}

/* At the right of the next row if there is room, else a row of its own. */
static void put_remark(struct diagram *d, int where, const char *text)
{
	if (d->remarks)
		remark(d, text);
	else
		text_row(d, where, text, TERM_DIM, false);
}

static const char *arrow_edge(const struct diagram *d, enum side_name side, enum line line, bool leaves)
{
	return leaves ? d->glyphs->leave[line][side] : line_glyph(d, side, false);
}

static bool is_slanted(struct diagram *d, const struct step *s)
{
	make_label(d, s);
	return s->fate == PASSAGE_ARRIVED && fill_of(d) >= 4;
}

/* Two rows: when it left and when it came, each with the state that this brought. */
static void draw_slanted(struct diagram *d, const struct step *s, const enum line before[SIDES])
{
	enum side_name sender = s->side, receiver = other_side(sender);
	uint64_t came_ns = s->ts_ns + (uint64_t)(s->delay_ns > 0 ? s->delay_ns : 0);
	const char *dash = d->glyphs->dash, *label;
	size_t fill, half;

	make_label(d, s);
	fill = fill_of(d);
	half = fill / 2;
	label = strbuf_text(&d->text);

	const struct piece out[] = {
		{ dash, 1 }, { label, 1 }, { dash, half }, { d->glyphs->bend[sender], 1 }, { " ", fill - half }
	};
	const struct piece in[] = { { " ", 1 + d->text.len + half },
				    { d->glyphs->bend_end[sender], 1 },
				    { dash, fill - half - 1 },
				    { d->glyphs->head[sender], 1 } };

	begin_row(d, s->ts_ns, sender == CLIENT ? s->state[CLIENT] : 0);
	strbuf_puts(d->out, arrow_edge(d, CLIENT, before[CLIENT], sender == CLIENT));
	put_pieces(d, s, out, sizeof(out) / sizeof(out[0]));
	strbuf_puts(d->out, arrow_edge(d, SERVER, before[SERVER], sender == SERVER));
	end_row(d, sender == SERVER ? s->state[SERVER] : 0);
	enter_state(d, sender, s->state[sender]);
	begin_row(d, came_ns, receiver == CLIENT ? s->state[CLIENT] : 0);
	strbuf_puts(d->out, line_glyph(d, CLIENT, false));
	put_pieces(d, s, in, sizeof(in) / sizeof(in[0]));
	strbuf_puts(d->out, line_glyph(d, SERVER, false));
	end_row(d, receiver == SERVER ? s->state[SERVER] : 0);
}

static void draw_straight(struct diagram *d, const struct step *s, const enum line before[SIDES])
{
	begin_row(d, s->ts_ns, s->state[CLIENT]);
	strbuf_puts(d->out, arrow_edge(d, CLIENT, before[CLIENT], s->side == CLIENT && s->fate != PASSAGE_INJECTED));
	put_arrow(d, s);
	strbuf_puts(d->out, arrow_edge(d, SERVER, before[SERVER], s->side == SERVER && s->fate != PASSAGE_INJECTED));
	end_row(d, s->state[SERVER]);
}

/* The kernel's reason of a RST, or what became of the segment between two hosts. */
static void arrow_remark(const struct step *s, char text[64])
{
	text[0] = '\0';
	if (*reset_reason_help(s->reset_reason))
		snprintf(text, 64, "reason: %s", reset_reason_help(s->reset_reason));
	else if (s->fate == PASSAGE_LOST)
		snprintf(text, 64, "lost on the path");
	else if (s->fate == PASSAGE_INJECTED)
		snprintf(text, 64, "injected: the %s did not send it", side_name_text(s->side));
}

static void draw_arrow(struct diagram *d, const struct step *s)
{
	enum line before[SIDES] = { d->line[CLIENT], d->line[SERVER] };
	char text[64];

	arrow_remark(s, text);
	if (*text && d->remarks)
		remark(d, text);
	/* What it enters on receiving or before sending is drawn at once; an end only after this row. */
	for (int i = CLIENT; i < SIDES; i++) {
		if (s->state[i] == TCPS_TIME_WAIT)
			enter_state(d, i, s->state[i]);
		before[i] = d->line[i];
	}
	if (is_slanted(d, s))
		draw_slanted(d, s, before);
	else
		draw_straight(d, s, before);
	enter_state(d, CLIENT, s->state[CLIENT]);
	enter_state(d, SERVER, s->state[SERVER]);
	if (*text && !d->remarks)
		text_row(d, s->side, text, TERM_DIM, false);
}

static void draw_gap(struct diagram *d, const struct step *s)
{
	if (s->gap_ns >= SEQUENCE_FOLD_NS)
		text_row(d, SIDES, s->text, TERM_DIM, true);
	else
		put_remark(d, SIDES, s->text);
}

static void draw_end(struct diagram *d, const struct step *s)
{
	enum side_name side = s->side;

	begin_row(d, s->ts_ns, s->state[CLIENT]);
	strbuf_puts(d->out, side == CLIENT ? d->glyphs->bar_end : line_glyph(d, CLIENT, false));
	put_between(d, side, s->text, "");
	strbuf_puts(d->out, side == SERVER ? d->glyphs->bar_end : line_glyph(d, SERVER, false));
	end_row(d, s->state[SERVER]);
	d->line[side] = LINE_GONE;
}

static void draw_note(struct diagram *d, const struct step *s)
{
	for (int i = CLIENT; i < SIDES; i++) {
		if (s->state[i] == TCPS_TIME_WAIT)
			enter_state(d, i, s->state[i]);
	}
	begin_row(d, s->ts_ns, s->state[CLIENT]);
	strbuf_puts(d->out, line_glyph(d, CLIENT, false));
	put_between(d, s->side, s->text, "");
	strbuf_puts(d->out, line_glyph(d, SERVER, false));
	end_row(d, s->state[SERVER]);
	enter_state(d, CLIENT, s->state[CLIENT]);
	enter_state(d, SERVER, s->state[SERVER]);
}

/* ---- explanations ---- */

static void explain_row(struct diagram *d, const char *line)
{
	begin_row(d, 0, 0);
	strbuf_puts(d->out, line_glyph(d, CLIENT, false));
	if (d->remarks) {
		repeat(d->out, " ", d->middle);
		strbuf_puts(&d->remark, line);
	} else {
		put_between(d, CLIENT, line, TERM_CYAN);
	}
	strbuf_puts(d->out, line_glyph(d, SERVER, false));
	end_row(d, 0);
}

/* Breaks at spaces. The texts are ASCII and none of their words is longer than the least room. */
static void put_explain(struct diagram *d, const char *text)
{
	size_t room = !d->remarks ? d->middle - 2 : d->remarks < EXPLAIN_MOST ? d->remarks : EXPLAIN_MOST, end;
	struct strbuf line = { 0 };

	for (; *text; text += end + strspn(text + end, " ")) {
		end = strlen(text);
		if (end > room) {
			for (end = room; end > 0 && text[end] != ' ';)
				end--;
			if (end == 0)
				end = room;
		}
		strbuf_reset(&line);
		strbuf_add(&line, text, end);
		explain_row(d, strbuf_text(&line));
	}
	strbuf_free(&line);
}

static void put_explanations(struct diagram *d, const struct explain_use *use)
{
	struct strbuf text = { 0 }, pending = d->remark; /* that belongs to the next step's row */

	d->remark = (struct strbuf) { 0 };
	for (; use->explain; use++) {
		strbuf_reset(&text);
		explain_text(&text, use);
		put_explain(d, strbuf_text(&text));
	}
	strbuf_free(&d->remark);
	strbuf_free(&text);
	d->remark = pending;
}

void diagram_draw(struct text_out *p, const struct conn *c, const struct sequence *s,
		  const struct explanations *explanations, uint64_t origin_ns)
{
	static void (*const draw[])(struct diagram * d, const struct step *s) = {
		[STEP_ARROW] = draw_arrow, [STEP_STATE] = draw_note, [STEP_NOTE] = draw_note,
		[STEP_GAP] = draw_gap,	   [STEP_END] = draw_end,
	};
	struct diagram d = {
		.text_out = p,
		.out = &p->out.buf,
		.glyphs = p->style & HUMAN_UTF8 ? &UNICODE : &ASCII,
		.middle = middle_width(p),
		.origin_ns = origin_ns,
	};

	if (columns_of(p) >= diagram_width(p) + REMARKS_LEAST)
		d.remarks = columns_of(p) - diagram_width(p) - 2;
	for (int i = CLIENT; i < SIDES; i++)
		d.line[i] = side_is_local(&c->side[i]) ? LINE_LOCAL : LINE_REMOTE;
	for (size_t i = 0; i < s->count; i++) {
		draw[s->step[i].kind](&d, &s->step[i]);
		if (explanations)
			put_explanations(&d, explanations->step[i]);
	}
	strbuf_free(&d.remark);
	strbuf_free(&d.text);
}
