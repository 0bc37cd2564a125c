/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* inet_sock_set_state -> EVENT_STATE, and the start of a minisocket. Used by every rung. */
#ifndef TCPLIFE_STATE_BPF_H
#define TCPLIFE_STATE_BPF_H

#include "cgroup.bpf.h"
#include "minisocket.bpf.h"
#include "sock.bpf.h"
#include "transfer.bpf.h"
#include "watch.bpf.h"

struct state_with_task {
	struct event_state state;
	struct event_task task;
};

struct state_with_stats {
	struct event_state state;
	struct event_stats stats;
};

struct state_with_both {
	struct event_state state;
	struct event_task task;
	struct event_stats stats;
};

/*
 * State changes held back until the local port is known, which a filter needs: unless bound, it is 0 at the step to
 * SYN_SENT and chosen right after. By socket id.
 */
struct pending_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096); /* user space makes it 1 without a port filter */
	__type(key, __u64);
	__type(value, struct state_with_task);
};

extern struct pending_map pending SEC(".maps");

static __always_inline void state_emit_pending(struct state_with_task *p, const struct event_tuple *now)
{
	__u8 blocks = p->state.event.flags;
	__u64 ts = p->state.event.ts_ns;
	__u32 netns = p->state.event.netns;

	p->state.tuple = *now;
	if (blocks & EVENT_HAS_TASK) {
		struct state_with_task *r = event_reserve(EVENT_STATE, sizeof(*r), blocks, netns, ts);

		if (!r)
			return;
		*r = *p;
		r->state.event.size = sizeof(*r);
		event_submit(r);
	} else {
		struct event_state *r = event_reserve(EVENT_STATE, sizeof(*r), blocks, netns, ts);

		if (!r)
			return;
		*r = p->state;
		r->event.size = sizeof(*r);
		event_submit(r);
	}
}

/* Before any other record of this socket: the one held back is sent, or dropped for good. */
static __noinline void state_settle(const struct event_state *s, int is_wanted)
{
	struct state_with_task *p;
	__u64 id = s->id;

	p = bpf_map_lookup_elem(&pending, &id);
	if (!p)
		return;
	if (is_wanted)
		state_emit_pending(p, &s->tuple);
	bpf_map_delete_elem(&pending, &id);
}

/* Not inlined: its copy of the record would stand on the stack beside what follows. */
static __noinline void state_defer(const struct event_state *s)
{
	struct state_with_task p = { .state = *s };
	__u64 id = s->id;

	p.state.event.kind = EVENT_STATE;
	if (s->event.flags & EVENT_HAS_TASK)
		task_fill_and_note(&p.task, s->event.ts_ns);
	bpf_map_update_elem(&pending, &id, &p, BPF_ANY);
}

/*
 * bytes_acked counts from the initial sequence number for an active open, from the one after it for a passive one
 * (tcp_create_openreq_child), where it is 0 at this step but for TCP fast open.
 */
static __always_inline void state_isn(struct event_state *s, const struct tcp_sock *tp)
{
	__u64 acked = SOCK_READ(tp, bytes_acked);

	if (s->new_state != SOCK_ESTABLISHED || s->old_state == SOCK_LISTEN)
		return;
	if (s->old_state == SOCK_SYN_RECV && acked > 1)
		return;
	s->isn = SOCK_READ(tp, snd_una) - (acked ? acked : 1);
	s->peer_isn = SOCK_READ(tp, rcv_nxt) - (__u32)SOCK_READ(tp, bytes_received) - 1;
	s->flags |= STATE_ISN_VALID;
}

/* At the step out of LISTEN the child still has its listener's numbers (inet_csk_clone_lock()). */
static __always_inline void state_numbers(struct event_state *s, const struct tcp_sock *tp)
{
	if (s->old_state == SOCK_LISTEN || s->new_state == SOCK_SYN_SENT || s->new_state == SOCK_LISTEN)
		return;
	s->snd_una = SOCK_READ(tp, snd_una);
	s->snd_nxt = SOCK_READ(tp, snd_nxt);
	s->rcv_nxt = SOCK_READ(tp, rcv_nxt);
	s->rcv_wnd = SOCK_READ(tp, rcv_wnd);
	s->more |= STATE_NUMBERS_VALID;
}

/* SK_USER_DATA_PSOCK (include/net/sock.h, 6.0 and stable kernels before it): a plain #define, so not in BTF. */
#define SK_USER_DATA_PSOCK_BIT 4UL

static __always_inline void state_flags(struct event_state *s, const struct sock *sk, const struct tcp_sock *tp)
{
	__u64 flags = SOCK_READ(sk, __sk_common.skc_flags);

	if (flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_LINGER))) {
		s->flags |= STATE_LINGER;
		if (!SOCK_READ(sk, sk_lingertime))
			s->flags |= STATE_LINGER_ZERO;
	}
	if (flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DEAD)))
		s->flags |= STATE_DEAD;
	if (bpf_core_field_exists(tp->is_mptcp) && SOCK_READ(tp, is_mptcp))
		s->flags |= STATE_MPTCP;
	if (SOCK_READ_BITS(tp, repair))
		s->more |= STATE_REPAIR;
	if (SOCK_READ(tp, linger2) < 0)
		s->more |= STATE_LINGER2_NEGATIVE;
	if ((__u64)SOCK_READ(sk, sk_user_data) & SK_USER_DATA_PSOCK_BIT)
		s->more |= STATE_PSOCK;
}

