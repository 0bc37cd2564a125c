// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/radar.h"

#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/segment.h"

/* ---- the study's table ---- */

static enum radar_signature after_syn(const struct radar_evidence *e)
{
	if (e->syns > 1)
		return RADAR_SIGNATURE_NONE;
	if (e->rsts && e->rstacks)
		return RADAR_SIGNATURE_SYN_RST_RSTACK;
	return e->rsts ? RADAR_SIGNATURE_SYN_RST : e->rstacks ? RADAR_SIGNATURE_SYN_RSTACK : RADAR_SIGNATURE_SYN_NONE;
}

static enum radar_signature after_ack(const struct radar_evidence *e)
{
	if (e->rsts && e->rstacks)
		return RADAR_SIGNATURE_NONE;
	if (e->rsts)
		return e->rsts > 1 ? RADAR_SIGNATURE_ACK_RSTS : RADAR_SIGNATURE_ACK_RST;
	if (e->rstacks)
		return e->rstacks > 1 ? RADAR_SIGNATURE_ACK_RSTACKS : RADAR_SIGNATURE_ACK_RSTACK;
	return RADAR_SIGNATURE_ACK_NONE;
}

static enum radar_signature after_psh(const struct radar_evidence *e)
{
	if (e->rsts && e->rstacks)
		return RADAR_SIGNATURE_PSH_RST_RSTACK;
	if (e->rstacks)
		return e->rstacks > 1 ? RADAR_SIGNATURE_PSH_RSTACKS : RADAR_SIGNATURE_PSH_RSTACK;
	if (!e->rsts)
		return RADAR_SIGNATURE_PSH_NONE;
	if (e->rsts == 1)
		return RADAR_SIGNATURE_PSH_RST;
	if (!e->acks_differ)
		return RADAR_SIGNATURE_PSH_RSTS_SAME;
	return e->zero_acks ? RADAR_SIGNATURE_PSH_RST_RST0 : RADAR_SIGNATURE_PSH_RSTS_DIFFER;
}

static enum radar_signature after_data(const struct radar_evidence *e)
{
	if (!e->rsts == !e->rstacks)
		return RADAR_SIGNATURE_NONE;
	return e->rsts ? RADAR_SIGNATURE_DATA_RST : RADAR_SIGNATURE_DATA_RSTACK;
}

struct radar radar_judge(const struct radar_evidence *e)
{
	if (!e->established)
		return (struct radar) { RADAR_POST_SYN, (uint8_t)after_syn(e) };
	if (!e->data)
		return (struct radar) { RADAR_POST_ACK, (uint8_t)after_ack(e) };
	if (e->data == 1)
		return (struct radar) { RADAR_POST_PSH, (uint8_t)after_psh(e) };
	return (struct radar) { RADAR_LATER, (uint8_t)after_data(e) };
}

/* ---- what is known of a connection ---- */

/* Is what reached the server known: by its socket, or by a capture? And from the first segment on, each of them? */
static bool is_seen_by_server(const struct conn *c)
{
	uint32_t unfit = CONN_ROLES_DERIVED | CONN_EXISTED | CONN_MIDSTREAM | CONN_LOSSY | CONN_SELF | CONN_REPAIR |
			 CONN_SIMULTANEOUS_OPEN | CONN_NO_MEMORY;

	if (c->flags & unfit || !c->side[CLIENT].mark[MARK_SYN])
		return false;
	return c->track || side_is_local(&c->side[SERVER]) || c->side[SERVER].half_open;
}

static void add_reset(struct radar_evidence *e, const struct moment *m, const struct moment **first)
{
	if (m->tcp_flags & TCP_FLAG_ACK_BIT) {
		e->rstacks++;
		return;
	}
	e->rsts++;
	e->zero_acks += !m->ack;
	e->acks_differ |= *first && (*first)->ack != m->ack;
	if (!*first)
		*first = m;
}

/* Of a capture all segments of the client are in the history; live, those with data are counted by the server's TCP. */
static bool gather(const struct conn *c, struct radar_evidence *e)
{
	const struct side *v = &c->side[SERVER];
	const struct moment *first = NULL;

	*e = (struct radar_evidence) { .established = conn_handshake_completed(c), .syns = c->side[CLIENT].syn_count };
	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];

		if (m->kind != EVENT_SEGMENT || m->side != CLIENT)
			continue;
		if (m->tcp_flags & TCP_FLAG_RST_BIT)
			add_reset(e, m, &first);
		else
			e->data += m->payload_len && !(m->tcp_flags & TCP_FLAG_SYN_BIT);
	}
	if (c->track || !e->established)
		return true;
	e->data = v->stats.data_segs_in;
	return v->has_stats;
}

/* Did the client say nothing more, though the server waited for it? */
static bool fell_silent(const struct conn *c, const struct radar_evidence *e)
{
	switch (c->verdict.ending) {
	case ENDING_TIMED_OUT:
		return true;
	case ENDING_UNANSWERED:
	case ENDING_HANDSHAKE_ABORTED:
		return !e->established && c->side[SERVER].mark[MARK_SYN] && c->verdict.ended_by != ENDED_BY_SERVER;
	default:
		return false;
	}
}

bool radar_of(const struct conn *c, struct radar *out)
{
	struct radar_evidence e;
	uint64_t packets, resets;

	*out = (struct radar) { .stage = RADAR_NONE };
	if (!is_seen_by_server(c) || c->verdict.ending == ENDING_OPEN || c->verdict.ending == ENDING_UNKNOWN)
		return false;
	if (c->side[CLIENT].mark[MARK_FIN])
		return true;
	if (!conn_packets(c, CLIENT, &packets))
		return false;
	if (packets > RADAR_PACKETS + c->side[CLIENT].rst_count)
		return true;
	if (c->moments.dropped || !gather(c, &e))
		return false;
	resets = e.rsts + e.rstacks;
	if (packets > RADAR_PACKETS + (resets ? resets - 1 : 0))
		return true;
	if (resets || fell_silent(c, &e))
		*out = radar_judge(&e);
	return true;
}

const char *radar_stage_name(unsigned int stage)
{
	static const char *const names[] = {
#define _(name, text) [RADAR_##name] = text,
		RADAR_STAGES(_)
#undef _
	};

	return stage < RADAR_STAGE_COUNT ? names[stage] : "none";
}

const char *radar_signature_name(unsigned int signature)
{
	static const char *const names[] = {
#define _(name, text, study) [RADAR_SIGNATURE_##name] = text,
		RADAR_SIGNATURES(_)
#undef _
	};

	return signature < RADAR_SIGNATURE_COUNT ? names[signature] : "";
}
