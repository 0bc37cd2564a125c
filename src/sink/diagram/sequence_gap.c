// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The names of pauses between two segments. */
#include <stdio.h>

#include "core/record/conn_limit.h"
#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/seq.h"
#include "sink/text/text.h"
#include "sink/diagram/sequence_build.h"

static void bytes_text(uint64_t bytes, char text[40])
{
	struct strbuf out = { 0 };

	human_bytes(&out, bytes);
	snprintf(text, 40, "%s", strbuf_text(&out));
	strbuf_free(&out);
}

/* Does the phase end with a segment of that time? One that was dropped, or a RST before the end, ends nothing. */
static bool established_ends(const struct span *span, uint64_t ts_ns)
{
	return span->end_ns > span->begin_ns && span->begin_ns <= ts_ns && ts_ns + TOGETHER_NS >= span->end_ns;
}

/* What held up the data of the side that sent more. */
static void show_limit(struct sequence_build *t, uint64_t gap_ns)
{
	enum side_name sender;
	enum limit l = conn_main_limit(t->c, &sender);
	struct shares shares;
	struct step *step;

	if (!limit_holds_up(l) || !conn_shares(t->c, sender, &shares))
		return;
	step = sequence_new_gap(t);
	step->gap_ns = gap_ns;
	snprintf(step->text, sizeof(step->text), "%s limited by %s for %s", side_name_text(sender), limit_text(l),
		 sequence_duration(t, shares.of_ns[l]).text);
}

static void show_established(struct sequence_build *t, uint64_t ts_ns)
{
	uint64_t bytes[SIDES], later = 0;
	int first = conn_first_closer(t->c);
	char sent[SIDES][40];
	struct step *step;
	struct span span;

	if (t->established_shown || !conn_phase(t->c, PHASE_ESTABLISHED, &span) || !established_ends(&span, ts_ns))
		return;
	t->established_shown = true;
	sequence_gap(t, span.end_ns - span.begin_ns, "established", "")->topic = TOPIC_ESTABLISHED;
	if (!conn_bytes(t->c, CLIENT, &bytes[CLIENT]) || !conn_bytes(t->c, SERVER, &bytes[SERVER]))
		return;
	if (!bytes[CLIENT] && !bytes[SERVER])
		return;
	/* What came after the first FIN is part of the half-closed time. */
	if (first >= 0 && conn_half_closed_bytes(t->c, &later) && later <= bytes[other_side(first)])
		bytes[other_side(first)] -= later;
	bytes_text(bytes[CLIENT], sent[CLIENT]);
	bytes_text(bytes[SERVER], sent[SERVER]);
	step = sequence_new_gap(t);
	step->gap_ns = span.end_ns - span.begin_ns;
	snprintf(step->text, sizeof(step->text), "%s %s   %s %s", sent[CLIENT], sequence_way_of(t, CLIENT),
		 sequence_way_of(t, SERVER), sent[SERVER]);
	show_limit(t, step->gap_ns);
}

static void show_half_closed(struct sequence_build *t, enum side_name second, uint64_t ts_ns)
{
	const struct side *s = &t->c->side[second];
	uint64_t acked = t->fin_ack_ns[other_side(second)], bytes;
	char text[STEP_TEXT_SIZE] = "", sent[40];
	struct step *step;

	if (ts_ns <= acked)
		return;
	if (conn_half_closed_bytes(t->c, &bytes) && bytes) {
		bytes_text(bytes, sent);
		if (second == CLIENT)
			snprintf(text, sizeof(text), "   %s %s", sent, sequence_way_of(t, CLIENT));
		else
			snprintf(text, sizeof(text), "   %s %s", sequence_way_of(t, SERVER), sent);
	}
	step = sequence_gap(t, ts_ns - acked, "half-closed", text);
	step->topic = TOPIC_HALF_CLOSED;
	step->side = second;
	if (!s->mark[MARK_CLOSE_WAIT] || s->mark[MARK_CLOSED_HERE] < s->mark[MARK_CLOSE_WAIT])
		return;
	snprintf(text, sizeof(text), "%s's close() delay", side_name_text(second));
	sequence_gap(t, s->mark[MARK_CLOSED_HERE] - s->mark[MARK_CLOSE_WAIT], text, "");
}

