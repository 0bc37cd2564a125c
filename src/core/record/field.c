// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The catalogue, and the fields that concern the whole connection. */
#include "core/record/field.h"

#include <endian.h>

#include "core/capture/track.h"
#include "core/record/community_id.h"
#include "core/record/conn_phase.h"
#include "core/record/field_list.h"
#include "core/timestamp.h"
#include "lib/strbuf.h"

bool put_id(struct value *v, uint64_t id)
{
	return put_made(v, uint_digits(v->buf, id));
}

bool field_flag(const struct conn *c, unsigned int flag, struct value *out)
{
	return (c->flags & flag) && put_bool(out, true);
}

/* 16 digits, all at once: each nibble in a byte of its own, and 'a' - '9' - 1 more where it is above 9. */
static void put_hex(char *to, uint64_t n)
{
	for (int half = 0; half < 2; half++, n <<= 32) {
		uint64_t x = n >> 32, above;

		x = (x << 16 | x) & 0x0000ffff0000ffffULL;
		x = (x << 8 | x) & 0x00ff00ff00ff00ffULL;
		x = (x << 4 | x) & 0x0f0f0f0f0f0f0f0fULL;
		above = (x + 0x0606060606060606ULL) >> 4 & 0x0101010101010101ULL;
		x = htobe64(x + 0x3030303030303030ULL + above * ('a' - '9' - 1));
		memcpy(to + 8 * half, &x, sizeof(x));
	}
}

static bool get_id(const struct conn *c, unsigned int of, struct value *out)
{
	put_hex(out->buf, c->id[0]);
	put_hex(out->buf + 16, c->id[1]);
	return put_made(out, out->buf + 32);
}

static bool get_complete(const struct conn *c, unsigned int of, struct value *out)
{
	return put_bool(out, c->flags & CONN_COMPLETE);
}

static bool get_incomplete(const struct conn *c, unsigned int of, struct value *out)
{
	if (c->flags & CONN_COMPLETE)
		return false;
	return put_word(out, c->flags & CONN_EXISTED	    ? "existed"
			     : c->flags & CONN_MIDSTREAM    ? "midstream"
			     : c->flags & CONN_LOSSY	    ? "events_lost"
			     : c->flags & CONN_STEPS_MISSED ? "steps_missed"
			     : c->flags & CONN_UNDECIDED    ? "undecided"
			     : c->flags & CONN_PSOCK	    ? "sockmap"
			     : c->flags & CONN_END_UNSEEN   ? "end_unseen"
			     : c->flags & CONN_NO_MEMORY    ? "no_memory"
							    : "evicted");
}

static bool get_role(const struct conn *c, unsigned int of, struct value *out)
{
	return put_word(out, conn_role(c));
}

static bool put_time(struct value *out, uint64_t wall_ns)
{
	timestamp_utc(wall_ns, out->buf);
	return put_made(out, out->buf + TIMESTAMP_SIZE - 1);
}

static bool get_start_time(const struct conn *c, unsigned int of, struct value *out)
{
	return put_time(out, c->start_ns + c->wall_offset_ns);
}

/* Of a minisocket that existed before the tracer started: when its socket closed is not known. */
static bool close_was_seen(const struct conn *c)
{
	const struct side *k = &c->side[CLIENT], *v = &c->side[SERVER];

	return (!k->timewait.existed && !v->timewait.existed) || k->mark[MARK_CLOSE] || v->mark[MARK_CLOSE];
}

static bool get_end_time(const struct conn *c, unsigned int of, struct value *out)
{
	return c->close_ns && close_was_seen(c) && put_time(out, c->close_ns + c->wall_offset_ns);
}

static bool get_duration_ns(const struct conn *c, unsigned int of, struct value *out)
{
	if (c->track) /* also of one that is still open: what was seen of it */
		return put_between(out, c->start_ns, c->track->last_ns);
	return close_was_seen(c) && put_between(out, c->start_ns, c->close_ns);
}

/* ---- network ---- */

static bool get_network_transport(const struct conn *c, unsigned int of, struct value *out)
{
	return put_word(out, "tcp");
}

static bool get_network_type(const struct conn *c, unsigned int of, struct value *out)
{
	return put_word(out, endpoint_is_ipv4(&c->flow.end[SERVER]) ? "ipv4" : "ipv6");
}

