// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The fields of how TCP ran and ended. */
#include "core/icmp.h"
#include "core/record/conn_phase.h"
#include "core/record/conn_zeek.h"
#include "core/record/field_list.h"
#include "core/record/radar.h"
#include "core/record/reset_origin.h"

static bool get_ending(const struct conn *c, unsigned int of, struct value *out)
{
	return put_word(out, ending_name(c->verdict.ending));
}

static bool get_ended_by(const struct conn *c, unsigned int of, struct value *out)
{
	return c->verdict.ending != ENDING_OPEN && put_word(out, ended_by_name(c->verdict.ended_by));
}

static bool get_close_form(const struct conn *c, unsigned int of, struct value *out)
{
	return c->verdict.close_form != CLOSE_FORM_NONE && put_word(out, close_form_name(c->verdict.close_form));
}

static bool get_reset_reason(const struct conn *c, unsigned int of, struct value *out)
{
	return c->verdict.reset_reason != RESET_UNKNOWN && put_word(out, reset_reason_name(c->verdict.reset_reason));
}

static bool get_reset_origin(const struct conn *c, unsigned int of, struct value *out)
{
	return c->verdict.reset_origin != RESET_ORIGIN_NONE &&
	       put_word(out, reset_origin_name(c->verdict.reset_origin));
}

static bool get_reset_ttl(const struct conn *c, unsigned int of, struct value *out)
{
	int sender = reset_origin_sender(c);

	return sender >= 0 && c->side[sender].mark[MARK_RST] && c->side[sender].rst_ttl &&
	       put_uint(out, c->side[sender].rst_ttl);
}

static bool get_radar(const struct conn *c, unsigned int of, struct value *out)
{
	struct radar r;

	return radar_of(c, &r) && put_word(out, radar_stage_name(r.stage));
}

static bool get_radar_signature(const struct conn *c, unsigned int of, struct value *out)
{
	struct radar r;

	return radar_of(c, &r) && r.signature && put_word(out, radar_signature_name(r.signature));
}

static bool get_error(const struct conn *c, unsigned int of, struct value *out)
{
	return c->verdict.err && put_word(out, strerrorname_np(c->verdict.err));
}

static bool get_in_state(const struct conn *c, unsigned int of, struct value *out)
{
	return c->verdict.in_state && put_word(out, tcp_state_otel_name(c->verdict.in_state));
}

/* Of two ends on this host, the one that opened is taken. */
static bool spokesman(const struct conn *c, const struct side **out)
{
	*out = side_is_local(&c->side[CLIENT]) ? &c->side[CLIENT] : &c->side[SERVER];
	return side_is_local(*out);
}

static bool get_last_state(const struct conn *c, unsigned int of, struct value *out)
{
	const struct side *s;

	if (conn_timewait_side(c) >= 0)
		return put_word(out, tcp_state_otel_name(TCPS_TIME_WAIT));
	return spokesman(c, &s) && field_side_last_state(c, s == &c->side[CLIENT] ? CLIENT : SERVER, out);
}

static bool get_conn_state(const struct conn *c, unsigned int of, struct value *out)
{
	return put_word(out, conn_zeek_state(c));
}

static bool get_history(const struct conn *c, unsigned int of, struct value *out)
{
	const char *letters = conn_history(c, out->buf);

	return letters[0] && (letters == out->buf ? put_word(out, letters) : put_text(out, letters));
}

static bool get_completeness(const struct conn *c, unsigned int of, struct value *out)
{
	return put_uint(out, conn_completeness(c));
}

static bool stats_of(const struct conn *c, const struct event_stats **out)
{
	const struct side *s = c->side[CLIENT].has_stats ? &c->side[CLIENT] : &c->side[SERVER];

	*out = &s->stats;
	return s->has_stats;
}

static bool get_srtt_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const struct event_stats *s;

	return stats_of(c, &s) && s->srtt_us && put_uint(out, s->srtt_us * 1000ULL);
}

static bool get_min_rtt_ns(const struct conn *c, unsigned int of, struct value *out)
{
	const struct event_stats *s;

	return stats_of(c, &s) && s->min_rtt_us != UINT32_MAX && put_uint(out, s->min_rtt_us * 1000ULL);
}

static bool get_mss(const struct conn *c, unsigned int of, struct value *out)
{
	const struct event_stats *s;

	return stats_of(c, &s) && s->mss && put_uint(out, s->mss);
}

static bool has_icmp(const struct conn *c, unsigned int group)
{
	return c->icmp.ts_ns;
}

static bool get_icmp_type(const struct conn *c, unsigned int of, struct value *out)
{
	return put_uint(out, c->icmp.type);
}

static bool get_icmp_code(const struct conn *c, unsigned int of, struct value *out)
{
	return put_uint(out, c->icmp.code);
}

static bool get_icmp_reason(const struct conn *c, unsigned int of, struct value *out)
{
	return put_text(out, icmp_text(c->icmp.version, c->icmp.type, c->icmp.code));
}

static bool get_icmp_from(const struct conn *c, unsigned int of, struct value *out)
{
	struct endpoint from = { 0 };

	memcpy(from.addr, c->icmp.from, sizeof(from.addr));
	return put_word(out, endpoint_address(&from, out->buf));
}

