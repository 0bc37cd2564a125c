// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/sample.h"

#include "core/record/conn_odd.h"

/* Stricter than conn_is_odd(), which goes by what the record shows. */
static bool side_is_orderly(const struct side *s)
{
	const struct timewait *tw = &s->timewait;

	return !s->syn_retransmits && !s->fin_retransmits && s->syn_count < 2 && s->fin_count < 2 && !s->rst_count &&
	       !s->drops && !s->drops_leaving && !s->queue_full && !s->err &&
	       (!tw->ended_ns || tw->exit == TIMEWAIT_EXIT_EXPIRED);
}

bool conn_is_orderly(const struct conn *c)
{
	return c->close_ns && c->flags & CONN_COMPLETE && c->verdict.ending == ENDING_CLOSED && !c->icmp.ts_ns &&
	       side_is_orderly(&c->side[CLIENT]) && side_is_orderly(&c->side[SERVER]) && !conn_is_odd(c);
}

uint32_t sample_weight(const uint64_t id[2], uint32_t n)
{
	if (n < 2)
		return 1;
	return id[1] % n ? 0 : n;
}

uint32_t sample_rate(uint32_t n, unsigned int fill)
{
	if (!n)
		n = 1;
	return fill >= 75 ? n * 64 : fill >= 50 ? n * 8 : n;
}
