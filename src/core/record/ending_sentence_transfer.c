// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What held the data up, where it cost a second or more. */
#include "core/record/conn_limit.h"
#include "core/record/ending_sentence_parts.h"
#include "lib/human.h"

#define TIMEOUTS_WORTH_NS 1000000000ULL

static void sentence_limit(const struct conn *c, unsigned int style, struct strbuf *out)
{
	enum side_name sender;
	uint64_t ns;
	enum limit l = conn_held_up(c, &sender, &ns);

	if (!l)
		return;
	strbuf_printf(out, "; what the %s sent was limited by %s for ", side_name_text(sender), limit_text(l));
	human_duration(out, ns, style);
}

static void sentence_timeouts(const struct conn *c, enum side_name side, unsigned int style, struct strbuf *out)
{
	const struct side *s = &c->side[side];
	const struct transfer_counters *t = &s->transfer;

	if (!s->transfer_ns || !t->total_rto || t->total_rto_ms * 1000000ULL < TIMEOUTS_WORTH_NS)
		return;
	strbuf_printf(out, "; %u retransmission timeout%s of the %s took ", t->total_rto, human_s(t->total_rto),
		      side_name_text(side));
	human_duration(out, t->total_rto_ms * 1000000ULL, style);
}

void sentence_transfer(const struct conn *c, unsigned int style, struct strbuf *out)
{
	sentence_limit(c, style, out);
	sentence_timeouts(c, CLIENT, style, out);
	sentence_timeouts(c, SERVER, style, out);
}
