// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which figures stand for a connection, and what of it counts as a fault. */
#include "sink/top/top_row.h"

#include <string.h>

#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/record/field_list.h"
#include "lib/human.h"
#include "sink/text/table_cell.h"
#include "sink/text/text.h"

static uint64_t bytes_of(const struct conn *c, enum side_name side)
{
	uint64_t bytes;

	return conn_bytes(c, side, &bytes) ? bytes : TOP_NOT_KNOWN;
}

static uint64_t retransmits_of(const struct conn *c)
{
	struct value v;
	uint64_t n = 0;
	bool known = false;

	for (int i = CLIENT; i < SIDES; i++) {
		if (!field_side_retransmits(c, i, &v) && !field_syn_retransmits(c, i, &v))
			continue;
		n += v.uinteger;
		known = true;
	}
	return known ? n : TOP_NOT_KNOWN;
}

static uint64_t handshake_of(const struct conn *c)
{
	struct span span;

	/* What ends where the handshake failed is not a handshake's length. */
	if (!conn_handshake_completed(c) || !conn_phase(c, PHASE_HANDSHAKE, &span) || !span.end_ns)
		return TOP_NOT_KNOWN;
	return span.end_ns - span.begin_ns;
}

static void fill_actor(struct top_row *r, const struct conn *c, enum side_name local)
{
	const struct actor *a = conn_actor(c, local);

	if (!a)
		return;
	r->pid = a->pid;
	memcpy(r->process, a->comm, sizeof(a->comm));
}

static void fill_wait(struct top_row *r, const struct conn *c)
{
	int side = text_minisocket_side(c);
	const struct timewait *tw;

	r->wait_ns = TOP_NOT_KNOWN;
	for (int i = CLIENT; i < SIDES && side < 0; i++) {
		if (c->side[i].timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED) {
			r->wait = TOP_WAIT_NEVER;
			r->wait_side = i == CLIENT ? 'C' : 'S';
		}
	}
	if (side < 0)
		return;
	tw = &c->side[side].timewait;
	r->wait_side = side == CLIENT ? 'C' : 'S';
	if (!tw->ended_ns) {
		r->wait = tw->entered_ns ? TOP_WAIT_RUNNING : TOP_WAIT_FIN;
		if (timewait_is_measured(tw))
			r->wait_until_ns = (tw->restarted_ns > tw->entered_ns ? tw->restarted_ns : tw->entered_ns) +
					   timewait_nominal_ns(tw);
	} else if (tw->entered_ns) {
		uint64_t ns;

		r->wait = timewait_end_is_seen(tw) ? TOP_WAIT_OVER : TOP_WAIT_UNSEEN;
		if (timewait_length(tw, &ns))
			r->wait_ns = ns;
	}
}

static void fill_place(struct top_row *r, const struct conn *c, enum side_name local, unsigned int style)
{
	struct row row = { .c = c, .local = local, .style = style };
	struct strbuf text = { 0 }, cut = { 0 };

	TABLE_WHERE.cell(&row, 0, &text);
	if (text.len > 1) { /* "-" = not known */
		human_cut(&cut, strbuf_text(&text), 40, style);
		strncat(r->place, strbuf_text(&cut), sizeof(r->place) - 1);
	}
	strbuf_free(&text);
	strbuf_free(&cut);
}

static unsigned int state_of(const struct side *s)
{
	if (side_in_timewait(s))
		return s->timewait.substate ? s->timewait.substate : TCPS_TIME_WAIT;
	return s->state;
}

static bool is_half_open(const struct conn *c)
{
	return !c->close_ns && c->side[SERVER].half_open && !conn_was_established(c);
}

void top_row_fill(struct top_row *r, const struct conn *c, uint64_t now_ns, unsigned int style)
{
	enum side_name local = text_view(c), remote = other_side(local);
	int unclosed = conn_unclosed_side(c);

	*r = (struct top_row) {
		.id = { c->id[0], c->id[1] },
		.start_ns = c->start_ns,
		.close_ns = c->close_ns,
		.wall_offset_ns = c->wall_offset_ns,
		.handshake_ns = handshake_of(c),
		.sent = bytes_of(c, local),
		.received = bytes_of(c, remote),
		.retransmits = retransmits_of(c),
		.local = c->flow.end[local],
		.remote = c->flow.end[remote],
		.netns = c->side[SERVER].netns,
		.service = c->flow.end[SERVER].port,
		.state = (uint8_t)state_of(&c->side[local]),
		.ending = c->close_ns ? c->verdict.ending : ENDING_OPEN,
		.ended_by = c->close_ns ? c->verdict.ended_by : ENDED_BY_UNKNOWN,
		.role = text_role_letter(c),
		.complete = c->flags & CONN_COMPLETE,
		.existed = c->flags & CONN_EXISTED,
		.half_open = is_half_open(c),
		.queue_full = c->side[SERVER].queue_full > 0,
	};
	if (unclosed >= 0 && !c->close_ns)
		r->close_wait_ns = conn_close_wait_ns(c, (enum side_name)unclosed, now_ns);
	fill_actor(r, c, local);
	fill_wait(r, c);
	fill_place(r, c, local, style);
}

const char *top_row_fault(const struct top_row *r)
{
	switch (r->ending) {
	case ENDING_OPEN:
		if (r->close_wait_ns > CLOSE_WAIT_LEAK_NS)
			return "stuck in CLOSE_WAIT";
		break;
	case ENDING_CLOSED:
	case ENDING_DETACHED:
		break;
	default:
		return ending_name(r->ending);
	}
	if (r->queue_full)
		return "accept queue full";
	return r->retransmits && r->retransmits != TOP_NOT_KNOWN ? "retransmitted" : NULL;
}
