/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* How a connection ended, how its TIME_WAIT and FIN_WAIT2 did, and by which evidence: enumerators and their words. */
#ifndef TCPLIFE_ENDING_H
#define TCPLIFE_ENDING_H

#include <stdint.h>

/* enumerator, name in the outputs, what it means */
#define ENDINGS(_)                                                                                                     \
	_(UNKNOWN, "unknown", "how it ended could not be determined")                                                  \
	_(OPEN, "open", "still open")                                                                                  \
	_(CLOSED, "closed", "both sides sent a FIN and both were acknowledged")                                        \
	_(RESET, "reset", "a RST ended an established connection")                                                     \
	_(REFUSED, "refused", "the SYN was answered by a RST")                                                         \
	_(UNANSWERED, "unanswered", "the SYN was never answered")                                                      \
	_(UNREACHABLE, "unreachable", "host, network or port was reported unreachable")                                \
	_(NO_LOCAL_PORT, "no_local_port", "no free local port: no SYN was sent")                                       \
	_(HANDSHAKE_ABORTED, "handshake_aborted", "a side gave up before the handshake was complete")                  \
	_(LISTENER_OVERFLOW, "listener_overflow", "the listener's accept queue was full")                              \
	_(TIMED_OUT, "timed_out", "retransmissions or keepalives went unanswered")                                     \
	_(KILLED, "killed", "destroyed by another program, as ss -K does")                                             \
	_(DETACHED, "detached", "taken from this host by TCP_REPAIR: no segment was sent")

enum ending {
#define _(name, text, help) ENDING_##name,
	ENDINGS(_)
#undef _
		ENDING_COUNT,
};

/* How an orderly close went. */
#define CLOSE_FORMS(_)                                                                                                 \
	_(NONE, "none")                                                                                                \
	_(FOUR_WAY, "four_way")                                                                                        \
	_(THREE_WAY, "three_way")                                                                                      \
	_(SIMULTANEOUS, "simultaneous")

enum close_form {
#define _(name, text) CLOSE_FORM_##name,
	CLOSE_FORMS(_)
#undef _
		CLOSE_FORM_COUNT,
};

#define ENDED_BYS(_)                                                                                                   \
	_(UNKNOWN, "unknown")                                                                                          \
	_(CLIENT, "client")                                                                                            \
	_(SERVER, "server")                                                                                            \
	_(BOTH, "both")                                                                                                \
	_(KERNEL, "kernel")

enum ended_by {
#define _(name, text) ENDED_BY_##name,
	ENDED_BYS(_)
#undef _
		ENDED_BY_COUNT,
};

/* Who sent the RST that ended the connection. */
#define RESET_ORIGINS(_)                                                                                               \
	_(NONE, "none", "no RST ended it")                                                                             \
	_(PEER, "peer",                                                                                                \
	  "the end that it names: its kernel said so, or the RST came from as far as its other segments")              \
	_(PATH, "path", "a device on the path: its TTL is not that of the sender's other segments")                    \
	_(UNKNOWN, "unknown", "nothing to compare it with")

enum reset_origin {
#define _(name, text, help) RESET_ORIGIN_##name,
	RESET_ORIGINS(_)
#undef _
		RESET_ORIGIN_COUNT,
};

/* How TIME_WAIT ended. */
#define TIMEWAIT_EXITS(_)                                                                                              \
	_(UNKNOWN, "unknown", "how it ended could not be determined")                                                  \
	_(RUNNING, "running", "not over yet")                                                                          \
	_(EXPIRED, "expired", "its timer ran out")                                                                     \
	_(REUSED, "reused", "a new connection of this host took its ports (tcp_tw_reuse)")                             \
	_(REOPENED, "reopened", "a new SYN from the peer was accepted (RFC 9293 3.6.1)")                               \
	_(RESET, "reset", "a RST ended it (tcp_rfc1337 = 0)")                                                          \
	_(KILLED, "killed", "destroyed by another program, as ss -K does")                                             \
	_(NETNS_GONE, "netns_gone", "its network namespace was removed")                                               \
	_(NEVER_CREATED, "never_created", "no minisocket could be created (tcp_max_tw_buckets or memory)")

enum timewait_exit {
#define _(name, text, help) TIMEWAIT_EXIT_##name,
	TIMEWAIT_EXITS(_)
#undef _
		TIMEWAIT_EXIT_COUNT,
};

/* What waits in FIN_WAIT2. */
#define FIN_WAIT2_FORMS(_)                                                                                             \
	_(HALF_CLOSED, "half_closed", "the process has shut down its direction and still holds the socket")            \
	_(ORPHAN_SOCKET, "orphan_socket", "closed, and a full socket waits: tcp_fin_timeout above 60 s, or linger")    \
	_(ORPHAN_MINISOCKET, "orphan_minisocket", "closed, and a minisocket waits, for tcp_fin_timeout or TCP_LINGER2")

