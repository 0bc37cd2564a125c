// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * inet_sk_error_report (5.14) -> EVENT_ERROR: the error that a socket's process is notified of. It may take it
 * (SO_ERROR) before the step to CLOSE, where it is 0 then.
 */
#include "sock.bpf.h"
#include <bpf/bpf_tracing.h>

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(error_btf, const struct sock *sk)
{
	struct event_tuple tuple;
	__u64 ts = event_now(), id;
	struct tcp_sock *tp = sock_tcp(sk);
	struct event_error *e;
	__u32 netns;
	__u16 err;

	if (!tp)
		return 0;
	err = SOCK_READ(sk, sk_err);
	if (!err)
		return 0; /* a message in the error queue (IP_RECVERR, time stamps) */
	id = sock_id(sk);
	sock_tuple(sk, tp, &tuple);
	netns = sock_netns(sk);
	if (is_unwanted(id) || wanted(&tuple, netns) != WANTED)
		return 0;
	e = event_reserve(EVENT_ERROR, sizeof(*e), 0, netns, ts);
	if (!e)
		return 0;
	e->id = id;
	e->tuple = tuple;
	e->err = err;
	e->state = SOCK_READ(sk, __sk_common.skc_state);
	e->pad = 0;
	event_submit(e);
	return 0;
}
