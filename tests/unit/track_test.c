// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The observer's state machine on stories of segments, with what Zeek says of each. */
#include "core/capture/track.h"

#include "core/table/conn_table.h"
#include "core/ending.h"
#include "core/record/field.h"
#include "test.h"

#include <stdlib.h>

#define SECOND 1000000000ULL

/* What the table gave out, one line a connection. */
static char said[4096];
static unsigned int told_count;

static uint64_t number(const struct conn *c, const char *path)
{
	struct value v = { 0 };

	return field_get(field_find(path), c, &v) ? v.uinteger : 9999999;
}

static const char *text(const struct conn *c, const char *path)
{
	static struct value v;

	return field_get(field_find(path), c, &v) ? v.text : "-";
}

static void on_change(void *ctx, const struct conn *c, enum conn_change change, uint64_t now_ns)
{
	size_t len = strlen(said);

	if (change != CONN_CLOSED && change != CONN_STILL_OPEN)
		return;
	told_count++;
	len += snprintf(said + len, sizeof(said) - len, "%s%llu ", len ? ", " : "",
			(unsigned long long)number(c, "client.port"));
	len += snprintf(said + len, sizeof(said) - len, "%s ", text(c, "tcp.conn_state"));
	len += snprintf(said + len, sizeof(said) - len, "%s ", text(c, "tcp.history"));
	snprintf(said + len, sizeof(said) - len, "%llu/%llu %llu+%llu %s",
		 (unsigned long long)number(c, "client.packets"), (unsigned long long)number(c, "server.packets"),
		 (unsigned long long)number(c, "client.bytes"), (unsigned long long)number(c, "server.bytes"),
		 text(c, "tcp.ending"));
}

/* "0.5 c SA 100 200 10 w0 C": when, who, flags, seq, ack, payload; then window 0, bad checksum, truncated (T), or a
 * VLAN (v5). */
static void segment(struct conn_table *t, const char *line)
{
	struct event_segment e = { .event = { .kind = EVENT_SEGMENT, .size = sizeof(e) }, .via = SEGMENT_VIA_PCAP };
	char who, flags[9], odd[8] = "";
	double when;
	int from;

	e.window = 1000;
	if (sscanf(line, "%lf %c %8s %u %u %u %7s", &when, &who, flags, &e.seq, &e.ack, &e.payload_len, odd) < 4)
		abort();
	e.event.ts_ns = (uint64_t)(when * 1e6 + 0.5) * 1000 + SECOND;
	from = who != 'c';
	memset(e.tuple.addr[from], 1, 16);
	memset(e.tuple.addr[!from], 2, 16);
	e.tuple.port[from] = 40000;
	e.tuple.port[!from] = 9999;
	for (const char *f = flags; *f; f++)
		e.tcp_flags |= *f == 'S'   ? TCP_FLAG_SYN_BIT
			       : *f == 'A' ? TCP_FLAG_ACK_BIT
			       : *f == 'F' ? TCP_FLAG_FIN_BIT
			       : *f == 'R' ? TCP_FLAG_RST_BIT
					   : 0;
	if (!strcmp(odd, "w0"))
		e.window = 0;
	e.flags = !strcmp(odd, "C")   ? SEGMENT_BAD_CHECKSUM
		  : !strcmp(odd, "H") ? SEGMENT_BAD_HEADER
		  : !strcmp(odd, "T") ? SEGMENT_TRUNCATED
				      : 0;
	if (odd[0] == 'v')
		e.vlan[0] = (uint16_t)atoi(odd + 1);
	conn_table_apply(t, &e.event);
}

static void play_with(const struct conn_table_options *o, const char *const *lines, double end)
{
	struct conn_observer observer = { .changed = on_change };
	struct event_clock clock = { .event = { .kind = EVENT_CLOCK, .size = sizeof(clock) } };
	struct conn_table *t;

	said[0] = '\0';
	told_count = 0;
	if (conn_table_new(&t, o, &observer))
		abort();
	for (; *lines; lines++)
		segment(t, *lines);
	clock.event.ts_ns = (uint64_t)(end * 1e9) + SECOND;
	conn_table_apply(t, &clock.event);
	conn_table_finish(t);
	conn_table_free(&t);
}

