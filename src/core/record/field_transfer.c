// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The fields of how each side's data went, while established. Names as in ss -ti, where it has one. */
#include "core/record/conn_limit.h"
#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "core/record/field_list.h"

static const struct transfer_counters *transfer_of(const struct conn *c, unsigned int side)
{
	return c->side[side].transfer_ns ? &c->side[side].transfer : NULL;
}

/* One that was never established has no such phase, though data came with its SYN, or too early. */
static bool has_transfer(const struct conn *c, unsigned int side)
{
	const struct side *s = &c->side[side];
	struct span established;

	if (!conn_phase(c, PHASE_ESTABLISHED, &established) && !(c->flags & (CONN_EXISTED | CONN_MIDSTREAM)))
		return false;
	return s->transfer_ns || s->data_drops || s->sent_again[RETRANSMIT_CAUSE_TIMEOUT] ||
	       s->sent_again[RETRANSMIT_CAUSE_FAST] || s->sent_again[RETRANSMIT_CAUSE_PROBE];
}

static bool get_limited_by(const struct conn *c, unsigned int of, struct value *out)
{
	enum side_name sender;

	return put_word(out, limit_name(conn_main_limit(c, &sender)));
}

static bool get_side_limited_by(const struct conn *c, unsigned int side, struct value *out)
{
	return put_word(out, limit_name(conn_limit(c, side)));
}

/* ---- counters of 32 and 64 bits ---- */

/* What their getters are asked for: where in struct transfer_counters they stand, and of which side. */
#define COUNT_OF(member, side) ((unsigned int)offsetof(struct transfer_counters, member) << 1 | (side))

static uint32_t count_of(const struct transfer_counters *t, unsigned int of)
{
	uint32_t n;

	memcpy(&n, (const char *)t + (of >> 1), sizeof(n));
	return n;
}

static uint64_t long_count_of(const struct transfer_counters *t, unsigned int of)
{
	uint64_t n;

	memcpy(&n, (const char *)t + (of >> 1), sizeof(n));
	return n;
}

/* Nothing happened: no key. */
static bool get_count(const struct conn *c, unsigned int of, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, of & 1);

	return t && count_of(t, of) && put_uint(out, count_of(t, of));
}

/* Without data, or only such that it refused, these are since it was established. */
static bool get_last_sent(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && c->side[side].stats.data_segs_out && put_uint(out, t->sent_ms * 1000000ULL);
}

static bool get_last_received(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && conn_side_got_data(&c->side[side]) && put_uint(out, t->received_ms * 1000000ULL);
}

static bool get_us(const struct conn *c, unsigned int of, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, of & 1);

	return t && count_of(t, of) && put_uint(out, count_of(t, of) * 1000ULL);
}

/* Clocks of a side that sent something. */
static bool get_clock(const struct conn *c, unsigned int of, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, of & 1);
	const struct side *s = &c->side[of & 1];

	return t && s->has_stats && s->stats.data_segs_out && put_uint(out, long_count_of(t, of));
}

static bool get_rate(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && t->delivery_rate && put_uint(out, t->delivery_rate);
}

/* ---- the rest ---- */

static bool get_rto(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && put_uint(out, t->rto_ns);
}

static bool get_rto_count(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && t->flags & TRANSFER_HAS_RTO && t->total_rto && put_uint(out, t->total_rto);
}

static bool get_rto_recoveries(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && t->flags & TRANSFER_HAS_RTO && t->total_rto && put_uint(out, t->total_rto_recoveries);
}

static bool get_rto_time(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && t->flags & TRANSFER_HAS_RTO && t->total_rto && put_uint(out, t->total_rto_ms * 1000000ULL);
}

static bool get_data_segs_out(const struct conn *c, unsigned int side, struct value *out)
{
	return transfer_of(c, side) && c->side[side].has_stats && put_uint(out, c->side[side].stats.data_segs_out);
}

static bool get_data_segs_in(const struct conn *c, unsigned int side, struct value *out)
{
	return transfer_of(c, side) && c->side[side].has_stats && put_uint(out, c->side[side].stats.data_segs_in);
}

static bool get_bytes_retrans(const struct conn *c, unsigned int side, struct value *out)
{
	const struct side *s = &c->side[side];

	return transfer_of(c, side) && s->has_stats && s->stats.bytes_retrans && put_uint(out, s->stats.bytes_retrans);
}

