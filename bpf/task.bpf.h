/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The current task. Where the verifier knows its type (5.11), fields are loaded: a helper costs 20 to 30 ns, a load 1.
 */
#ifndef TCPLIFE_TASK_BPF_H
#define TCPLIFE_TASK_BPF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "event.h"

enum bpf_func_id___5_11 {
	BPF_FUNC_get_current_task_btf___5_11 = 158,
};

static __always_inline int task_is_typed(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___5_11, BPF_FUNC_get_current_task_btf___5_11);
}

#define LOW_BITS  0x0101010101010101ULL
#define HIGH_BITS 0x8080808080808080ULL

/* The highest bit of the first byte that is 0, in memory's order; 0 = there is none. */
static __always_inline __u64 first_nul(__u64 text)
{
	__u64 nuls = (text - LOW_BITS) & ~text & HIGH_BITS;

	return nuls & -nuls;
}

/* As bpf_get_current_comm(): what stands behind the NUL is of the name before (5.10 to 5.16). */
static __always_inline void task_comm(char to[16], const char from[16])
{
	__u64 *word = (__u64 *)to, first = ((const __u64 *)from)[0], second = ((const __u64 *)from)[1], nul;

	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");
	nul = first_nul(first);
	word[0] = nul ? first & ((nul >> 7) - 1) : first;
	second &= ~0ULL >> 8;
	word[1] = nul ? 0 : second & ((first_nul(second) >> 7) - 1);
}

static __always_inline void task_no_process(char process[16])
{
	__u64 *word = (__u64 *)process;

	word[0] = word[1] = 0;
}

static __always_inline __u64 task_cgroup(void)
{
	const struct task_struct *task;

	if (!task_is_typed())
		return bpf_get_current_cgroup_id();
	task = bpf_get_current_task_btf();
	return task->cgroups->dfl_cgrp->kn->id;
}

/* Where the verifier does not know a task's type. */
static __always_inline void task_process(char process[16], const struct task_struct *task)
{
	char leader[16];

	task_no_process(process);
	if (BPF_CORE_READ(task, pid) == BPF_CORE_READ(task, tgid))
		return;
	BPF_CORE_READ_INTO(&leader, task, group_leader, comm);
	task_comm(process, leader);
}

static __always_inline void task_fill(struct event_task *to)
{
	const struct task_struct *task, *leader;
	const struct cred *cred;

	to->cgroup = task_cgroup();
	if (!task_is_typed()) {
		to->pid = bpf_get_current_pid_tgid() >> 32;
		to->uid = bpf_get_current_uid_gid();
		bpf_get_current_comm(to->comm, sizeof(to->comm));
		task_process(to->process, (const struct task_struct *)bpf_get_current_task());
		return;
	}
	task = bpf_get_current_task_btf();
	to->pid = task->tgid;
	cred = task->cred;
	to->uid = cred->uid.val;
	task_comm(to->comm, task->comm);
	if (task->pid == task->tgid) {
		task_no_process(to->process);
		return;
	}
	leader = task->group_leader;
	task_comm(to->process, leader->comm);
}

#endif
