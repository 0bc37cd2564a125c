/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* How a socket's data went -> EVENT_TRANSFER. Called at state changes: no packet costs anything. */
#ifndef TCPLIFE_TRANSFER_BPF_H
#define TCPLIFE_TRANSFER_BPF_H

#include "sock.bpf.h"

/* enum tcp_chrono */
#define CHRONO_BUSY	      1
#define CHRONO_RWND_LIMITED   2
#define CHRONO_SNDBUF_LIMITED 3

/* TCP_ECN_OK, since 6.18 TCP_ECN_MODE_RFC3168; TCP_ECN_MODE_ACCECN (6.18). Both: not negotiated yet. */
#define ECN_CLASSIC  (1 << 0)
#define ECN_ACCURATE (1 << 4)

static __always_inline __u64 ticks_to_ns(__u32 ticks)
{
	return (__u64)ticks * knobs.tick_ns;
}

/* tcp_get_info_chrono_stats(): the one that runs is added up when it ends. */
static __always_inline void transfer_chronos(struct transfer_counters *c, const struct tcp_sock *tp, __u32 now)
{
	__u32 busy = SOCK_READ(tp, chrono_stat[CHRONO_BUSY - 1]),
	      rwnd = SOCK_READ(tp, chrono_stat[CHRONO_RWND_LIMITED - 1]),
	      sndbuf = SOCK_READ(tp, chrono_stat[CHRONO_SNDBUF_LIMITED - 1]), running = SOCK_READ_BITS(tp, chrono_type),
	      since = running ? now - SOCK_READ(tp, chrono_start) : 0;

	if (running == CHRONO_BUSY)
		busy += since;
	else if (running == CHRONO_RWND_LIMITED)
		rwnd += since;
	else
		sndbuf += since;
	c->busy_ns = ticks_to_ns(busy + rwnd + sndbuf);
	c->rwnd_limited_ns = ticks_to_ns(rwnd);
	c->sndbuf_limited_ns = ticks_to_ns(sndbuf);
}

/* tcp_compute_delivery_rate() */
static __always_inline __u64 transfer_rate(const struct tcp_sock *tp)
{
	__u64 segments = SOCK_READ(tp, rate_delivered);
	__u32 us = SOCK_READ(tp, rate_interval_us);

	return us ? segments * SOCK_READ(tp, mss_cache) * 1000000 / us : 0;
}

static __always_inline void transfer_timeouts(struct transfer_counters *c, const struct tcp_sock *tp)
{
	c->total_rto = 0;
	c->total_rto_recoveries = 0;
	c->total_rto_ms = 0;
	if (!bpf_core_field_exists(tp->total_rto))
		return;
	c->flags |= TRANSFER_HAS_RTO;
	c->total_rto = SOCK_READ(tp, total_rto);
	c->total_rto_recoveries = SOCK_READ(tp, total_rto_recoveries);
	c->total_rto_ms = SOCK_READ(tp, total_rto_time);
}

static __always_inline void transfer_congestion(struct transfer_counters *c, const struct tcp_sock *tp)
{
	const struct tcp_congestion_ops *ops = SOCK_READ(tp, inet_conn.icsk_ca_ops);

#ifdef SOCK_PROBE_READ
	bpf_probe_read_kernel(c->congestion, sizeof(c->congestion), &ops->name);
#else
	((__u64 *)c->congestion)[0] = ((const __u64 *)ops->name)[0];
	((__u64 *)c->congestion)[1] = ((const __u64 *)ops->name)[1];
#endif
}

static __always_inline void transfer_fill(struct transfer_counters *c, const struct sock *sk, const struct tcp_sock *tp)
{
	__u32 now = bpf_jiffies64(), ecn = SOCK_READ(tp, ecn_flags) & (ECN_CLASSIC | ECN_ACCURATE);

	c->flags = ecn == ECN_CLASSIC || ecn == ECN_ACCURATE ? TRANSFER_ECN : 0;
	if (SOCK_READ_BITS(tp, rate_app_limited))
		c->flags |= TRANSFER_RATE_APP_LIMITED;
	transfer_chronos(c, tp, now);
	transfer_timeouts(c, tp);
	transfer_congestion(c, tp);
	c->delivery_rate = transfer_rate(tp);
	c->rto_ns = ticks_to_ns(SOCK_READ(tp, inet_conn.icsk_rto));
	c->dsack_dups = SOCK_READ(tp, dsack_dups);
	c->reord_seen = SOCK_READ(tp, reord_seen);
	c->ooo_packets = SOCK_READ(tp, rcv_ooopack);
	c->lost = SOCK_READ(tp, lost);
	c->delivered_ce = SOCK_READ(tp, delivered_ce);
	c->cwnd = SOCK_READ(tp, snd_cwnd);
	c->ssthresh = SOCK_READ(tp, snd_ssthresh);
	c->rcv_rtt_us = SOCK_READ(tp, rcv_rtt_est.rtt_us) >> 3;
	c->snd_wnd = SOCK_READ(tp, snd_wnd);
	c->sndbuf = SOCK_READ(sk, sk_sndbuf);
	c->rcvbuf = SOCK_READ(sk, sk_rcvbuf);
	c->sent_ms = ticks_to_ms(now - SOCK_READ(tp, lsndtime));
	c->received_ms = ticks_to_ms(now - SOCK_READ(tp, inet_conn.icsk_ack.lrcvtime));
}

/*
 * The record costs 150 ns, which a connection of a few segments is not worth: nothing can be said of its data, unless
 * some were lost, or were waited for.
 */
#define TRANSFER_SEGMENTS 8
#define TRANSFER_WAIT_NS  100000000ULL

static __always_inline int transfer_matters(const struct tcp_sock *tp)
{
	__u32 segments = SOCK_READ(tp, data_segs_out) + SOCK_READ(tp, data_segs_in), now;

	if (!segments || segments >= TRANSFER_SEGMENTS)
		return segments;
	if (SOCK_READ(tp, total_retrans) | SOCK_READ(tp, rcv_ooopack))
		return 1;
	now = bpf_jiffies64();
	return (__u64)(now - SOCK_READ(tp, lsndtime)) * knobs.tick_ns >= TRANSFER_WAIT_NS ||
	       (__u64)(now - SOCK_READ(tp, inet_conn.icsk_ack.lrcvtime)) * knobs.tick_ns >= TRANSFER_WAIT_NS;
}

/* Beside the step's own record. */
static __always_inline void transfer_emit(const struct event_state *s, const struct sock *sk, const struct tcp_sock *tp)
{
	struct event_transfer *e;

	if (s->new_state != SOCK_CLOSE || !transfer_matters(tp))
		return;
	e = event_reserve(EVENT_TRANSFER, sizeof(*e), 0, s->event.netns, s->event.ts_ns);
	if (!e)
		return;
	e->id = s->id;
	e->tuple = s->tuple;
	e->pad = 0;
	transfer_fill(&e->counters, sk, tp);
	event_submit(e);
}

#endif
