// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The fields of each side, and of the processes that opened, accepted and closed it. */
#include "core/capture/track.h"
#include "core/cgroup.h"
#include "core/record/conn_traffic.h"
#include "core/record/field_list.h"

static bool get_address(const struct conn *c, unsigned int side, struct value *out)
{
	return put_word(out, endpoint_address(&c->flow.end[side], out->buf));
}

static bool get_domain(const struct conn *c, unsigned int side, struct value *out)
{
	return put_text(out, c->side[side].domain);
}

/* 0: connect() found none, or has not chosen one yet. */
static bool get_port(const struct conn *c, unsigned int side, struct value *out)
{
	return c->flow.end[side].port && put_uint(out, c->flow.end[side].port);
}

static bool has_nat(const struct conn *c, unsigned int side)
{
	return conn_translated(c, side);
}

static bool get_nat_address(const struct conn *c, unsigned int side, struct value *out)
{
	return put_word(out, endpoint_address(conn_translated(c, side), out->buf));
}

static bool get_nat_port(const struct conn *c, unsigned int side, struct value *out)
{
	return put_uint(out, conn_translated(c, side)->port);
}

static bool get_isn(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].isn_known && put_uint(out, c->side[side].isn);
}

static bool get_bytes(const struct conn *c, unsigned int side, struct value *out)
{
	uint64_t n;

	return conn_bytes(c, side, &n) && put_uint(out, n);
}

static bool get_packets(const struct conn *c, unsigned int side, struct value *out)
{
	uint64_t n;

	return conn_packets(c, side, &n) && put_uint(out, n);
}

bool field_side_retransmits(const struct conn *c, unsigned int side, struct value *out)
{
	const struct side *s = &c->side[side];

	if (c->track)
		return put_uint(out, c->track->side[track_index(c->track, side)].repeats.count);
	return s->has_stats && put_uint(out, s->stats.retransmits);
}

static bool is_captured(const struct conn *c, unsigned int group)
{
	return c->track;
}

static bool get_missed_bytes(const struct conn *c, unsigned int side, struct value *out)
{
	return put_uint(out, c->track->side[track_index(c->track, side)].missed);
}

static bool get_bad_checksums(const struct conn *c, unsigned int side, struct value *out)
{
	return put_uint(out, c->track->side[track_index(c->track, side)].checksums.count);
}

static bool get_ttl(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].ttl && put_uint(out, c->side[side].ttl);
}

static bool get_netns(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].netns && put_uint(out, c->side[side].netns);
}

static bool get_socket_cookie(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].id && put_id(out, c->side[side].id);
}

static bool get_unread_bytes(const struct conn *c, unsigned int side, struct value *out)
{
	const struct side *s = &c->side[side];

	return !c->close_ns && s->listed_ns && put_uint(out, s->stats.unread);
}

/* What was true a moment ago, and no longer ago. */
#define LISTED_FRESH_NS 1000000000ULL

static bool is_listed_open(const struct conn *c, unsigned int side)
{
	uint64_t listed_ns = c->side[side].listed_ns;

	return !c->close_ns && listed_ns && c->decided_ns < listed_ns + LISTED_FRESH_NS;
}

static bool get_unsent_bytes(const struct conn *c, unsigned int side, struct value *out)
{
	return is_listed_open(c, side) && put_uint(out, c->side[side].stats.unsent);
}

static bool get_unacked_bytes(const struct conn *c, unsigned int side, struct value *out)
{
	return is_listed_open(c, side) && put_uint(out, c->side[side].stats.unacked);
}

static bool get_idle_ns(const struct conn *c, unsigned int side, struct value *out)
{
	uint32_t ms = c->side[side].stats.quiet_ms;

	return is_listed_open(c, side) && ms && put_uint(out, ms * 1000000ULL);
}

static bool get_cgroup(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].cgroup && put_id(out, c->side[side].cgroup);
}

static bool has_cgroup(const struct conn *c, unsigned int side)
{
	return side_cgroup(&c->side[side]);
}

static bool get_cgroup_path(const struct conn *c, unsigned int side, struct value *out)
{
	return put_text(out, side_cgroup(&c->side[side])->path);
}

static bool get_container_id(const struct conn *c, unsigned int side, struct value *out)
{
	const struct cgroup *g = side_cgroup(&c->side[side]);

	return g->place.container[0] && put_text(out, g->place.container);
}