/*
 * Steps that only a system call on the socket makes: connect, listen, close and shutdown. At all others the current
 * task may be any.
 */
static __always_inline int state_is_made_by_call(const struct event_state *s)
{
	return s->new_state == SOCK_SYN_SENT || s->new_state == SOCK_LISTEN || s->new_state == SOCK_FIN_WAIT1 ||
	       s->new_state == SOCK_LAST_ACK;
}

static __always_inline void state_actor(struct event_state *s, const struct sock *sk)
{
	enum actor actor = ACTOR_UNKNOWN;

	if (state_is_made_by_call(s))
		actor = ACTOR_CERTAIN;
	else if (s->new_state == SOCK_CLOSE)
		actor = sock_actor(sk);
	if (actor == ACTOR_UNKNOWN)
		return;
	s->event.flags |= EVENT_HAS_TASK;
	if (actor == ACTOR_CERTAIN)
		s->flags |= STATE_TASK_CERTAIN;
}

static __always_inline int state_has_stats(const struct event_state *s)
{
	if (s->old_state == SOCK_ESTABLISHED)
		return 1;
	return s->new_state == SOCK_CLOSE && s->old_state != SOCK_SYN_SENT && s->old_state != SOCK_LISTEN;
}

static __always_inline void state_copy(struct event_state *to, const struct event_state *from)
{
	to->id = from->id;
	to->tuple = from->tuple;
	to->old_state = from->old_state;
	to->new_state = from->new_state;
	to->flags = from->flags;
	to->shutdown = from->shutdown;
	to->err = from->err;
	to->err_soft = from->err_soft;
	to->isn = from->isn;
	to->peer_isn = from->peer_isn;
	to->snd_una = from->snd_una;
	to->snd_nxt = from->snd_nxt;
	to->rcv_nxt = from->rcv_nxt;
	to->rcv_wnd = from->rcv_wnd;
	to->more = from->more;
	to->pad = 0;
}

#define STATE_RESERVE(s, type)                                                                                         \
	event_reserve(EVENT_STATE, sizeof(type), (s)->event.flags, (s)->event.netns, (s)->event.ts_ns)

static __always_inline void state_emit(const struct event_state *s, const struct sock *sk, const struct tcp_sock *tp)
{
	__u8 blocks = s->event.flags;
	struct event_task task;

	if (blocks & EVENT_HAS_TASK)
		task_fill_and_note(&task, s->event.ts_ns);
	if (blocks == (EVENT_HAS_TASK | EVENT_HAS_STATS)) {
		struct state_with_both *r = STATE_RESERVE(s, struct state_with_both);

		if (!r)
			return;
		state_copy(&r->state, s);
		r->task = task;
		stats_fill(&r->stats, sk, tp);
		event_submit(r);
	} else if (blocks == EVENT_HAS_TASK) {
		struct state_with_task *r = STATE_RESERVE(s, struct state_with_task);

		if (!r)
			return;
		state_copy(&r->state, s);
		r->task = task;
		event_submit(r);
	} else if (blocks == EVENT_HAS_STATS) {
		struct state_with_stats *r = STATE_RESERVE(s, struct state_with_stats);

		if (!r)
			return;
		state_copy(&r->state, s);
		stats_fill(&r->stats, sk, tp);
		event_submit(r);
	} else {
		struct event_state *r = STATE_RESERVE(s, struct event_state);

		if (!r)
			return;
		state_copy(r, s);
		event_submit(r);
	}
}

static __always_inline int state_may_leave_minisocket(const struct event_state *s)
{
	return s->new_state == SOCK_CLOSE &&
	       (s->old_state == SOCK_FIN_WAIT1 || s->old_state == SOCK_FIN_WAIT2 || s->old_state == SOCK_CLOSING);
}

/* 5.18 to 6.0: a pointer. */
struct netns_ipv4___death_row_pointer {
	struct inet_timewait_death_row *tcp_death_row;
} __attribute__((preserve_access_index));

struct net___death_row_pointer {
	struct netns_ipv4___death_row_pointer ipv4;
} __attribute__((preserve_access_index));

static __always_inline const struct inet_hashinfo *netns_hashinfo(const struct net *net)
{
	const struct net___death_row_pointer *old = (const void *)net;
	const struct inet_timewait_death_row *death_row;

	if (bpf_core_field_size(net->ipv4.tcp_death_row) != sizeof(void *))
		return SOCK_READ(net, ipv4.tcp_death_row.hashinfo);
	death_row = SOCK_READ(old, ipv4.tcp_death_row);
	return SOCK_READ(death_row, hashinfo);
}

