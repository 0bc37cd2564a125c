// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/conn_transfer.h"

#include "core/seq.h"

void conn_apply_transfer(struct conn *c, enum side_name side, const struct event_transfer *e)
{
	struct side *s = &c->side[side];

	s->transfer = e->counters;
	s->transfer_ns = e->event.ts_ns;
}

bool conn_drop_is_data(const struct event_drop *e)
{
	if (!e->payload_len || e->tcp_flags & (TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_RST_BIT))
		return false;
	switch ((enum drop_reason)e->reason) {
	case DROP_NETFILTER_DROP:
	case DROP_SOCKET_BACKLOG:
	case DROP_QDISC_DROP:
	case DROP_TC_INGRESS:
	case DROP_TC_EGRESS:
	case DROP_CPU_BACKLOG:
		return true;
	default:
		return false;
	}
}

void conn_note_data_drop(struct side *s, const struct event_drop *e)
{
	s->data_dropped[s->data_drops % DATA_DROPS_KEPT] = e->seq;
	s->data_drops += s->data_drops < UINT16_MAX;
	s->data_drop_reason = e->reason;
}

/* What was dropped may have been a part of what is sent again. */
uint8_t conn_dropped_here(const struct side *s, const struct event_retransmit *e)
{
	uint32_t mss = s->has_stats ? s->stats.mss : 0, length = mss * e->segments;

	for (unsigned int i = 0; i < DATA_DROPS_KEPT && i < s->data_drops; i++) {
		uint32_t into = s->data_dropped[i] - e->seq;

		if (!into || into < length)
			return s->data_drop_reason;
	}
	return 0;
}
