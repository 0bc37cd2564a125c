/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What to do about a verdict that points to a cause: a rule finds the cause in the connection, and its text is one
 * line. Where the side that it concerns is in the network namespace whose facts are given, the line is about this host
 * as it is now; else it is general, and has no numbers.
 */
#ifndef TCPLIFE_ADVICE_H
#define TCPLIFE_ADVICE_H

#include "core/conn.h"
#include "core/host_facts.h"
#include "lib/strbuf.h"

/*
 * Rule, and its general text; $A: the server's address, $E: with its port, $P: the port. tcplife-trace-endings(7) has
 * the same lines (tests/docs.sh).
 */
#define ADVICES(_)                                                                                                     \
	_(ACCEPT_QUEUE, "let the program accept() sooner, or raise listen()'s backlog and somaxconn")                  \
	_(ABORT_ON_OVERFLOW, "the RST follows a SYN+ACK: tcp_abort_on_overflow=1 and a full accept queue, or a "       \
			     "listener that was closed")                                                               \
	_(REFUSED, "see at the server whether a program listens on port $P: ss -ltn")                                  \
	_(FILTERED, "a rule of the client's own host drops it: nft list ruleset")                                      \
	_(UNANSWERED, "trace at the server: if no SYN comes, a firewall or the route loses it; else the way back")     \
	_(UNREACHABLE, "look at the way there on the client's host: ip route get $A, then ip neigh")                   \
	_(NO_LOCAL_PORT, "widen ip_local_port_range, set tcp_tw_reuse=1, or keep connections and share them")          \
	_(FIN_WAIT2, "see why the other side keeps its end open; tcp_fin_timeout says how long this one waits")        \
	_(TIMED_OUT, "the path or the other end went away; TCP_USER_TIMEOUT says how long a program waits")            \
	_(UNREAD, "let the program read to the end before close(), or shutdown() and wait for the FIN")                \
	_(LINGER, "leave SO_LINGER 0 out unless it is meant: what was not sent yet is lost")                           \
	_(LATE_DATA, "the other side was still sending: read to the end before close()")                               \
	_(NOT_ACCEPTED, "let the program accept() what waits before it closes its listener")                           \
	_(MEMORY, "look at TcpExtTCPAbortOnMemory in nstat: raise tcp_max_orphans or tcp_mem")                         \
	_(FORGOTTEN, "set keepalive below the idle timeout of what stands between: SO_KEEPALIVE, TCP_KEEPIDLE")        \
	_(ON_PATH, "ask who runs the firewalls on the way: the RST was sent by none of the two ends")                  \
	_(UNCLOSED, "the program must close() when read() returns 0")                                                  \
	_(TW_BUCKETS, "raise tcp_max_tw_buckets, or let the other side close first")                                   \
	_(RECEIVER_WINDOW, "let the receiving program read faster, or raise its buffer (SO_RCVBUF, tcp_rmem)")         \
	_(SEND_BUFFER, "raise the sender's buffer (SO_SNDBUF, tcp_wmem)")

enum advice_rule {
	ADVICE_NONE,
#define _(name, text) ADVICE_##name,
	ADVICES(_)
#undef _
		ADVICE_COUNT,
};

/* All that the text needs of the connection. */
struct advice {
	uint8_t rule;	      /* enum advice_rule */
	uint8_t reuse;	      /* of NO_LOCAL_PORT: enum reuse_advice; REUSE_NO_ADVICE = not known */
	bool answered_by_tcp; /* of REFUSED: the kernel here said that no socket was there */
	uint32_t netns;	      /* of the side that it concerns; 0 = it is not on this host, or not known */
	uint32_t time_wait;   /* of NO_LOCAL_PORT: ports that TIME_WAIT holds; 0 = not known */
	struct endpoint end;  /* the server's */
};

/* By c->verdict, which must be set. */
struct advice advice_of(const struct conn *c);
/* Of one whose SYN had no answer that was taken, whether it is over or not. */
struct advice advice_of_opening(const struct conn *c);
/*
 * One line without a full stop; nothing for ADVICE_NONE. facts: of this host, now; NULL = the record is another host's,
 * or of the past.
 */
void advice_text(const struct advice *a, const struct host_facts *facts, struct strbuf *out);
/* Would the facts of the host that it concerns change the text? Else they need not be read. */
bool advice_is_about_host(const struct advice *a);
/* "ACCEPT_QUEUE"; "NONE". */
const char *advice_name(enum advice_rule rule);

#endif