static const struct conn_table_options zeek = { .zeek = true }, by_packets = { 0 };

#define PLAY(...) play_with(&zeek, (const char *const[]) { __VA_ARGS__, NULL }, 0)
/* By what the packets say, until a time in seconds. */
#define PLAY_ON(end, ...) play_with(&by_packets, (const char *const[]) { __VA_ARGS__, NULL }, end)
#define HANDSHAKE	  "0 c S 100 0", "0.1 s SA 300 101", "0.2 c A 101 301"

CASE(both_fins)
{
	PLAY(HANDSHAKE, "1 c A 101 301 10", "1.1 s A 301 111", "2 s A 301 111 20", "2.1 c A 111 321", "3 c FA 111 321",
	     "3.1 s FA 321 112", "3.2 c A 112 322");
	CHECK_EQ_STR(said, "40000 SF ShADadFf 6/4 10+20 closed");
}

CASE(a_syn_that_nobody_answers_is_given_up_after_5_s)
{
	PLAY("0 c S 100 0", "1 c S 100 0", "3 c S 100 0", "7 c S 100 0");
	CHECK_EQ_STR(said, "40000 S0 S 3/0 0+0 unanswered, 40000 S0 S 1/0 0+0 open");
}

CASE(refused)
{
	PLAY("0 c S 100 0", "0.1 s RA 0 101");
	CHECK_EQ_STR(said, "40000 REJ Sr 1/1 0+0 refused");
}

CASE(resets)
{
	PLAY(HANDSHAKE, "1 s R 301 0");
	CHECK_EQ_STR(said, "40000 RSTR ShAr 2/2 0+0 reset");
	PLAY(HANDSHAKE, "1 c R 101 0");
	CHECK_EQ_STR(said, "40000 RSTO ShAR 3/1 0+0 reset");
	PLAY("0 c S 100 0", "1 c R 101 0");
	CHECK_EQ_STR(said, "40000 RSTOS0 SR 2/0 0+0 handshake_aborted");
	PLAY("0 s SA 300 101", "1 s R 301 0");
	CHECK_EQ_STR(said, "9999 OTH HR 2/0 0+0 reset");
}

CASE(segments_5_s_after_the_end_are_another_life)
{
	PLAY(HANDSHAKE, "1 c RA 101 301", "5.9 s A 301 101", "6.1 s A 301 101");
	CHECK_EQ_STR(said, "40000 RSTO ShARa 3/2 0+0 reset, 9999 OTH A 1/0 0+0 open");
}

CASE(a_syn_with_another_number_begins_another_life)
{
	PLAY(HANDSHAKE, "1 c S 5000 0", "1.1 s SA 7000 5001", "1.2 c A 5001 7001");
	CHECK_EQ_STR(said, "40000 S1 ShA 2/1 0+0 open, 40000 S1 ShA 2/1 0+0 open");
	PLAY(HANDSHAKE, "1 c S 100 0");
	CHECK_EQ_STR(said, "40000 S1 ShA 3/1 0+0 open");
	PLAY(HANDSHAKE, "1 c FA 101 301", "1.5 c S 100 0");
	CHECK_EQ_INT(told_count, 2);
}

CASE(without_a_syn)
{
	PLAY("0 c A 101 301 10", "0.1 s A 301 111 20", "0.2 c A 111 321");
	CHECK_EQ_STR(said, "40000 OTH DdA 2/1 10+20 open");
	PLAY("0 c FA 101 301", "1 s A 301 102");
	CHECK_EQ_STR(said, "40000 SH Fa 1/1 0+0 open");
	PLAY("0 c A 1 1 5", "1 s FA 1 6");
	CHECK_EQ_STR(said, "40000 SHR Df 1/1 5+0 open");
}

CASE(a_syn_ack_first_turns_round_once_it_is_answered)
{
	PLAY("0 s SA 300 101", "0.1 c A 101 301", "0.2 c A 101 301 5");
	CHECK_EQ_STR(said, "40000 OTH ^hAD 2/1 5+0 open");
}

CASE(retransmissions_and_windows_come_by_powers_of_ten)
{
	PLAY(HANDSHAKE, "1 c A 101 301 10", "2 c A 101 301 10", "3 c A 101 301 10", "4 s A 301 111 0 w0",
	     "5 s A 301 111 0 w0");
	CHECK_EQ_STR(said, "40000 S1 ShADTaw 5/3 10+0 open");
}

