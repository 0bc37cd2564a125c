// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides the states of the two sides of a captured connection, and when it is over. */
#include <stdlib.h>
#include <string.h>

#include "core/capture/track_private.h"
#include "core/capture/track_seq.h"

#define SECOND 1000000000ULL

/* Zeek's names and values (scripts/base/init-bare.zeek). */
#define ATTEMPT_NS	 (5 * SECOND)	 /* tcp_attempt_delay: a SYN that nobody answers */
#define FIRST_CHECK_NS	 (5 * SECOND)	 /* tcp_SYN_timeout */
#define CHECK_NS	 (6 * SECOND)	 /* tcp_session_timer: is a half-closed connection still in use? */
#define LINGER_NS	 (5 * SECOND)	 /* tcp_connection_linger: no, after so much silence */
#define CLOSE_NS	 (5 * SECOND)	 /* tcp_close_delay: stragglers after the end */
#define SILENCE_NS	 (300 * SECOND)	 /* tcp_inactivity_timeout */
#define SILENCE_EARLY_NS (60 * SECOND)	 /* before the handshake is through */
#define SILENCE_LONG_NS	 (3600 * SECOND) /* where people sit at the other end: FTP, SSH, Telnet, rlogin */

bool track_is_server_port(uint16_t port)
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

/*
 * First seen in the middle, by a segment from one of the ports where servers are. A SYN+ACK may be a scan: if both
 * ports would do, its sender stays the client.
 */
static bool comes_from_server(const struct event_segment *e)
{
	bool syn = e->tcp_flags & TCP_FLAG_SYN_BIT, ack = e->tcp_flags & TCP_FLAG_ACK_BIT;

	if ((syn && !ack) || !track_is_server_port(e->tuple.port[0]))
		return false;
	return !track_is_server_port(e->tuple.port[1]) || (!syn && e->tuple.port[0] < e->tuple.port[1]);
}

struct track *track_new(uint64_t ts_ns, uint64_t now_ns, const struct event_segment *first, bool zeek)
{
	struct track *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	for (int i = 0; i < 2; i++) {
		struct track_side *s = &w->side[i];

		track_stream_init(&s->stream);
		s->gaps.next = s->checksums.next = s->repeats.next = s->zero_windows.next = 1;
		w->port[i] = first->tuple.port[i];
	}
	w->start_ns = w->last_ns = w->seen_ns = ts_ns;
	w->by_packets = !zeek;
	w->silence_ns = SILENCE_EARLY_NS;
	w->expire_ns[0] = now_ns + FIRST_CHECK_NS;
	w->timers_changed = true;
	if (comes_from_server(first))
		track_flip(w);
	return w;
}

void track_free(struct track *w)
{
	if (!w)
		return;
	for (int i = 0; i < 2; i++)
		track_stream_free(&w->side[i].stream);
	free(w->history);
	free(w);
}

struct track *track_copy(const struct track *w)
{
	struct track *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *w;
	copy->due = (struct heap_node) { 0 };
	copy->entry = NULL;
	for (int i = 0; i < 2; i++) {
		copy->side[i].stream.pending = NULL;
		copy->side[i].stream.count = copy->side[i].stream.capacity = 0;
	}
	copy->history = w->history ? strndup(w->history, w->history_len) : NULL;
	copy->history_capacity = w->history ? copy->history_len : 0;
	if (w->history && !copy->history) {
		free(copy);
		return NULL;
	}
	return copy;
}

void track_flip(struct track *w)
{
	w->client ^= 1;
	w->partial = false;
	track_add_letter(w, '^');
}

/* ---- the end ---- */

static void expire_at(struct track *w, uint64_t ns)
{
	w->expire_ns[w->expire_ns[0] != 0] = ns;
	w->timers_changed = true;
}

static void end_soon(struct track *w)
{
	w->attempt_ns = w->expire_ns[0] = w->expire_ns[1] = 0;
	w->delete_ns = w->last_ns + CLOSE_NS;
	w->timers_changed = true;
}

void track_close(struct track *w, unsigned int i, bool finish)
{
	struct track_side *s = &w->side[i];
	const struct track_side *peer = &w->side[i ^ 1];

	if (track_data_pending(w, i)) {
		w->deferred = true;
		w->deferred_finish |= finish;
		return;
	}
	w->deferred = false;
	if (s->closed)
		return;
	s->closed = true;
	if (s->state == TRACK_RESET || peer->closed || peer->state == TRACK_INACTIVE) {
		if (s->before != TRACK_INACTIVE || peer->state != TRACK_INACTIVE) {
			w->over |= finish || w->deferred_finish;
			w->deferred_finish = false;
		}
		end_soon(w);
	} else if (s->before != TRACK_INACTIVE) {
		expire_at(w, w->last_ns + CHECK_NS);
	}
}

void track_check_end(struct track *w, unsigned int i)
{
	struct track_side *s = &w->side[i];

	if (s->ended || !(s->fins || s->state == TRACK_CLOSED || s->state == TRACK_RESET) || track_data_pending(w, i))
		return;
	s->ended = true;
	if (!w->deferred)
		return;
	track_close(w, i, w->deferred_finish);
	w->deferred = false;
}