enum fin_wait2_form {
#define _(name, text, help) FIN_WAIT2_FORM_##name,
	FIN_WAIT2_FORMS(_)
#undef _
		FIN_WAIT2_FORM_COUNT,
};

/* How FIN_WAIT2 ended. */
#define FIN_WAIT2_EXITS(_)                                                                                             \
	_(UNKNOWN, "unknown", "how it ended could not be determined")                                                  \
	_(RUNNING, "running", "not over yet")                                                                          \
	_(FIN, "fin", "the peer's FIN came")                                                                           \
	_(EXPIRED, "expired", "its timer ran out: no TIME_WAIT follows")                                               \
	_(RESET, "reset", "a RST came, or data that was answered by one")                                              \
	_(KILLED, "killed", "destroyed by another program, as ss -K does")                                             \
	_(NETNS_GONE, "netns_gone", "its network namespace was removed")                                               \
	_(NEVER_CREATED, "never_created", "no minisocket could be created (tcp_max_tw_buckets or memory)")

enum fin_wait2_exit {
#define _(name, text, help) FIN_WAIT2_EXIT_##name,
	FIN_WAIT2_EXITS(_)
#undef _
		FIN_WAIT2_EXIT_COUNT,
};

const char *fin_wait2_form_name(enum fin_wait2_form f);
const char *fin_wait2_exit_name(enum fin_wait2_exit e);
const char *ending_name(enum ending e);
const char *ending_help(enum ending e);
const char *close_form_name(enum close_form f);
const char *ended_by_name(enum ended_by b);
const char *reset_origin_name(enum reset_origin o);
const char *timewait_exit_name(enum timewait_exit e);
const char *timewait_exit_help(enum timewait_exit e);
/* "TCP_ABORT_ON_CLOSE": the kernel's name; "UNKNOWN" for a number outside the list. Takes enum reset_reason. */
const char *reset_reason_name(unsigned int reason);
/* "closed with unread data": its meaning in a few words; "" where it has none. */
const char *reset_reason_help(unsigned int reason);

/* "TCP_CSUM": the same of enum drop_reason. */
const char *drop_reason_name(unsigned int reason);
/* "wrong checksum"; never "". */
const char *drop_reason_help(unsigned int reason);

/* "timeout", "fast", "tail_loss_probe", "unknown": of enum retransmit_cause, as OpenTelemetry proposes them. */
const char *retransmit_cause_name(unsigned int cause);

/* What was decided about a connection, and by which evidence. */
struct verdict {
	uint8_t ending;	      /* enum ending */
	uint8_t close_form;   /* enum close_form, if ENDING_CLOSED */
	uint8_t ended_by;     /* enum ended_by */
	uint8_t reset_reason; /* enum reset_reason; 0 = none was reported */
	uint16_t err;	      /* the errno that the application got; 0 = none */
	uint8_t in_state;     /* enum tcp_state in which it ended, of the side that decided it */
	uint8_t reset_origin; /* enum reset_origin */
	uint32_t evidence;    /* bits 1 << enum verdict_evidence */
};

/* The evidence that decided; names in verdict_evidence_name(). */
#define VERDICT_EVIDENCE(_)                                                                                            \
	_(STATE, "state")		/* the step into CLOSE */                                                      \
	_(ERRNO, "errno")		/* sk_err or sk_err_soft at CLOSE */                                           \
	_(SEGMENT, "segment")		/* a SYN, FIN, RST or ACK on the wire */                                       \
	_(RESET_REASON, "reset_reason") /* tcp_send_reset, tcp_receive_reset */                                        \
	_(LINGER, "linger")		/* SO_LINGER with 0 was set */                                                 \
	_(UNREAD, "unread")		/* bytes in the receive queue at close */                                      \
	_(MINISOCKET, "minisocket")	/* one was found, or was missing where one was due */                          \
	_(PROCESS, "process")		/* the step was made in a system call */                                       \
	_(QUEUE, "queue")		/* the listener's accept queue was full */                                     \
	_(DROP, "drop")			/* the kernel dropped the segment and gave a reason */                         \
	_(TTL, "ttl")			/* of a RST, beside that of the sender's other segments */                     \
	_(RETRANSMITS, "retransmits")	/* counted by the kernel */                                                    \
	_(SILENCE, "silence")		/* nothing came for longer than the kernel would wait */                       \
	_(ICMP, "icmp")			/* an ICMP error about one of its segments */                                  \
	_(REPAIR, "repair")		/* TCP_REPAIR was on */                                                        \
	_(HOSTS, "both_hosts")		/* what left one host did not come to the other, or the other way round */

enum verdict_evidence {
#define _(name, text) VERDICT_EVIDENCE_##name,
	VERDICT_EVIDENCE(_)
#undef _
		VERDICT_EVIDENCE_COUNT,
};

const char *verdict_evidence_name(enum verdict_evidence e);

#endif
