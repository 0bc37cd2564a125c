// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * events2rec STORY [RECORDING]: a life of a connection as text -> a recording that --replay reads (stdout without
 * name).
 *
 * One event a line; what follows a # is a comment. Set-up lines hold from there on and may be repeated:
 *
 *   wall 2026-11-22T21:00:00Z               what the clock on the wall said at +0; before the first event
 *   ports [low=N] [high=N] [reserved=N] [tw_reuse=N]  the host's range of local ports; else not known
 *   host client|server|both|none            whose host was traced; both = over loopback. Decides where segments are
 * seen client 10.0.0.9:40000 id=11 isn=1000 netns=4026531840 server 10.0.0.5:80 id=22 isn=5000       ends; id = socket
 * cookie, isn = what seq=+N and ack=+N count from
 *
 * Events begin with seconds since the beginning:
 *
 *   +0.000 state SIDE OLD NEW [task=PID:COMM] [uid=N] [cgroup=N] [err=ENAME] [err_soft=ENAME] [shutdown=N] [port=N]
 *                                           [certain] [linger] [linger0] [dead] [minisocket] [no_minisocket] [isn]
 * [mptcp] [repair] [psock] [linger2_negative] [una=N nxt=N rcv=N] [any counter of struct event_stats, as bytes_sent=10]
 * +0.001 segment SIDE FLAGS seq=N [ack=N] [len=N] [ttl=N] [window=N] [ifindex=N] [vlan=N] [inner_vlan=N]
 * [via=xdp|tc_ingress|tc_egress|pcap] [expected] [fragment] [bad] [of_request] +0.002 timewait SIDE
 * start|refused|restart|end STATE [timeout=MS] [flags=FLAGS] [seq=N] [address=N]
 * [cause=timer|segment|syn|connect|netns|abort] [task=PID:COMM] +0.003 retransmit SIDE STATE [seq=N] [segments=N]
 * [synack] [cause=timeout|fast|tail_loss_probe] [flags=FLAGS] +0.004 reset SIDE sent|received [state=STATE]
 * [reason=NAME] [no_socket] [task=PID:COMM] +0.005 free SIDE [counters] +0.005 drop SIDE FLAGS seq=N reason=NAME
 * [ack=N] [len=N] [leaving] [netns=N]    SIDE sent it +0.005 icmp SIDE seq=N from=ADDRESS [type=3] [code=3]
 * [version=4|6] [mtu=N] SIDE sent what it quotes +0.005 error SIDE STATE ENAME           the process was notified
 * +0.006 accept SIDE task=PID:COMM +0.007 existing SIDE STATE [substate=STATE] [expires=MS] [uid=N] [inode=N]
 * [retransmits=N] [task=PID:COMM] +0.007 present SIDE STATE [substate=STATE] [expires=MS] [counters] +0.007 absent SIDE
 * [asked=MS]           SIDE's network namespace has been read again +0.008 transfer SIDE [has_rto] [ecn]
 * [rate_app_limited] [congestion=NAME] [counters of struct transfer_counters] +0.008 lost KIND=N ... since=+0.001
 *   +0.009 clock                            time passes
 *   +0.010 cgroup PATH id=N
 *   +0.010 dns SIDE NAME ADDRESS [ttl=N]     an answer that came in SIDE's network namespace
 *   +0.011 container RUNTIME id=N [name=NAME] [uid=UID pod=POD namespace=NAME k8s_name=NAME]
 *   +0.011 present SIDE STATE [substate=STATE] [expires=MS]
 *   +0.012 absent SIDE [asked=US] [listed]           SIDE's network namespace, asked so many microseconds before
 *
 * SIDE is whose socket it is, or who sent. A segment that a local side sent is of its socket, unless id=N says
 * otherwise. STATE is the kernel's name. FLAGS are tcpdump's letters: S, SA, FA, RA.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/decode.h"
#include "core/ending.h"
#include "core/recording.h"
#include "event.h"
#include "story.h"

#define BEGINNING_NS	  (1000 * NS_PER_S) /* CLOCK_MONOTONIC at +0 */
#define LOOPBACK_IFINDEX  1
#define INTERFACE_IFINDEX 2

/* ---- records ---- */

