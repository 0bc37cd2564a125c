// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What --doctor counts, which of it is trouble, in which order, and in which words. */
#include "sink/doctor/report.h"

#include <stdlib.h>

#include "core/capture/track.h"
#include "core/query/query.h"
#include "lib/human.h"
#include "test.h"

#define S    1000000000ULL
#define HERE 11

static struct endpoint v4(unsigned int last, unsigned int port)
{
	return (struct endpoint) { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = (uint8_t)last }, (uint16_t)port };
}

static void name(struct conn *c, enum side_name side, enum actor_role role, const char *comm)
{
	struct actor *a = &c->side[side].actor[role];

	*a = (struct actor) { .pid = 42, .certainty = ACTOR_CERTAIN };
	memcpy(a->comm, comm, strnlen(comm, sizeof(a->comm)));
}

/* From here to 10.0.0.2. */
static struct conn outgoing(unsigned int port, enum ending ending)
{
	struct conn c = { .start_ns = S, .close_ns = 2 * S, .decided_ns = 2 * S };

	c.flow.end[CLIENT] = v4(1, 40000);
	c.flow.end[SERVER] = v4(2, port);
	c.side[CLIENT].id = 1;
	c.side[CLIENT].netns = HERE;
	c.verdict.ending = ending;
	name(&c, CLIENT, OPENER, "curl");
	return c;
}

/* From 10.0.0.2 to a service here. */
static struct conn incoming(unsigned int port, enum ending ending)
{
	struct conn c = { .start_ns = S, .close_ns = 2 * S, .decided_ns = 2 * S };

	c.flow.end[CLIENT] = v4(2, 50000);
	c.flow.end[SERVER] = v4(1, port);
	c.side[SERVER].id = 2;
	c.side[SERVER].netns = HERE;
	c.verdict.ending = ending;
	name(&c, SERVER, ACCEPTOR, "nginx");
	return c;
}

static void closed(struct findings *f, unsigned int times, struct conn c)
{
	while (times--)
		findings_closed(f, &c);
}

static struct host_facts host(void)
{
	struct host_facts f = { .netns = HERE };

	for (int i = 0; i < HOST_SETTING_COUNT; i++)
		f.setting[i] = HOST_NOT_KNOWN;
	f.setting[HOST_SOMAXCONN] = 4096;
	return f;
}

static struct findings start(void)
{
	struct findings f;

	CHECK_EQ_INT(findings_init(&f), 0);
	return f;
}

static const struct finding *found[8];

static size_t judge(struct findings *f, const struct host_facts *facts)
{
	size_t more, n = findings_judge(f, facts, found, 8, &more);

	CHECK_EQ_INT(more, 0);
	return n;
}

/* All lines of one finding, as they are printed. */
static const char *printed(const struct finding *f, const struct report_place *p)
{
	static struct strbuf all;

	strbuf_reset(&all);
	report_title(f, 0, &all);
	strbuf_puts(&all, " | ");
	report_evidence(f, 0, &all);
	strbuf_puts(&all, " | ");
	report_advice(f, p, &all);
	strbuf_puts(&all, " | ");
	report_command(f, p, &all);
	return strbuf_text(&all);
}

/* There is one finding, and it is this. */
static void only(struct findings *f, const struct host_facts *facts, const char *text)
{
	const struct report_place here = { .facts = facts };

	if (judge(f, facts) == 1)
		CHECK_EQ_STR(printed(found[0], &here), text);
	else
		TEST_FAIL("%zu findings, not 1: %s", judge(f, facts), text);
	findings_free(f);
}

static void nothing(struct findings *f, const struct host_facts *facts)
{
	CHECK_EQ_INT(judge(f, facts), 0);
	findings_free(f);
}

CASE(what_ends_in_order_is_no_finding)
{
	struct findings f = start();

	closed(&f, 100, outgoing(80, ENDING_CLOSED));
	closed(&f, 100, incoming(80, ENDING_CLOSED));
	CHECK_EQ_INT(f.connections, 200);
	nothing(&f, NULL);
}