static bool get_systemd_unit(const struct conn *c, unsigned int side, struct value *out)
{
	const struct cgroup *g = side_cgroup(&c->side[side]);

	return g->place.unit[0] && put_text(out, g->place.unit);
}

/* What their getter is asked for: where in struct cgroup the text stands, and of which side. */
#define NAME_OF(member, side) ((unsigned int)offsetof(struct cgroup, names.member) << 1 | (side))

static bool get_name(const struct conn *c, unsigned int of, struct value *out)
{
	const char *text = (const char *)side_cgroup(&c->side[of & 1]) + (of >> 1);

	return *text && put_text(out, text);
}

static bool get_error(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].err && put_word(out, strerrorname_np(c->side[side].err));
}

bool field_side_last_state(const struct conn *c, unsigned int side, struct value *out)
{
	const struct side *s = &c->side[side];
	unsigned int state = s->state == TCPS_CLOSE && s->last_open_state ? s->last_open_state : s->state;

	return state && put_word(out, tcp_state_otel_name(state));
}

static bool get_user_id(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].uid_known && put_id(out, c->side[side].uid);
}

/* ---- processes ---- */

/* What their getters are asked for. */
#define ACTOR_OF(role, side) ((role) << 1 | (side))

static const struct actor *actor_of(const struct conn *c, unsigned int of)
{
	return &c->side[of & 1].actor[of >> 1];
}

static bool has_actor(const struct conn *c, unsigned int of)
{
	return actor_of(c, of)->certainty != ACTOR_UNKNOWN;
}

static bool get_actor_pid(const struct conn *c, unsigned int of, struct value *out)
{
	const struct actor *a = actor_of(c, of);

	return a->pid && put_uint(out, a->pid);
}

static bool put_comm(struct value *out, const char comm[16])
{
	size_t len = strnlen(comm, 16);

	memcpy(out->buf, comm, len);
	out->buf[len] = '\0';
	return len && put_text(out, out->buf);
}

static bool get_actor_name(const struct conn *c, unsigned int of, struct value *out)
{
	return put_comm(out, actor_of(c, of)->comm);
}

static bool get_actor_thread(const struct conn *c, unsigned int of, struct value *out)
{
	return put_comm(out, actor_of(c, of)->thread);
}

static bool get_actor_certainty(const struct conn *c, unsigned int of, struct value *out)
{
	static const char *const words[] = {
		[ACTOR_CERTAIN] = "certain",
		[ACTOR_LISTENER] = "listener",
		[ACTOR_DERIVED] = "derived",
	};
	const struct actor *a = actor_of(c, of);

	return a->certainty < sizeof(words) / sizeof(words[0]) && put_word(out, words[a->certainty]);
}

#define ACTOR_ROWS(path, of, text)                                                                                     \
	FIELD_OF(has_actor, of, path ".pid", get_actor_pid, of, UINT, "", text ", process id"),                        \
		FIELD_OF(has_actor, of, path ".name", get_actor_name, of, TEXT, "", "its name (comm)"),                \
		FIELD_OF(has_actor, of, path ".certainty", get_actor_certainty, of, TEXT, "",                          \
			 "certain, listener (stands in), derived (found later)"),                                      \
		FIELD_OF(has_actor, of, path ".thread.name", get_actor_thread, of, TEXT, "",                           \
			 "of the thread that did, where it has another name")

