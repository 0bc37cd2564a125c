// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* States of the two sides, and when the life is over. */
#include <stdlib.h>

#include "core/wire_private.h"

#define SECOND 1000000000ULL

/* Zeek's names and values (scripts/base/init-bare.zeek). */
#define ATTEMPT_NS	 (5 * SECOND)	 /* tcp_attempt_delay: a SYN that nobody answers */
#define FIRST_CHECK_NS	 (5 * SECOND)	 /* tcp_SYN_timeout */
#define CHECK_NS	 (6 * SECOND)	 /* tcp_session_timer: is there life in a half-closed connection? */
#define LINGER_NS	 (5 * SECOND)	 /* tcp_connection_linger: no, after so much silence */
#define CLOSE_NS	 (5 * SECOND)	 /* tcp_close_delay: stragglers after the end */
#define SILENCE_NS	 (300 * SECOND)	 /* tcp_inactivity_timeout */
#define SILENCE_EARLY_NS (60 * SECOND)	 /* before the handshake is through */
#define SILENCE_LONG_NS	 (3600 * SECOND) /* where people sit at the other end: FTP, SSH, Telnet, rlogin */

bool wire_is_server_port(uint16_t port)
{
	static const uint16_t ports[] = {
		21,   22,   25,	  53,	79,   80,   81,	  88,	135,  139,  143,  389,	443,  445,  465,   502,	 514,
		563,  585,  587,  614,	631,  636,  989,  990,	992,  993,  995,  1080, 1434, 1883, 2811,  3128, 3268,
		3306, 3389, 5222, 5223, 5269, 5432, 6379, 6666, 6667, 6668, 6669, 8000, 8080, 8888, 20000,
	};

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (ports[i] == port)
			return true;
	return false;
}

/* Seen in the middle of its life, by a segment from one of the ports where servers are. A SYN+ACK may be a scan: if
 * both ports would do, its sender stays the client. */
static bool comes_from_server(const struct event_segment *e)
{
	bool syn = e->tcp_flags & TCP_FLAG_SYN_BIT, ack = e->tcp_flags & TCP_FLAG_ACK_BIT;

	if ((syn && !ack) || !wire_is_server_port(e->tuple.port[0]))
		return false;
	return !wire_is_server_port(e->tuple.port[1]) || (!syn && e->tuple.port[0] < e->tuple.port[1]);
}

struct wire *wire_new(uint64_t ts_ns, uint64_t now_ns, const struct event_segment *first)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	for (int i = 0; i < 2; i++) {
		struct wire_side *s = &w->side[i];

		wire_stream_init(&s->stream);
		s->gaps.next = s->checksums.next = s->repeats.next = s->zero_windows.next = 1;
		w->port[i] = first->tuple.port[i];
	}
	w->start_ns = w->last_ns = ts_ns;
	w->silence_ns = SILENCE_EARLY_NS;
	w->expire_ns[0] = now_ns + FIRST_CHECK_NS;
	w->timers_changed = true;
	if (comes_from_server(first))
		wire_flip(w);
	return w;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	for (int i = 0; i < 2; i++)
		wire_stream_free(&w->side[i].stream);
	free(w->history);
	free(w);
}

void wire_flip(struct wire *w)
{
	w->client ^= 1;
	w->partial = false;
	wire_add_letter(w, '^');
}

/* ---- the end ---- */

static void expire_at(struct wire *w, uint64_t ns)
{
	w->expire_ns[w->expire_ns[0] != 0] = ns;
	w->timers_changed = true;
}

static void end_soon(struct wire *w)
{
	w->attempt_ns = w->expire_ns[0] = w->expire_ns[1] = 0;
	w->delete_ns = w->last_ns + CLOSE_NS;
	w->timers_changed = true;
}

void wire_close(struct wire *w, unsigned int i, bool finish)
{
	struct wire_side *s = &w->side[i];
	const struct wire_side *peer = &w->side[i ^ 1];

	if (wire_data_pending(w, i)) {
		w->deferred = true;
		w->deferred_finish |= finish;
		return;
	}
	w->deferred = false;
	if (s->closed)
		return;
	s->closed = true;
	if (s->state == WIRE_RESET || peer->closed || peer->state == WIRE_INACTIVE) {
		if (s->before != WIRE_INACTIVE || peer->state != WIRE_INACTIVE) {
			w->over |= finish || w->deferred_finish;
			w->deferred_finish = false;
		}
		end_soon(w);
	} else if (s->before != WIRE_INACTIVE) {
		expire_at(w, w->last_ns + CHECK_NS);
	}
}

