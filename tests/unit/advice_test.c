// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Each rule of advice: what calls for it, what it says in general, and what of this host. */
#include "core/record/advice.h"

#include <errno.h>

#include "test.h"

#define S     1000000000ULL
#define HERE  11
#define OTHER 12

static struct endpoint v4(unsigned int last, unsigned int port)
{
	return (struct endpoint) { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = (uint8_t)last }, (uint16_t)port };
}

static const struct endpoint any6 = { .port = 8080 };

/* Both ends are here. */
static struct conn between(enum ending ending)
{
	struct conn c = { .start_ns = S, .close_ns = 2 * S, .decided_ns = 100 * S };

	c.verdict.ending = ending;
	c.flow.end[CLIENT] = v4(1, 40000);
	c.flow.end[SERVER] = v4(2, 8080);
	for (int i = CLIENT; i < SIDES; i++) {
		c.side[i].id = 1 + (unsigned int)i;
		c.side[i].netns = HERE;
	}
	return c;
}

/* The server is elsewhere, or nobody: no socket of it is known. */
static struct conn towards(enum ending ending)
{
	struct conn c = between(ending);

	c.side[SERVER].id = c.side[SERVER].netns = 0;
	c.wire_netns = HERE;
	return c;
}

static struct conn reset_by_server(enum reset_reason reason)
{
	struct conn c = between(ENDING_RESET);

	c.verdict.ended_by = ENDED_BY_SERVER;
	c.verdict.reset_reason = reason;
	c.verdict.reset_origin = RESET_ORIGIN_PEER;
	c.side[SERVER].mark[MARK_ACCEPTED] = S;
	return c;
}

static struct host_facts host(void)
{
	struct host_facts f = {
		.netns = HERE,
		.ports = { .known = true, .low = 40000, .high = 40099, .tw_reuse = 2 },
		.listeners_known = true,
	};

	for (int i = 0; i < HOST_SETTING_COUNT; i++)
		f.setting[i] = HOST_NOT_KNOWN;
	f.setting[HOST_SOMAXCONN] = 4096;
	return f;
}

/* The rule, its general line, and the one about the host; NULL = that is the same. */
static void advises(const struct conn *c, const struct host_facts *f, enum advice_rule rule, const char *general,
		    const char *here)
{
	struct advice a = advice_of(c);
	struct strbuf text = { 0 };

	CHECK_EQ_STR(advice_name(a.rule), advice_name(rule));
	advice_text(&a, NULL, &text);
	CHECK_EQ_STR(strbuf_text(&text), general);
	strbuf_reset(&text);
	advice_text(&a, f, &text);
	CHECK_EQ_STR(strbuf_text(&text), here ? here : general);
	strbuf_reset(&text);
	a.netns = OTHER; /* whose settings are not known */
	advice_text(&a, f, &text);
	CHECK_EQ_STR(strbuf_text(&text), general);
	strbuf_free(&text);
}

CASE(a_full_accept_queue)
{
	const char *general = "let the program accept() sooner, or raise listen()'s backlog and somaxconn";
	struct host_listener l = { .end = any6, .limit = 128 };
	struct conn c = between(ENDING_LISTENER_OVERFLOW), late = between(ENDING_UNANSWERED);
	struct host_facts f = host();

	f.listener = &l;
	f.listener_count = 1;
	advises(&c, &f, ADVICE_ACCEPT_QUEUE, general,
		"the accept queue of *:8080 holds 128: raise listen()'s backlog; somaxconn is 4096");
	l.limit = 4096;
	l.end = v4(2, 8080);
	late.side[SERVER].queue_full = 3;
	advises(&late, &f, ADVICE_ACCEPT_QUEUE, general,
		"the accept queue of 10.0.0.2:8080 holds 4096: raise somaxconn, and listen()'s backlog if it is no "
		"larger; somaxconn is 4096");
	f.listener_count = 0; /* it is gone */
	advises(&c, &f, ADVICE_ACCEPT_QUEUE, general, NULL);
}

