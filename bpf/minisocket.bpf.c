// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "minisocket.bpf.h"

/* Chains are one or two long; a minisocket is put at the head, but the lock is only per bucket. */
#define MINISOCKET_MAX_STEPS 16

struct minisocket_searches minisocket_searches SEC(".maps");
__u64 timewait_handler;

/* 0 if it is the one. Without a branch for each field: the verifier would follow each of them in each step of the walk.
 */
static __always_inline __u64 minisocket_differs(const struct minisocket_search *s)
{
	const struct minisocket_copy *c = &s->copy;

	return (COMMON_FIELD(c, skc_hash) ^ s->hash) | (COMMON_FIELD(c, skc_daddr) ^ s->daddr) |
	       (COMMON_FIELD(c, skc_num) ^ s->lport) | (COMMON_FIELD(c, skc_dport) ^ s->dport) |
	       (COMMON_FIELD(c, skc_state) ^ SOCK_TIME_WAIT) | ((__u64)COMMON_FIELD(c, skc_net.net) ^ s->net);
}

/* The first of the chain that hash belongs to. */
static __always_inline struct hlist_nulls_node *ehash_chain(const struct minisocket_search *s)
{
	__u64 bucket = s->hash & s->ehash_mask;
	const struct inet_ehash_bucket *chain;

	chain = (const void *)(s->ehash + bucket * bpf_core_type_size(struct inet_ehash_bucket));
	return BPF_CORE_READ(chain, chain.first);
}

__noinline int minisocket_find(__u32 place)
{
	struct minisocket_search *s = bpf_map_lookup_elem(&minisocket_searches, &place);
	struct hlist_nulls_node *node;
	int i;

	if (!s)
		return 0;
	node = ehash_chain(s);
	for (i = 0; i < MINISOCKET_MAX_STEPS; i++) {
		if ((__u64)node & 1)
			return 0; /* the end of a nulls list */
		s->address = (__u64)node - bpf_core_field_offset(struct sock_common, skc_nulls_node);
		if (bpf_probe_read_kernel(&s->copy, sizeof(s->copy), (const void *)s->address))
			return 0;
		if (!minisocket_differs(s))
			return 1;
		node = COMMON_FIELD(&s->copy, skc_nulls_node.next);
	}
	return 0;
}
