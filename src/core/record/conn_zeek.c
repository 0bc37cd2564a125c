// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The connection in the terms of other tools, by their published definitions: Zeek's conn.log and Wireshark's
 * completeness.
 */
#include "core/record/conn_zeek.h"

#include <string.h>

#include "core/capture/track.h"
#include "core/record/conn_refusal.h"
#include "core/record/conn_traffic.h"

/* Orders of zeek:scripts/base/protocols/conn/main.zeek, determine_conn_state(). A half that the wire did not show is
 * taken from the socket's states. */
struct published {
	bool syn, reply, established; /* SYN; SYN+ACK; the handshake was completed */
	bool fin[SIDES], rst[SIDES], data[SIDES];
	bool both_rst;			       /* on the wire */
	uint64_t fin_ns[SIDES], rst_ns[SIDES]; /* 0 = none, or not known when */
};

/* By the socket's step only where its segments were not seen: the FIN waits behind data that is not sent yet. */
static bool sent_fin(const struct side *s)
{
	return s->mark[MARK_FIN] || (!s->via && s->mark[MARK_CLOSED_HERE]);
}

static uint64_t first_of(uint64_t a, uint64_t b)
{
	return a ? a : b;
}

static struct published publish(const struct conn *c)
{
	struct published p = { 0 };
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];
	uint64_t bytes;

	p.established = conn_handshake_completed(c) && !conn_was_restored(c);
	p.syn = k->mark[MARK_SYN] || (k->mark[MARK_SYN_SENT] && !side_kept_syn(k)) ||
		(v->mark[MARK_SYN_RECV] && !(c->flags & CONN_MIDSTREAM));
	p.both_rst = k->mark[MARK_RST] && v->mark[MARK_RST];
	p.reply = v->mark[MARK_SYN] || (p.syn && p.established);
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i], *o = &c->side[other_side(i)];

		p.fin[i] = sent_fin(s) || (o->mark[MARK_CLOSE_WAIT] != 0);
		p.fin_ns[i] =
			first_of(s->mark[MARK_FIN], first_of(s->mark[MARK_CLOSED_HERE], o->mark[MARK_CLOSE_WAIT]));
		/* By the sockets' word only where no RST was seen: seen ones were judged. */
		p.rst[i] = s->mark[MARK_RST] || (!s->rst_count && (s->reset_sent || o->reset_received));
		p.rst_ns[i] = first_of(s->mark[MARK_RST], first_of(c->close_ns, c->last_ns));
		p.data[i] = conn_bytes(c, i, &bytes) && bytes > 0;
	}
	return p;
}

static const char *reset_state(const struct published *p)
{
	if (p->rst[SERVER]) {
		if (p->both_rst && !p->data[CLIENT] && !p->data[SERVER])
			return "REJ";
		if (p->syn && !p->established)
			return p->reply || p->fin[CLIENT] ? "RSTR" : "REJ";
		return p->syn || p->established ? "RSTR" : "RSTRH";
	}
	if (p->syn && !p->reply)
		return p->fin[CLIENT] ? "OTH" : "RSTOS0";
	return p->syn || p->established ? "RSTO" : "OTH";
}

/* After both FINs a RST changes nothing any more. */
static bool is_reset(const struct published *p)
{
	bool closed = p->fin[CLIENT] && p->fin[SERVER];

	for (int i = CLIENT; i < SIDES; i++)
		if (p->rst[i] && !(closed && p->rst_ns[i] > p->fin_ns[CLIENT] && p->rst_ns[i] > p->fin_ns[SERVER]))
			return true;
	return false;
}

/* One socket's segments are those of both sides. */
static struct published of_both(struct published p)
{
	p.reply |= p.syn;
	p.fin[CLIENT] = p.fin[SERVER] = p.fin[CLIENT] || p.fin[SERVER];
	return p;
}

/* In a capture each RST counts, but for those that the connection outlived. */
static const char *captured_state(const struct conn *c)
{
	const char *state = track_zeek_state(c->track);

	if (c->track->by_packets && c->verdict.ending == ENDING_CLOSED && state[0] == 'R' &&
	    !(c->flags & CONN_MIDSTREAM))
		return "SF";
	return state;
}

