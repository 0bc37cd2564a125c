// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/conn_limit.h"

#include "core/record/conn_traffic.h"

const char *limit_name(enum limit l)
{
	static const char *const names[LIMITS] = {
		[LIMIT_APPLICATION] = "application", [LIMIT_RECEIVER_WINDOW] = "receiver_window",
		[LIMIT_SEND_BUFFER] = "send_buffer", [LIMIT_NETWORK] = "network",
		[LIMIT_UNKNOWN] = "unknown",
	};

	return l < LIMITS ? names[l] : NULL;
}

const char *limit_text(enum limit l)
{
	static const char *const texts[LIMITS] = {
		[LIMIT_APPLICATION] = "its program",
		[LIMIT_RECEIVER_WINDOW] = "the receiver's window",
		[LIMIT_SEND_BUFFER] = "its send buffer",
		[LIMIT_NETWORK] = "the network",
	};

	return l < LIMITS && texts[l] ? texts[l] : "what is not known";
}

/* After its FIN is acknowledged it sends nothing more. */
static uint64_t sending_end(const struct side *s)
{
	uint64_t done = s->mark[MARK_FIN_WAIT2];

	return done && done < s->transfer_ns ? done : s->transfer_ns;
}

static bool has_sent_data(const struct conn *c, const struct side *s)
{
	return s->transfer_ns && s->has_stats && s->stats.data_segs_out && !(c->flags & CONN_PSOCK);
}

#define INITIAL_WINDOW 10 /* segments, RFC 6928 */
/* In slow start the window doubles each round trip, and is filled all the time: after four of them that is a quarter.
 */
#define FILLED_PART   4
#define HARDLY_A_PART 2 /* segments */

/*
 * Whose is the time in which data were under way, and the kernel's clocks say no more? The congestion window grows only
 * when it was filled. By Little's law the segments under way were, in the mean, those sent times the round trip, by the
 * time that took. The kernel's own clock for the send buffer rarely runs: only if the last segment had not been sent
 * when the program began to wait.
 */
static enum limit limit_of_rest(const struct side *s)
{
	const struct transfer_counters *t = &s->transfer;
	uint64_t segments_ns = s->stats.data_segs_out * (uint64_t)s->stats.srtt_us * 1000;
	uint64_t window = (uint64_t)t->cwnd * s->stats.mss;
	/* Minutes in ns by a large buffer's bytes are more than 64 bits. */
	unsigned __int128 busy_ns = t->busy_ns, filled_ns = (unsigned __int128)segments_ns * FILLED_PART;

	if (t->sndbuf && window > t->sndbuf && filled_ns * s->stats.mss >= busy_ns * t->sndbuf)
		return LIMIT_SEND_BUFFER;
	if (t->lost || s->stats.retransmits)
		return LIMIT_NETWORK;
	if (t->cwnd > INITIAL_WINDOW)
		return filled_ns >= busy_ns * t->cwnd ? LIMIT_NETWORK : LIMIT_UNKNOWN;
	return segments_ns < t->busy_ns * HARDLY_A_PART ? LIMIT_APPLICATION : LIMIT_UNKNOWN;
}

bool conn_shares(const struct conn *c, enum side_name side, struct shares *out)
{
	const struct side *s = &c->side[side];
	const struct transfer_counters *t = &s->transfer;
	uint64_t begin = s->mark[MARK_ESTABLISHED], end = sending_end(s), busy = t->busy_ns, rwnd = t->rwnd_limited_ns;
	uint64_t sndbuf = t->sndbuf_limited_ns;

	if (!has_sent_data(c, s) || !begin || end <= begin || rwnd + sndbuf > busy)
		return false;
	/* Clocks of ticks may count one more than passed. */
	*out = (struct shares) { .total_ns = end - begin > busy ? end - begin : busy };
	out->of_ns[LIMIT_APPLICATION] = out->total_ns - busy;
	out->of_ns[LIMIT_RECEIVER_WINDOW] = rwnd;
	out->of_ns[LIMIT_SEND_BUFFER] = sndbuf;
	out->of_ns[limit_of_rest(s)] += busy - rwnd - sndbuf;
	return true;
}

enum limit conn_limit(const struct conn *c, enum side_name side)
{
	struct shares shares;

	if (!conn_shares(c, side, &shares))
		return c->flags & CONN_EXISTED && has_sent_data(c, &c->side[side]) ? LIMIT_UNKNOWN : LIMIT_NONE;
	if (shares.total_ns < LIMIT_MEASURED_NS)
		return LIMIT_NONE;
	for (enum limit l = LIMIT_APPLICATION; l <= LIMIT_NETWORK; l++)
		if (shares.of_ns[l] >= shares.total_ns - shares.of_ns[l])
			return l;
	return LIMIT_UNKNOWN;
}

enum limit conn_main_limit(const struct conn *c, enum side_name *sender)
{
	uint64_t bytes[SIDES];

	if (!conn_bytes(c, CLIENT, &bytes[CLIENT]) || !conn_bytes(c, SERVER, &bytes[SERVER]))
		return LIMIT_NONE;
	*sender = bytes[SERVER] > bytes[CLIENT] ? SERVER : CLIENT;
	return has_sent_data(c, &c->side[*sender]) ? conn_limit(c, *sender) : LIMIT_NONE;
}

bool limit_holds_up(enum limit l)
{
	return l == LIMIT_RECEIVER_WINDOW || l == LIMIT_SEND_BUFFER || l == LIMIT_NETWORK;
}

/* Less is not worth a word. */
#define WORTH_NS 1000000000ULL

enum limit conn_held_up(const struct conn *c, enum side_name *sender, uint64_t *ns)
{
	enum limit l = conn_main_limit(c, sender);
	struct shares shares;

	if (!limit_holds_up(l) || !conn_shares(c, *sender, &shares) || shares.of_ns[l] < WORTH_NS)
		return LIMIT_NONE;
	*ns = shares.of_ns[l];
	return l;
}
