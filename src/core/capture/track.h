/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * An observer's state machine for a connection of which every segment passes by and no socket is known: what a capture
 * holds. Its words are Zeek's (conn.log of Zeek 8, default settings), its rules were taken from what Zeek documents and
 * does, and each is stated where it is applied. Its deadlines are kept if they are asked for; otherwise only the
 * packets end a connection (conn_captured.c). Pure: time comes with the segments. All times are ns. Zeek's:
 *   end        both FINs, or a RST: 5 s later nothing more belongs to it; a SYN unanswered for 5 s; a FIN or RST of one
 *              side and 5 to 11 s of silence; else 5 minutes of silence (1 minute before the handshake is through,
 *              1 hour on ports 21, 22, 23 and 513)
 *   new one    a SYN on the tuple with another initial sequence number, or any SYN after a FIN or RST
 *   direction  the client sent the first SYN; without one, a well-known port is the server's, else who sent first is
 *              the client
 *   bytes      by sequence numbers: what was acknowledged but not captured is included, SYN and FIN are not
 */
#ifndef TCPLIFE_TRACK_H
#define TCPLIFE_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/capture/track_stream.h"
#include "event.h"
#include "lib/heap.h"

enum track_state {
	TRACK_INACTIVE,	    /* sent nothing */
	TRACK_SYN_SENT,	    /* SYN */
	TRACK_SYN_ACK_SENT, /* SYN+ACK, and no SYN was seen before it */
	TRACK_PARTIAL,	    /* sent something, but no SYN of it was seen */
	TRACK_ESTABLISHED,
	TRACK_CLOSED, /* FIN */
	TRACK_RESET,  /* RST */
};

/* A letter for the 1st, 10th, 100th, ... of its kind. */
struct track_tally {
	uint32_t count, next;
};

struct track_side {
	uint32_t start_seq; /* of the SYN; one before the first byte seen if there was none */
	uint32_t last_seq;  /* behind the last byte that counts */
	uint32_t ack_seq;   /* of its bytes, by the other side */
	uint32_t last_wraps, ack_wraps;
	uint8_t state, before; /* enum track_state, now and before that */
	bool closed;	       /* its FIN or RST was taken note of, and no byte before it is missing */
	bool ended;	       /* its stream came to its end */
	uint32_t fins;
	uint64_t fin_end;			     /* behind its last FIN, relative */
	uint64_t syn_letter, fin_letter, rst_letter; /* relative numbers that the last of these letters stood for */
	struct track_tally gaps, checksums, repeats, zero_windows;
	uint64_t packets;
	uint64_t missed; /* bytes in gaps */
	struct track_stream stream;
};

struct conn_entry;

struct track {
	struct track_side side[2]; /* in the order of who was first seen: roles may change, these do not */
	uint8_t client;		   /* index in side[] */
	uint8_t completeness;	   /* Wireshark's tcp.completeness */
	uint8_t seen;		   /* bit i: side i counts as having sent its first packet */
	bool partial;		   /* the beginning was not seen */
	bool over;		   /* known as finished or reset: only the delayed end is left */
	bool deferred, deferred_finish;
	bool timers_changed; /* track_due() may be earlier than it was */
	bool no_memory;	     /* for a letter of its history */
	bool by_packets;     /* only what the packets say ends it: no deadline is kept */
	uint32_t history_seen;
	char *history; /* NULL = empty */
	uint16_t history_len, history_capacity;
	uint16_t port[2]; /* of side[] */
	uint64_t start_ns, last_ns;
	uint64_t seen_ns;			      /* of its last segment, those after the end included */
	uint64_t quiet_ns;			      /* silence before the last RST; 0 = none came */
	uint64_t attempt_ns, expire_ns[2], delete_ns; /* deadlines; 0 = none */
	uint64_t silence_ns;
	struct heap_node due; /* the owner's, and what it belongs to */
	struct conn_entry *entry;
};

/* Of a connection whose first segment is given; side[0] is its sender. zeek: by Zeek's deadlines. NULL without memory.
 */
struct track *track_new(uint64_t ts_ns, uint64_t now_ns, const struct event_segment *first, bool zeek);
void track_free(struct track *w);
/* To look at when the connection is gone: its bytes, its history and what Zeek and Wireshark call it; it takes no more
 * segments. NULL without memory. */
struct track *track_copy(const struct track *w);

/* Index in side[] of the side with that role: 0 = client, 1 = server. */
static inline unsigned int track_index(const struct track *w, unsigned int role)
{
	return w->client ^ role;
}

/* Does this segment begin another connection on the tuple? sender: index in side[]. */
bool track_is_reuse(const struct track *w, unsigned int sender, const struct event_segment *e);
/* Takes it in, unless its checksum or header is bad. Returns true if the roles changed: who was client is server now.
 */
bool track_segment(struct track *w, unsigned int sender, const struct event_segment *e);

/* The last RST of this side was not its own: it is as it was before. */
void track_disbelieve_reset(struct track *w, unsigned int index);

/* When it is to be looked at next. */
uint64_t track_due(const struct track *w);
/* Time has come to now_ns. Returns true if it is over: no later segment belongs to it. */
bool track_expired(struct track *w, uint64_t now_ns);

/* Payload bytes by sequence number. index in side[]. */
uint64_t track_bytes(const struct track *w, unsigned int index);
/* "SF", "S0", ... Never NULL. */
const char *track_zeek_state(const struct track *w);
/* "ShADadFf"; "" if there is none. */
const char *track_history(const struct track *w);
/* Did memory run out for something that it has to keep? */
static inline bool track_no_memory(const struct track *w)
{
	return w->no_memory || w->side[0].stream.no_memory || w->side[1].stream.no_memory;
}
/* By Zeek's list of ports on which its analysers expect a server. */
bool track_is_server_port(uint16_t port);

#endif