struct record {
	union {
		struct event event;
#define _(kind, name) struct event_##name name;
		EVENTS(_)
#undef _
		uint64_t align[EVENT_MAX_SIZE / 8];
	};
};

static struct record begin(enum event_kind kind)
{
	return (struct record) {
		.event = { .kind = kind, .size = event_fixed_size(kind), .ts_ns = story.ts_ns },
	};
}

/* The view of one side's socket: [0] is local; of a segment: [0] sent it. */
static struct event_tuple tuple(int local)
{
	struct event_tuple t = { 0 };

	for (int i = 0; i < 2; i++) {
		const struct endpoint *e = &story.end[i ? !local : local].endpoint;

		memcpy(t.addr[i], e->addr, sizeof(t.addr[i]));
		t.port[i] = e->port;
	}
	return t;
}

static void write_bytes(const void *bytes, size_t len)
{
	if (fwrite(bytes, len, 1, story.out) != 1)
		fail("cannot write the recording: %s", strerror(errno));
}

static void emit(const struct record *r)
{
	struct decode_counters counters = { 0 };

	no_words_left();
	if (!event_decode(r, r->event.size, &counters))
		fail("this gives a record that is not valid");
	write_bytes(r, r->event.size);
}

static void *add_block(struct record *r, uint8_t flag, size_t size)
{
	void *block = (char *)r + r->event.size;

	r->event.flags |= flag;
	r->event.size += size;
	return block;
}

static void add_task(struct record *r)
{
	const char *text = value_of("task"), *colon = text ? strchr(text, ':') : NULL, *process = value_of("process");
	struct event_task task = { .uid = number("uid", 0), .cgroup = number("cgroup", 0) };
	char *end;

	if (!text)
		return;
	task.pid = strtoul(text, &end, 10);
	if (!colon || end != colon)
		fail("task: '%s' is not PID:COMM", text);
	strncpy(task.comm, colon + 1, sizeof(task.comm) - 1);
	strncpy(task.process, process ? process : "", sizeof(task.process) - 1);
	memcpy(add_block(r, EVENT_HAS_TASK, sizeof(task)), &task, sizeof(task));
}

