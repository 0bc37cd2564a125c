// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Getters of what is known of each side. */
#include "core/capture/track.h"
#include "core/cgroup.h"
#include "core/record/conn_traffic.h"
#include "core/record/field_list.h"

/* One reader of a side gives two getters. */
#define BOTH_SIDES(name)                                                                                               \
	bool field_client_##name(const struct conn *c, struct value *out)                                              \
	{                                                                                                              \
		return name(c, CLIENT, out);                                                                           \
	}                                                                                                              \
	bool field_server_##name(const struct conn *c, struct value *out)                                              \
	{                                                                                                              \
		return name(c, SERVER, out);                                                                           \
	}

static bool address(const struct conn *c, enum side_name side, struct value *out)
{
	return put_text(out, endpoint_address(&c->flow.end[side], out->buf));
}
BOTH_SIDES(address)

/* 0: connect() found none, or has not chosen one yet. */
static bool port(const struct conn *c, enum side_name side, struct value *out)
{
	return c->flow.end[side].port && put_uint(out, c->flow.end[side].port);
}
BOTH_SIDES(port)

static bool bytes(const struct conn *c, enum side_name side, struct value *out)
{
	uint64_t n;

	return conn_bytes(c, side, &n) && put_uint(out, n);
}
BOTH_SIDES(bytes)

static bool packets(const struct conn *c, enum side_name side, struct value *out)
{
	uint64_t n;

	return conn_packets(c, side, &n) && put_uint(out, n);
}
BOTH_SIDES(packets)

static bool retransmits(const struct conn *c, enum side_name side, struct value *out)
{
	const struct side *s = &c->side[side];

	if (c->track)
		return put_uint(out, c->track->side[track_index(c->track, side)].repeats.count);
	return s->has_stats && put_uint(out, s->stats.retransmits);
}
BOTH_SIDES(retransmits)

static bool missed_bytes(const struct conn *c, enum side_name side, struct value *out)
{
	return c->track && put_uint(out, c->track->side[track_index(c->track, side)].missed);
}
BOTH_SIDES(missed_bytes)

static bool bad_checksums(const struct conn *c, enum side_name side, struct value *out)
{
	return c->track && put_uint(out, c->track->side[track_index(c->track, side)].checksums.count);
}
BOTH_SIDES(bad_checksums)

static bool netns(const struct conn *c, enum side_name side, struct value *out)
{
	return c->side[side].netns && put_uint(out, c->side[side].netns);
}
BOTH_SIDES(netns)

static bool socket_cookie(const struct conn *c, enum side_name side, struct value *out)
{
	return c->side[side].id && put_id(out, c->side[side].id);
}
BOTH_SIDES(socket_cookie)

static bool cgroup(const struct conn *c, enum side_name side, struct value *out)
{
	return c->side[side].cgroup && put_id(out, c->side[side].cgroup);
}
BOTH_SIDES(cgroup)

static bool cgroup_path(const struct conn *c, enum side_name side, struct value *out)
{
	return c->side[side].cgroup_known && put_text(out, c->side[side].cgroup_known->path);
}
BOTH_SIDES(cgroup_path)

static bool container_id_of(const struct conn *c, enum side_name side, struct value *out)
{
	const struct cgroup *g = c->side[side].cgroup_known;

	return g && g->container[0] && put_text(out, g->container);
}
BOTH_SIDES(container_id_of)

static bool error(const struct conn *c, enum side_name side, struct value *out)
{
	return c->side[side].err && put_text(out, strerrorname_np(c->side[side].err));
}
BOTH_SIDES(error)

static bool last_state(const struct conn *c, enum side_name side, struct value *out)
{
	const struct side *s = &c->side[side];
	unsigned int state = s->state == TCPS_CLOSE && s->last_open_state ? s->last_open_state : s->state;

	return state && put_text(out, tcp_state_otel_name(state));
}
BOTH_SIDES(last_state)

static bool user_id(const struct conn *c, enum side_name side, struct value *out)
{
	return c->side[side].uid_known && put_id(out, c->side[side].uid);
}
BOTH_SIDES(user_id)

static bool actor_pid(const struct actor *a, struct value *out)
{
	return a->certainty != ACTOR_UNKNOWN && a->pid && put_uint(out, a->pid);
}

static bool actor_name(const struct actor *a, struct value *out)
{
	size_t len = strnlen(a->comm, sizeof(a->comm));

	memcpy(out->buf, a->comm, len);
	out->buf[len] = '\0';
	return a->certainty != ACTOR_UNKNOWN && len && put_text(out, out->buf);
}

static bool actor_certainty(const struct actor *a, struct value *out)
{
	static const char *const words[] = {
		[ACTOR_CERTAIN] = "certain",
		[ACTOR_LISTENER] = "listener",
		[ACTOR_DERIVED] = "derived",
	};

	return a->certainty < sizeof(words) / sizeof(words[0]) && put_text(out, words[a->certainty]);
}

#define ACTOR(role, ROLE, what)                                                                                        \
	static bool role##_##what(const struct conn *c, enum side_name side, struct value *out)                        \
	{                                                                                                              \
		return actor_##what(&c->side[side].actor[ROLE], out);                                                  \
	}                                                                                                              \
	BOTH_SIDES(role##_##what)

ACTOR(opener, OPENER, pid)
ACTOR(opener, OPENER, name)
ACTOR(opener, OPENER, certainty)
ACTOR(acceptor, ACCEPTOR, pid)
ACTOR(acceptor, ACCEPTOR, name)
ACTOR(acceptor, ACCEPTOR, certainty)
ACTOR(closer, CLOSER, pid)
ACTOR(closer, CLOSER, name)
ACTOR(closer, CLOSER, certainty)
