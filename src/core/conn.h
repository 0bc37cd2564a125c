/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A connection: a pair of initial sequence numbers, between one SYN (or first sight) and the end of its last control
 * block. It has two sides; of each the wire half (the segments it sent), the kernel half (its socket on this host),
 * both or neither may be known. Address translation gives it several 4-tuples; each place sees one of them.
 *
 * All times are CLOCK_MONOTONIC ns as the events carry them; 0 = did not happen or was not seen.
 */
#ifndef TCPLIFE_CONN_H
#define TCPLIFE_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/ending.h"
#include "core/flow.h"
#include "core/moment.h"
#include "core/tcp_state.h"
#include "event.h"
#include "lib/list.h"

enum side_name { CLIENT, SERVER, SIDES };

static inline enum side_name other_side(enum side_name s)
{
	return s == CLIENT ? SERVER : CLIENT;
}

/* "client", "server". */
static inline const char *side_name_text(enum side_name s)
{
	return s == CLIENT ? "client" : "server";
}

enum actor_certainty {
	ACTOR_UNKNOWN,
	ACTOR_CERTAIN,	/* seen in a system call on this socket */
	ACTOR_LISTENER, /* the listener's owner instead: accept() was not seen */
	ACTOR_DERIVED,	/* from /proc or iter/task_file, after the fact */
};

/* A process that did something to a side. */
struct actor {
	uint32_t pid; /* thread group id; 0 = not known */
	uint8_t certainty;
	/* Raw bytes, NUL-terminated unless 16 long: sanitise before showing. */
	char comm[16];	 /* the process's; in a recording that has no such name, the thread's */
	char thread[16]; /* the thread's that did it, if it is another than the process's; else "" */
};

/* Takes pid and names; the rest of out stays. */
void actor_of_task(struct actor *out, const struct event_task *task);

enum actor_role { OPENER, ACCEPTOR, CLOSER, ACTOR_ROLES }; /* OPENER of a server side: the process that listened */

/* When a side took its steps. First the wire half: segments it sent, and the ACKs they got. Then its socket's states.
 */
enum mark {
	MARK_SYN,	/* SYN or SYN+ACK first sent */
	MARK_SYN_ACKED, /* ... acknowledged by the other side */
	MARK_FIN,	/* FIN first sent */
	MARK_FIN_ACKED,
	MARK_RST,	  /* last RST sent */
	MARK_SYN_SENT,	  /* socket in SYN_SENT */
	MARK_SYN_RECV,	  /* ... SYN_RECV: for an accepted connection at the third ACK: the kernel keeps only a request
			     before, which no state event shows */
	MARK_ESTABLISHED, /* socket in ESTABLISHED */
	MARK_ACCEPTED,	  /* accept() returned it */
	MARK_CLOSED_HERE, /* FIN_WAIT1 or LAST_ACK: close(), shutdown() or exit */
	MARK_CLOSE_WAIT,  /* CLOSE_WAIT or CLOSING: the peer's FIN accepted */
	MARK_FIN_WAIT2,	  /* our FIN acknowledged, as the socket saw it */
	MARK_CLOSE,	  /* socket in CLOSE; a minisocket may have taken over */
	MARK_FREED,	  /* tcp_destroy_sock */
	MARKS,
};

/* A minisocket of one side. */
struct timewait {
	uint64_t made_ns;      /* minisocket created */
	uint64_t entered_ns;   /* TIME_WAIT entered: later than made_ns if the minisocket began as FIN_WAIT2 */
	uint64_t ended_ns;     /* of an end that was not reported: when it was given up, or found missing */
	uint64_t restarted_ns; /* last re-arming */
	uint64_t listed_ns;    /* when it was last found in the kernel's list of sockets; 0 = never */
	uint64_t address;
	uint32_t timeout_ms;	       /* what the kernel armed the timer with; 0 = not known */
	uint32_t fin_wait2_timeout_ms; /* the same, while it waited for the peer's FIN */
	uint16_t restarts;
	uint8_t substate;      /* now: 5 or 6; 0 = no minisocket so far */
	uint8_t exit;	       /* enum timewait_exit */
	uint8_t restart_flags; /* TCP flags of the segment behind the last restart; 0 = not known */
	uint8_t entered_by;    /* EVIDENCE_* of entered_ns */
	uint8_t ended_by;      /* EVIDENCE_* of ended_ns; DERIVED = it was missing from the list then; 0 = given up */
	bool was_fin_wait2;    /* began as a FIN_WAIT2 minisocket */
	bool existed; /* created before the tracer started: made_ns, and entered_ns if it is the same, are when it was
			 first seen */
};

