// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The fields of what two hosts know together: only of a connection that was joined from the recordings of both. */
#include "core/path.h"
#include "core/record/field_list.h"

/* What was lost and injected is known if it is of both ways. */
static const struct path *counted(const struct conn *c)
{
	return c->path->counted[CLIENT] && c->path->counted[SERVER] ? c->path : NULL;
}

static bool get_host(const struct conn *c, unsigned int side, struct value *out)
{
	return put_text(out, c->path->host[side]);
}

static bool get_delay_ns(const struct conn *c, unsigned int side, struct value *out)
{
	return c->path->delay_known[side] && put_int(out, c->path->delay_ns[side]);
}

static bool get_lost(const struct conn *c, unsigned int of, struct value *out)
{
	const struct path *p = counted(c);

	return p && put_uint(out, p->lost[CLIENT] + p->lost[SERVER]);
}

static bool get_syn_lost(const struct conn *c, unsigned int side, struct value *out)
{
	const struct path *p = counted(c);

	return p && put_uint(out, p->syn_lost[side]);
}

static bool get_fin_lost(const struct conn *c, unsigned int of, struct value *out)
{
	const struct path *p = counted(c);

	return p && put_uint(out, p->fin_lost[CLIENT] + p->fin_lost[SERVER]);
}

static bool get_rst_lost(const struct conn *c, unsigned int of, struct value *out)
{
	const struct path *p = counted(c);

	return p && put_uint(out, p->rst_lost[CLIENT] + p->rst_lost[SERVER]);
}

static bool get_injected_rst(const struct conn *c, unsigned int of, struct value *out)
{
	const struct path *p = counted(c);

	return p && put_uint(out, p->injected[CLIENT] + p->injected[SERVER]);
}

static bool get_clock_offset_ns(const struct conn *c, unsigned int of, struct value *out)
{
	return c->path->clock_known && put_int(out, c->path->clock_offset_ns);
}

static bool get_clock_error_ns(const struct conn *c, unsigned int of, struct value *out)
{
	return c->path->clock_known && put_uint(out, c->path->clock_error_ns);
}

static bool has_path(const struct conn *c, unsigned int group)
{
	return c->path;
}

static const struct field ROWS[] = {
	FIELD_OF(has_path, 0, "path.client_host", get_host, CLIENT, TEXT, "", "name of the client's host"),
	FIELD_OF(has_path, 0, "path.server_host", get_host, SERVER, TEXT, "", "name of the server's host"),
	FIELD_OF(has_path, 0, "path.delay_out_ns", get_delay_ns, CLIENT, INT, "ns",
		 "how long the SYN was on its way, give or take clock.error_ns"),
	FIELD_OF(has_path, 0, "path.delay_back_ns", get_delay_ns, SERVER, INT, "ns",
		 "how long the SYN+ACK was on its way, give or take clock.error_ns"),
	FIELD_OF(has_path, 0, "path.lost", get_lost, 0, UINT, "segments",
		 "SYNs, FINs and RSTs that left one host and did not come to the other"),
	FIELD_OF(has_path, 0, "path.syn_lost", get_syn_lost, CLIENT, UINT, "segments", "of these, SYNs of the client"),
	FIELD_OF(has_path, 0, "path.synack_lost", get_syn_lost, SERVER, UINT, "segments",
		 "of these, SYN+ACKs of the server"),
	FIELD_OF(has_path, 0, "path.fin_lost", get_fin_lost, 0, UINT, "segments", "of these, FINs of either side"),
	FIELD_OF(has_path, 0, "path.rst_lost", get_rst_lost, 0, UINT, "segments", "of these, RSTs of either side"),
	FIELD_OF(has_path, 0, "path.injected_rst", get_injected_rst, 0, UINT, "segments",
		 "RSTs that came to a host and that the other one had not sent"),
	FIELD_OF(has_path, 0, "clock.offset_ns", get_clock_offset_ns, 0, INT, "ns",
		 "how far the server's host's clock is ahead of the client's"),
	FIELD_OF(has_path, 0, "clock.error_ns", get_clock_error_ns, 0, UINT, "ns", "how wrong that may be, either way"),
};

const struct field_list FIELDS_PATH = { ROWS, sizeof(ROWS) / sizeof(ROWS[0]) };