/* What their getter is asked for: why they were sent again, and by which side. */
#define AGAIN_OF(cause, side) (RETRANSMIT_CAUSE_##cause << 1 | (side))

static bool get_sent_again(const struct conn *c, unsigned int of, struct value *out)
{
	uint16_t n = c->side[of & 1].sent_again[of >> 1];

	return n && put_uint(out, n);
}

static bool get_data_drops(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].data_drops && put_uint(out, c->side[side].data_drops);
}

static bool get_data_drop_reason(const struct conn *c, unsigned int side, struct value *out)
{
	return c->side[side].data_drops && put_word(out, drop_reason_name(c->side[side].data_drop_reason));
}

static bool get_ecn(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && put_bool(out, t->flags & TRANSFER_ECN);
}

static bool get_rate_app_limited(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && t->delivery_rate && t->flags & TRANSFER_RATE_APP_LIMITED && put_bool(out, true);
}

static bool get_zero_window(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && !t->snd_wnd && put_bool(out, true);
}

/* Before the first loss there is none: 2^31 - 1 (TCP_INFINITE_SSTHRESH). */
static bool get_ssthresh(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);

	return t && t->ssthresh < INT32_MAX && put_uint(out, t->ssthresh);
}

static bool get_congestion(const struct conn *c, unsigned int side, struct value *out)
{
	const struct transfer_counters *t = transfer_of(c, side);
	size_t len = t ? strnlen(t->congestion, sizeof(t->congestion)) : 0;

	if (!len)
		return false;
	memcpy(out->buf, t->congestion, len);
	out->buf[len] = '\0';
	return put_text(out, out->buf);
}