CASE(a_reset_behind_the_syn_ack)
{
	const char *general = "the RST follows a SYN+ACK: tcp_abort_on_overflow=1 and a full accept queue, or a "
			      "listener that was closed";
	struct conn c = between(ENDING_REFUSED);
	struct host_facts f = host();

	c.side[SERVER].mark[MARK_SYN] = S;
	f.setting[HOST_ABORT_ON_OVERFLOW] = 0;
	advises(&c, &f, ADVICE_ABORT_ON_OVERFLOW, general, NULL);
	f.setting[HOST_ABORT_ON_OVERFLOW] = 1;
	advises(&c, &f, ADVICE_ABORT_ON_OVERFLOW, general,
		"tcp_abort_on_overflow is 1: a full accept queue resets; set it to 0, and raise listen()'s backlog");
}

CASE(refused)
{
	const char *general = "see at the server whether a program listens on port 8080: ss -ltn";
	struct host_listener l = { .end = any6, .only_v6 = true };
	struct conn c = towards(ENDING_REFUSED);
	struct host_facts f = host();

	advises(&c, &f, ADVICE_REFUSED, general, NULL); /* a server elsewhere */
	c.flags |= CONN_LOOPBACK;
	advises(&c, &f, ADVICE_REFUSED, general,
		"nobody listens on 8080: start the program, or mend the client's port");
	f.listener = &l;
	f.listener_count = 1;
	advises(&c, &f, ADVICE_REFUSED, general, "only *:8080 is listened on: bind 10.0.0.2 too, or all addresses");
	l.end = v4(9, 8080);
	advises(&c, &f, ADVICE_REFUSED, general,
		"only 10.0.0.9:8080 is listened on: bind 10.0.0.2 too, or all addresses");
	l = (struct host_listener) { .end = any6 };
	advises(&c, &f, ADVICE_REFUSED, general,
		"*:8080 is listened on: a packet filter may have sent the RST: nft list ruleset");
	c.verdict.reset_reason = RESET_NO_SOCKET;
	advises(&c, &f, ADVICE_REFUSED, general,
		"*:8080 is listened on by now: the client came before the program was ready");
	l.end.port = 8081;
	advises(&c, &f, ADVICE_REFUSED, general,
		"nobody listens on 8080: start the program, or mend the client's port");
	f.listeners_known = false;
	advises(&c, &f, ADVICE_REFUSED, general, NULL);
}

CASE(unanswered)
{
	const char *general =
		"trace at the server: if no SYN comes, a firewall or the route loses it; else the way back";
	struct conn c = towards(ENDING_UNANSWERED), gave_up = towards(ENDING_HANDSHAKE_ABORTED);
	struct host_facts f = host();

	advises(&c, &f, ADVICE_UNANSWERED, general, NULL);
	f.setting[HOST_SYN_RETRIES] = 6;
	advises(&c, &f, ADVICE_UNANSWERED, general,
		"trace at the server: if no SYN comes, a firewall or the route loses it; else the way back; "
		"tcp_syn_retries is 6");
	c.side[CLIENT].drops_leaving = 7;
	c.side[CLIENT].drop_reason = DROP_NETFILTER_DROP;
	advises(&c, &f, ADVICE_FILTERED, "a rule of the client's own host drops it: nft list ruleset", NULL);
	gave_up.verdict.ended_by = ENDED_BY_CLIENT;
	gave_up.side[CLIENT].syn_count = 1;
	advises(&gave_up, NULL, ADVICE_NONE, "", NULL);
	gave_up.side[CLIENT].syn_count = 2;
	advises(&gave_up, NULL, ADVICE_UNANSWERED, general, NULL);
	gave_up.side[CLIENT].syn_count = 0; /* nobody watched the wire: the kernel counts too */
	gave_up.side[CLIENT].syn_retransmits = 1;
	advises(&gave_up, NULL, ADVICE_UNANSWERED, general, NULL);
	gave_up.side[SERVER].mark[MARK_SYN] = S; /* it was answered */
	advises(&gave_up, NULL, ADVICE_NONE, "", NULL);
}

CASE(unreachable)
{
	struct conn c = towards(ENDING_UNREACHABLE);

	advises(&c, NULL, ADVICE_UNREACHABLE,
		"look at the way there on the client's host: ip route get 10.0.0.2, then ip neigh", NULL);
}