CASE(what_is_acknowledged_but_was_not_captured_is_a_gap)
{
	PLAY(HANDSHAKE, "1 c A 101 301 10", "2 c A 121 301 10", "3 s A 301 131");
	CHECK_EQ_STR(said, "40000 S1 ShADaG 4/2 30+0 open");
}

CASE(a_cut_payload_counts_but_was_not_seen)
{
	PLAY(HANDSHAKE, "1 c A 101 301 1000 T", "2 s A 301 1101");
	CHECK_EQ_STR(said, "40000 S1 ShADaG 3/2 1000+0 open");
}

CASE(bad_checksums_are_seen_and_not_accepted)
{
	PLAY("0 c S 100 0 0 C", "1 s SA 300 101", "2 c A 101 301 10 C");
	CHECK_EQ_STR(said, "40000 OTH C 0/0 0+0 open, 9999 OTH Hc 1/0 0+0 open");
	PLAY("0 c S 100 0 0 H");
	CHECK_EQ_STR(said, "40000 OTH - 0/0 0+0 open");
}

CASE(bytes_beyond_4_gib)
{
	PLAY("0 c S 4294967000 0", "0.1 s SA 300 4294967001", "0.2 c A 4294967001 301", "1 c A 4294967001 301 1000",
	     "2 s A 301 705", "3 c A 1500000705 301 1000", "3.1 s A 301 1500001705", "3.2 c A 3000000705 301 1000",
	     "3.3 s A 301 3000001705", "4 c A 1705 301 1000", "5 s A 301 2705");
	CHECK_EQ_STR(said, "40000 S1 ShADaG 6/5 4294970296+0 open");
}

CASE(vlans_are_kept_apart_only_when_asked)
{
	const char *lines[] = { "0 c S 100 0 0 v5", "0.1 c S 100 0 0 v6", NULL };

	play_with(&zeek, lines, 0);
	CHECK_EQ_INT(told_count, 1);
	play_with(&(struct conn_table_options) { .vlan_key = true, .zeek = true }, lines, 0);
	CHECK_EQ_INT(told_count, 2);
}

CASE(silence_ends_what_nothing_else_does)
{
	const char *lines[] = { HANDSHAKE, NULL }, *later[] = { HANDSHAKE, "301 c A 101 301", NULL };

	play_with(&zeek, lines, 300);
	CHECK_EQ_INT(told_count, 1);
	play_with(&zeek, later, 301);
	CHECK_EQ_STR(said, "40000 S1 ShA 2/1 0+0 open, 40000 OTH A 1/0 0+0 open");
}

CASE(odd_flags)
{
	PLAY("0 c SF 100 0");
	CHECK_EQ_STR(said, "40000 SH Q 1/0 0+0 open");
	PLAY("0 c FR 100 0");
	CHECK_EQ_STR(said, "40000 OTH I 1/0 0+0 reset");
	PLAY("0 c 0 100 0");
	CHECK_EQ_STR(said, "40000 OTH - 1/0 0+0 open");
}

CASE(a_full_table_gives_up_what_is_due_next)
{
	struct conn_table_options o = { .max_connections = 1, .zeek = true };
	const char *lines[] = { "0 c S 100 0 0 v5", "0.1 c S 100 0 0 v6", NULL };

	o.vlan_key = true;
	play_with(&o, lines, 0);
	CHECK_EQ_INT(told_count, 2);
}

CASE(server_ports)
{
	CHECK(track_is_server_port(80) && track_is_server_port(20000) && !track_is_server_port(40000));
}

/* ---- what the packets say, and no deadline ---- */