static bool get_network_community_id(const struct conn *c, unsigned int of, struct value *out)
{
	return put_made(out, out->buf + strlen(community_id(&c->flow, out->buf)));
}

/* By the host's own view (ECS); between two ends that are both here there is none. */
static bool get_network_direction(const struct conn *c, unsigned int of, struct value *out)
{
	bool client = side_is_local(&c->side[CLIENT]), server = side_is_local(&c->side[SERVER]);

	return client != server && put_word(out, client ? "egress" : "ingress");
}

static bool get_network_netns(const struct conn *c, unsigned int of, struct value *out)
{
	uint32_t client = c->side[CLIENT].netns, server = c->side[SERVER].netns;

	return (client || server) && (!client || !server || client == server) &&
	       put_uint(out, client ? client : server);
}

static bool get_network_vlan_id(const struct conn *c, unsigned int of, struct value *out)
{
	return c->vlan[0] && put_uint(out, c->vlan[0] - 1);
}

static bool get_network_inner_vlan_id(const struct conn *c, unsigned int of, struct value *out)
{
	return c->vlan[1] && put_uint(out, c->vlan[1] - 1);
}

/* ---- the catalogue ---- */

static const struct field ROWS[] = {
	FIELD("id", get_id, 0, TEXT, "",
	      "32 hexadecimal digits, of its initial sequence numbers: the same on every host that saw it; also the "
	      "OTLP trace id"),
	FIELD("complete", get_complete, 0, BOOL, "", "seen from its beginning, and no event of it was lost"),
	FIELD("incomplete", get_incomplete, 0, TEXT, "",
	      "why it is not: existed (before the tracer), midstream, events_lost, steps_missed, undecided, sockmap, "
	      "end_unseen, no_memory, evicted"),
	FIELD("role", get_role, 0, TEXT, "", "of this host: client, server or both"),
	FIELD("start_time", get_start_time, 0, TEXT, "", "first SYN, or first sight"),
	FIELD("end_time", get_end_time, 0, TEXT, "", "when its last full socket closed"),
	FIELD("duration_ns", get_duration_ns, 0, UINT, "ns", "end_time - start_time"),
	FIELD("network.transport", get_network_transport, 0, TEXT, "", "tcp"),
	FIELD("network.type", get_network_type, 0, TEXT, "", "ipv4 or ipv6"),
	FIELD("network.direction", get_network_direction, 0, TEXT, "",
	      "egress if this host opened it, ingress if it accepted"),
	FIELD("network.community_id", get_network_community_id, 0, TEXT, "",
	      "the tuple's name in Zeek, Suricata and others (version 1, seed 0)"),
	FIELD("network.netns", get_network_netns, 0, UINT, "",
	      "inode number of the network namespace, if both sides' is one"),
	FIELD("network.loopback", field_flag, CONN_LOOPBACK, BOOL, "", "its segments were seen on a loopback device"),
	FIELD("network.vlan.id", get_network_vlan_id, 0, UINT, "", "outer VLAN"),
	FIELD("network.inner.vlan.id", get_network_inner_vlan_id, 0, UINT, "", "inner VLAN (QinQ)"),
};

static const struct field_list CONN = { ROWS, sizeof(ROWS) / sizeof(ROWS[0]) };
/* In the record's order. */
static const struct field_list *const LISTS[] = { &CONN,	   &FIELDS_SIDES,    &FIELDS_TCP,
						  &FIELDS_OPENING, &FIELDS_TRANSFER, &FIELDS_CLOSING,
						  &FIELDS_PATH };

const struct field *field_at(size_t i)
{
	for (size_t l = 0; l < sizeof(LISTS) / sizeof(LISTS[0]); l++) {
		if (i < LISTS[l]->count)
			return &LISTS[l]->rows[i];
		i -= LISTS[l]->count;
	}
	return NULL;
}

size_t field_count(void)
{
	size_t n = 0;

	for (size_t l = 0; l < sizeof(LISTS) / sizeof(LISTS[0]); l++)
		n += LISTS[l]->count;
	return n;
}

const struct field *field_find(const char *path)
{
	const struct field *f;

	for (size_t i = 0; (f = field_at(i)); i++)
		if (!strcmp(f->path, path))
			return f;
	return NULL;
}
