/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * struct sock and what shares its head (request_sock, inet_timewait_sock) -> tuple, netns, id, actor. The only place
 * that knows how kernels differ there.
 *
 * A file whose hooks get plain pointers (kprobes, classic tracepoints) defines SOCK_PROBE_READ before it includes this;
 * otherwise pointers are the verifier's and fields are loaded directly, which costs a tenth.
 */
#ifndef TCPLIFE_SOCK_BPF_H
#define TCPLIFE_SOCK_BPF_H

#include "filter.bpf.h"
#include "task.bpf.h"

#ifdef SOCK_PROBE_READ
#define SOCK_READ(p, path)	BPF_CORE_READ(p, path)
#define SOCK_READ_BITS(p, path) BPF_CORE_READ_BITFIELD_PROBED(p, path)
#else
#define SOCK_READ(p, path)	((p)->path)
#define SOCK_READ_BITS(p, path) BPF_CORE_READ_BITFIELD(p, path)
#endif

#define IPV4_FAMILY 2
#define IPV6_FAMILY 10

enum sock_state {
	SOCK_ESTABLISHED = 1,
	SOCK_SYN_SENT,
	SOCK_SYN_RECV,
	SOCK_FIN_WAIT1,
	SOCK_FIN_WAIT2,
	SOCK_TIME_WAIT,
	SOCK_CLOSE,
	SOCK_CLOSE_WAIT,
	SOCK_LAST_ACK,
	SOCK_LISTEN,
	SOCK_CLOSING,
	SOCK_NEW_SYN_RECV,
};

/*
 * The head that sockets, requests and minisockets share, read at once: a probe read costs 20 ns, whatever its size.
 * Fields lie where they lie in the running kernel.
 */
struct common_copy {
	__u8 bytes[112];
} __attribute__((aligned(8)));

#define COMMON_FIELD(copy, field)                                                                                      \
	(*(const typeof(((struct sock_common *)0)->field) *)((copy)->bytes +                                           \
							     bpf_core_field_offset(struct sock_common, field)))

static __always_inline int common_read(struct common_copy *to, const void *from)
{
	return bpf_probe_read_kernel(to->bytes, sizeof(to->bytes), from);
}

/* The full TCP socket behind a struct sock, or NULL: a request and a minisocket have no more than struct sock_common.
 */
static __always_inline struct tcp_sock *sock_tcp(const struct sock *sk)
{
#ifdef SOCK_PROBE_READ
	__u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	if (!sk || state == SOCK_TIME_WAIT || state == SOCK_NEW_SYN_RECV)
		return NULL;
	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP ? (struct tcp_sock *)sk : NULL;
#else
	return bpf_skc_to_tcp_sock((void *)sk);
#endif
}

static __always_inline __u32 sock_netns(const struct sock *sk)
{
	struct net *net;

	if (!bpf_core_field_exists(sk->__sk_common.skc_net))
		return 0; /* CONFIG_NET_NS=n */
	net = SOCK_READ(sk, __sk_common.skc_net.net);
	return SOCK_READ(net, ns.inum);
}

/*
 * One cookie spans request, socket and minisocket, while the address of a struct sock is reused within milliseconds.
 * The cookie is generated on first use, so for the minisocket to inherit it, this must be called while the struct is a
 * full socket. Before 5.12 there is no such helper, and the address is the id.
 */
static __always_inline __u64 sock_id(const struct sock *sk)
{
	__u64 cookie;

	if (!knobs.use_cookie)
		return (__u64)sk;
	cookie = SOCK_READ(sk, __sk_common.skc_cookie.counter);
#ifndef SOCK_PROBE_READ
	if (!cookie)
		cookie = bpf_get_socket_cookie((void *)sk);
#endif
	return cookie;
}

static __always_inline void tuple_set_v4(struct event_tuple *t, int end, __u32 addr)
{
	__u32 *word = (__u32 *)t->addr[end];

	word[0] = 0;
	word[1] = 0;
	word[2] = bpf_htonl(0xffff);
	word[3] = addr;
}