CASE(refused)
{
	struct findings f = start();
	struct host_facts facts = host();

	closed(&f, 2, outgoing(81, ENDING_REFUSED));
	CHECK_EQ_INT(judge(&f, NULL), 0);
	closed(&f, 1, outgoing(81, ENDING_REFUSED));
	closed(&f, 28, outgoing(81, ENDING_CLOSED)); /* less than one in ten */
	CHECK_EQ_INT(judge(&f, NULL), 0);
	closed(&f, 1, outgoing(81, ENDING_REFUSED));
	only(&f, &facts,
	     "10.0.0.2:81 refuses connections | 4 of 32 connections: refused: RST in answer to the SYN; opened by "
	     "curl[42] | see at the server whether a program listens on port 81: ss -ltn | tcplife-trace --explain "
	     "--ending refused --port 81");
}

CASE(scans_are_no_finding)
{
	struct findings f = start();
	struct conn c = incoming(22, ENDING_REFUSED);

	c.side[SERVER].id = 0; /* nobody listens */
	closed(&f, 9, c);
	CHECK_EQ_INT(judge(&f, NULL), 0);
	closed(&f, 1, c);
	CHECK_EQ_INT(judge(&f, NULL), 1);
	findings_free(&f);
}

CASE(unanswered_and_still_trying)
{
	struct findings f = start();
	struct conn c = outgoing(82, ENDING_OPEN);

	c.close_ns = 0;
	c.side[CLIENT].state = TCPS_SYN_SENT;
	c.side[CLIENT].syn_count = 3;
	findings_open(&f, &c, S + 2 * S); /* it may be on its way */
	CHECK_EQ_INT(judge(&f, NULL), 0);
	findings_open(&f, &c, S + 4 * S);
	only(&f, NULL,
	     "10.0.0.2:82 does not answer | 1 of 2 connections: no answer to the SYN; opened by curl[42] | trace at "
	     "the "
	     "server: if no SYN comes, a firewall or the route loses it; else the way back | tcplife-trace --explain "
	     "--ending unanswered,handshake_aborted --port 82");
}

CASE(a_full_queue_explains_what_is_not_answered)
{
	struct findings f = start();
	struct conn c = outgoing(84, ENDING_UNANSWERED);
	struct host_listener l = { .end = { .port = 84 }, .waiting = 2, .limit = 1 };
	struct host_facts facts = host();

	facts.listener = &l;
	facts.listener_count = 1;
	c.side[SERVER] = (struct side) { .id = 2, .netns = HERE, .queue_full = 3 };
	name(&c, SERVER, OPENER, "nginx");
	closed(&f, 2, c);
	c.side[SERVER] = (struct side) { 0 }; /* a kernel that does not say which SYN met it */
	closed(&f, 1, c);
	findings_host(&f, &facts, true);
	only(&f, &facts,
	     "The accept queue of *:84 is full | 2 connections met it full; 2 wait in it now, its limit is 1; listened "
	     "on by nginx[42] | the accept queue of *:84 holds 1: raise listen()'s backlog; somaxconn is 4096 | ss "
	     "-ltnp 'sport = :84'");
}

CASE(a_queue_is_full_though_nobody_met_it)
{
	struct host_listener l = { .end = { .port = 84 }, .waiting = 2, .limit = 1 };
	struct host_facts facts = host();
	struct findings f = start();

	facts.listener = &l;
	facts.listener_count = 1;
	findings_host(&f, &facts, true);
	CHECK_EQ_INT(judge(&f, &facts), 1);
	findings_free(&f);
	f = start();
	findings_host(&f, &facts, false); /* some other port was asked for */
	nothing(&f, &facts);
	f = start();
	l.waiting = 1;
	findings_host(&f, &facts, true);
	nothing(&f, &facts);
}

