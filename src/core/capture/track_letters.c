// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Zeek's history and conn_state (scripts/base/protocols/conn/main.zeek): upper case is the client's. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/capture/track_private.h"

#define HISTORY_MAX 1024 /* a RST flood writes a letter a segment */

/* Letters that come once a side. */
enum { SEEN_SYN = 1, SEEN_FIN = 2, SEEN_RST = 4, SEEN_DATA = 8, SEEN_ACK = 16, SEEN_MULTI = 32, SEEN_FIN_RST = 64 };

const char *track_history(const struct track *w)
{
	return w->history ? w->history : "";
}

void track_add_letter(struct track *w, char letter)
{
	if (w->history_len + 1 >= w->history_capacity) {
		unsigned int capacity = w->history_capacity ? w->history_capacity * 2U : 16;
		char *history;

		if (capacity > HISTORY_MAX)
			return;
		history = realloc(w->history, capacity);
		if (!history) {
			w->no_memory = true;
			return;
		}
		w->history = history;
		w->history_capacity = capacity;
	}
	w->history[w->history_len++] = letter;
	w->history[w->history_len] = '\0';
}

static char cased(const struct track *w, const struct track_side *s, char letter)
{
	return s == &w->side[w->client] ? letter : (char)tolower(letter);
}

void track_tally(struct track *w, const struct track_side *s, struct track_tally *t, char letter)
{
	if (++t->count != t->next)
		return;
	track_add_letter(w, cased(w, s, letter));
	if (t->next < UINT32_MAX / 10)
		t->next *= 10;
}

/* Returns true if this side had that letter before. */
static bool once(struct track *w, unsigned int sender, unsigned int kind, char letter)
{
	const struct track_side *s = &w->side[sender];

	if (sender != w->client)
		kind <<= 16;
	if (w->history_seen & kind)
		return true;
	w->history_seen |= kind;
	track_add_letter(w, cased(w, s, letter));
	return false;
}

/* Again only if it stands for another sequence number. */
static void once_a_number(struct track *w, unsigned int sender, unsigned int kind, char letter, uint64_t *last,
			  uint64_t seq)
{
	if (once(w, sender, kind, letter) && seq != *last)
		track_add_letter(w, cased(w, &w->side[sender], letter));
	*last = seq;
}

void track_letters(struct track *w, unsigned int sender, const struct event_segment *e, uint64_t seq)
{
	struct track_side *s = &w->side[sender];
	bool ack = e->tcp_flags & TCP_FLAG_ACK_BIT;

	switch (e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT)) {
	case 0:
		if (e->payload_len)
			once(w, sender, SEEN_DATA, 'D');
		else if (ack)
			once(w, sender, SEEN_ACK, 'A');
		break;
	case TCP_FLAG_SYN_BIT:
		once_a_number(w, sender, SEEN_SYN, ack ? 'H' : 'S', &s->syn_letter, seq);
		break;
	case TCP_FLAG_FIN_BIT:
		once_a_number(w, sender, SEEN_FIN, 'F', &s->fin_letter, seq + e->payload_len);
		break;
	case TCP_FLAG_RST_BIT:
		once_a_number(w, sender, SEEN_RST, 'R', &s->rst_letter, seq);
		break;
	case TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT:
	case TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT:
		once(w, sender, SEEN_FIN_RST, 'I');
		break;
	default:
		once(w, sender, SEEN_MULTI, 'Q');
	}
}

/* ---- Wireshark ---- */

enum {
	COMPLETE_SYN = 1,
	COMPLETE_SYN_ACK = 2,
	COMPLETE_ACK = 4,
	COMPLETE_DATA = 8,
	COMPLETE_FIN = 16,
	COMPLETE_RST = 32
};

/* As tshark 4.0 counts: what is first seen has a bit only if it is a SYN, a SYN that comes later has none, a FIN needs
 * its ACK flag, and any other segment with one is data or an ACK by its length. */
void track_note_completeness(struct track *w, const struct event_segment *e)
{
	bool first = !w->side[0].packets && !w->side[1].packets;
	bool syn = e->tcp_flags & TCP_FLAG_SYN_BIT, ack = e->tcp_flags & TCP_FLAG_ACK_BIT;

	if (first && syn && !ack)
		w->completeness = COMPLETE_SYN | (e->payload_len ? COMPLETE_DATA : 0);
	if (first)
		return;
	if (syn && ack)
		w->completeness |= COMPLETE_SYN_ACK;
	else if (ack)
		w->completeness |= e->payload_len ? COMPLETE_DATA : COMPLETE_ACK;
	if (ack && e->tcp_flags & TCP_FLAG_FIN_BIT)
		w->completeness |= COMPLETE_FIN;
	if (e->tcp_flags & TCP_FLAG_RST_BIT)
		w->completeness |= COMPLETE_RST;
}

/* ---- conn_state ---- */

/* A SYN and a RST of the client, and nothing else of it between them that counts. */
static bool half_open_and_reset(const char *history)
{
	history += *history == '^';
	if (*history++ != 'S')
		return false;
	return history[strcspn(history, "HAFGIQR")] == 'R';
}

static const char *reset_state(const struct track *w, unsigned int client, unsigned int server)
{
	bool server_silent = server == TRACK_INACTIVE || server == TRACK_PARTIAL;
	bool client_silent = client == TRACK_INACTIVE || client == TRACK_PARTIAL;

	if (server == TRACK_RESET) {
		if (client == TRACK_SYN_SENT || client == TRACK_SYN_ACK_SENT ||
		    (client == TRACK_RESET && track_bytes(w, 0) == 0 && track_bytes(w, 1) == 0))
			return "REJ";
		return client_silent ? "RSTRH" : "RSTR";
	}
	if (!server_silent)
		return "RSTO";
	return half_open_and_reset(track_history(w)) ? "RSTOS0" : "OTH";
}

const char *track_zeek_state(const struct track *w)
{
	unsigned int client = w->side[track_index(w, 0)].state, server = w->side[track_index(w, 1)].state;

	if (client == TRACK_RESET || server == TRACK_RESET)
		return reset_state(w, client, server);
	if (client == TRACK_CLOSED && server == TRACK_CLOSED)
		return "SF";
	if (client == TRACK_CLOSED)
		return server == TRACK_INACTIVE || server == TRACK_PARTIAL ? "SH" : "S2";
	if (server == TRACK_CLOSED)
		return client == TRACK_INACTIVE || client == TRACK_PARTIAL ? "SHR" : "S3";
	if (client == TRACK_SYN_SENT && server == TRACK_INACTIVE)
		return "S0";
	return client == TRACK_ESTABLISHED && server == TRACK_ESTABLISHED ? "S1" : "OTH";
}
