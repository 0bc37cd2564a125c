// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides which tc filters belong to this tracer, to another one that runs, or to one that was killed, and removes
 * only its own and the last.
 */
#include "source/clsact.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "source/rtnl.h"

/* A filter of ours: this priority, this in the handle's high byte and the process in the rest, and the program's name.
 */
#define PRIORITY	 0x7c11
#define HANDLE_MARK	 0x7c000000u
#define HANDLE_MARK_MASK 0xff000000u
#define PROGRAM_PREFIX	 "tcplife_"

static uint32_t own_handle(void)
{
	return HANDLE_MARK | ((uint32_t)getpid() & ~HANDLE_MARK_MASK); /* pid_max is 2^22 at most */
}

static struct bpf_tc_hook hook_of(uint32_t ifindex, enum bpf_tc_attach_point point)
{
	return (struct bpf_tc_hook) { .sz = sizeof(struct bpf_tc_hook),
				      .ifindex = (int)ifindex,
				      .attach_point = point };
}

static int remove_filter(uint32_t ifindex, bool egress, uint32_t handle)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = handle, .priority = PRIORITY);
	struct bpf_tc_hook hook = hook_of(ifindex, egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);

	return bpf_tc_detach(&hook, &opts);
}

static uint32_t parent_of(bool egress)
{
	return TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

/* There is no way to ask and remove in one step; what comes between the two is lost. */
static void remove_empty_qdisc(uint32_t ifindex)
{
	struct bpf_tc_hook hook = hook_of(ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (rtnl_filters(ifindex, parent_of(false), NULL, NULL) == 0 &&
	    rtnl_filters(ifindex, parent_of(true), NULL, NULL) == 0)
		bpf_tc_hook_destroy(&hook);
}

static bool is_alive(uint32_t handle)
{
	return kill((pid_t)(handle & ~HANDLE_MARK_MASK), 0) == 0 || errno != ESRCH;
}

static bool is_tracers(const struct rtnl_filter *f)
{
	return f->priority == PRIORITY && (f->handle & HANDLE_MARK_MASK) == HANDLE_MARK &&
	       !strncmp(f->name, PROGRAM_PREFIX, strlen(PROGRAM_PREFIX));
}

static void find_left(void *ctx, const struct rtnl_filter *f)
{
	uint32_t *left = ctx;

	if (is_tracers(f) && (f->handle == own_handle() || !is_alive(f->handle)))
		*left = f->handle;
}

static bool sweep(uint32_t ifindex, bool egress)
{
	bool removed = false;

	for (;;) {
		uint32_t left = 0;

		if (rtnl_filters(ifindex, parent_of(egress), find_left, &left) <= 0 || !left)
			return removed;
		log_verbose("removing what a killed run left on interface %u", ifindex);
		if (remove_filter(ifindex, egress, left))
			return removed;
		removed = true;
	}
}

void clsact_remove_leftovers(uint32_t ifindex)
{
	bool in = sweep(ifindex, false), out = sweep(ifindex, true);

	if (in || out)
		remove_empty_qdisc(ifindex);
}

struct filter_count {
	int tracers, strangers;
};

static void count(void *ctx, const struct rtnl_filter *f)
{
	struct filter_count *c = ctx;

	if (!is_tracers(f))
		c->strangers++;
	else if (f->handle != own_handle())
		c->tracers++;
}

/* Then another tracer made the qdisc, and the last of us removes it. */
static bool only_tracers(uint32_t ifindex)
{
	struct filter_count c = { 0 };

	rtnl_filters(ifindex, parent_of(false), count, &c);
	rtnl_filters(ifindex, parent_of(true), count, &c);
	return c.tracers > 0 && c.strangers == 0;
}

int clsact_attach(int program, uint32_t ifindex, bool egress, bool *made_qdisc)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = own_handle(), .priority = PRIORITY, .prog_fd = program);
	struct bpf_tc_hook hook = hook_of(ifindex, egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	int err = bpf_tc_hook_create(&hook);

	*made_qdisc = err == 0 || (err == -EEXIST && only_tracers(ifindex));
	if (err && err != -EEXIST)
		return err;
	err = bpf_tc_attach(&hook, &opts);
	if (err && *made_qdisc)
		remove_empty_qdisc(ifindex);
	/* Who made it may have had no filter on it a moment ago. */
	if (!err && !*made_qdisc)
		*made_qdisc = only_tracers(ifindex);
	return err;
}

void clsact_detach(uint32_t ifindex, bool egress, bool made_qdisc)
{
	made_qdisc |= only_tracers(ifindex);
	remove_filter(ifindex, egress, own_handle());
	if (made_qdisc)
		remove_empty_qdisc(ifindex);
}