CASE(resets_by_cause)
{
	struct findings f = start();
	struct conn c = incoming(85, ENDING_RESET);

	c.verdict.ended_by = ENDED_BY_SERVER;
	c.verdict.reset_reason = RESET_TCP_ABORT_ON_CLOSE;
	c.verdict.reset_origin = RESET_ORIGIN_PEER;
	c.side[SERVER].has_stats = true;
	c.side[SERVER].stats.unread = 10;
	closed(&f, 2, c);
	CHECK_EQ_INT(judge(&f, NULL), 0);
	closed(&f, 1, c);
	only(&f, NULL,
	     "Connections to 10.0.0.1:85 are reset | 3 of 3 connections: closed with unread data (30 bytes); by "
	     "nginx[42] | let the program read to the end before close(), or shutdown() and wait for the FIN | "
	     "tcplife-trace --explain --ending reset --port 85");
	f = start();
	closed(&f, 3, c);
	closed(&f, 58, incoming(85, ENDING_CLOSED)); /* less than one in twenty */
	nothing(&f, NULL);
}

CASE(not_closed)
{
	struct findings f = start();
	struct conn c = incoming(80, ENDING_OPEN);

	c.close_ns = 0;
	c.side[SERVER].state = TCPS_CLOSE_WAIT;
	c.side[SERVER].mark[MARK_CLOSE_WAIT] = 2 * S;
	c.side[SERVER].listed_ns = 9 * S;
	c.side[SERVER].stats.unread = 100;
	findings_open(&f, &c, 6 * S); /* it may be busy */
	CHECK_EQ_INT(judge(&f, NULL), 0);
	findings_open(&f, &c, 9 * S);
	findings_open(&f, &c, 12 * S);
	only(&f, NULL,
	     "nginx[42] does not close its connections | 2 in CLOSE_WAIT for up to 10 s; unread: 200 bytes | the "
	     "program "
	     "must close() when read() returns 0 | tcplife-trace --open --where 'state == "
	     "close_wait' --comm nginx");
}

CASE(retransmissions_since_tracing_began)
{
	struct findings f = start();
	struct conn c = outgoing(80, ENDING_OPEN);
	struct side *s = &c.side[CLIENT];

	c.flags = CONN_EXISTED;
	s->has_stats = true;
	s->stats = (struct event_stats) { .data_segs_out = 5000, .retransmits = 500 };
	findings_opened(&f, &c); /* that was before */
	s->stats = (struct event_stats) { .data_segs_out = 6000, .retransmits = 509 };
	findings_open(&f, &c, 9 * S);
	CHECK_EQ_INT(judge(&f, NULL), 0);
	c.flags = 0;
	s->stats = (struct event_stats) { .data_segs_out = 1000, .retransmits = 31 };
	s->syn_retransmits = 1;
	findings_open(&f, &c, 9 * S);
	only(&f, NULL,
	     "Data to 10.0.0.2 are sent again | 39 of 2000 data segments (1.9 %), in 2 connections; the last by "
	     "curl[42] "
	     "| see where they are lost: a recording of both hosts tells, joined by -r A -r B | tcplife-trace "
	     "--timeline --where 'retransmits > 0' --host 10.0.0.2");
}

CASE(a_capture_has_no_here)
{
	struct findings f = start();
	struct conn c = outgoing(80, ENDING_REFUSED);
	struct track track = { 0 };

	c.side[CLIENT] = (struct side) { 0 };
	c.track = &track;
	closed(&f, 3, c);
	CHECK_EQ_INT(judge(&f, NULL), 1);
	CHECK_EQ_INT(found[0]->kind, FINDING_REFUSED);
	c.verdict.ending = ENDING_CLOSED;
	track.side[0].packets = 1000;
	track.side[0].repeats.count = 30;
	closed(&f, 1, c); /* without data: these were ACKs */
	CHECK_EQ_INT(judge(&f, NULL), 1);
	track.side[0].start_seq = 1;
	track.side[0].last_seq = 100000;
	track.side[0].ack_seq = 100000;
	closed(&f, 1, c);
	CHECK_EQ_INT(judge(&f, NULL), 2);
	CHECK_EQ_INT(found[1]->kind, FINDING_RETRANSMITS);
	findings_free(&f);
}

