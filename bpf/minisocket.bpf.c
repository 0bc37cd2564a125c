// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "minisocket.bpf.h"
#include "timewait.bpf.h"

/* Chains are one or two long; a minisocket is put at the head, but the lock is only per bucket. */
#define MINISOCKET_MAX_STEPS 16

/* 5.18 to 6.0: a pointer. */
struct netns_ipv4___death_row_pointer {
	struct inet_timewait_death_row *tcp_death_row;
} __attribute__((preserve_access_index));

struct net___death_row_pointer {
	struct netns_ipv4___death_row_pointer ipv4;
} __attribute__((preserve_access_index));

static __always_inline struct inet_hashinfo *netns_hashinfo(const struct net *net)
{
	const struct net___death_row_pointer *old = (const void *)net;

	if (bpf_core_field_size(net->ipv4.tcp_death_row) == sizeof(void *))
		return BPF_CORE_READ(old, ipv4.tcp_death_row, hashinfo);
	return BPF_CORE_READ(net, ipv4.tcp_death_row.hashinfo);
}

struct minisocket_key {
	__u64 net;
	__u32 hash, daddr;
	__u16 lport, dport;
};

/* 0 if it is the one. Without a branch for each field: the verifier would follow each of them in each step of the walk.
 */
static __always_inline __u64 minisocket_differs(const struct sock_common *c, const struct minisocket_key *key)
{
	return (BPF_CORE_READ(c, skc_hash) ^ key->hash) | (BPF_CORE_READ(c, skc_daddr) ^ key->daddr) |
	       (BPF_CORE_READ(c, skc_num) ^ key->lport) | (BPF_CORE_READ(c, skc_dport) ^ key->dport) |
	       (BPF_CORE_READ(c, skc_state) ^ SOCK_TIME_WAIT) | ((__u64)BPF_CORE_READ(c, skc_net.net) ^ key->net);
}

__noinline __u64 minisocket_find(__u64 sock, __u32 lport)
{
	const struct sock *sk = (const void *)sock;
	struct minisocket_key key = {
		.net = (__u64)BPF_CORE_READ(sk, __sk_common.skc_net.net),
		.hash = BPF_CORE_READ(sk, __sk_common.skc_hash),
		.daddr = BPF_CORE_READ(sk, __sk_common.skc_daddr),
		.lport = lport,
		.dport = BPF_CORE_READ(sk, __sk_common.skc_dport),
	};
	struct inet_hashinfo *info = netns_hashinfo((const void *)key.net);
	__u64 bucket = key.hash & BPF_CORE_READ(info, ehash_mask);
	struct inet_ehash_bucket *head =
		(void *)BPF_CORE_READ(info, ehash) + bucket * bpf_core_type_size(struct inet_ehash_bucket);
	struct hlist_nulls_node *node = BPF_CORE_READ(head, chain.first);
	int i;

	for (i = 0; i < MINISOCKET_MAX_STEPS; i++) {
		const struct sock_common *c;

		if ((__u64)node & 1)
			return 0; /* the end of a nulls list */
		c = (void *)node - bpf_core_field_offset(struct sock_common, skc_nulls_node);
		if (!minisocket_differs(c, &key))
			return (__u64)c;
		node = BPF_CORE_READ(node, next);
	}
	return 0;
}

__u64 timewait_handler;

__noinline int minisocket_report_start(__u64 minisocket)
{
	const struct inet_timewait_sock *tw = (const void *)minisocket;
	struct timewait_step step = { .action = TIMEWAIT_START, .timeout_ms = timewait_timeout_ms(tw) };
	struct timewait t;

	if (!knobs.tw_timer_handler && !timewait_handler)
		timewait_handler = (__u64)BPF_CORE_READ(tw, tw_timer.function);
	if (timewait_wanted(tw, &t))
		timewait_emit(&t, &step);
	return 0;
}