void wire_check_end(struct wire *w, unsigned int i)
{
	struct wire_side *s = &w->side[i];

	if (s->ended || !(s->fins || s->state == WIRE_CLOSED || s->state == WIRE_RESET) || wire_data_pending(w, i))
		return;
	s->ended = true;
	if (!w->deferred)
		return;
	wire_close(w, i, w->deferred_finish);
	w->deferred = false;
}

bool wire_is_reuse(const struct wire *w, const struct event_segment *e)
{
	const struct wire_side *client = &w->side[wire_index(w, 0)], *server = &w->side[wire_index(w, 1)];
	bool ack = e->tcp_flags & TCP_FLAG_ACK_BIT;
	const struct wire_side *first = ack ? server : client;

	if (!(e->tcp_flags & TCP_FLAG_SYN_BIT) || e->flags & SEGMENT_BAD_HEADER)
		return false;
	if (ack && client->state != WIRE_INACTIVE)
		return false;
	if (client->closed || server->closed)
		return true;
	/* SYN+ACK and SYN came in the wrong order, as from two interfaces: one life all the same. */
	if (!ack && client->state == WIRE_SYN_ACK_SENT && server->state == WIRE_INACTIVE && e->seq == server->start_seq)
		return false;
	return e->seq != first->start_seq;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return b && b < a ? b : a;
}

uint64_t wire_due(const struct wire *w)
{
	uint64_t due = w->last_ns + w->silence_ns;

	return sooner(sooner(sooner(sooner(due, w->attempt_ns), w->expire_ns[0]), w->expire_ns[1]), w->delete_ns);
}

static bool attempt_failed(const struct wire *w)
{
	unsigned int client = w->side[wire_index(w, 0)].state;

	return !w->over && (client == WIRE_SYN_SENT || client == WIRE_SYN_ACK_SENT) &&
	       w->side[wire_index(w, 1)].state == WIRE_INACTIVE;
}

/* One side closed and all is silent: has the other gone without a word? */
static bool has_died(const struct wire *w, uint64_t now_ns)
{
	const struct wire_side *a = &w->side[0], *b = &w->side[1];
	bool inactive = a->state == WIRE_INACTIVE || b->state == WIRE_INACTIVE;

	if (w->last_ns + LINGER_NS >= now_ns)
		return false;
	if (a->closed || b->closed)
		return (a->closed && b->closed) || a->state == WIRE_RESET || b->state == WIRE_RESET || inactive;
	return a->state == WIRE_INACTIVE && b->state == WIRE_INACTIVE;
}

bool wire_expired(struct wire *w, uint64_t now_ns)
{
	if (w->attempt_ns && w->attempt_ns <= now_ns) {
		w->attempt_ns = 0;
		if (attempt_failed(w))
			return true;
	}
	for (int i = 0; i < 2; i++) {
		if (!w->expire_ns[i] || w->expire_ns[i] > now_ns)
			continue;
		if (!w->over && has_died(w, now_ns))
			return true;
		w->expire_ns[i] = w->over ? 0 : now_ns + CHECK_NS;
	}
	return (w->delete_ns && w->delete_ns <= now_ns) || w->last_ns + w->silence_ns <= now_ns;
}

/* ---- states ---- */

static bool in_handshake(unsigned int state)
{
	return state == WIRE_INACTIVE || state == WIRE_SYN_SENT || state == WIRE_SYN_ACK_SENT;
}

static void enter(struct wire *w, unsigned int i, enum wire_state state)
{
	struct wire_side *s = &w->side[i];

	if (s->state == state)
		return;
	if (!in_handshake(state) && in_handshake(s->state) && in_handshake(w->side[i ^ 1].state))
		w->silence_ns = SILENCE_NS;
	s->before = s->state;
	s->state = state;
}

static void established(struct wire *w)
{
	unsigned int client = wire_index(w, 0), server = wire_index(w, 1);
	uint16_t port = w->port[server];

	if (w->side[client].state == WIRE_INACTIVE && !wire_is_server_port(port) &&
	    wire_is_server_port(w->port[client]))
		port = w->port[client];
	if (port >= 21 && port <= 23)
		w->silence_ns = SILENCE_LONG_NS;
	else if (port == 513)
		w->silence_ns = SILENCE_LONG_NS;
}