CASE(a_server_has_more_clients_than_there_is_room_for)
{
	struct findings f = start();
	struct conn c = incoming(80, ENDING_CLOSED);

	c.side[SERVER].has_stats = true;
	c.side[SERVER].stats = (struct event_stats) { .data_segs_out = 1000 };
	for (unsigned int i = 0; i < 2 * FINDINGS_MAX; i++) {
		c.flow.end[CLIENT].addr[13] = (uint8_t)(i >> 8);
		c.flow.end[CLIENT].addr[14] = (uint8_t)i;
		findings_closed(&f, &c);
	}
	CHECK_EQ_INT(f.beyond, 0);
	CHECK_EQ_INT(f.count, 1);
	nothing(&f, NULL);
}

CASE(slow_accepts)
{
	struct findings f = start();
	struct conn c = incoming(80, ENDING_CLOSED);

	c.side[SERVER].mark[MARK_ESTABLISHED] = S;
	c.side[SERVER].mark[MARK_ACCEPTED] = 3 * S;
	closed(&f, 3, c);
	closed(&f, 1, incoming(80, ENDING_CLOSED));
	only(&f, NULL,
	     "Connections to 10.0.0.1:80 wait for accept() | 3 of 4 connections waited 1 s or more, up to 2 s; "
	     "accepted "
	     "by nginx[42] | let the program call accept() more often: another thread, less work in between | "
	     "tcplife-trace --timeline --where 'handshake.accept_delay > 1s' --port 80");
}

CASE(local_ports)
{
	static const struct local_ports narrow = { .known = true, .netns = HERE, .low = 40000, .high = 40099 };
	struct destinations d;
	struct findings f = start();
	struct conn c = outgoing(83, ENDING_CLOSED);

	CHECK_EQ_INT(destinations_init(&d), 0);
	destinations_begin(&d, &narrow, 100 * S);
	c.side[CLIENT].state = TCPS_CLOSE;
	c.side[CLIENT].timewait = (struct timewait) { .made_ns = 2 * S, .substate = TCPS_TIME_WAIT };
	for (int i = 0; i < 79; i++)
		destinations_add(&d, &c);
	findings_ports(&f, &d);
	CHECK_EQ_INT(judge(&f, NULL), 0);
	destinations_add(&d, &c);
	findings_ports(&f, &d);
	CHECK_EQ_INT(judge(&f, NULL), 1);
	CHECK_EQ_INT(finding_harm(found[0]), HARM_HOLDS);
	c = outgoing(83, ENDING_NO_LOCAL_PORT);
	closed(&f, 1, c);
	CHECK_EQ_INT(judge(&f, NULL), 1);
	CHECK_EQ_INT(finding_harm(found[0]), HARM_FAILS);
	only(&f, NULL,
	     "Local ports towards 10.0.0.2:83 run out | 1 of 1 connection found none; 80 held of 100, 80 in TIME_WAIT; "
	     "most by curl[42] | widen ip_local_port_range, set tcp_tw_reuse=1, or keep connections and share them | "
	     "ss "
	     "-tan dst 10.0.0.2 dport = :83");
	destinations_free(&d);
}

CASE(half_open_and_cookies)
{
	struct host_facts facts = host();
	struct findings f = start();
	struct conn c = incoming(80, ENDING_OPEN);

	c.close_ns = 0;
	c.side[SERVER].state = TCPS_NEW_SYN_RECV;
	for (int i = 0; i < 64; i++)
		findings_open(&f, &c, 9 * S);
	facts.setting[HOST_SYNCOOKIES] = 1;
	only(&f, &facts,
	     "Connections to 10.0.0.1:80 stay half-open | 64 connections: the SYN+ACK is not acknowledged | a flood, "
	     "or "
	     "clients whose ACKs are lost: keep tcp_syncookies on; tcp_syncookies is 1 | ss -tan state syn-recv sport "
	     "= "
	     ":80");
}

