// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the time between two segments is called. */
#include <stdio.h>

#include "sink/page.h"
#include "sink/teller.h"

static void bytes_text(uint64_t bytes, char text[40])
{
	struct strbuf out = { 0 };

	human_bytes(&out, bytes);
	snprintf(text, 40, "%s", strbuf_text(&out));
	strbuf_free(&out);
}

static void tell_established(struct teller *t)
{
	uint64_t bytes[SIDES], later = 0;
	int first = conn_first_closer(t->c);
	char sent[SIDES][40];
	struct step *step;
	struct span span;

	if (t->established_told || !conn_phase(t->c, PHASE_ESTABLISHED, &span) || !span.end_ns)
		return;
	t->established_told = true;
	tell_gap(t, span.end_ns - span.begin_ns, "established", "")->topic = TOPIC_ESTABLISHED;
	if (!conn_bytes(t->c, CLIENT, &bytes[CLIENT]) || !conn_bytes(t->c, SERVER, &bytes[SERVER]))
		return;
	if (!bytes[CLIENT] && !bytes[SERVER])
		return;
	/* What came after the first FIN is told with the half-closed time. */
	if (first >= 0 && conn_half_closed_bytes(t->c, &later) && later <= bytes[other_side(first)])
		bytes[other_side(first)] -= later;
	bytes_text(bytes[CLIENT], sent[CLIENT]);
	bytes_text(bytes[SERVER], sent[SERVER]);
	step = new_gap(t);
	step->gap_ns = span.end_ns - span.begin_ns;
	snprintf(step->text, sizeof(step->text), "%s %s   %s %s", sent[CLIENT], way_of(t, CLIENT), way_of(t, SERVER),
		 sent[SERVER]);
}

static void tell_half_closed(struct teller *t, enum side_name second, uint64_t ts_ns)
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
			snprintf(text, sizeof(text), "   %s %s", sent, way_of(t, CLIENT));
		else
			snprintf(text, sizeof(text), "   %s %s", way_of(t, SERVER), sent);
	}
	step = tell_gap(t, ts_ns - acked, "half-closed", text);
	step->topic = TOPIC_HALF_CLOSED;
	step->side = second;
	if (!s->mark[MARK_CLOSE_WAIT] || s->mark[MARK_CLOSED_HERE] < s->mark[MARK_CLOSE_WAIT])
		return;
	snprintf(text, sizeof(text), "%s's close() delay", side_word(second));
	tell_gap(t, s->mark[MARK_CLOSED_HERE] - s->mark[MARK_CLOSE_WAIT], text, "");
}

bool acks_fin(const struct conn *c, enum side_name of, uint32_t ack)
{
	const struct side *s = &c->side[of];

	return s->mark[MARK_FIN] && (int32_t)(ack - (s->fin_seq + 1)) >= 0;
}

bool is_its_fin(const struct conn *c, const struct step *arrow)
{
	const struct side *s = &c->side[arrow->side];
	uint32_t raw = arrow->seq + (arrow->relative ? s->isn : 0);

	if (!(arrow->tcp_flags & FIN))
		return false;
	return arrow->implied || !s->mark[MARK_FIN] || raw + arrow->payload_len == s->fin_seq;
}

static void tell_since(struct teller *t, uint64_t since_ns, uint64_t ts_ns, const char *from, const char *what)
{
	char name[32];

	if (!since_ns || ts_ns < since_ns)
		return;
	snprintf(name, sizeof(name), "%s%s%s", from, way_of(t, CLIENT), what);
	tell_gap(t, ts_ns - since_ns, name, "");
}

static void tell_pause_before_rst(struct teller *t, enum side_name sender, uint64_t ts_ns)
{
	enum side_name peer = other_side(sender);

	if (t->fin_ns[peer] || t->fin_ns[sender])
		tell_since(t, t->sent_ns[peer], ts_ns, t->fin_ns[peer] ? "fin" : "segment", "rst");
	else if (!t->handshake_acked && t->syn_ns[peer])
		tell_since(t, t->syn_ns[peer], ts_ns, t->syn_ns[sender] ? "synack" : "syn", "rst");
	else
		tell_established(t);
}

static void tell_pause_before_fin(struct teller *t, enum side_name sender, uint64_t ts_ns)
{
	enum side_name peer = other_side(sender);

	if (!t->fin_ns[peer])
		tell_established(t);
	else if (t->fin_ack_ns[peer])
		tell_half_closed(t, sender, ts_ns);
	else if (!(t->c->flags & CONN_SIMULTANEOUS_CLOSE))
		tell_since(t, t->fin_ns[peer], ts_ns, "fin", "fin+ack");
}

void tell_pause(struct teller *t, const struct step *arrow, uint32_t raw_ack, uint64_t ts_ns)
{
	enum side_name sender = arrow->side, peer = other_side(sender);
	unsigned int flags = arrow->tcp_flags;

	if (arrow->again && flags & (SYN | FIN))
		tell_gap(t, ts_ns - t->sent_ns[sender], "no answer for", "");
	else if (arrow->again)
		return;
	else if (flags & RST)
		tell_pause_before_rst(t, sender, ts_ns);
	else if (flags & SYN)
		tell_since(t, flags & ACK ? t->syn_ns[peer] : 0, ts_ns, "syn", "synack");
	else if (flags & FIN)
		tell_pause_before_fin(t, sender, ts_ns);
	else if (t->fin_ns[peer] && !t->fin_ack_ns[peer] && acks_fin(t->c, peer, raw_ack))
		tell_since(t, t->fin_ns[peer], ts_ns, "fin", "ack");
	else if (!t->handshake_acked && t->syn_ns[peer])
		tell_since(t, t->syn_ns[peer], ts_ns, peer == SERVER ? "synack" : "syn", "ack");
}
