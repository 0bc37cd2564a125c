/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The path of a cgroup at first sight of its id -> EVENT_CGROUP, ahead of the record that names it. A container may be
 * gone a moment later: its cgroup's file is then not to be found by any means, open_by_handle_at() included, which
 * would take CAP_DAC_READ_SEARCH besides.
 */
#ifndef TCPLIFE_CGROUP_BPF_H
#define TCPLIFE_CGROUP_BPF_H

#include "ring.bpf.h"
#include "task.bpf.h"

#define CGROUP_DEPTH 16	 /* of a deeper one the last so many names */
#define CGROUP_TEXT  512 /* of a longer path the names that begin before this; a power of two */
#define CGROUP_NAME  256 /* NAME_MAX and NUL */

struct cgroup_scratch {
	__u64 last; /* the id that this CPU had last: mostly the next one's, too */
	__u32 busy; /* an interrupt may come between */
	__u32 pad;
	const struct kernfs_node *node[CGROUP_DEPTH]; /* from the cgroup up */
	char path[CGROUP_TEXT + CGROUP_NAME];
};

struct cgroup_scratches {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cgroup_scratch);
};

/* Ids whose path was sent. One that falls out is sent again when it comes. */
struct cgroups_sent {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u8);
};

extern struct cgroup_scratches cgroup_scratches SEC(".maps");
extern struct cgroups_sent cgroups_sent SEC(".maps");

/* Before 6.15. */
struct kernfs_node___parent {
	struct kernfs_node *parent;
} __attribute__((preserve_access_index));

static __always_inline const struct kernfs_node *cgroup_parent(const struct kernfs_node *kn)
{
	const struct kernfs_node___parent *old = (const void *)kn;

	return bpf_core_field_exists(old->parent) ? BPF_CORE_READ(old, parent) : BPF_CORE_READ(kn, __parent);
}

/* The root, which has no parent, has no name either. Returns how many others there are. */
static __always_inline __u32 cgroup_ancestry(struct cgroup_scratch *s, const struct kernfs_node *kn)
{
	const struct kernfs_node *parent;
	__u32 depth;

	for (depth = 0; depth < CGROUP_DEPTH; depth++) {
		parent = kn ? cgroup_parent(kn) : NULL;
		if (!parent)
			break;
		s->node[depth] = kn;
		kn = parent;
	}
	return depth;
}

/* Returns the path's length. */
static __always_inline __u32 cgroup_path(struct cgroup_scratch *s, __u32 depth)
{
	__u32 at = 0, i;

	s->path[0] = '/';
	s->path[1] = '\0';
	for (i = 0; i < CGROUP_DEPTH && i < depth; i++) {
		const struct kernfs_node *kn = s->node[(depth - 1 - i) & (CGROUP_DEPTH - 1)];
		long size;

		if (at >= CGROUP_TEXT - 1)
			break;
		s->path[at & (CGROUP_TEXT - 1)] = '/';
		size = bpf_probe_read_kernel_str(&s->path[(at + 1) & (CGROUP_TEXT - 1)], CGROUP_NAME,
						 BPF_CORE_READ(kn, name));
		if (size <= 0 || size > CGROUP_NAME)
			break;
		at += size;
	}
	return at;
}

/* Not counted where the ring is full: the cgroup's next record tries again. */
static __always_inline int cgroup_send(const struct cgroup_scratch *s, __u64 id, __u32 length, __u64 ts)
{
	__u32 from = length < EVENT_CGROUP_PATH ? 0 : length + 1 - EVENT_CGROUP_PATH;
	struct event_cgroup *e;

	e = paused || !has_room_for(EVENT_SEGMENT) ? NULL : bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return 0;
	__builtin_memset(e, 0, sizeof(*e));
	e->event.kind = EVENT_CGROUP;
	e->event.size = sizeof(*e);
	e->event.ts_ns = ts;
	e->id = id;
	bpf_probe_read_kernel_str(e->path, sizeof(e->path), &s->path[from & (CGROUP_TEXT - 1)]);
	event_submit(e);
	return 1;
}

static __noinline int cgroup_describe(struct cgroup_scratch *s, const struct kernfs_node *kn, __u64 id, __u64 ts)
{
	__u8 yes = 1;

	if (!bpf_map_lookup_elem(&cgroups_sent, &id)) {
		if (!cgroup_send(s, id, cgroup_path(s, cgroup_ancestry(s, kn)), ts))
			return 0;
		bpf_map_update_elem(&cgroups_sent, &id, &yes, BPF_ANY);
	}
	s->last = id;
	return 0;
}

/* Room to describe a cgroup in; NULL if it is the one that was sent last, or there is none. */
static __always_inline struct cgroup_scratch *cgroup_room(__u64 id)
{
	__u32 zero = 0;
	struct cgroup_scratch *s = bpf_map_lookup_elem(&cgroup_scratches, &zero);

	return s && s->last != id && !s->busy ? s : NULL;
}

static __always_inline void cgroup_note_of(const struct task_struct *task, __u64 id, __u64 ts)
{
	struct cgroup_scratch *s = cgroup_room(id);

	if (!s)
		return;
	s->busy = 1;
	barrier();
	cgroup_describe(s, BPF_CORE_READ(task, cgroups, dfl_cgrp, kn), id, ts);
	barrier();
	s->busy = 0;
}

/* The current task, for a record that bears this time: to be called before that is reserved. */
static __always_inline void task_fill_and_note(struct event_task *to, __u64 ts)
{
	task_fill(to);
	if (cgroup_room(to->cgroup))
		cgroup_note_of((const struct task_struct *)bpf_get_current_task(), to->cgroup, ts);
}

#endif