static void add_stats(struct record *r)
{
	struct event_stats s = { .min_rtt_us = UINT32_MAX, .mss = 1448 };
	bool any = false;

#define STAT(name)                                                                                                     \
	do {                                                                                                           \
		const char *text = value_of(#name);                                                                    \
		if (text) {                                                                                            \
			s.name = parse_number(#name, text);                                                            \
			any = true;                                                                                    \
		}                                                                                                      \
	} while (0)
	STAT(bytes_acked);
	STAT(bytes_received);
	STAT(bytes_sent);
	STAT(bytes_retrans);
	STAT(segs_out);
	STAT(segs_in);
	STAT(data_segs_out);
	STAT(data_segs_in);
	STAT(retransmits);
	STAT(srtt_us);
	STAT(min_rtt_us);
	STAT(mss);
	STAT(unread);
	STAT(unsent);
	STAT(unacked);
	STAT(quiet_ms);
#undef STAT
	if (any)
		memcpy(add_block(r, EVENT_HAS_STATS, sizeof(s)), &s, sizeof(s));
}

/* ---- events ---- */

static void event_clock(void)
{
	struct record r = begin(EVENT_CLOCK);

	r.clock.wall_ns = story.wall_ns + story.ts_ns - BEGINNING_NS;
	emit(&r);
}

static void event_lost(void)
{
	struct record r = begin(EVENT_LOST);
	const char *since = value_of("since");

	r.lost.since_ns = BEGINNING_NS + (since ? parse_seconds(since) : 0);
	for (unsigned int kind = 1; kind < EVENT_KINDS; kind++)
		r.lost.count[kind] = number(event_kind_name(kind), 0);
	emit(&r);
}

/* una=, nxt= and rcv= together, or none of them. */
static void add_numbers(struct event_state *e, int s)
{
	e->snd_una = sequence("una", s);
	e->snd_nxt = sequence("nxt", s);
	e->rcv_nxt = sequence("rcv", !s);
	if (e->snd_una | e->snd_nxt | e->rcv_nxt)
		e->more |= STATE_NUMBERS_VALID;
}

static void event_state(void)
{
	static const char *const words[] = { "certain",	   "linger",	    "linger0", "dead",
					     "minisocket", "no_minisocket", "isn",     "mptcp" };
	static const char *const more[] = { "repair", "psock", "linger2_negative" };
	struct record r = begin(EVENT_STATE);
	int s = side();
	const char *err, *err_soft;

	r.event.netns = story.end[s].netns;
	r.state.id = story.end[s].id;
	r.state.tuple = tuple(s);
	r.state.tuple.port[0] = number("port", r.state.tuple.port[0]);
	r.state.old_state = parse_state(next_word("the old state"));
	r.state.new_state = parse_state(next_word("the new state"));
	for (unsigned int bit = 0; bit < sizeof(words) / sizeof(words[0]); bit++)
		if (has_word(words[bit]))
			r.state.flags |= 1U << bit;
	if (r.state.flags & STATE_LINGER_ZERO)
		r.state.flags |= STATE_LINGER;
	for (unsigned int bit = 0; bit < sizeof(more) / sizeof(more[0]); bit++)
		if (has_word(more[bit]))
			r.state.more |= STATE_REPAIR << bit;
	add_numbers(&r.state, s);
	r.state.shutdown = number("shutdown", 0);
	err = value_of("err");
	err_soft = value_of("err_soft");
	r.state.err = err ? parse_errno(err) : 0;
	r.state.err_soft = err_soft ? parse_errno(err_soft) : 0;
	if (r.state.flags & STATE_ISN_VALID) {
		r.state.isn = story.end[s].isn;
		r.state.peer_isn = story.end[!s].isn;
	}
	add_task(&r);
	add_stats(&r);
	emit(&r);
}

static const char *via_name(unsigned int via)
{
	static const char *const names[SEGMENT_VIAS] = { "", "xdp", "tc_ingress", "tc_egress", "pcap" };

	return names[via];
}

static void event_segment(void)
{
	static const char *const words[] = { "loopback",   "fragment",	"expected",   "bad_checksum",
					     "bad_header", "truncated", "queue_full", "no_sender" };
	struct record r = begin(EVENT_SEGMENT);
	int s = side();
	bool loopback = story.local[CLIENT] && story.local[SERVER], egress = story.local[s] && !loopback;
	const char *via;

	r.event.netns = story.end[s].netns;
	r.segment.tuple = tuple(s);
	r.segment.tcp_flags = parse_flags(next_word("TCP flags"));
	via = value_of("via");
	r.segment.via = via	   ? find_word("via", via, via_name, SEGMENT_VIAS)
			: loopback ? SEGMENT_VIA_TC_INGRESS
			: egress   ? SEGMENT_VIA_TC_EGRESS
				   : SEGMENT_VIA_XDP;
	r.segment.id = number("id", r.segment.via == SEGMENT_VIA_TC_EGRESS ? story.end[s].id : 0);
	r.segment.flags = loopback ? SEGMENT_LOOPBACK : 0;
	for (unsigned int bit = 0; bit < sizeof(words) / sizeof(words[0]); bit++)
		if (has_word(words[bit]))
			r.segment.flags |= 1U << bit;
	r.segment.more = has_word("of_request") ? SEGMENT_OF_REQUEST : 0;
	r.segment.seq = sequence("seq", s);
	r.segment.ack = sequence("ack", !s);
	r.segment.payload_len = number("len", 0);
	r.segment.ttl = number("ttl", 64);
	r.segment.window = number("window", 65535);
	r.segment.ifindex = number("ifindex", loopback ? LOOPBACK_IFINDEX : INTERFACE_IFINDEX);
	r.segment.vlan[0] = number("vlan", -1) + 1;
	r.segment.vlan[1] = number("inner_vlan", -1) + 1;
	emit(&r);
}

static const char *action_name(unsigned int action)
{
	static const char *const names[TIMEWAIT_ACTIONS] = { "", "start", "refused", "restart", "end" };

	return names[action];
}

static const char *cause_name(unsigned int cause)
{
	static const char *const names[TIMEWAIT_CAUSES] = { "none",    "timer", "segment", "syn",
							    "connect", "netns", "abort" };

	return names[cause];
}

static void event_timewait(void)
{
	struct record r = begin(EVENT_TIMEWAIT);
	int s = side();
	const char *cause = value_of("cause"), *flags = value_of("flags");

	r.event.netns = story.end[s].netns;
	r.timewait.id = story.end[s].id;
	r.timewait.tuple = tuple(s);
	r.timewait.action = find_word("action", next_word("the action"), action_name, TIMEWAIT_ACTIONS);
	r.timewait.substate = parse_state(next_word("the state"));
	r.timewait.cause = cause ? find_word("cause", cause, cause_name, TIMEWAIT_CAUSES) : TIMEWAIT_CAUSE_NONE;
	r.timewait.tcp_flags = flags ? parse_flags(flags) : 0;
	r.timewait.timeout_ms = number("timeout", 0);
	r.timewait.seq = sequence("seq", !s);
	r.timewait.address = number("address", 0xffff888000000000ULL + story.end[s].id * 256);
	add_task(&r);
	emit(&r);
}

static void event_retransmit(void)
{
	struct record r = begin(EVENT_RETRANSMIT);
	const char *cause, *flags;
	int s = side();

	r.event.netns = story.end[s].netns;
	r.retransmit.id = story.end[s].id;
	r.retransmit.tuple = tuple(s);
	r.retransmit.flags = has_word("synack") ? RETRANSMIT_SYNACK : 0;
	r.retransmit.state = parse_state(next_word("the state"));
	r.retransmit.segments = number("segments", 1);
	cause = value_of("cause");
	r.retransmit.cause = cause ? find_word("cause", cause, retransmit_cause_name, RETRANSMIT_CAUSES) : 0;
	flags = value_of("flags");
	r.retransmit.tcp_flags = flags ? parse_flags(flags) : 0;
	r.retransmit.seq = sequence("seq", s);
	emit(&r);
}

static void event_reset(void)
{
	struct record r = begin(EVENT_RESET);
	int s = side();
	const char *direction, *state = value_of("state"), *reason = value_of("reason");
	bool has_socket = !has_word("no_socket");

	r.event.netns = story.end[s].netns;
	r.reset.id = has_socket ? story.end[s].id : 0;
	r.reset.tuple = tuple(s);
	direction = next_word("sent or received");
	if (strcmp(direction, "sent") && strcmp(direction, "received"))
		fail("'%s' is neither sent nor received", direction);
	r.reset.direction = strcmp(direction, "sent") ? RESET_RECEIVED : RESET_SENT;
	r.reset.state = state ? parse_state(state) : 0;
	r.reset.reason = reason ? find_word("reason", reason, reset_reason_name, RESET_REASON_COUNT) : RESET_UNKNOWN;
	add_task(&r);
	emit(&r);
}

static void event_drop(void)
{
	struct record r = begin(EVENT_DROP);
	int s = side();
	const char *reason;

	r.event.netns = number("netns", story.end[s].netns);
	r.drop.tuple = tuple(s);
	r.drop.tcp_flags = parse_flags(next_word("TCP flags"));
	reason = value_of("reason");
	if (!reason)
		fail("reason= is missing");
	r.drop.reason = find_word("reason", reason, drop_reason_name, DROP_REASON_COUNT);
	r.drop.seq = sequence("seq", s);
	r.drop.ack = sequence("ack", !s);
	r.drop.payload_len = number("len", 0);
	if (has_word("leaving")) {
		r.drop.flags = DROP_LEAVING;
		r.drop.id = story.end[s].id;
	}
	emit(&r);
}

static void parse_address(const char *text, uint8_t addr[16])
{
	char with_port[ENDPOINT_TEXT_SIZE];
	struct endpoint e;

	snprintf(with_port, sizeof(with_port), strchr(text, ':') ? "[%s]:1" : "%s:1", text);
	if (endpoint_parse(with_port, &e) < 0)
		fail("'%s' is no address", text);
	memcpy(addr, e.addr, sizeof(e.addr));
}

static void event_icmp(void)
{
	struct record r = begin(EVENT_ICMP);
	int s = side();
	const char *from;

	r.event.netns = story.end[s].netns;
	r.icmp.id = story.local[s] ? story.end[s].id : 0;
	r.icmp.tuple = tuple(s);
	r.icmp.version = number("version", endpoint_is_ipv4(&story.end[s].endpoint) ? 4 : 6);
	r.icmp.type = number("type", 3);
	r.icmp.code = number("code", 3);
	r.icmp.seq = sequence("seq", s);
	r.icmp.mtu = number("mtu", 0);
	r.icmp.via = SEGMENT_VIA_TC_INGRESS;
	r.icmp.ifindex = number("ifindex", INTERFACE_IFINDEX);
	from = value_of("from");
	if (!from)
		fail("from= is missing");
	parse_address(from, r.icmp.from);
	emit(&r);
}

static void event_error(void)
{
	struct record r = begin(EVENT_ERROR);
	int s = side();

	r.event.netns = story.end[s].netns;
	r.error.id = story.end[s].id;
	r.error.tuple = tuple(s);
	r.error.state = parse_state(next_word("the state"));
	r.error.err = parse_errno(next_word("the errno"));
	emit(&r);
}

static void event_transfer(void)
{
	static const char *const words[] = { "has_rto", "ecn", "rate_app_limited" };
	struct record r = begin(EVENT_TRANSFER);
	struct transfer_counters *c = &r.transfer.counters;
	const char *congestion = value_of("congestion");
	int s = side();

	r.event.netns = story.end[s].netns;
	r.transfer.id = story.end[s].id;
	r.transfer.tuple = tuple(s);
#define COUNT(name, otherwise) c->name = number(#name, otherwise)
	COUNT(busy_ns, 0);
	COUNT(rwnd_limited_ns, 0);
	COUNT(sndbuf_limited_ns, 0);
	COUNT(delivery_rate, 0);
	COUNT(rto_ns, 204000000);
	COUNT(total_rto_ms, 0);
	COUNT(total_rto, 0);
	COUNT(total_rto_recoveries, 0);
	COUNT(dsack_dups, 0);
	COUNT(reord_seen, 0);
	COUNT(ooo_packets, 0);
	COUNT(lost, 0);
	COUNT(delivered_ce, 0);
	COUNT(cwnd, 10);
	COUNT(ssthresh, INT32_MAX);
	COUNT(rcv_rtt_us, 0);
	COUNT(snd_wnd, 65536);
	COUNT(sndbuf, 4194304);
	COUNT(rcvbuf, 4194304);
	COUNT(sent_ms, 0);
	COUNT(received_ms, 0);
#undef COUNT
	for (unsigned int bit = 0; bit < sizeof(words) / sizeof(words[0]); bit++)
		if (has_word(words[bit]))
			c->flags |= 1U << bit;
	strncpy(c->congestion, congestion ? congestion : "cubic", sizeof(c->congestion) - 1);
	emit(&r);
}

static void event_free(void)
{
	struct record r = begin(EVENT_FREE);
	int s = side();

	r.event.netns = story.end[s].netns;
	r.free.id = story.end[s].id;
	r.free.tuple = tuple(s);
	r.free.state = TCPS_CLOSE;
	add_stats(&r);
	emit(&r);
}

static void event_accept(void)
{
	struct record r = begin(EVENT_ACCEPT);
	int s = side();

	r.event.netns = story.end[s].netns;
	r.accept.id = story.end[s].id;
	r.accept.tuple = tuple(s);
	add_task(&r);
	emit(&r);
}

static void event_existing(void)
{
	struct record r = begin(EVENT_EXISTING);
	int s = side();
	const char *substate = value_of("substate");

	r.event.netns = story.end[s].netns;
	r.existing.id = story.end[s].id;
	r.existing.tuple = tuple(s);
	r.existing.state = parse_state(next_word("the state"));
	r.existing.substate = substate ? parse_state(substate) : 0;
	r.existing.retransmits = number("retransmits", 0);
	r.existing.expires_ms = number("expires", 0);
	r.existing.inode = number("inode", 0);
	add_task(&r);
	if (r.event.flags & EVENT_HAS_TASK)
		r.existing.uid = ((struct event_task *)(&r.existing + 1))->uid;
	add_stats(&r);
	emit(&r);
}

static void event_present(void)
{
	struct record r = begin(EVENT_PRESENT);
	int s = side();
	const char *substate = value_of("substate");

	r.event.netns = story.end[s].netns;
	r.present.id = story.end[s].id;
	r.present.tuple = tuple(s);
	r.present.state = parse_state(next_word("the state"));
	r.present.substate = substate ? parse_state(substate) : 0;
	r.present.expires_ms = number("expires", 0);
	add_stats(&r);
	emit(&r);
}

static void event_absent(void)
{
	struct record r = begin(EVENT_ABSENT);

	r.event.netns = story.end[side()].netns;
	r.absent.since_ns = r.event.ts_ns - number("asked", 0) * 1000;
	r.event.flags = (has_word("listed") ? EVENT_LISTED : 0) | (has_word("overdue") ? EVENT_OVERDUE_ONLY : 0);
	emit(&r);
}

static void event_cgroup(void)
{
	struct record r = begin(EVENT_CGROUP);

	r.cgroup.id = number("id", 0);
	strncpy(r.cgroup.path, next_word("the path"), sizeof(r.cgroup.path) - 1);
	emit(&r);
}

static size_t put_dns_name(uint8_t *to, const char *name)
{
	size_t at = 0;

	while (*name) {
		size_t len = strcspn(name, ".");

		to[at] = (uint8_t)len;
		memcpy(to + at + 1, name, len);
		at += len + 1;
		name += len + (name[len] == '.');
	}
	to[at] = 0;
	return at + 1;
}

static void event_dns(void)
{
	static const uint8_t header[12] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1 };
	struct record r = begin(EVENT_DNS);
	struct event_dns *e = &r.dns;
	uint32_t ttl = number("ttl", 300);
	uint8_t *at = e->message;
	uint8_t binary[16];
	int local = side();
	const char *name = next_word("the name"), *address = next_word("the address");
	bool v4 = inet_pton(AF_INET, address, binary) == 1;

	if (strlen(name) > 200 || (!v4 && inet_pton(AF_INET6, address, binary) != 1))
		fail("dns: '%s' and '%s' are not a name and an address", name, address);
	e->event.netns = story.end[local].netns;
	e->via = SEGMENT_VIA_TC_INGRESS;
	memcpy(at, header, sizeof(header));
	at += sizeof(header);
	at += put_dns_name(at, name);
	memcpy(at, (uint8_t[]) { 0, v4 ? 1 : 28, 0, 1, 0xc0, 12, 0, v4 ? 1 : 28, 0, 1 }, 10);
	at += 10;
	*at++ = (uint8_t)(ttl >> 24), *at++ = (uint8_t)(ttl >> 16), *at++ = (uint8_t)(ttl >> 8), *at++ = (uint8_t)ttl;
	*at++ = 0, *at++ = v4 ? 4 : 16;
	memcpy(at, binary, v4 ? 4 : 16);
	e->length = (uint16_t)(at + (v4 ? 4 : 16) - e->message);
	emit(&r);
}

static void put_name(char *to, size_t size, const char *key)
{
	const char *text = value_of(key);

	if (text)
		strncpy(to, text, size - 1);
}

static void event_container(void)
{
	struct record r = begin(EVENT_CONTAINER);
	struct event_container *e = &r.container;

	e->id = number("id", 0);
	strncpy(e->runtime, next_word("the runtime"), sizeof(e->runtime) - 1);
	put_name(e->name, sizeof(e->name), "name");
	put_name(e->pod_uid, sizeof(e->pod_uid), "uid");
	put_name(e->pod, sizeof(e->pod), "pod");
	put_name(e->namespace, sizeof(e->namespace), "namespace");
	put_name(e->k8s_name, sizeof(e->k8s_name), "k8s_name");
	emit(&r);
}

/* ---- lines ---- */

static void setup_end(int which)
{
	struct end *e = &story.end[which];
	const char *text = next_word("ADDRESS:PORT");

	if (endpoint_parse(text, &e->endpoint))
		fail("'%s' is not ADDRESS:PORT or [ADDRESS]:PORT", text);
	e->id = number("id", e->id);
	e->isn = number("isn", e->isn);
	e->netns = number("netns", e->netns);
	no_words_left();
}

static void setup_client(void)
{
	setup_end(CLIENT);
}

static void setup_server(void)
{
	setup_end(SERVER);
}

static void setup_host(void)
{
	const char *text = next_word("client, server, both or none");
	bool both = !strcmp(text, "both");

	story.local[CLIENT] = both || !strcmp(text, "client");
	story.local[SERVER] = both || !strcmp(text, "server");
	if (!story.local[CLIENT] && !story.local[SERVER] && strcmp(text, "none"))
		fail("'%s' is not client, server, both or none", text);
	no_words_left();
}

static void setup_ports(void)
{
	if (story.begun)
		fail("ports stands before the first event");
	story.ports = (struct local_ports) {
		.known = true,
		.low = (uint16_t)number("low", 32768),
		.high = (uint16_t)number("high", 60999),
		.reserved = (uint16_t)number("reserved", 0),
		.tw_reuse = (uint8_t)number("tw_reuse", 2),
	};
	no_words_left();
}

static void setup_wall(void)
{
	const char *text = next_word("a time"), *end;
	struct tm tm = { 0 };

	if (story.begun)
		fail("wall stands before the first event");
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!end || *end)
		fail("'%s' is no time like 2026-11-22T21:00:00Z", text);
	story.wall_ns = timegm(&tm) * NS_PER_S;
	no_words_left();
}