/* Where a fact comes from; bits, since an interval has two edges. */
#define EVIDENCE_WIRE	 (1 << 0)
#define EVIDENCE_KERNEL	 (1 << 1)
#define EVIDENCE_DERIVED (1 << 2)

/* A segment that was dropped is sent again before many others are dropped. */
#define DATA_DROPS_KEPT 4

struct side {
	uint64_t id;   /* of its socket; 0 = none of this side was seen on this host */
	uint8_t state; /* of its socket: enum tcp_state, now */

	/* wire half */
	uint32_t isn;		  /* valid if isn_known */
	uint32_t fin_seq;	  /* sequence number of the FIN itself, valid if marks[MARK_FIN] */
	uint32_t next_seq;	  /* highest sequence end seen from this side; valid if seq_known */
	uint32_t next_seq_before; /* the same, before its last segment */
	uint32_t rst_seq;
	uint32_t acked;		       /* highest acknowledgment of its bytes, a RST's too; valid if acked_known */
	uint32_t unowned_synack_netns; /* where a SYN+ACK of it left that no socket had sent; 0 = none did */
	uint16_t syn_count;	       /* SYNs or SYN+ACKs seen, retransmissions included */
	uint16_t fin_count;
	uint16_t rst_count;
	uint16_t syn_retransmits; /* as the kernel counted (tcp_retransmit_skb, tcp_retransmit_synack) */
	uint16_t fin_retransmits;
	uint32_t segs_seen;	/* of its segments, those that were reported */
	uint32_t segs_beside;	/* of these, those that its own socket's segs_out does not count */
	uint32_t segs_missed;	/* of these, those that the other side's segs_in does not count */
	uint16_t syn_data;	/* payload bytes that its SYN carried */
	uint16_t drops;		/* of its segments, those that their receiver dropped */
	uint16_t queue_full;	/* SYNs and third ACKs for it that met a full accept queue */
	uint8_t drop_reason;	/* enum drop_reason of the last of its dropped segments */
	uint8_t ttl, ttl_place; /* TTL or hop limit of its first segment but a RST, and where that passed; 0 = none */
	uint8_t rst_ttl, rst_place; /* the same of the RST of MARK_RST */
	bool rst_left_here;	    /* ... it was seen on its way out of this host, sent by a socket of it */
	bool rst_bare;		    /* ... it had no ACK */
	uint64_t heard_ns;	    /* when its last segment came that was no RST; of a capture, which has all */
	/* Of its segments, those that its own host dropped on their way out, and TCP flags of any of them. */
	uint16_t drops_leaving;
	uint8_t leaving_flags;
	bool isn_known, seq_known, acked_known, fin_acked_with_fin; /* the ACK of our FIN carried the other FIN */
	uint8_t via;						    /* enum segment_via of its first segment */
	uint32_t ifindex;					    /* where its first segment was seen */

