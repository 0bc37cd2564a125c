// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The catalogue, and the getters of what concerns the whole connection. */
#include "core/record/field.h"

#include "core/record/conn_phase.h"
#include "core/record/conn_zeek.h"
#include "core/record/field_list.h"
#include "core/timestamp.h"
#include "core/capture/track.h"

const struct field FIELDS[] = {
#define _(path_, getter, type_, unit_, help_)                                                                          \
	{ .path = (path_), .type = VALUE_##type_, .unit = (unit_), .help = (help_), .get = field_##getter },
	FIELD_LIST(_)
#undef _
};

const size_t FIELD_COUNT = sizeof(FIELDS) / sizeof(FIELDS[0]);

const struct field *field_find(const char *path)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (!strcmp(FIELDS[i].path, path))
			return &FIELDS[i];
	return NULL;
}

bool put_id(struct value *v, uint64_t id)
{
	char *p = v->buf + 20;

	*p = '\0';
	do {
		*--p = '0' + id % 10;
		id /= 10;
	} while (id);
	return put_text(v, p);
}

bool field_id(const struct conn *c, struct value *out)
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned int i = 0; i < 32; i++)
		out->buf[i] = hex[c->id[i / 16] >> (60 - i % 16 * 4) & 0xf];
	out->buf[32] = '\0';
	return put_text(out, out->buf);
}

bool field_complete(const struct conn *c, struct value *out)
{
	return put_bool(out, c->flags & CONN_COMPLETE);
}

bool field_incomplete(const struct conn *c, struct value *out)
{
	if (c->flags & CONN_COMPLETE)
		return false;
	return put_text(out, c->flags & CONN_EXISTED	    ? "existed"
			     : c->flags & CONN_MIDSTREAM    ? "midstream"
			     : c->flags & CONN_LOSSY	    ? "events_lost"
			     : c->flags & CONN_STEPS_MISSED ? "steps_missed"
							    : "evicted");
}

bool field_role(const struct conn *c, struct value *out)
{
	return put_text(out, conn_role(c));
}

bool field_start_time(const struct conn *c, struct value *out)
{
	return put_text(out, timestamp_utc(c->start_ns + c->wall_offset_ns, out->buf));
}

/* Of a minisocket that was there before: its socket closed nobody knows when. */
static bool close_was_seen(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return (!k->timewait.existed && !v->timewait.existed) || k->mark[MARK_CLOSE] || v->mark[MARK_CLOSE];
}

bool field_end_time(const struct conn *c, struct value *out)
{
	return c->close_ns && close_was_seen(c) &&
	       put_text(out, timestamp_utc(c->close_ns + c->wall_offset_ns, out->buf));
}

bool field_duration_ns(const struct conn *c, struct value *out)
{
	if (c->track) /* also of one that is still open: what was seen of it */
		return put_between(out, c->start_ns, c->track->last_ns);
	return close_was_seen(c) && put_between(out, c->start_ns, c->close_ns);
}

/* ---- network ---- */

bool field_network_transport(const struct conn *c, struct value *out)
{
	return put_text(out, "tcp");
}

bool field_network_type(const struct conn *c, struct value *out)
{
	return put_text(out, endpoint_is_ipv4(&c->flow.end[SERVER]) ? "ipv4" : "ipv6");
}

/* By the host's own view (ECS); between two ends that are both here there is none. */
bool field_network_direction(const struct conn *c, struct value *out)
{
	bool client = side_is_local(&c->side[CLIENT]), server = side_is_local(&c->side[SERVER]);

	return client != server && put_text(out, client ? "egress" : "ingress");
}

bool field_network_netns(const struct conn *c, struct value *out)
{
	uint32_t client = c->side[CLIENT].netns, server = c->side[SERVER].netns;

	return (client || server) && (!client || !server || client == server) &&
	       put_uint(out, client ? client : server);
}

bool field_network_loopback(const struct conn *c, struct value *out)
{
	return (c->flags & CONN_LOOPBACK) && put_bool(out, true);
}

bool field_network_vlan_id(const struct conn *c, struct value *out)
{
	return c->vlan[0] && put_uint(out, c->vlan[0] - 1);
}