bool sequence_acks_fin(const struct conn *c, enum side_name of, uint32_t ack)
{
	const struct side *s = &c->side[of];

	return s->mark[MARK_FIN] && !seq_before(ack, s->fin_seq + 1);
}

bool sequence_is_its_fin(const struct conn *c, const struct step *arrow)
{
	const struct side *s = &c->side[arrow->side];
	uint32_t raw = arrow->seq + (arrow->relative ? s->isn : 0);

	if (!(arrow->tcp_flags & FIN))
		return false;
	return arrow->implied || !s->mark[MARK_FIN] || raw + arrow->payload_len == s->fin_seq;
}

static void show_since(struct sequence_build *t, uint64_t since_ns, uint64_t ts_ns, const char *from, const char *what)
{
	char name[32];

	if (!since_ns || ts_ns < since_ns)
		return;
	snprintf(name, sizeof(name), "%s%s%s", from, sequence_way_of(t, CLIENT), what);
	sequence_gap(t, ts_ns - since_ns, name, "");
}

static const char *segment_word(unsigned int flags)
{
	if (flags & FIN)
		return "fin";
	if (flags & RST)
		return "rst";
	return flags & SYN ? "synack" : "ack";
}

/* Measured from what the peer sent last: that is what the RST answers, if it answers anything. */
static void show_pause_before_rst(struct sequence_build *t, enum side_name sender, uint64_t ts_ns)
{
	enum side_name peer = other_side(sender);

	if (t->fin_ns[peer] || t->fin_ns[sender])
		show_since(t, t->sent_ns[peer], ts_ns, segment_word(t->sent_flags[peer]), "rst");
	else if (!t->handshake_acked && t->syn_ns[peer])
		show_since(t, t->syn_ns[peer], ts_ns, t->syn_ns[sender] ? "synack" : "syn", "rst");
	else
		show_established(t, ts_ns);
}

static void show_pause_before_fin(struct sequence_build *t, enum side_name sender, uint64_t ts_ns)
{
	enum side_name peer = other_side(sender);

	if (!t->fin_ns[peer])
		show_established(t, ts_ns);
	else if (t->fin_ack_ns[peer])
		show_half_closed(t, sender, ts_ns);
	else if (!(t->c->flags & CONN_SIMULTANEOUS_CLOSE))
		show_since(t, t->fin_ns[peer], ts_ns, "fin", "fin+ack");
}

static void show_pause_before_copy(struct sequence_build *t, enum side_name sender, unsigned int flags, uint64_t ts_ns)
{
	if (flags & (SYN | FIN))
		sequence_gap(t, ts_ns - t->sent_ns[sender], "no answer for", "");
	/* It may be the first FIN that was taken. */
	if (flags & FIN && !t->fin_ns[other_side(sender)])
		show_established(t, ts_ns);
}

void sequence_pause(struct sequence_build *t, const struct step *arrow, uint32_t raw_ack, uint64_t ts_ns)
{
	enum side_name sender = arrow->side, peer = other_side(sender);
	unsigned int flags = arrow->tcp_flags;

	if (arrow->again && flags & (SYN | FIN) && t->icmp_ns[sender] > t->sent_ns[sender])
		sequence_gap(t, ts_ns - t->icmp_ns[sender], "after ICMP", "");
	else if (arrow->again)
		show_pause_before_copy(t, sender, flags, ts_ns);
	else if (flags & RST)
		show_pause_before_rst(t, sender, ts_ns);
	else if (flags & SYN)
		show_since(t, flags & ACK ? t->syn_ns[peer] : 0, ts_ns, "syn", "synack");
	else if (flags & FIN)
		show_pause_before_fin(t, sender, ts_ns);
	else if (t->fin_ns[peer] && !t->fin_ack_ns[peer] && sequence_acks_fin(t->c, peer, raw_ack))
		show_since(t, t->fin_ns[peer], ts_ns, "fin", "ack");
	else if (!t->handshake_acked && t->syn_ns[peer])
		show_since(t, t->syn_ns[peer], ts_ns, peer == SERVER ? "synack" : "syn", "ack");
}