const char *conn_zeek_state(const struct conn *c)
{
	struct published p = publish(c);
	bool met;

	if (c->flags & CONN_SELF)
		p = of_both(p);
	else if (c->track)
		return captured_state(c);
	if (is_reset(&p))
		return reset_state(&p);
	met = p.established || (p.syn && p.reply);
	if (met && p.fin[CLIENT] && p.fin[SERVER])
		return p.syn ? "SF" : "OTH";
	if (p.fin[CLIENT] && !p.reply && p.syn)
		return "SH";
	if (p.fin[SERVER] && !p.syn && p.reply)
		return "SHR";
	if (met && p.syn) {
		if (p.fin[CLIENT] && !p.fin[SERVER])
			return "S2";
		if (p.fin[SERVER] && !p.fin[CLIENT])
			return "S3";
		return "S1";
	}
	return p.syn ? "S0" : "OTH";
}

unsigned int conn_completeness(const struct conn *c)
{
	struct published p;
	bool refused;

	if (c->track)
		return c->track->completeness;
	p = publish(c);
	/* A RST that refuses a SYN carries an ACK (RFC 9293 3.10.7.1), and that counts. */
	refused = p.syn && !p.reply && p.rst[SERVER];
	return (p.syn ? 1 : 0) | (p.reply ? 2 : 0) | (p.established || refused ? 4 : 0) |
	       (p.data[CLIENT] || p.data[SERVER] ? 8 : 0) | (p.fin[CLIENT] || p.fin[SERVER] ? 16 : 0) |
	       (p.rst[CLIENT] || p.rst[SERVER] ? 32 : 0);
}

/* One letter, and when it happened. Upper case = originator. */
struct letter {
	char letter;
	uint64_t ns;
};

static unsigned int put(struct letter *list, unsigned int n, char letter, enum side_name side, uint64_t ns)
{
	unsigned int at = n;

	while (at > 0 && list[at - 1].ns > ns) {
		list[at] = list[at - 1];
		at--;
	}
	list[at] = (struct letter) { side == CLIENT ? letter - 'a' + 'A' : letter, ns };
	return n + 1;
}

static const char *history_from_marks(const struct conn *c, char buf[CONN_HISTORY_SIZE])
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];
	struct published p = publish(c);
	struct letter list[16];
	uint64_t established =
		first_of(v->mark[MARK_SYN_ACKED], first_of(v->mark[MARK_ESTABLISHED], k->mark[MARK_ESTABLISHED]));
	uint64_t after_handshake = first_of(established, c->start_ns);
	unsigned int n = 0;

	if (p.syn)
		n = put(list, n, 's', CLIENT,
			first_of(k->mark[MARK_SYN], first_of(k->mark[MARK_SYN_SENT], c->start_ns)));
	if (p.reply)
		n = put(list, n, c->flags & CONN_SIMULTANEOUS_OPEN ? 's' : 'h', SERVER,
			first_of(v->mark[MARK_SYN], after_handshake));
	if (p.established)
		n = put(list, n, 'a', CLIENT, after_handshake);
	/* Data packets and their ACKs are not seen one by one: their letters stand after the handshake. */
	if (p.data[CLIENT])
		n = put(list, n, 'd', CLIENT, after_handshake);
	if (p.data[CLIENT])
		n = put(list, n, 'a', SERVER, after_handshake);
	else if (k->mark[MARK_FIN_ACKED])
		n = put(list, n, 'a', SERVER, k->mark[MARK_FIN_ACKED]);
	if (p.data[SERVER])
		n = put(list, n, 'd', SERVER, after_handshake);
	for (int i = CLIENT; i < SIDES; i++) {
		const struct side *s = &c->side[i], *o = &c->side[other_side(i)];

		if (p.fin[i])
			n = put(list, n, 'f', i,
				first_of(s->mark[MARK_FIN],
					 first_of(s->mark[MARK_CLOSED_HERE], o->mark[MARK_CLOSE_WAIT])));
		if (p.rst[i])
			n = put(list, n, 'r', i, first_of(s->mark[MARK_RST], first_of(c->close_ns, c->last_ns)));
	}
	for (unsigned int i = 0; i < n; i++)
		buf[i] = list[i].letter;
	buf[n] = '\0';
	return buf;
}

const char *conn_history(const struct conn *c, char buf[CONN_HISTORY_SIZE])
{
	return c->track ? track_history(c->track) : history_from_marks(c, buf);
}
