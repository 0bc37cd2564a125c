// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/filter.h"

#include "core/cidr.h"

static bool wants_address(const struct filter_config *f, const struct conn *c)
{
	if (!f->cidr_count)
		return true;
	for (uint32_t i = 0; i < f->cidr_count; i++) {
		if (cidr_holds(&f->cidr[i], c->flow.end[CLIENT].addr) ||
		    cidr_holds(&f->cidr[i], c->flow.end[SERVER].addr))
			return true;
	}
	return false;
}

/* -L and -D are about a local socket's own port and its peer's. Where no side is local, either end may be meant. */
static bool wants_port(const struct filter_config *f, const struct port_filter *ports, const struct conn *c)
{
	bool nobody_local = !side_is_local(&c->side[CLIENT]) && !side_is_local(&c->side[SERVER]);

	if (!f->port_kinds)
		return true;
	for (int i = CLIENT; i < SIDES; i++) {
		uint8_t own = ports->port[c->flow.end[i].port], peer = ports->port[c->flow.end[other_side(i)].port];
		bool local = nobody_local || side_is_local(&c->side[i]);
		bool either_ok = !(f->port_kinds & PORT_EITHER) || ((own | peer) & PORT_EITHER);
		bool local_ok = !(f->port_kinds & PORT_LOCAL) || (own & PORT_LOCAL);
		bool remote_ok = !(f->port_kinds & PORT_REMOTE) || (peer & PORT_REMOTE);

		if (local && either_ok && local_ok && remote_ok)
			return true;
	}
	return false;
}

static bool wants_netns(const struct filter_config *f, const struct conn *c)
{
	uint32_t client = c->side[CLIENT].netns, server = c->side[SERVER].netns;

	if (!client && !server) /* no socket of it is known: the netns of the interface where it was seen */
		client = c->wire_netns;
	return !f->netns || client == f->netns || server == f->netns;
}

static bool wants_process(const struct filter_config *f, const struct conn *c)
{
	if (!f->pid)
		return true;
	for (int i = CLIENT; i < SIDES; i++) {
		for (int role = 0; role < ACTOR_ROLES; role++) {
			if (c->side[i].actor[role].pid == f->pid)
				return true;
		}
	}
	return false;
}

bool filter_wants(const struct filter_config *f, const struct port_filter *ports, const struct conn *c)
{
	if (f->family && (f->family == 4) != endpoint_is_ipv4(&c->flow.end[SERVER]))
		return false;
	return wants_address(f, c) && wants_port(f, ports, c) && wants_netns(f, c) && wants_process(f, c);
}
