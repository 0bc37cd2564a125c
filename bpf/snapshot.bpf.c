// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What existed before the tracer: every TCP socket, request and minisocket of a network namespace -> EVENT_EXISTING,
 * and who holds sockets. The records leave by the iterator's file, not by the ring: what does not fit is shown again at
 * the next read, so that none is ever lost, and a slow reader only makes the iterator wait.
 */
#define SOCK_PROBE_READ
#include "cgroup.bpf.h"
#include "sock.bpf.h"
#include "timewait.bpf.h"

#define S_IFMT	 00170000
#define S_IFSOCK 0140000

struct existing_with_stats {
	struct event_existing existing;
	struct event_stats stats;
};

static __always_inline __u32 ms_until(__u64 expires)
{
	return ticks_to_ms(ticks_until(expires));
}

/* Where the cookie is the id, it is made here if need be: request and minisocket hand it on. Else only a full socket
 * can be found again by its address. */
static __always_inline __u64 existing_id(struct sock_common *c, __u8 state)
{
	if (knobs.use_cookie)
		return bpf_get_socket_cookie(c);
	return state == SOCK_TIME_WAIT || state == SOCK_NEW_SYN_RECV ? 0 : (__u64)c;
}

static __always_inline void existing_socket(struct existing_with_stats *r, const struct sock *sk)
{
	const struct tcp_sock *tp = (const void *)sk;
	__u64 flags = BPF_CORE_READ(sk, __sk_common.skc_flags);

	sock_tuple(sk, tp, &r->existing.tuple);
	if (flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DEAD)))
		r->existing.flags |= STATE_DEAD;
	if (bpf_core_field_exists(tp->is_mptcp) && BPF_CORE_READ(tp, is_mptcp))
		r->existing.flags |= STATE_MPTCP;
	r->existing.uid = BPF_CORE_READ(sk, sk_uid.val);
	r->existing.inode = BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino);
	if (r->existing.state == SOCK_LISTEN)
		return; /* its counters count something else */
	stats_fill(&r->stats, sk, tp);
	r->existing.event.flags = EVENT_HAS_STATS;
	r->existing.event.size = sizeof(*r);
}

static __always_inline void existing_minisocket(struct event_existing *e, const struct inet_timewait_sock *tw)
{
	sock_common_tuple((const void *)tw, &e->tuple);
	e->substate = BPF_CORE_READ(tw, tw_substate);
	e->expires_ms = ms_until(BPF_CORE_READ(tw, tw_timer.expires));
}

static __always_inline void existing_request(struct event_existing *e, const struct request_sock *req)
{
	sock_common_tuple((const void *)req, &e->tuple);
	e->retransmits = BPF_CORE_READ(req, num_retrans);
	e->expires_ms = ms_until(BPF_CORE_READ(req, rsk_timer.expires));
}

SEC("iter/tcp")
int snapshot_sockets(struct bpf_iter__tcp *ctx)
{
	struct sock_common *c = ctx->sk_common;
	struct seq_file *seq = ctx->meta->seq;
	struct existing_with_stats r = {};
	struct event_existing *e = &r.existing;

	if (!c)
		return 0;
	e->event.kind = EVENT_EXISTING;
	e->event.size = sizeof(*e);
	e->event.ts_ns = event_now();
	e->event.netns = sock_netns((const void *)c);
	e->state = BPF_CORE_READ(c, skc_state);
	if (e->state == SOCK_TIME_WAIT)
		existing_minisocket(e, (const void *)c);
	else if (e->state == SOCK_NEW_SYN_RECV)
		existing_request(e, (const void *)c);
	else
		existing_socket(&r, (const void *)c);
	/* All listeners: roles and owners of the wanted connections depend on them. */
	if (e->state != SOCK_LISTEN && wanted(&e->tuple, e->event.netns) != WANTED)
		return 0;
	e->id = existing_id(c, e->state);
	if (e->event.flags & EVENT_HAS_STATS)
		bpf_seq_write(seq, &r, sizeof(r));
	else
		bpf_seq_write(seq, e, sizeof(*e));
	return 0;
}

SEC("iter/task_file")
int snapshot_owners(struct bpf_iter__task_file *ctx)
{
	const struct task_struct *task = ctx->task;
	const struct file *file = ctx->file;
	struct snapshot_owner owner = {};
	const struct socket *socket;
	const struct cred *cred;

	if (!task || !file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	if (!sock_tcp(BPF_CORE_READ(socket, sk)))
		return 0;
	owner.inode = BPF_CORE_READ(file, f_inode, i_ino);
	owner.task.pid = BPF_CORE_READ(task, tgid);
	cred = BPF_CORE_READ(task, cred);
	owner.task.uid = BPF_CORE_READ(cred, uid.val);
	owner.task.cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	cgroup_note_of(task, owner.task.cgroup, event_now());
	BPF_CORE_READ_STR_INTO(&owner.task.comm, task, comm);
	task_process(owner.task.process, task);
	bpf_seq_write(ctx->meta->seq, &owner, sizeof(owner));
	return 0;
}