static __always_inline void tuple_set_v6(struct event_tuple *t, int end, const struct in6_addr *addr)
{
	const __u32 *from = addr->in6_u.u6_addr32;
	__u32 *word = (__u32 *)t->addr[end];

	word[0] = from[0];
	word[1] = from[1];
	word[2] = from[2];
	word[3] = from[3];
}

static __always_inline int in6_is_mapped(const struct in6_addr *addr)
{
	const __u32 *word = addr->in6_u.u6_addr32;

	return !(word[0] | word[1]) && word[2] == bpf_htonl(0xffff);
}

/* As sock_common_tuple() below. */
static __always_inline void common_tuple(const struct common_copy *c, struct event_tuple *t)
{
	t->port[0] = COMMON_FIELD(c, skc_num);
	t->port[1] = bpf_ntohs(COMMON_FIELD(c, skc_dport));
	if (COMMON_FIELD(c, skc_family) == IPV6_FAMILY &&
	    bpf_core_field_exists(((struct sock_common *)0)->skc_v6_daddr) &&
	    !in6_is_mapped(&COMMON_FIELD(c, skc_v6_daddr))) {
		tuple_set_v6(t, 0, &COMMON_FIELD(c, skc_v6_rcv_saddr));
		tuple_set_v6(t, 1, &COMMON_FIELD(c, skc_v6_daddr));
		return;
	}
	tuple_set_v4(t, 0, COMMON_FIELD(c, skc_rcv_saddr));
	tuple_set_v4(t, 1, COMMON_FIELD(c, skc_daddr));
}

static __always_inline __u32 common_netns(const struct common_copy *c)
{
	const struct net *net;

	if (!bpf_core_field_exists(((struct sock_common *)0)->skc_net))
		return 0; /* CONFIG_NET_NS=n */
	net = COMMON_FIELD(c, skc_net.net);
	return BPF_CORE_READ(net, ns.inum);
}

#define TUPLE_SET_V6(t, end, sk, field)                                                                                \
	do {                                                                                                           \
		__u32 *word_ = (__u32 *)(t)->addr[end];                                                                \
		word_[0] = SOCK_READ(sk, __sk_common.field.in6_u.u6_addr32[0]);                                        \
		word_[1] = SOCK_READ(sk, __sk_common.field.in6_u.u6_addr32[1]);                                        \
		word_[2] = SOCK_READ(sk, __sk_common.field.in6_u.u6_addr32[2]);                                        \
		word_[3] = SOCK_READ(sk, __sk_common.field.in6_u.u6_addr32[3]);                                        \
	} while (0)

/* A dual-stack socket that talks IPv4: its IPv4 fields are filled first, the mapped IPv6 ones later (tcp_v6_connect).
 */
static __always_inline int sock_is_mapped(const struct sock *sk)
{
	return !SOCK_READ(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[0]) &&
	       !SOCK_READ(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[1]) &&
	       SOCK_READ(sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32[2]) == bpf_htonl(0xffff);
}

/* From struct sock_common alone, so for requests and minisockets too. */
static __always_inline void sock_common_tuple(const struct sock *sk, struct event_tuple *t)
{
	t->port[0] = SOCK_READ(sk, __sk_common.skc_num);
	t->port[1] = bpf_ntohs(SOCK_READ(sk, __sk_common.skc_dport));
	if (SOCK_READ(sk, __sk_common.skc_family) == IPV6_FAMILY &&
	    bpf_core_field_exists(sk->__sk_common.skc_v6_daddr) && !sock_is_mapped(sk)) {
		TUPLE_SET_V6(t, 0, sk, skc_v6_rcv_saddr);
		TUPLE_SET_V6(t, 1, sk, skc_v6_daddr);
		return;
	}
	tuple_set_v4(t, 0, SOCK_READ(sk, __sk_common.skc_rcv_saddr));
	tuple_set_v4(t, 1, SOCK_READ(sk, __sk_common.skc_daddr));
}

/*
 * skc_num is 0 again at the step to CLOSE (inet_put_port() comes first); inet_sport stays. It stays until the next
 * connect() of the same socket has chosen a port, too: at the step to SYN_SENT it is the port of the attempt before.
 */
