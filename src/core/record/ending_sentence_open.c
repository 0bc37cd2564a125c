// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The sentences of connections that failed to open, and the clauses on ICMP errors and on what a host dropped. */
#include <string.h>

#include "core/icmp.h"
#include "core/record/conn_refusal.h"
#include "core/record/ending_sentence_parts.h"
#include "lib/human.h"

static unsigned int syns_sent(const struct side *s)
{
	unsigned int n = s->syn_count > s->syn_retransmits ? s->syn_count : s->syn_retransmits + 1U;

	/* A retransmission that is dropped on its way out is none to the kernel's tracepoint. */
	return s->leaving_flags & TCP_FLAG_SYN_BIT && s->drops_leaving > n ? s->drops_leaving : n;
}

/* How long the client's SYNs were sent; 0 = not known. */
static uint64_t syn_time(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT];
	uint64_t begin = k->mark[MARK_SYN] ? k->mark[MARK_SYN] : c->start_ns;

	/* When the first one was sent before the tracer started is not known. */
	return c->close_ns > begin && !(c->flags & CONN_EXISTED) ? c->close_ns - begin : 0;
}

/* "sent once", "sent 3 times over 3.08 s" */
void sentence_syns(const struct conn *c, unsigned int style, struct strbuf *out)
{
	unsigned int n = syns_sent(&c->side[CLIENT]);
	uint64_t ns = syn_time(c);

	strbuf_puts(out, "sent ");
	sentence_times(out, n);
	if (n > 1 && ns) {
		strbuf_puts(out, " over ");
		human_duration(out, ns, style);
	}
}

/* "SYN", "SYN+ACK", "FIN"; NULL for another. */
static const char *segment_name(unsigned int tcp_flags)
{
	if (tcp_flags & TCP_FLAG_SYN_BIT)
		return tcp_flags & TCP_FLAG_ACK_BIT ? "SYN+ACK" : "SYN";
	return tcp_flags & TCP_FLAG_FIN_BIT ? "FIN" : NULL;
}

/* Which of the two hosts dropped it: the sender's on its way out, or the receiver's. */
void sentence_dropped(const struct conn *c, struct strbuf *out)
{
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i];
		const char *name = segment_name(s->leaving_flags);

		if (name && s->drops_leaving) {
			strbuf_printf(out, "; the %s's host dropped its %s (%s) ", side_name_text(i), name,
				      drop_reason_help(s->drop_reason));
			sentence_times(out, s->drops_leaving);
		} else if (s->drops && s->drop_reason == DROP_NETFILTER_DROP) {
			strbuf_printf(out, "; the %s's host dropped what the %s sent (%s)",
				      side_name_text(other_side(i)), side_name_text(i),
				      drop_reason_help(s->drop_reason));
		}
	}
}

/* Did the client's own host keep its SYN from leaving? */
static bool is_filtered(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT];

	return k->drops_leaving && k->leaving_flags & TCP_FLAG_SYN_BIT && !k->mark[MARK_SYN];
}

static void filtered_sentence(const struct conn *c, unsigned int style, struct strbuf *out)
{
	const struct side *k = &c->side[CLIENT];

	strbuf_printf(out, "this host's %s dropped the SYN (",
		      k->drop_reason == DROP_NETFILTER_DROP ? "packet filter" : drop_reason_help(k->drop_reason));
	sentence_syns(c, style, out);
	strbuf_puts(out, ")");
}

static void after_clause(const struct conn *c, unsigned int style, struct strbuf *out)
{
	uint64_t ns = syn_time(c);

	if (!ns)
		return;
	strbuf_puts(out, " after ");
	human_duration(out, ns, style);
}

/* "ICMP port unreachable from 10.0.0.1 after 60 µs": after what it quotes was first sent. */
void sentence_icmp(const struct conn *c, unsigned int style, struct strbuf *out)
{
	const struct icmp_error *i = &c->icmp;
	const struct side *s = &c->side[i->side];
	uint64_t sent = s->mark[MARK_SYN] ? s->mark[MARK_SYN] : s->mark[MARK_SYN_SENT];
	struct endpoint from = { 0 };
	char address[ENDPOINT_TEXT_SIZE];

	memcpy(from.addr, i->from, sizeof(from.addr));
	strbuf_printf(out, "%s %s from %s", i->version == 6 ? "ICMPv6" : "ICMP",
		      icmp_text(i->version, i->type, i->code), endpoint_address(&from, address));
	if (s->mark[MARK_ESTABLISHED] && s->mark[MARK_ESTABLISHED] < i->ts_ns)
		return; /* about a later segment */
	if (sent && i->ts_ns > sent && !(c->flags & CONN_EXISTED)) {
		strbuf_puts(out, " after ");
		human_duration(out, i->ts_ns - sent, style);
	}
}