static bool get_icmp_about(const struct conn *c, unsigned int of, struct value *out)
{
	return put_word(out, side_name_text(c->icmp.side));
}

static bool get_icmp_offset_ns(const struct conn *c, unsigned int of, struct value *out)
{
	return put_between(out, c->start_ns, c->icmp.ts_ns);
}

static bool get_icmp_count(const struct conn *c, unsigned int of, struct value *out)
{
	return put_uint(out, c->icmp.count);
}

static const struct field ROWS[] = {
	FIELD("tcp.ending", get_ending, 0, TEXT, "", "how it ended"),
	FIELD("tcp.ended_by", get_ended_by, 0, TEXT, "", "client, server, both, kernel, unknown"),
	FIELD("tcp.close_form", get_close_form, 0, TEXT, "", "four_way, three_way, simultaneous"),
	FIELD("tcp.reset_reason", get_reset_reason, 0, TEXT, "", "the kernel's name of why a RST was sent"),
	FIELD("tcp.reset_origin", get_reset_origin, 0, TEXT, "", "who sent the RST that ended it: peer, path, unknown"),
	FIELD("tcp.reset_ttl", get_reset_ttl, 0, UINT, "", "TTL or hop limit of that RST, where it was seen"),
	FIELD("tcp.radar", get_radar, 0, TEXT, "",
	      "by the server's first ten packets: post_syn, post_ack, post_psh, later, none"),
	FIELD("tcp.radar_signature", get_radar_signature, 0, TEXT, "", "which of the 19 of the study behind that"),
	FIELD("tcp.error", get_error, 0, TEXT, "", "errno that the application got"),
	FIELD("tcp.in_state", get_in_state, 0, TEXT, "", "state in which it ended, of the side that decided it"),
	FIELD("tcp.last_state", get_last_state, 0, TEXT, "",
	      "time_wait if it came to that, else the socket's last state"),
	FIELD("tcp.conn_state", get_conn_state, 0, TEXT, "", "Zeek's word: SF, REJ, S0, ..."),
	FIELD("tcp.history", get_history, 0, TEXT, "", "Zeek's letters"),
	FIELD("tcp.completeness", get_completeness, 0, UINT, "",
	      "Wireshark's bits: SYN 1, SYN-ACK 2, ACK 4, data 8, FIN 16, RST 32"),
	FIELD("tcp.simultaneous_open", field_flag, CONN_SIMULTANEOUS_OPEN, BOOL, "", "both sides sent the first SYN"),
	FIELD("tcp.self_connect", field_flag, CONN_SELF, BOOL, "", "one socket is both sides"),
	FIELD("tcp.mptcp", field_flag, CONN_MPTCP, BOOL, "", "subflow of a Multipath TCP connection"),
	FIELD("tcp.roles_derived", field_flag, CONN_ROLES_DERIVED, BOOL, "",
	      "who is client was decided by a rule, not by a SYN"),
	FIELD("tcp.existed", field_flag, CONN_EXISTED, BOOL, "",
	      "was there before the tracer: start_time is when it was found"),
	FIELD("tcp.srtt_ns", get_srtt_ns, 0, UINT, "ns", "smoothed round-trip time, the client's if both are known"),
	FIELD("tcp.min_rtt_ns", get_min_rtt_ns, 0, UINT, "ns", "smallest round-trip time, of the same side"),
	FIELD("tcp.mss", get_mss, 0, UINT, "bytes", "payload that fits in a segment, of the same side"),
	FIELD("tcp.repair", field_flag, CONN_REPAIR, BOOL, "",
	      "TCP_REPAIR restored or took away a socket, without a segment"),
	FIELD("tcp.sockmap", field_flag, CONN_PSOCK, BOOL, "",
	      "a sockmap held a socket: TCP's counters may not have all bytes, so they are left out"),
	FIELD_OF(has_icmp, 0, "tcp.icmp.type", get_icmp_type, 0, UINT, "",
		 "of the last ICMP or ICMPv6 error about a segment"),
	FIELD_OF(has_icmp, 0, "tcp.icmp.code", get_icmp_code, 0, UINT, "", "of the same"),
	FIELD_OF(has_icmp, 0, "tcp.icmp.reason", get_icmp_reason, 0, TEXT, "", "what type and code mean"),
	FIELD_OF(has_icmp, 0, "tcp.icmp.from", get_icmp_from, 0, TEXT, "", "IP address that sent it"),
	FIELD_OF(has_icmp, 0, "tcp.icmp.about", get_icmp_about, 0, TEXT, "",
		 "client or server: whose segment it quotes"),
	FIELD_OF(has_icmp, 0, "tcp.icmp.offset_ns", get_icmp_offset_ns, 0, UINT, "ns",
		 "when the first like it came, from start_time"),
	FIELD_OF(has_icmp, 0, "tcp.icmp.count", get_icmp_count, 0, UINT, "", "how many like it came"),
};

const struct field_list FIELDS_TCP = { ROWS, sizeof(ROWS) / sizeof(ROWS[0]) };