/* skc_num is 0 by now. NULL = none took over. */
static __always_inline struct minisocket_search *state_minisocket(const struct event_state *s, const struct sock *sk,
								  __u32 place)
{
	const struct net *net = SOCK_READ(sk, __sk_common.skc_net.net);
	const struct inet_hashinfo *info = netns_hashinfo(net);
	struct minisocket_search *m = bpf_map_lookup_elem(&minisocket_searches, &place);

	if (!m)
		return NULL;
	m->net = (__u64)net;
	m->ehash = (__u64)SOCK_READ(info, ehash);
	m->ehash_mask = SOCK_READ(info, ehash_mask);
	m->hash = SOCK_READ(sk, __sk_common.skc_hash);
	m->daddr = SOCK_READ(sk, __sk_common.skc_daddr);
	m->lport = s->tuple.port[0];
	m->dport = SOCK_READ(sk, __sk_common.skc_dport);
	return minisocket_find(place) ? m : NULL;
}

/* Timeouts are mostly whole seconds, and a tick may have passed since the timer was armed. */
static __always_inline __u32 whole_seconds(__u32 ms)
{
	__u32 next = ms + ticks_to_ms(1);

	return next % 1000 < ticks_to_ms(1) ? next - next % 1000 : ms;
}

/* The minisocket took over at this step. */
static __always_inline void state_emit_start(const struct event_state *s, const struct minisocket_search *m)
{
	const struct inet_timewait_sock *tw = (const void *)m->address;
	struct event_timewait *e;

	if (!knobs.tw_timer_handler && !timewait_handler)
		timewait_handler = (__u64)MINISOCKET_FIELD(&m->copy, tw, tw_timer.function);
	e = event_reserve(EVENT_TIMEWAIT, sizeof(*e), 0, s->event.netns, s->event.ts_ns);
	if (!e)
		return;
	e->id = knobs.use_cookie ? s->id : 0;
	e->tuple = s->tuple;
	e->action = TIMEWAIT_START;
	e->substate = MINISOCKET_FIELD(&m->copy, tw, tw_substate);
	e->cause = TIMEWAIT_CAUSE_NONE;
	e->tcp_flags = 0;
	e->timeout_ms = whole_seconds(ticks_to_ms(ticks_until(MINISOCKET_FIELD(&m->copy, tw, tw_timer.expires))));
	e->seq = 0;
	e->address = m->address;
	event_submit(e);
}

/* -p: an active open by another process is forgotten here, and all that comes of it. */
static __always_inline int state_is_foreign(const struct event_state *s)
{
	__u64 id = s->id;
	__u8 one = 1;

	if (!knobs.filter.pid)
		return 0;
	if (s->new_state == SOCK_SYN_SENT && bpf_get_current_pid_tgid() >> 32 != knobs.filter.pid) {
		bpf_map_update_elem(&unwanted, &id, &one, BPF_ANY);
		return 1;
	}
	return is_unwanted(id);
}

/* Is the record to be sent now? If not, it has been dropped or put aside. */
static __always_inline int state_wanted(const struct event_state *s)
{
	enum wanted w;

	if (state_is_foreign(s))
		return 0;
	w = wanted(&s->tuple, s->event.netns);
	if (!knobs.filter.port_kinds)
		return w == WANTED;
	if (w == WANTED_UNDECIDED && (s->new_state == SOCK_SYN_SENT || s->new_state == SOCK_SYN_RECV)) {
		state_defer(s);
		return 0;
	}
	state_settle(s, w == WANTED);
	return w == WANTED;
}

static __always_inline int state_step(const struct sock *sk, int old_state, int new_state, enum minisocket_place place)
{
	struct event_state s = { .event.ts_ns = event_now(), .old_state = old_state, .new_state = new_state };
	struct minisocket_search *minisocket = NULL;
	struct tcp_sock *tp;

	if (old_state == new_state)
		return 0; /* an MPTCP socket shows its subflows' states a second time, as protocol 262 */
	tp = sock_tcp(sk);
	if (!tp)
		return 0;
	s.event.netns = sock_netns(sk);
	s.id = sock_id(sk);
	sock_common_tuple(sk, &s.tuple);
	if (new_state == SOCK_CLOSE)
		sock_left_port(tp, &s.tuple);
	state_actor(&s, sk);
	state_flags(&s, sk, tp);
	s.shutdown = SOCK_READ(sk, sk_shutdown);
	s.err = SOCK_READ(sk, sk_err);
	s.err_soft = SOCK_READ(sk, sk_err_soft);
	if (!state_wanted(&s))
		return 0;
	state_isn(&s, tp);
	state_numbers(&s, tp);
	if (state_has_stats(&s))
		s.event.flags |= EVENT_HAS_STATS;
	if (state_may_leave_minisocket(&s)) {
		minisocket = state_minisocket(&s, sk, place);
		s.flags |= minisocket ? STATE_MINISOCKET : STATE_NO_MINISOCK;
	}
	state_emit(&s, sk, tp);
	if (s.event.flags & EVENT_HAS_STATS)
		transfer_emit(&s, sk, tp);
	if (minisocket) {
		state_emit_start(&s, minisocket);
		watch_tuple(&s.tuple, 1);
	} else if (old_state == SOCK_SYN_RECV) {
		watch_tuple(&s.tuple, 0); /* its request is gone */
	}
	return 0;
}

#endif