	/* kernel half */
	uint8_t last_open_state; /* the state before CLOSE */
	uint8_t existed_state;	 /* in which the snapshot found it, a minisocket's substate too; 0 = it did not */
	uint8_t present_state;	 /* the same, when the sockets were read again; 6 for any minisocket */
	uint8_t state_flags;	 /* STATE_* of the last state event */
	uint8_t shutdown;
	uint16_t err, err_soft; /* errno at CLOSE */
	uint16_t err_reported;	/* the last errno that its process was notified of; 0 = none */
	bool linger2_negative;	/* TCP_LINGER2 below 0: FIN_WAIT2 is not waited for */
	bool restored;		/* TCP_REPAIR opened it: without a handshake */
	bool detached;		/* TCP_REPAIR closed it: without a segment */
	/* What it had sent and taken at its last step: sequence numbers, valid if numbers_known. */
	uint32_t snd_una, snd_nxt, rcv_nxt;
	bool numbers_known;
	bool fin_taken;		/* it took the other side's FIN, or its minisocket did */
	uint8_t reset_sent;	/* enum reset_reason + 1 when the kernel said that it sent a RST; 0 = not said */
	uint8_t reset_received; /* the same, received */
	bool reset_in_process;	/* the RST was sent from a system call */
	bool has_stats;
	bool half_open;	       /* a request socket was seen for it */
	bool close_in_process; /* the step into CLOSE was made in a system call */
	bool uid_known;	       /* a process was seen, or the snapshot had it */
	bool fin_wait2_orphan; /* no process held it any more when its FIN was acknowledged */
	uint64_t cgroup;
	const struct cgroup *cgroup_known; /* the table's; set before the connection is reported */
	const char *domain; /* the name that its address came from; the table's, as long as that; NULL = not known */
	uint32_t netns;
	uint32_t uid;
	struct actor actor[ACTOR_ROLES];
	struct event_stats stats;		/* last known */
	struct transfer_counters transfer;	/* valid if transfer_ns is set */
	uint64_t transfer_ns;			/* when these were last reported; 0 = never */
	uint16_t sent_again[RETRANSMIT_CAUSES]; /* segments, by cause, those of the handshake not counted */
	/* Data segments of it that this host dropped: how many, why the last one, and where the last few began. */
	uint16_t data_drops;
	uint8_t data_drop_reason; /* enum drop_reason */
	uint32_t data_dropped[DATA_DROPS_KEPT];
	uint64_t listed_ns; /* when they came from the kernel's list of sockets; 0 = they did not */
	/* payload bytes this side had sent when the other's FIN arrived; valid if sent_at_peer_fin_known */
	uint64_t sent_at_peer_fin;
	bool sent_at_peer_fin_known;
	/* its sequence number on the ACK of the other's FIN, and what the other had taken of it then; valid if
	 * seq_at_peer_fin_known */
	uint32_t seq_at_peer_fin, taken_at_peer_fin;
	bool seq_at_peer_fin_known;
	struct timewait timewait;

	uint64_t mark[MARKS];
};

/* A CLOSE_WAIT that lasts longer than this is taken for a program that forgot to close(). */
#define CLOSE_WAIT_LEAK_NS 60000000000ULL
/* One that is to close() at once takes less. */
#define CLOSE_WAIT_SLOW_NS 1000000000ULL

enum conn_flag {
	/* seen from its beginning, and no event of it was lost */
	CONN_COMPLETE = 1 << 0,
	/* which side is the client was decided by a rule, not by a SYN or a state */
	CONN_ROLES_DERIVED = 1 << 1,
	/* existed before the tracer started */
	CONN_EXISTED = 1 << 2,
	CONN_SIMULTANEOUS_OPEN = 1 << 3,
	/* connected to itself: one socket is both sides */
	CONN_SELF = 1 << 4,
	/* existed while records were lost */
	CONN_LOSSY = 1 << 5,
	CONN_MPTCP = 1 << 6,
	/* its close has been reported */
	CONN_REPORTED = 1 << 7,
	/* its segments were seen on a loopback device */
	CONN_LOOPBACK = 1 << 8,
	/* the two FINs crossed: neither acknowledged the other */
	CONN_SIMULTANEOUS_CLOSE = 1 << 9,
	/* first seen by something else than a SYN or SYN_SENT */
	CONN_MIDSTREAM = 1 << 10,
	/* SYN_SENT before the kernel chose the local port: in no flow chain yet */
	CONN_TUPLE_PENDING = 1 << 11,
	/* a step of a socket was not reported: see conn_missed.h */
	CONN_STEPS_MISSED = 1 << 12,
	/* data in the SYN were accepted (RFC 7413) */
	CONN_FAST_OPEN = 1 << 13,
	/* a segment showed that the handshake was completed; when is another matter */
	CONN_ESTABLISHED_SEEN = 1 << 14,
	/* TCP_REPAIR: a socket was restored, or taken away, without a segment */
	CONN_REPAIR = 1 << 15,
	/* a sockmap held a socket of it: bytes passed that TCP did not count */
	CONN_PSOCK = 1 << 16,
	/* a lone FIN or SYN+ACK that nobody has answered but by a RST: a stray segment, as long as it is that */
	CONN_TENTATIVE = 1 << 17,
	/* how its last control block ended was not seen */
	CONN_END_UNSEEN = 1 << 18,
	/* an accepted socket of which nothing else is known: not announced until its numbers show whose end it is */
	CONN_UNPAIRED = 1 << 19,
	/* it may be another connection's, seen at a second place: which one's is not known */
	CONN_UNDECIDED = 1 << 20,
	/* memory ran out for a part of it, or for one of its events */
	CONN_NO_MEMORY = 1 << 21,
	/* conn.flow is as the opener's socket has it */
	CONN_FLOW_OF_OPENER = 1 << 22,
	/* conn.id is that of its two numbers */
	CONN_ID_OF_PAIR = 1 << 23,
	/* an earlier piece of the recording reported it: it is not reported again */
	CONN_BEFORE = 1 << 24,
	/* the names of its addresses were looked up, as they were at its beginning */
	CONN_NAMED = 1 << 25,
};

