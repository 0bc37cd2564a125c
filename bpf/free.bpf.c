// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* tcp_destroy_sock -> EVENT_FREE. */
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

/* Two programs for the reason that state.bpf.c gives. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} last_freed SEC(".maps");

static __always_inline __u64 *last_of_this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&last_freed, &zero);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(free_btf, const struct sock *sk)
{
	__u64 *last;

	sock_freed(sk);
	last = last_of_this_cpu();
	if (last)
		*last = (__u64)sk;
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(free_nested_btf, const struct sock *sk)
{
	__u64 *last = last_of_this_cpu();

	if (last && *last == (__u64)sk) {
		*last = 0; /* the address may be the next socket's */
		return 0;
	}
	return sock_freed(sk);
}