#define TRANSFER_ROWS(path, side)                                                                                      \
	FIELD_OF(has_transfer, side, path ".limited_by", get_side_limited_by, side, TEXT, "",                          \
		 "what kept it from sending faster"),                                                                  \
		FIELD_OF(has_transfer, side, path ".busy_ns", get_clock, COUNT_OF(busy_ns, side), UINT, "ns",          \
			 "while its data waited to be sent or acknowledged"),                                          \
		FIELD_OF(has_transfer, side, path ".rwnd_limited_ns", get_clock, COUNT_OF(rwnd_limited_ns, side),      \
			 UINT, "ns", "of these, the peer's window had no room"),                                       \
		FIELD_OF(has_transfer, side, path ".sndbuf_limited_ns", get_clock, COUNT_OF(sndbuf_limited_ns, side),  \
			 UINT, "ns", "of these, its own send buffer was too small"),                                   \
		FIELD_OF(has_transfer, side, path ".data_segs_out", get_data_segs_out, side, UINT, "segments",         \
			 "data segments it sent"),                                                                     \
		FIELD_OF(has_transfer, side, path ".data_segs_in", get_data_segs_in, side, UINT, "segments",           \
			 "data segments it got"),                                                                      \
		FIELD_OF(has_transfer, side, path ".bytes_retrans", get_bytes_retrans, side, UINT, "bytes",            \
			 "payload it sent again"),                                                                     \
		FIELD_OF(has_transfer, side, path ".timeout_retransmits", get_sent_again, AGAIN_OF(TIMEOUT, side),     \
			 UINT, "",                                                                                     \
			 "times it sent data again after a retransmission timeout, and until that was recovered"),     \
		FIELD_OF(has_transfer, side, path ".fast_retransmits", get_sent_again, AGAIN_OF(FAST, side), UINT, "", \
			 "the same, by duplicate ACKs, SACK or RACK"),                                                 \
		FIELD_OF(has_transfer, side, path ".tail_loss_probes", get_sent_again, AGAIN_OF(PROBE, side), UINT,    \
			 "", "the same, as a tail loss probe"),                                                        \
		FIELD_OF(has_transfer, side, path ".total_rto", get_rto_count, side, UINT, "",                         \
			 "retransmission timeouts"),                                                                   \
		FIELD_OF(has_transfer, side, path ".total_rto_recoveries", get_rto_recoveries, side, UINT, "",         \
			 "how often it recovered from one or several of these"),                                       \
		FIELD_OF(has_transfer, side, path ".total_rto_ns", get_rto_time, side, UINT, "ns",                     \
			 "how long these took"),                                                                       \
		FIELD_OF(has_transfer, side, path ".rto_ns", get_rto, side, UINT, "ns",                                \
			 "its retransmission timeout, as it was last"),                                                \
		FIELD_OF(has_transfer, side, path ".lost", get_count, COUNT_OF(lost, side), UINT, "segments",          \
			 "taken for lost, also those sent again"),                                                     \
		FIELD_OF(has_transfer, side, path ".dsack_dups", get_count, COUNT_OF(dsack_dups, side), UINT,          \
			 "segments", "the peer had them twice: they were sent again without need"),                    \
		FIELD_OF(has_transfer, side, path ".reord_seen", get_count, COUNT_OF(reord_seen, side), UINT, "",      \
			 "how often what it sent arrived in another order"),                                           \
		FIELD_OF(has_transfer, side, path ".rcv_ooopack", get_count, COUNT_OF(ooo_packets, side), UINT,        \
			 "segments", "it got out of order"),                                                           \
		FIELD_OF(has_transfer, side, path ".dropped_here", get_data_drops, side, UINT, "segments",             \
			 "of its data segments, those that this host was seen to drop"),                               \
		FIELD_OF(has_transfer, side, path ".drop_reason", get_data_drop_reason, side, TEXT, "",                \
			 "the kernel's, of the last of these"),                                                        \
		FIELD_OF(has_transfer, side, path ".ecn", get_ecn, side, BOOL, "",                                     \
			 "Explicit Congestion Notification was agreed upon"),                                          \
		FIELD_OF(has_transfer, side, path ".delivered_ce", get_count, COUNT_OF(delivered_ce, side), UINT,      \
			 "segments", "of its segments, those that ECN marked on their way"),                           \
		FIELD_OF(has_transfer, side, path ".zero_window", get_zero_window, side, BOOL, "",                     \
			 "at the end the peer had no room for its data"),                                              \
		FIELD_OF(has_transfer, side, path ".snd_wnd", get_count, COUNT_OF(snd_wnd, side), UINT, "bytes",       \
			 "room that the peer had for its data, at the end"),                                           \
		FIELD_OF(has_transfer, side, path ".sndbuf", get_count, COUNT_OF(sndbuf, side), UINT, "bytes",         \
			 "memory for what it sends, as it was last"),                                                  \
		FIELD_OF(has_transfer, side, path ".rcvbuf", get_count, COUNT_OF(rcvbuf, side), UINT, "bytes",         \
			 "the same, for what it gets"),                                                                \
		FIELD_OF(has_transfer, side, path ".congestion", get_congestion, side, TEXT, "",                       \
			 "its congestion control"),                                                                    \
		FIELD_OF(has_transfer, side, path ".cwnd", get_count, COUNT_OF(cwnd, side), UINT, "segments",          \
			 "its congestion window"),                                                                     \
		FIELD_OF(has_transfer, side, path ".ssthresh", get_ssthresh, side, UINT, "segments",                   \
			 "its slow start threshold, after a loss"),                                                    \
		FIELD_OF(has_transfer, side, path ".delivery_rate", get_rate, side, UINT, "bytes/s",                   \
			 "at which its data arrived when it was measured last"),                                       \
		FIELD_OF(has_transfer, side, path ".rate_app_limited", get_rate_app_limited, side, BOOL, "",           \
			 "that was measured while it had too little to send"),                                         \
		FIELD_OF(has_transfer, side, path ".rcv_rtt_ns", get_us, COUNT_OF(rcv_rtt_us, side), UINT, "ns",       \
			 "round-trip time as it saw it by what it got"),                                               \
		FIELD_OF(has_transfer, side, path ".lastsnd_ns", get_last_sent, side, UINT, "ns",                      \
			 "since it sent data last, at its last report"),                                               \
		FIELD_OF(has_transfer, side, path ".lastrcv_ns", get_last_received, side, UINT, "ns",                  \
			 "since it got data last")

static const struct field ROWS[] = {
	FIELD("established.limited_by", get_limited_by, 0, TEXT, "",
	      "what kept the side that sent more from sending faster: application, receiver_window, send_buffer, "
	      "network, unknown"),
	TRANSFER_ROWS("established.client", CLIENT),
	TRANSFER_ROWS("established.server", SERVER),
};

const struct field_list FIELDS_TRANSFER = { ROWS, sizeof(ROWS) / sizeof(ROWS[0]) };