static __always_inline void sock_left_port(const struct tcp_sock *tp, struct event_tuple *t)
{
	if (!t->port[0])
		t->port[0] = bpf_ntohs(SOCK_READ(tp, inet_conn.icsk_inet.inet_sport));
}

/* Of a socket that sends, is freed, or was reset: it has a port, or had its last one. */
static __always_inline void sock_tuple(const struct sock *sk, const struct tcp_sock *tp, struct event_tuple *t)
{
	sock_common_tuple(sk, t);
	sock_left_port(tp, t);
}

enum actor { ACTOR_UNKNOWN, ACTOR_LIKELY, ACTOR_CERTAIN };

/*
 * Is the current task making a system call on this socket? lock_sock() sets sk_lock.owned; softirq and timers only go
 * on when it is clear, so while it is set nobody but the owner changes the socket. What the owner does then is its own
 * doing, unless it works off segments that came in meanwhile: sk_backlog.len is reset only after the last of them.
 */
static __always_inline enum actor sock_actor(const struct sock *sk)
{
	if (!SOCK_READ(sk, sk_lock.owned))
		return ACTOR_UNKNOWN;
	return SOCK_READ(sk, sk_backlog.len) ? ACTOR_LIKELY : ACTOR_CERTAIN;
}

/* Jiffies to milliseconds. */
static __always_inline __u32 ticks_to_ms(__u64 ticks)
{
	return ticks * knobs.tick_ns / 1000000;
}

/* Until a time in jiffies; 0 = it is over. */
static __always_inline __u64 ticks_until(__u64 expires)
{
	__s64 left = expires - bpf_jiffies64();

	return left > 0 ? left : 0;
}

/* Set when it was established, then with each ACK and with data. */
static __always_inline __u32 sock_quiet_ms(const struct tcp_sock *tp)
{
	__u32 now = bpf_jiffies64(), acked = SOCK_READ(tp, rcv_tstamp),
	      data = SOCK_READ(tp, inet_conn.icsk_ack.lrcvtime);
	__u32 since_ack = now - acked, since_data = now - data;

	if (!acked || !data)
		return 0;
	return ticks_to_ms(since_ack < since_data ? since_ack : since_data);
}

static __always_inline void stats_fill(struct event_stats *s, const struct sock *sk, const struct tcp_sock *tp)
{
	__u32 snd_nxt = SOCK_READ(tp, snd_nxt);
	__u32 unread = SOCK_READ(tp, rcv_nxt) - SOCK_READ(tp, copied_seq);

	/* tcp_inq(): the peer's FIN takes a sequence number that is never read. */
	if (unread && SOCK_READ(sk, __sk_common.skc_flags) & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DONE)))
		unread--;
	s->bytes_acked = SOCK_READ(tp, bytes_acked);
	s->bytes_received = SOCK_READ(tp, bytes_received);
	s->bytes_sent = SOCK_READ(tp, bytes_sent);
	s->bytes_retrans = SOCK_READ(tp, bytes_retrans);
	s->segs_out = SOCK_READ(tp, segs_out);
	s->segs_in = SOCK_READ(tp, segs_in);
	s->data_segs_out = SOCK_READ(tp, data_segs_out);
	s->data_segs_in = SOCK_READ(tp, data_segs_in);
	s->retransmits = SOCK_READ(tp, total_retrans);
	s->srtt_us = SOCK_READ(tp, srtt_us) >> 3;
	s->min_rtt_us = SOCK_READ(tp, rtt_min.s[0].v);
	s->mss = SOCK_READ(tp, mss_cache);
	s->unread = unread;
	s->unsent = SOCK_READ(tp, write_seq) - snd_nxt;
	s->unacked = snd_nxt - SOCK_READ(tp, snd_una);
	s->quiet_ms = sock_quiet_ms(tp);
}

/* Sockets that another process than -p's opened: their later events come from anywhere and name no process. */
struct unwanted_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384); /* user space makes it 1 without -p */
	__type(key, __u64);
	__type(value, __u8);
};

extern struct unwanted_map unwanted SEC(".maps");

static __always_inline int is_unwanted(__u64 id)
{
	return knobs.filter.pid && bpf_map_lookup_elem(&unwanted, &id);
}

#endif