static bool was_established(const struct track_side *s)
{
	return s->state == TRACK_ESTABLISHED || s->before == TRACK_ESTABLISHED || s->before == TRACK_CLOSED;
}

/* A number once more is the same attempt sent again, however late, unless all was over. */
static bool begins_again(const struct track *w, unsigned int sender, const struct event_segment *e)
{
	const struct track_side *s = &w->side[sender], *peer = &w->side[sender ^ 1];
	bool ack = e->tcp_flags & TCP_FLAG_ACK_BIT;
	bool over = (s->closed && peer->closed && s->state != TRACK_INACTIVE && peer->state != TRACK_INACTIVE) ||
		    ((s->state == TRACK_RESET || peer->state == TRACK_RESET) && was_established(s) &&
		     was_established(peer));

	if (over)
		return !ack || e->seq != s->start_seq;
	/* The answer; or both opened at once; or the answer came in two halves (a split handshake). */
	if (s->state == TRACK_INACTIVE && (ack || peer->state == TRACK_SYN_SENT))
		return false;
	/* SYN+ACK and SYN came in the wrong order. */
	if (!ack && peer->state == TRACK_SYN_ACK_SENT && s->state == TRACK_INACTIVE)
		return e->seq != s->start_seq;
	if (ack && s->state != TRACK_SYN_ACK_SENT)
		return false;
	return e->seq != s->start_seq;
}

bool track_is_reuse(const struct track *w, unsigned int sender, const struct event_segment *e)
{
	const struct track_side *client = &w->side[track_index(w, 0)], *server = &w->side[track_index(w, 1)];
	bool ack = e->tcp_flags & TCP_FLAG_ACK_BIT;
	const struct track_side *first = ack ? server : client;

	if (!(e->tcp_flags & TCP_FLAG_SYN_BIT) || e->flags & SEGMENT_BAD_HEADER)
		return false;
	if (w->by_packets)
		return begins_again(w, sender, e);
	if (ack && client->state != TRACK_INACTIVE)
		return false;
	if (client->closed || server->closed)
		return true;
	/* SYN+ACK and SYN came in the wrong order, as from two interfaces: one connection all the same. */
	if (!ack && client->state == TRACK_SYN_ACK_SENT && server->state == TRACK_INACTIVE &&
	    e->seq == server->start_seq)
		return false;
	return e->seq != first->start_seq;
}

void track_disbelieve_reset(struct track *w, unsigned int index)
{
	struct track_side *s = &w->side[index];

	if (s->state != TRACK_RESET)
		return;
	s->state = s->before;
	s->closed = s->ended = w->over = false;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return b && b < a ? b : a;
}

uint64_t track_due(const struct track *w)
{
	uint64_t due = w->last_ns + w->silence_ns;

	return sooner(sooner(sooner(sooner(due, w->attempt_ns), w->expire_ns[0]), w->expire_ns[1]), w->delete_ns);
}

static bool attempt_failed(const struct track *w)
{
	unsigned int client = w->side[track_index(w, 0)].state;

	return !w->over && (client == TRACK_SYN_SENT || client == TRACK_SYN_ACK_SENT) &&
	       w->side[track_index(w, 1)].state == TRACK_INACTIVE;
}

/* One side closed and all is silent: has the other disappeared without a FIN? */
static bool has_died(const struct track *w, uint64_t now_ns)
{
	const struct track_side *a = &w->side[0], *b = &w->side[1];
	bool inactive = a->state == TRACK_INACTIVE || b->state == TRACK_INACTIVE;

	if (w->last_ns + LINGER_NS >= now_ns)
		return false;
	if (a->closed || b->closed)
		return (a->closed && b->closed) || a->state == TRACK_RESET || b->state == TRACK_RESET || inactive;
	return a->state == TRACK_INACTIVE && b->state == TRACK_INACTIVE;
}

bool track_expired(struct track *w, uint64_t now_ns)
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
	return state == TRACK_INACTIVE || state == TRACK_SYN_SENT || state == TRACK_SYN_ACK_SENT;
}

static void enter(struct track *w, unsigned int i, enum track_state state)
{
	struct track_side *s = &w->side[i];

	if (s->state == state)
		return;
	if (!in_handshake(state) && in_handshake(s->state) && in_handshake(w->side[i ^ 1].state))
		w->silence_ns = SILENCE_NS;
	s->before = s->state;
	s->state = state;
}

static void established(struct track *w)
{
	unsigned int client = track_index(w, 0), server = track_index(w, 1);
	uint16_t port = w->port[server];

	if (w->side[client].state == TRACK_INACTIVE && !track_is_server_port(port) &&
	    track_is_server_port(w->port[client]))
		port = w->port[client];
	if (port >= 21 && port <= 23)
		w->silence_ns = SILENCE_LONG_NS;
	else if (port == 513)
		w->silence_ns = SILENCE_LONG_NS;
}