bool field_network_inner_vlan_id(const struct conn *c, struct value *out)
{
	return c->vlan[1] && put_uint(out, c->vlan[1] - 1);
}

/* ---- tcp ---- */

bool field_tcp_ending(const struct conn *c, struct value *out)
{
	return put_text(out, ending_name(c->verdict.ending));
}

bool field_tcp_ended_by(const struct conn *c, struct value *out)
{
	return c->verdict.ending != ENDING_OPEN && put_text(out, ended_by_name(c->verdict.ended_by));
}

bool field_tcp_close_form(const struct conn *c, struct value *out)
{
	return c->verdict.close_form != CLOSE_FORM_NONE && put_text(out, close_form_name(c->verdict.close_form));
}

bool field_tcp_reset_reason(const struct conn *c, struct value *out)
{
	return c->verdict.reset_reason != RESET_UNKNOWN && put_text(out, reset_reason_name(c->verdict.reset_reason));
}

bool field_tcp_error(const struct conn *c, struct value *out)
{
	return c->verdict.err && put_text(out, strerrorname_np(c->verdict.err));
}

bool field_tcp_in_state(const struct conn *c, struct value *out)
{
	return c->verdict.in_state && put_text(out, tcp_state_otel_name(c->verdict.in_state));
}

/* Of two ends on this host, the one that opened speaks for the connection. */
static bool spokesman(const struct conn *c, const struct side **out)
{
	*out = side_is_local(&c->side[CLIENT]) ? &c->side[CLIENT] : &c->side[SERVER];
	return side_is_local(*out);
}

bool field_tcp_last_state(const struct conn *c, struct value *out)
{
	const struct side *s;

	if (conn_timewait_side(c) >= 0)
		return put_text(out, tcp_state_otel_name(TCPS_TIME_WAIT));
	if (!spokesman(c, &s))
		return false;
	return s == &c->side[CLIENT] ? field_client_last_state(c, out) : field_server_last_state(c, out);
}

bool field_tcp_conn_state(const struct conn *c, struct value *out)
{
	return put_text(out, conn_zeek_state(c));
}

bool field_tcp_history(const struct conn *c, struct value *out)
{
	return put_text(out, conn_history(c, out->buf)) && out->text[0];
}

bool field_tcp_completeness(const struct conn *c, struct value *out)
{
	return put_uint(out, conn_completeness(c));
}

static bool put_flag(const struct conn *c, enum conn_flag flag, struct value *out)
{
	return (c->flags & flag) && put_bool(out, true);
}

bool field_tcp_simultaneous_open(const struct conn *c, struct value *out)
{
	return put_flag(c, CONN_SIMULTANEOUS_OPEN, out);
}

bool field_tcp_self_connect(const struct conn *c, struct value *out)
{
	return put_flag(c, CONN_SELF, out);
}

bool field_tcp_mptcp(const struct conn *c, struct value *out)
{
	return put_flag(c, CONN_MPTCP, out);
}

bool field_tcp_roles_derived(const struct conn *c, struct value *out)
{
	return put_flag(c, CONN_ROLES_DERIVED, out);
}

bool field_tcp_existed(const struct conn *c, struct value *out)
{
	return put_flag(c, CONN_EXISTED, out);
}

static bool stats_of(const struct conn *c, const struct event_stats **out)
{
	const struct side *s = c->side[CLIENT].has_stats ? &c->side[CLIENT] : &c->side[SERVER];

	*out = &s->stats;
	return s->has_stats;
}

bool field_tcp_srtt_ns(const struct conn *c, struct value *out)
{
	const struct event_stats *s;

	return stats_of(c, &s) && s->srtt_us && put_uint(out, s->srtt_us * 1000ULL);
}

bool field_tcp_min_rtt_ns(const struct conn *c, struct value *out)
{
	const struct event_stats *s;

	return stats_of(c, &s) && s->min_rtt_us != UINT32_MAX && put_uint(out, s->min_rtt_us * 1000ULL);
}

bool field_tcp_mss(const struct conn *c, struct value *out)
{
	const struct event_stats *s;

	return stats_of(c, &s) && s->mss && put_uint(out, s->mss);
}