#define SIDE_ROWS(path, side)                                                                                          \
	FIELD(path ".address", get_address, side, TEXT, "", "IP address; IPv4-mapped as IPv4"),                        \
		FIELD(path ".domain", get_domain, side, TEXT, "",                                                      \
		      "with --names: the name that the address came from, by a DNS answer"),                           \
		FIELD(path ".port", get_port, side, UINT, "", "TCP port"),                                             \
		FIELD_OF(has_nat, side, path ".nat.ip", get_nat_address, side, TEXT, "",                               \
			 "what the address was translated to, as the other end or the last interface has it"),         \
		FIELD_OF(has_nat, side, path ".nat.port", get_nat_port, side, UINT, "",                                \
			 "the port that belongs to it"),                                                               \
		FIELD(path ".isn", get_isn, side, UINT, "", "its initial sequence number, as on the wire"),            \
		FIELD(path ".bytes", get_bytes, side, UINT, "bytes", "payload it sent, retransmissions not counted"),  \
		FIELD(path ".packets", get_packets, side, UINT, "segments", "segments it sent, as on the wire"),       \
		FIELD(path ".retransmits", field_side_retransmits, side, UINT, "segments",                             \
		      "segments its kernel sent again; captured: with nothing new in them"),                           \
		FIELD_OF(is_captured, 0, path ".missed_bytes", get_missed_bytes, side, UINT, "bytes",                  \
			 "of a capture: acknowledged, but not in it; part of bytes"),                                  \
		FIELD_OF(is_captured, 0, path ".bad_checksums", get_bad_checksums, side, UINT, "segments",             \
			 "of a capture: with a wrong checksum, left out of all else"),                                 \
		FIELD(path ".ttl", get_ttl, side, UINT, "",                                                            \
		      "TTL or hop limit of its first segment, where it was seen"),                                     \
		FIELD(path ".unread_bytes", get_unread_bytes, side, UINT, "bytes",                                     \
		      "of one that is open: received, and not read by its program"),                                   \
		FIELD(path ".unsent_bytes", get_unsent_bytes, side, UINT, "bytes",                                     \
		      "of one that is open: written, and not sent yet"),                                               \
		FIELD(path ".unacked_bytes", get_unacked_bytes, side, UINT, "bytes",                                   \
		      "of one that is open: sent, and not acknowledged yet"),                                          \
		FIELD(path ".idle_ns", get_idle_ns, side, UINT, "ns",                                                  \
		      "of one that is open: since it heard from the other side last"),                                 \
		FIELD(path ".netns", get_netns, side, UINT, "", "inode number of its network namespace"),              \
		FIELD(path ".socket_cookie", get_socket_cookie, side, TEXT, "",                                        \
		      "of its socket, one from request to minisocket"),                                                \
		FIELD(path ".cgroup", get_cgroup, side, TEXT, "", "id of its cgroup (v2)"),                            \
		FIELD_OF(has_cgroup, side, path ".cgroup_path", get_cgroup_path, side, TEXT, "",                       \
			 "the path of that cgroup"),                                                                   \
		FIELD(path ".error", get_error, side, TEXT, "", "errno that its application got"),                     \
		FIELD(path ".last_state", field_side_last_state, side, TEXT, "",                                       \
		      "its socket's state before closed, or its state now"),                                           \
		FIELD(path ".user.id", get_user_id, side, TEXT, "", "user id of its socket"),                          \
		FIELD_OF(has_cgroup, side, path ".container.id", get_container_id, side, TEXT, "",                     \
			 "64 digits in its cgroup's path"),                                                            \
		FIELD_OF(has_cgroup, side, path ".container.name", get_name, NAME_OF(name, side), TEXT, "",            \
			 "as its runtime calls it"),                                                                   \
		FIELD_OF(has_cgroup, side, path ".container.runtime", get_name, NAME_OF(runtime, side), TEXT, "",      \
			 "docker, podman, containerd or cri-o"),                                                       \
		FIELD_OF(has_cgroup, side, path ".k8s.pod.name", get_name, NAME_OF(pod, side), TEXT, "", "its pod"),   \
		FIELD_OF(has_cgroup, side, path ".k8s.pod.uid", get_name, NAME_OF(pod_uid, side), TEXT, "",            \
			 "its pod's uid"),                                                                             \
		FIELD_OF(has_cgroup, side, path ".k8s.namespace.name", get_name, NAME_OF(namespace, side), TEXT, "",   \
			 "its pod's namespace in Kubernetes"),                                                         \
		FIELD_OF(has_cgroup, side, path ".k8s.container.name", get_name, NAME_OF(k8s_name, side), TEXT, "",    \
			 "what the pod calls the container"),                                                          \
		FIELD_OF(has_cgroup, side, path ".systemd.unit", get_systemd_unit, side, TEXT, "",                     \
			 "of what is in no container"),                                                                \
		ACTOR_ROWS(path ".process.opener", ACTOR_OF(OPENER, side), "who connected or listened"),               \
		ACTOR_ROWS(path ".process.acceptor", ACTOR_OF(ACCEPTOR, side), "who got it from accept()"),            \
		ACTOR_ROWS(path ".process.closer", ACTOR_OF(CLOSER, side), "who closed it")

static const struct field ROWS[] = { SIDE_ROWS("client", CLIENT), SIDE_ROWS("server", SERVER) };

const struct field_list FIELDS_SIDES = { ROWS, sizeof(ROWS) / sizeof(ROWS[0]) };