/* Tuples beside the first: translated here and there again, and one to spare. */
#define CONN_VIEWS 3
/* conn.server_view: its socket has the tuple that is conn.flow */
#define SERVER_VIEW_FLOW UINT8_MAX

/* An ICMP error about a segment: the last kind that came, other than packet too big. */
struct icmp_error {
	uint64_t ts_ns; /* the first of this kind; 0 = none came */
	uint8_t from[16];
	uint8_t version; /* 4 or 6 */
	uint8_t type, code;
	uint8_t side;	/* enum side_name: whose segment it quotes */
	uint16_t count; /* of this kind */
	uint16_t pad;
};

struct track;
struct path;
struct conn_entry;

struct conn {
	/* conn_store's */
	struct conn_entry *entry;
	struct list_node whole;
	struct moments moments;
	const struct path *path; /* of one that two hosts report: what they know together; else NULL */

	/* From here on conn_pack.c takes it word by word. */
	struct track *track; /* the state machine for captures, where every segment is seen; else NULL */
	struct flow flow;    /* as the opener's socket has it; without that, as it was seen first */
	uint32_t flags;	     /* enum conn_flag */

	uint64_t id[2]; /* 128 bits, printed as 32 hex digits; 0 = not announced; for good from CONN_REPORTED on */
	struct side side[SIDES];
	uint64_t start_ns;	/* first seen: SYN or SYN_SENT */
	uint64_t last_ns;	/* last event that concerned it */
	uint64_t close_ns;	/* when its last full socket closed, or the connection on the wire ended; 0 = open */
	int64_t wall_offset_ns; /* wall clock - ts_ns at its beginning */
	uint32_t wire_netns;	/* of the interface where its first segment was seen; 0 = none was */
	uint16_t vlan[2];	/* id + 1; 0 = untagged */
	uint16_t sights;	/* interfaces other than the first on which the same segments were seen */
	uint8_t views;		/* how many of view[] there are */
	uint8_t server_view;	/* which of them the server's socket has, from 1 on; 0 = not known */
	struct flow view[CONN_VIEWS]; /* other tuples under which its segments pass, or its sockets have */
	struct icmp_error icmp;
	struct verdict verdict; /* valid from CONN_CLOSED on */
	uint64_t decided_ns;	/* when the verdict was made */
	uint64_t listed;	/* how often it was listed as open */
};

/* Are the initial sequence numbers of both sides known? One connected to itself has one. */
bool conn_has_pair(const struct conn *c);
/*
 * Its id: a hash of the two initial sequence numbers, the same on every host that saw the connection, and in each
 * replay and capture. With the client's alone: of that, the server's port and the SYN's second (wall clock); without
 * it, of tuple and beginning.
 */
