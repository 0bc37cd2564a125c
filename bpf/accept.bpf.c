// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* accept() returned a connection -> EVENT_ACCEPT. All rungs run in the acceptor's context. */
#define SOCK_PROBE_READ
#include "cgroup.bpf.h"
#include "sock.bpf.h"
#include <bpf/bpf_tracing.h>

struct accept_with_task {
	struct event_accept accept;
	struct event_task task;
};

static __noinline int accepted(const struct sock *sk)
{
	struct accept_with_task *e;
	struct event_tuple tuple;
	struct event_task task;
	struct common_copy c;
	__u64 ts = event_now(), id;
	__u32 netns;

	if (!sk || common_read(&c, sk) || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	netns = common_netns(&c);
	id = knobs.use_cookie ? COMMON_FIELD(&c, skc_cookie.counter) : (__u64)sk;
	common_tuple(&c, &tuple);
	sock_left_port((const void *)sk, &tuple);
	if (wanted(&tuple, netns) != WANTED)
		return 0;
	task_fill_and_note(&task, ts);
	e = event_reserve(EVENT_ACCEPT, sizeof(*e), EVENT_HAS_TASK, netns, ts);
	if (!e)
		return 0;
	e->accept.id = id;
	e->accept.tuple = tuple;
	e->accept.pad = 0;
	e->task = task;
	event_submit(e);
	return 0;
}

struct proto_accept_arg___6_10 {
	int err;
} __attribute__((preserve_access_index));

/* 6.10 gathered flags, err and kern into one struct; the return value follows the arguments. */
SEC("fexit/inet_csk_accept")
int accept_fexit(__u64 *ctx)
{
	if (bpf_core_type_exists(struct proto_accept_arg___6_10)) {
		const struct sock *sk = (const void *)ctx[2];

		/* Or the compiler loads from ctx plus a computed offset, which the verifier refuses. */
		barrier_var(sk);
		return accepted(sk);
	}
	return accepted((const struct sock *)ctx[4]);
}

/* At entry, unlike a return probe, none is missed while many wait in accept(). */
SEC("kprobe/security_sock_graft")
int BPF_KPROBE(accept_kprobe, const struct sock *sk)
{
	return accepted(sk);
}

#define S_IFMT	 00170000
#define S_IFSOCK 0140000

static __always_inline struct file **own_files(void)
{
	struct task_struct *task;

	if (task_is_typed()) {
		task = bpf_get_current_task_btf();
		return task->files->fdt->fd;
	}
	task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, files, fdt, fd);
}

static __always_inline int accepted_fd(long fd)
{
	struct file **files, *file = NULL;
	struct socket *socket;

	if (fd < 0)
		return 0;
	files = own_files();
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0; /* another thread closed it and opened something else */
	socket = BPF_CORE_READ(file, private_data);
	return accepted(BPF_CORE_READ(socket, sk));
}

SEC("tracepoint/syscalls/sys_exit_accept")
int accept_syscall(struct trace_event_raw_sys_exit *ctx)
{
	return accepted_fd(ctx->ret);
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int accept4_syscall(struct trace_event_raw_sys_exit *ctx)
{
	return accepted_fd(ctx->ret);
}