CASE(no_local_port)
{
	const char *general = "widen ip_local_port_range, set tcp_tw_reuse=1, or keep connections and share them";
	struct conn c = towards(ENDING_NO_LOCAL_PORT);
	struct host_facts f = host();
	struct strbuf text = { 0 };
	struct advice a;

	advises(&c, &f, ADVICE_NO_LOCAL_PORT, general,
		"ip_local_port_range has 100 ports (40000-40099) and tcp_tw_reuse is 2: widen the one, or set the "
		"other "
		"to 1");
	a = advice_of(&c);
	a.time_wait = 97;
	advice_text(&a, &f, &text);
	CHECK_EQ_STR(
		strbuf_text(&text),
		"tcp_tw_reuse=1 would free 97 ports; ip_local_port_range has 100 ports (40000-40099): or widen it");
	strbuf_reset(&text);
	a.reuse = REUSE_WOULD_NOT;
	a.time_wait = 0;
	advice_text(&a, &f, &text);
	CHECK_EQ_STR(strbuf_text(&text),
		     "ip_local_port_range has 100 ports (40000-40099), and open connections hold most: share them");
	strbuf_free(&text);
	f.ports.tw_reuse = 1;
	advises(&c, &f, ADVICE_NO_LOCAL_PORT, general,
		"ip_local_port_range has 100 ports (40000-40099): widen it, or share connections; tcp_tw_reuse is on");
	f.ports.known = false;
	advises(&c, &f, ADVICE_NO_LOCAL_PORT, general, NULL);
}

CASE(timed_out)
{
	const char *general = "the path or the other end went away; TCP_USER_TIMEOUT says how long a program waits";
	const char *fin = "see why the other side keeps its end open; tcp_fin_timeout says how long this one waits";
	struct conn c = towards(ENDING_TIMED_OUT);
	struct host_facts f = host();

	f.setting[HOST_RETRIES2] = 15;
	f.setting[HOST_FIN_TIMEOUT] = 60;
	advises(&c, &f, ADVICE_TIMED_OUT, general,
		"the path or the other end went away; TCP_USER_TIMEOUT says how long a program waits; tcp_retries2 is "
		"15");
	c.verdict.in_state = TCPS_FIN_WAIT2;
	advises(&c, &f, ADVICE_FIN_WAIT2, fin,
		"see why the other side keeps its end open; tcp_fin_timeout says how long this one waits; "
		"tcp_fin_timeout is 60");
}

CASE(resets_by_cause)
{
	struct host_facts f = host();
	struct conn c = reset_by_server(RESET_TCP_ABORT_ON_CLOSE);

	advises(&c, &f, ADVICE_UNREAD,
		"let the program read to the end before close(), or shutdown() and wait for the FIN", NULL);
	c = reset_by_server(RESET_TCP_STATE);
	c.side[SERVER].state_flags = STATE_LINGER_ZERO;
	advises(&c, &f, ADVICE_LINGER, "leave SO_LINGER 0 out unless it is meant: what was not sent yet is lost", NULL);
	c = reset_by_server(RESET_TCP_STATE);
	c.side[SERVER].mark[MARK_ACCEPTED] = 0;
	advises(&c, &f, ADVICE_NOT_ACCEPTED, "let the program accept() what waits before it closes its listener", NULL);
	c = reset_by_server(RESET_TCP_ABORT_ON_DATA);
	advises(&c, &f, ADVICE_LATE_DATA, "the other side was still sending: read to the end before close()", NULL);
	c = reset_by_server(RESET_TCP_ABORT_ON_MEMORY);
	f.setting[HOST_MAX_ORPHANS] = 8;
	advises(&c, &f, ADVICE_MEMORY, "look at TcpExtTCPAbortOnMemory in nstat: raise tcp_max_orphans or tcp_mem",
		"look at TcpExtTCPAbortOnMemory in nstat: raise tcp_max_orphans or tcp_mem; tcp_max_orphans is 8");
	c = reset_by_server(RESET_UNKNOWN);
	advises(&c, &f, ADVICE_NONE, "", NULL);
	c.verdict.reset_origin = RESET_ORIGIN_PATH;
	advises(&c, &f, ADVICE_ON_PATH,
		"ask who runs the firewalls on the way: the RST was sent by none of the two ends", NULL);
}