struct verb {
	const char *name;
	void (*run)(void);
};

static const struct verb SETUPS[] = {
	{ "wall", setup_wall },	    { "host", setup_host },	{ "ports", setup_ports },
	{ "client", setup_client }, { "server", setup_server },
};

static const struct verb RECORDS[] = {
#define _(kind, name) { #name, event_##name },
	EVENTS(_)
#undef _
};

static void run(const struct verb *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, name))
			continue;
		list[i].run();
		return;
	}
	fail("'%s' is not known; see the head of events2rec.c", name);
}

/* As the live source does: the header, and the clock before anything else. */
static void begin_story(void)
{
	static const struct recording_origin origin = { .kernel = "6.18.0", .host = "storyhost" };
	struct recording_header h;
	struct record r;

	story.begun = true;
	story.ts_ns = BEGINNING_NS;
	recording_header_init(&h, story.wall_ns, BEGINNING_NS, &origin);
	recording_header_set_ports(&h, &story.ports);
	write_bytes(&h, sizeof(h));
	r = begin(EVENT_CLOCK);
	r.clock.wall_ns = story.wall_ns;
	write_bytes(&r, r.event.size);
}

static void run_line(char *line)
{
	char *save = NULL, *name;
	bool is_event;

	line[strcspn(line, "#\n")] = '\0';
	name = strtok_r(line, " \t", &save);
	if (!name)
		return;
	is_event = *name == '+';
	if (is_event) {
		if (!story.begun)
			begin_story();
		story.ts_ns = BEGINNING_NS + parse_seconds(name);
		name = strtok_r(NULL, " \t", &save);
		if (!name)
			fail("an event is missing behind the time");
	}
	for (story.words = 0; (story.word[story.words] = strtok_r(NULL, " \t", &save)); story.words++)
		if (story.words == MAX_WORDS - 1)
			fail("too many words");
	if (is_event)
		run(RECORDS, sizeof(RECORDS) / sizeof(RECORDS[0]), name);
	else
		run(SETUPS, sizeof(SETUPS) / sizeof(SETUPS[0]), name);
}

int main(int argc, char **argv)
{
	char line[1024];
	FILE *in;

	if (argc < 2 || argc > 3) {
		fputs("usage: events2rec STORY [RECORDING]\n", stderr);
		return 2;
	}
	story.path = argv[1];
	story.end[CLIENT].id = 11;
	story.end[SERVER].id = 22;
	story.wall_ns = 1795381200 * NS_PER_S; /* 2026-11-22T21:00:00Z */
	in = fopen(argv[1], "re");
	story.out = argc > 2 ? fopen(argv[2], "we") : stdout;
	if (!in || !story.out)
		fail("%s", strerror(errno));
	while (fgets(line, sizeof(line), in)) {
		story.line++;
		run_line(line);
	}
	fclose(in);
	if (!story.begun)
		fail("there is no event in it");
	if (fclose(story.out))
		fail("cannot write the recording: %s", strerror(errno));
	return 0;
}