CASE(no_room_for_time_wait)
{
	struct findings f = start();
	struct conn c = outgoing(80, ENDING_CLOSED);

	c.side[CLIENT].timewait.exit = TIMEWAIT_EXIT_NEVER_CREATED;
	closed(&f, 5, c);
	only(&f, NULL,
	     "Connections close without TIME_WAIT | 5 connections: tcp_max_tw_buckets, or no memory | raise "
	     "tcp_max_tw_buckets, or let the other side close first | nstat -az TcpExtTCPTimeWaitOverflow");
}

CASE(the_worst_first)
{
	struct findings f = start();
	struct conn again = outgoing(80, ENDING_CLOSED), unclosed = incoming(80, ENDING_OPEN);

	again.side[CLIENT].has_stats = true;
	again.side[CLIENT].stats = (struct event_stats) { .data_segs_out = 1000, .retransmits = 30 };
	unclosed.close_ns = 0;
	unclosed.side[SERVER].state = TCPS_CLOSE_WAIT;
	unclosed.side[SERVER].mark[MARK_CLOSE_WAIT] = S;
	closed(&f, 100, again);
	for (int i = 0; i < 50; i++)
		findings_open(&f, &unclosed, 20 * S);
	closed(&f, 3, outgoing(81, ENDING_REFUSED));
	closed(&f, 4, outgoing(82, ENDING_UNREACHABLE));
	closed(&f, 5, outgoing(83, ENDING_TIMED_OUT));
	CHECK_EQ_INT(judge(&f, NULL), 5);
	CHECK_EQ_INT(found[0]->kind, FINDING_TIMED_OUT);
	CHECK_EQ_INT(found[1]->kind, FINDING_UNREACHABLE);
	CHECK_EQ_INT(found[2]->kind, FINDING_REFUSED);
	CHECK_EQ_INT(found[3]->kind, FINDING_UNCLOSED);
	CHECK_EQ_INT(found[4]->kind, FINDING_RETRANSMITS);
	findings_free(&f);
}

CASE(memory_is_bounded)
{
	struct findings f = start();

	for (unsigned int i = 0; i < FINDINGS_MAX; i++) {
		struct conn c = outgoing(1 + i % 60000, ENDING_CLOSED);

		c.flow.end[SERVER].addr[14] = (uint8_t)(i / 60000);
		findings_closed(&f, &c); /* a target and a service */
	}
	CHECK_EQ_INT(f.count, FINDINGS_MAX);
	CHECK_EQ_INT(f.beyond, FINDINGS_MAX);
	nothing(&f, NULL);
}

/* Names come from processes, and commands are to be pasted into a shell. */
CASE(a_hostile_name_is_in_no_command)
{
	static const char *const names[] = { "$(reboot)", "a b", "-x", "x';y" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct finding s = { .kind = FINDING_UNCLOSED, .count = 1 };
		const struct report_place here = { 0 };
		struct strbuf text = { 0 };

		memcpy(s.process, names[i], strlen(names[i]));
		report_command(&s, &here, &text);
		CHECK_EQ_STR(strbuf_text(&text), "tcplife-trace --open --where 'state == close_wait'");
		strbuf_free(&text);
	}
}

/* Of a recording and in a namespace all commands are our own; their expressions are ones that --where takes. */
CASE(commands_are_valid)
{
	const struct report_place place = { .file = "x.tlt", .netns = "blue" };

	for (unsigned int kind = FINDING_REFUSED; kind < FINDING_KIND_COUNT; kind++) {
		struct finding s = { .kind = (uint8_t)kind, .end = v4(2, 80), .process = "nginx" };
		struct query_error error = { 0 };
		struct strbuf text = { 0 };
		struct query *q = NULL;
		char *from, *to;

		report_command(&s, &place, &text);
		CHECK(!strncmp(strbuf_text(&text), "tcplife-trace -r x.tlt --netns blue --", 38));
		from = strchr(text.text, '\'');
		to = from ? strchr(from + 1, '\'') : NULL;
		if (to) {
			*to = '\0';
			if (query_compile(from + 1, &q, &error))
				TEST_FAIL("%s: %s", from + 1, error.text);
		}
		query_free(&q);
		strbuf_free(&text);
	}
}