CASE(an_attempt_is_one_however_long_it_takes)
{
	PLAY_ON(31, "0 c S 100 0", "1 c S 100 0", "3 c S 100 0", "7 c S 100 0", "15 c S 100 0", "31 c S 100 0");
	CHECK_EQ_STR(said, "40000 S0 S 6/0 0+0 unanswered");
	PLAY_ON(8, "0 c S 100 0", "1 c S 100 0", "3 c S 100 0", "7 s SA 300 101", "7.1 c A 101 301");
	CHECK_EQ_STR(said, "40000 S1 ShA 4/1 0+0 open");
	PLAY_ON(0, "0 c S 100 0");
	CHECK_EQ_STR(said, "40000 S0 S 1/0 0+0 open");
	PLAY_ON(200, "0 c S 100 0", "199 c S 100 0"); /* nobody waits so long */
	CHECK_EQ_INT(told_count, 2);
	PLAY_ON(10, "0 c S 100 0", "1 s RA 0 101", "1.5 c S 100 0", "1.6 s RA 0 101");
	CHECK_EQ_STR(said, "40000 REJ Sr 2/2 0+0 refused");
	PLAY_ON(10, "0 c S 100 0", "1 s RA 0 101", "1.5 c S 200 0", "1.6 s RA 0 201");
	CHECK_EQ_INT(told_count, 2);
}

CASE(silence_ends_nothing)
{
	PLAY_ON(11000, HANDSHAKE, "1 c A 101 301 10", "10801 c A 111 301 10", "10802 s A 301 121");
	CHECK_EQ_STR(said, "40000 S1 ShADa 4/2 20+0 open");
	PLAY_ON(360, HANDSHAKE, "351 s R 301 0");
	CHECK_EQ_STR(said, "40000 RSTR ShAr 2/2 0+0 reset");
	PLAY_ON(400, HANDSHAKE, "1 c FA 101 301", "1.1 s A 301 102", "331 s A 301 102 50", "331.1 c A 102 351",
		"332 s FA 351 102", "332.1 c A 102 352");
	CHECK_EQ_STR(said, "40000 SF ShAFadf 5/4 0+50 closed");
}

CASE(stragglers_belong_to_it)
{
	PLAY_ON(30, HANDSHAKE, "1 c FA 101 301", "1.1 s FA 301 102", "1.2 c A 102 302", "10 s FA 301 102",
		"10.1 c A 102 302");
	CHECK_EQ_STR(said, "40000 SF ShAFf 4/2 0+0 closed");
	PLAY_ON(30, HANDSHAKE, "1 s R 301 0", "9 c A 101 301 0", "9.1 s R 301 0");
	CHECK_EQ_INT(told_count, 1);
	/* A SYN with the same number: the old one is over. */
	PLAY_ON(30, HANDSHAKE, "1 c FA 101 301", "1.1 s FA 301 102", "1.2 c A 102 302", "2 c S 100 0");
	CHECK_EQ_INT(told_count, 2);
}

CASE(a_reset_that_nobody_obeyed_ends_nothing)
{
	PLAY_ON(100, HANDSHAKE, "1 s R 301 0", "1.1 s A 301 101 10", "50 c A 101 311 10", "60 s A 311 111 5");
	CHECK_EQ_INT(told_count, 1);
	CHECK_EQ_STR(said, "40000 S1 ShArdD 3/4 10+15 open");
}

CASE(both_open_at_once_or_the_answer_comes_in_halves)
{
	PLAY_ON(1, "0 c S 100 0", "0.01 s S 300 0", "0.1 s SA 300 101", "0.11 c SA 100 301", "0.2 c A 101 301 10");
	CHECK_EQ_INT(told_count, 1);
	CHECK_EQ_INT(strncmp(said, "40000 S1 ", 9), 0);
	PLAY_ON(1, "0 c S 100 0", "0.01 s A 0 101", "0.02 s S 300 0", "0.1 c SA 100 301", "0.2 s A 301 101");
	CHECK_EQ_INT(told_count, 1);
	CHECK_EQ_INT(strncmp(said, "40000 S1 ", 9), 0);
}

CASE(who_was_silent_for_longest_is_given_up_first)
{
	struct conn_table_options o = { .max_connections = 2, .vlan_key = true };
	const char *lines[] = { "0 c A 1 1 1 v5", "1 c A 1 1 2 v6", "2 c A 2 1 3 v5",
				"3 c A 1 1 9 v7", "4 c A 5 1 3 v5", NULL };

	play_with(&o, lines, 5);
	CHECK_EQ_STR(said, "40000 OTH D 1/0 2+0 open, 40000 OTH D 1/0 9+0 open, 40000 OTH D 3/0 7+0 open");
}
