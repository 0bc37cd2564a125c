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
static __always_inline __u64 minisocket_differs(const struct common_copy *c, const struct minisocket_key *key)
{
	return (COMMON_FIELD(c, skc_hash) ^ key->hash) | (COMMON_FIELD(c, skc_daddr) ^ key->daddr) |
	       (COMMON_FIELD(c, skc_num) ^ key->lport) | (COMMON_FIELD(c, skc_dport) ^ key->dport) |
	       (COMMON_FIELD(c, skc_state) ^ SOCK_TIME_WAIT) | ((__u64)COMMON_FIELD(c, skc_net.net) ^ key->net);
}

/* The first of the chain that hash belongs to. */
static __always_inline struct hlist_nulls_node *ehash_chain(const struct net *net, __u32 hash)
{
	const struct inet_hashinfo *info = netns_hashinfo(net);
	const struct inet_ehash_bucket *ehash = BPF_CORE_READ(info, ehash);
	__u64 bucket = hash & BPF_CORE_READ(info, ehash_mask);

	ehash = (const void *)ehash + bucket * bpf_core_type_size(struct inet_ehash_bucket);
	return BPF_CORE_READ(ehash, chain.first);
}

__noinline __u64 minisocket_find(__u64 net, __u32 hash, __u32 daddr, __u32 ports)
{
	struct minisocket_key key = {
		.net = net, .hash = hash, .daddr = daddr, .lport = ports >> 16, .dport = (__u16)ports
	};
	struct hlist_nulls_node *node = ehash_chain((const void *)net, hash);
	struct common_copy c;
	int i;

	for (i = 0; i < MINISOCKET_MAX_STEPS; i++) {
		const void *at;

		if ((__u64)node & 1)
			return 0; /* the end of a nulls list */
		at = (void *)node - bpf_core_field_offset(struct sock_common, skc_nulls_node);
		if (common_read(&c, at))
			return 0;
		if (!minisocket_differs(&c, &key))
			return (__u64)at;
		node = COMMON_FIELD(&c, skc_nulls_node.next);
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