static void first_syn(struct track *w, unsigned int sender, const struct event_segment *e, bool from_client)
{
	unsigned int peer = sender ^ 1;
	bool ack = e->tcp_flags & TCP_FLAG_ACK_BIT;

	if (from_client) {
		enter(w, sender, ack ? TRACK_SYN_ACK_SENT : TRACK_SYN_SENT);
		w->attempt_ns = e->event.ts_ns + ATTEMPT_NS;
		w->timers_changed = true;
		return;
	}
	if (!ack && w->side[peer].state == TRACK_SYN_ACK_SENT && e->seq == w->side[sender].start_seq) {
		track_flip(w);
		enter(w, peer, TRACK_ESTABLISHED);
	}
	if (w->side[peer].state == TRACK_SYN_SENT)
		enter(w, peer, TRACK_ESTABLISHED);
	enter(w, sender, TRACK_ESTABLISHED);
	if (w->side[peer].state != TRACK_PARTIAL)
		established(w);
}

/* The first segment without SYN, FIN and RST. */
static void first_other(struct track *w, unsigned int sender, const struct event_segment *e, bool from_client)
{
	/* Some stacks acknowledge a SYN before they answer it. */
	if (!from_client && e->payload_len == 0 && w->side[track_index(w, 0)].state == TRACK_SYN_SENT)
		return;
	if (e->tcp_flags & TCP_FLAG_ACK_BIT && w->side[sender ^ 1].state == TRACK_ESTABLISHED) {
		/* SYN+ACK and ACK: only the SYN was missed. */
		enter(w, sender, TRACK_ESTABLISHED);
		w->partial = false;
	} else {
		enter(w, sender, TRACK_PARTIAL);
	}
}

static void step_inactive(struct track *w, unsigned int sender, const struct event_segment *e, struct track_step *out)
{
	const struct track_side *peer = &w->side[sender ^ 1];

	if (e->tcp_flags & TCP_FLAG_SYN_BIT)
		first_syn(w, sender, e, out->from_client);
	if (e->tcp_flags & TCP_FLAG_FIN_BIT) {
		enter(w, sender, TRACK_CLOSED);
		out->close = out->finish = true;
	}
	if (e->tcp_flags & TCP_FLAG_RST_BIT) {
		bool rejects = out->from_client ? peer->state == TRACK_ESTABLISHED
						: peer->state == TRACK_SYN_SENT || peer->state == TRACK_SYN_ACK_SENT;

		enter(w, sender, TRACK_RESET);
		out->close = true;
		out->finish = !rejects;
	}
	if (w->side[sender].state == TRACK_INACTIVE)
		first_other(w, sender, e, out->from_client);
}

static void step_established(struct track *w, unsigned int sender, const struct event_segment *e,
			     struct track_step *out)
{
	const struct track_side *s = &w->side[sender], *peer = &w->side[sender ^ 1];
	uint8_t flags = e->tcp_flags;

	if (flags & TCP_FLAG_SYN_BIT && !(flags & TCP_FLAG_ACK_BIT) && s->state == TRACK_PARTIAL &&
	    peer->state == TRACK_INACTIVE)
		enter(w, sender, TRACK_SYN_SENT);
	if (flags & TCP_FLAG_FIN_BIT && !(flags & TCP_FLAG_RST_BIT)) {
		enter(w, sender, TRACK_CLOSED);
		/* The peer sent a FIN, then a RST: with this FIN it was an orderly end. */
		if (peer->state == TRACK_RESET && peer->before == TRACK_CLOSED)
			enter(w, sender ^ 1, TRACK_CLOSED);
		out->close = out->finish = true;
	}
	if (flags & TCP_FLAG_RST_BIT) {
		bool answer = peer->state == TRACK_RESET && peer->before == TRACK_ESTABLISHED;

		enter(w, sender, TRACK_RESET);
		out->close = true;
		w->over |= !answer;
	}
}

void track_step(struct track *w, unsigned int sender, const struct event_segment *e, struct track_step *out)
{
	struct track_side *s = &w->side[sender];

	switch ((enum track_state)s->state) {
	case TRACK_INACTIVE:
		step_inactive(w, sender, e, out);
		break;
	case TRACK_SYN_SENT:
	case TRACK_SYN_ACK_SENT:
		if (e->tcp_flags & TCP_FLAG_FIN_BIT) {
			enter(w, sender, TRACK_CLOSED);
			out->close = out->finish = true;
		}
		if (e->tcp_flags & TCP_FLAG_RST_BIT) {
			enter(w, sender, TRACK_RESET);
			out->close = w->over = true;
		}
		break;
	case TRACK_ESTABLISHED:
	case TRACK_PARTIAL:
		step_established(w, sender, e, out);
		break;
	case TRACK_CLOSED:
		/* After both FINs a RST changes nothing any more. */
		if (e->tcp_flags & TCP_FLAG_RST_BIT && w->side[sender ^ 1].state != TRACK_CLOSED) {
			enter(w, sender, TRACK_RESET);
			out->close |= !s->closed;
		}
		break;
	case TRACK_RESET:
		break;
	}
}