void conn_make_id(const struct conn *c, uint64_t id[2]);
/* Memory ran out for something of it: its record is incomplete. */
static inline void conn_no_memory(struct conn *c)
{
	c->flags = (c->flags | CONN_NO_MEMORY) & ~CONN_COMPLETE;
}
/* Adds to its history; without memory conn_no_memory(). */
void conn_add_moment(struct conn *c, const struct moment *m);
/* Which side sent the first FIN (or closed first, by state), or -1. */
int conn_first_closer(const struct conn *c);
/* Is it known when TIME_WAIT began? If not, its length is not reported. */
bool timewait_is_measured(const struct timewait *tw);
/* Was its end reported? */
bool timewait_end_is_seen(const struct timewait *tw);
/* How long TIME_WAIT lasted. False: it is not over, or it is not known when it began or when it ended. */
bool timewait_length(const struct timewait *tw, uint64_t *ns);
/* Of a TIME_WAIT whose end was not seen: how long it lasted at least and at most. 0 = not known. */
void timewait_bounds(const struct timewait *tw, uint64_t *least_ns, uint64_t *most_ns);
/* How long a minisocket is to be kept: what the kernel armed its timer with, else TCP_TIMEWAIT_LEN. */
uint64_t timewait_nominal_ns(const struct timewait *tw);
/* Had this side, when the snapshot found it, accepted the peer's FIN? */
bool side_had_taken_fin(const struct side *s);
/* Did the snapshot find it closing? Then it is not known when that began. */
bool conn_teardown_existed(const struct conn *c);
/* The process of a side: the one that connected or accepted, else the one that listened. NULL = not known. */
const struct actor *conn_actor(const struct conn *c, enum side_name side);
/* Is a socket of this side known on this host? */
bool side_is_local(const struct side *s);
/* NULL = not known, or not any more. */
const struct cgroup *side_cgroup(const struct side *s);
/* Is a full socket of this side open, by the events so far? A request is part of its handshake and does not count. */
static inline bool side_has_socket(const struct side *s)
{
	return s->id && s->state != TCPS_NEW_SYN_RECV;
}
/* Does this side's minisocket exist? */
static inline bool side_in_timewait(const struct side *s)
{
	return s->timewait.made_ns && !s->timewait.ended_ns;
}
/* The side that has the other's FIN and has not closed: its socket is in CLOSE_WAIT. -1 = neither. */
int conn_unclosed_side(const struct conn *c);
/* How long it has been in CLOSE_WAIT; at least, if the tracer found it so. 0 = it is not. */
uint64_t conn_close_wait_ns(const struct conn *c, enum side_name side, uint64_t now_ns);
/* Was the handshake seen to its end, on the wire or by a socket? */
bool conn_handshake_completed(const struct conn *c);
/* The same, or it was established when first seen. */
bool conn_was_established(const struct conn *c);
/* Did a segment on the wire end it? Silence alone does not prove an end. */
bool conn_ended_on_wire(const struct conn *c);
/* Has the FIN of both sides been sent and acknowledged, as the wire shows it? */
bool conn_fins_acked(const struct conn *c);
/*
 * Can this side's last RST, as seen on the wire, have ended the connection? In a half-open one a RST answers an ACK of
 * what was never sent, too: it bears that ACK's number, and the request remains (RFC 9293 3.10.7.4, tcp_check_req()).
 * The one that ends it bears the number behind the SYN+ACK, or 0 in answer to a segment without ACK. Whether an ACK was
 * accepted is known from the drop that follows it: before Linux 5.17, and of forwarded traffic, any RST ends it.
 */
bool conn_reset_ends(const struct conn *c, enum side_name sender);
/*
 * Was the SYN answered with a cookie, and no request kept (cookie_v4_init_sequence())? tcp_make_synack() gives its
 * segment to the request's socket but then, so this is known where the server's own SYN+ACK was seen leaving.
 */
bool conn_syn_cookie(const struct conn *c);
/* What an end was translated to: as the other end's socket has it, or else the last place at which the connection was
 * seen. NULL = the same, as far as is known. */
const struct endpoint *conn_translated(const struct conn *c, enum side_name side);
/* "client", "server", "both" or NULL: the role of this host. */
const char *conn_role(const struct conn *c);

#endif
