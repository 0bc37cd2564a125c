// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* tcp_destroy_sock -> EVENT_FREE. */
#include "recursion.bpf.h"
#include "sock.bpf.h"
#include <bpf/bpf_tracing.h>

/* No counters: the step to CLOSE has sent them. */
static __always_inline void free_emit(const struct sock *sk, const struct event_tuple *tuple, __u64 id)
{
	__u64 ts = event_now();
	struct event_free *e = event_reserve(EVENT_FREE, sizeof(*e), 0, sock_netns(sk), ts);

	if (!e)
		return;
	e->id = id;
	e->tuple = *tuple;
	e->state = sk->__sk_common.skc_state;
	__builtin_memset(e->pad, 0, sizeof(e->pad));
	event_submit(e);
}

static __always_inline int sock_freed(const struct sock *sk)
{
	struct tcp_sock *tp = sock_tcp(sk);
	struct event_tuple tuple;
	__u64 id;

	/* Without a cookie it never changed its state. */
	if (!tp || (knobs.use_cookie && !sk->__sk_common.skc_cookie.counter))
		return 0;
	id = sock_id(sk);
	if (is_unwanted(id)) {
		if (!knobs.use_cookie) /* the address will be another socket's */
			bpf_map_delete_elem(&unwanted, &id);
		return 0;
	}
	sock_tuple(sk, tp, &tuple);
	if (wanted(&tuple, sock_netns(sk)) == WANTED)
		free_emit(sk, &tuple, id);
	return 0;
}

struct last_step_map last_free SEC(".maps");

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(free_btf, const struct sock *sk)
{
	sock_freed(sk);
	step_done(&last_free, sk, 0);
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(free_nested_btf, const struct sock *sk)
{
	return step_was_done(&last_free, sk, 0) ? 0 : sock_freed(sk);
}