void sentence_refused(const struct conn *c, struct strbuf *out)
{
	strbuf_puts(out, "refused: the server ");
	strbuf_puts(out, c->side[SERVER].mark[MARK_SYN] ? "sent RST after its SYN+ACK" : "answered the SYN with RST");
	if (c->verdict.reset_reason == RESET_NO_SOCKET)
		strbuf_puts(out, "; no socket listens on that port");
	if (c->side[SERVER].mark[MARK_SYN])
		sentence_dropped(c, out);
}

void sentence_aborted(const struct conn *c, unsigned int style, struct strbuf *out)
{
	const struct side *v = &c->side[SERVER];

	if (c->verdict.ended_by == ENDED_BY_UNKNOWN) {
		strbuf_puts(out, "the server's SYN+ACK was sent ");
		sentence_times(out, syns_sent(v));
		strbuf_puts(out, " and never acknowledged");
		sentence_dropped(c, out);
	} else if (v->mark[MARK_SYN]) {
		sentence_say(out, "the ", ended_by_name(c->verdict.ended_by),
			     " aborted the handshake after the SYN+ACK");
		if (c->verdict.ended_by == ENDED_BY_SERVER)
			sentence_reset_cause(c, SERVER, out);
		sentence_dropped(c, out);
	} else if (side_sent_no_syn(&c->side[CLIENT])) {
		strbuf_puts(out, "the client closed");
		after_clause(c, style, out);
		strbuf_puts(out, ": no SYN was sent");
	} else if (is_filtered(c)) {
		filtered_sentence(c, style, out);
		strbuf_puts(out, "; the client gave up");
	} else {
		strbuf_puts(out, "the client gave up");
		after_clause(c, style, out);
		strbuf_puts(out, ": its SYN was sent ");
		sentence_times(out, syns_sent(&c->side[CLIENT]));
		strbuf_puts(out, " and not answered");
	}
}

void sentence_unanswered(const struct conn *c, unsigned int style, struct strbuf *out)
{
	const struct side *k = &c->side[CLIENT];

	if (is_filtered(c)) {
		filtered_sentence(c, style, out);
		return;
	}
	strbuf_puts(out, "the client's SYN was ");
	sentence_syns(c, style, out);
	strbuf_puts(out, c->side[SERVER].mark[MARK_SYN] ? " and its answer not accepted" : " and never answered");
	if (c->side[SERVER].drops)
		sentence_dropped(c, out);
	else if (k->drops)
		strbuf_printf(out, "; this host dropped it: %s", drop_reason_help(k->drop_reason));
}

/* The one about whose segment the ICMP error is; else the client, whose connect() failed. */
static enum side_name unreachable_side(const struct conn *c)
{
	return c->verdict.evidence & 1U << VERDICT_EVIDENCE_ICMP	    ? (enum side_name)c->icmp.side
	       : c->verdict.in_state == TCPS_SYN_RECV && c->side[SERVER].id ? SERVER
									    : CLIENT;
}

/* nft's and iptables' reject: the SYN is dropped, and its own host sends the ICMP error. */
static void rejected_sentence(const struct conn *c, unsigned int style, struct strbuf *out)
{
	strbuf_puts(out, "this host's packet filter rejected the SYN: ");
	sentence_icmp(c, style, out);
	sentence_errno(out, c->verdict.err);
	strbuf_puts(out, "; it was ");
	sentence_syns(c, style, out);
}

void sentence_unreachable(const struct conn *c, unsigned int style, struct strbuf *out)
{
	enum side_name side = unreachable_side(c);

	if (c->verdict.evidence & 1U << VERDICT_EVIDENCE_ICMP && is_filtered(c)) {
		rejected_sentence(c, style, out);
		return;
	}
	sentence_say(out, "the ", side_name_text(other_side(side)), " was reported unreachable");
	if (c->verdict.evidence & 1U << VERDICT_EVIDENCE_ICMP) {
		strbuf_puts(out, ": ");
		sentence_icmp(c, style, out);
		sentence_errno(out, c->verdict.err);
	} else {
		sentence_errno(out, c->verdict.err);
		after_clause(c, style, out);
	}
	strbuf_printf(out, "; the %s's %s was ", side_name_text(side), side == CLIENT ? "SYN" : "SYN+ACK");
	if (side == CLIENT && c->verdict.evidence & 1U << VERDICT_EVIDENCE_ICMP) {
		sentence_syns(c, style, out);
	} else {
		strbuf_puts(out, "sent ");
		sentence_times(out, syns_sent(&c->side[side]));
	}
}