CASE(a_device_that_forgets_idle_connections)
{
	struct conn c = towards(ENDING_RESET);
	struct host_facts f = host();

	c.verdict.ended_by = ENDED_BY_SERVER;
	c.verdict.reset_origin = RESET_ORIGIN_UNKNOWN;
	c.side[CLIENT].mark[MARK_CLOSE] = 90 * S;
	c.side[CLIENT].has_stats = true;
	c.side[CLIENT].stats.quiet_ms = 88000;
	c.side[SERVER].mark[MARK_RST] = 90 * S;
	c.side[SERVER].rst_bare = true;
	f.setting[HOST_KEEPALIVE_TIME] = 7200;
	advises(&c, &f, ADVICE_FORGOTTEN,
		"set keepalive below the idle timeout of what stands between: SO_KEEPALIVE, TCP_KEEPIDLE",
		"set keepalive below the idle timeout of what stands between: SO_KEEPALIVE, TCP_KEEPIDLE; "
		"tcp_keepalive_time is 7200");
}

CASE(not_closed)
{
	struct conn c = between(ENDING_OPEN);
	struct host_facts f = host();

	c.close_ns = 0;
	advises(&c, NULL, ADVICE_NONE, "", NULL);
	c.side[SERVER].state = TCPS_CLOSE_WAIT;
	c.side[SERVER].mark[MARK_CLOSE_WAIT] = 50 * S;
	advises(&c, &f, ADVICE_UNCLOSED, "the program must close() when read() returns 0",
		"the program must close() when read() returns 0: ss -tanp state close-wait");
	c.decided_ns = 50 * S + S / 2; /* it may be about to */
	advises(&c, NULL, ADVICE_NONE, "", NULL);
}

CASE(no_room_for_time_wait)
{
	struct conn c = between(ENDING_CLOSED);
	struct host_facts f = host();

	advises(&c, &f, ADVICE_NONE, "", NULL);
	c.side[CLIENT].timewait.exit = TIMEWAIT_EXIT_NEVER_CREATED;
	f.setting[HOST_MAX_TW_BUCKETS] = 5;
	advises(&c, &f, ADVICE_TW_BUCKETS, "raise tcp_max_tw_buckets, or let the other side close first",
		"raise tcp_max_tw_buckets, or let the other side close first; tcp_max_tw_buckets is 5");
}

CASE(what_held_data_up)
{
	struct conn c = between(ENDING_CLOSED);
	struct side *s = &c.side[SERVER];
	struct host_facts f = host();

	s->mark[MARK_ESTABLISHED] = S;
	s->transfer_ns = 11 * S;
	s->transfer = (struct transfer_counters) { .busy_ns = 9 * S, .rwnd_limited_ns = 8 * S };
	s->has_stats = true;
	s->stats = (struct event_stats) { .data_segs_out = 1000, .bytes_sent = 1000000, .bytes_acked = 1000000 };
	f.setting[HOST_RMEM_MAX] = 6291456;
	f.setting[HOST_WMEM_MAX] = 4194304;
	advises(&c, &f, ADVICE_RECEIVER_WINDOW,
		"let the receiving program read faster, or raise its buffer (SO_RCVBUF, tcp_rmem)",
		"let the receiving program read faster, or raise its buffer (SO_RCVBUF, tcp_rmem); tcp_rmem ends at "
		"6291456 bytes");
	s->transfer = (struct transfer_counters) { .busy_ns = 9 * S, .sndbuf_limited_ns = 8 * S };
	advises(&c, &f, ADVICE_SEND_BUFFER, "raise the sender's buffer (SO_SNDBUF, tcp_wmem)",
		"raise the sender's buffer (SO_SNDBUF, tcp_wmem); tcp_wmem ends at 4194304 bytes");
	s->transfer = (struct transfer_counters) { .busy_ns = S, .sndbuf_limited_ns = S / 2 };
	advises(&c, &f, ADVICE_NONE, "", NULL);
}

CASE(what_needs_none)
{
	static const uint8_t none[] = { ENDING_KILLED, ENDING_DETACHED, ENDING_UNKNOWN };

	for (size_t i = 0; i < sizeof(none); i++) {
		struct conn c = between(none[i]);

		advises(&c, NULL, ADVICE_NONE, "", NULL);
	}
	CHECK_EQ_STR(advice_name(ADVICE_COUNT), "NONE");
	CHECK_EQ_STR(host_setting_name(HOST_SOMAXCONN), "somaxconn");
	CHECK_EQ_STR(host_setting_name(HOST_SETTING_COUNT), "");
}