static void first_syn(struct wire *w, unsigned int sender, const struct event_segment *e, bool from_client)
{
	unsigned int peer = sender ^ 1;
	bool ack = e->tcp_flags & TCP_FLAG_ACK_BIT;

	if (from_client) {
		enter(w, sender, ack ? WIRE_SYN_ACK_SENT : WIRE_SYN_SENT);
		w->attempt_ns = e->event.ts_ns + ATTEMPT_NS;
		w->timers_changed = true;
		return;
	}
	if (!ack && w->side[peer].state == WIRE_SYN_ACK_SENT && e->seq == w->side[sender].start_seq) {
		wire_flip(w);
		enter(w, peer, WIRE_ESTABLISHED);
	}
	if (w->side[peer].state == WIRE_SYN_SENT)
		enter(w, peer, WIRE_ESTABLISHED);
	enter(w, sender, WIRE_ESTABLISHED);
	if (w->side[peer].state != WIRE_PARTIAL)
		established(w);
}

/* The first segment without SYN, FIN and RST. */
static void first_other(struct wire *w, unsigned int sender, const struct event_segment *e, bool from_client)
{
	/* Some stacks acknowledge a SYN before they answer it. */
	if (!from_client && e->payload_len == 0 && w->side[wire_index(w, 0)].state == WIRE_SYN_SENT)
		return;
	if (e->tcp_flags & TCP_FLAG_ACK_BIT && w->side[sender ^ 1].state == WIRE_ESTABLISHED) {
		/* SYN+ACK and ACK: only the SYN was missed. */
		enter(w, sender, WIRE_ESTABLISHED);
		w->partial = false;
	} else {
		enter(w, sender, WIRE_PARTIAL);
	}
}

static void step_inactive(struct wire *w, unsigned int sender, const struct event_segment *e, struct wire_step *out)
{
	const struct wire_side *peer = &w->side[sender ^ 1];

	if (e->tcp_flags & TCP_FLAG_SYN_BIT)
		first_syn(w, sender, e, out->from_client);
	if (e->tcp_flags & TCP_FLAG_FIN_BIT) {
		enter(w, sender, WIRE_CLOSED);
		out->close = out->finish = true;
	}
	if (e->tcp_flags & TCP_FLAG_RST_BIT) {
		bool rejects = out->from_client ? peer->state == WIRE_ESTABLISHED
						: peer->state == WIRE_SYN_SENT || peer->state == WIRE_SYN_ACK_SENT;

		enter(w, sender, WIRE_RESET);
		out->close = true;
		out->finish = !rejects;
	}
	if (w->side[sender].state == WIRE_INACTIVE)
		first_other(w, sender, e, out->from_client);
}

static void step_established(struct wire *w, unsigned int sender, const struct event_segment *e, struct wire_step *out)
{
	const struct wire_side *s = &w->side[sender], *peer = &w->side[sender ^ 1];
	uint8_t flags = e->tcp_flags;

	if (flags & TCP_FLAG_SYN_BIT && !(flags & TCP_FLAG_ACK_BIT) && s->state == WIRE_PARTIAL &&
	    peer->state == WIRE_INACTIVE)
		enter(w, sender, WIRE_SYN_SENT);
	if (flags & TCP_FLAG_FIN_BIT && !(flags & TCP_FLAG_RST_BIT)) {
		enter(w, sender, WIRE_CLOSED);
		/* The peer sent a FIN, then a RST: with this FIN it was an orderly end. */
		if (peer->state == WIRE_RESET && peer->before == WIRE_CLOSED)
			enter(w, sender ^ 1, WIRE_CLOSED);
		out->close = out->finish = true;
	}
	if (flags & TCP_FLAG_RST_BIT) {
		bool answer = peer->state == WIRE_RESET && peer->before == WIRE_ESTABLISHED;

		enter(w, sender, WIRE_RESET);
		out->close = true;
		w->over |= !answer;
	}
}

void wire_step(struct wire *w, unsigned int sender, const struct event_segment *e, struct wire_step *out)
{
	struct wire_side *s = &w->side[sender];

	switch ((enum wire_state)s->state) {
	case WIRE_INACTIVE:
		step_inactive(w, sender, e, out);
		break;
	case WIRE_SYN_SENT:
	case WIRE_SYN_ACK_SENT:
		if (e->tcp_flags & TCP_FLAG_FIN_BIT) {
			enter(w, sender, WIRE_CLOSED);
			out->close = out->finish = true;
		}
		if (e->tcp_flags & TCP_FLAG_RST_BIT) {
			enter(w, sender, WIRE_RESET);
			out->close = w->over = true;
		}
		break;
	case WIRE_ESTABLISHED:
	case WIRE_PARTIAL:
		step_established(w, sender, e, out);
		break;
	case WIRE_CLOSED:
		/* After both FINs a RST changes nothing any more. */
		if (e->tcp_flags & TCP_FLAG_RST_BIT && w->side[sender ^ 1].state != WIRE_CLOSED) {
			enter(w, sender, WIRE_RESET);
			out->close |= !s->closed;
		}
		break;
	case WIRE_RESET:
		break;
	}
}
