// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

/* enum bpf_attach_type of 6.6, which older libbpf and headers do not name */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS  47

/* By these a filter that a killed run left behind is known, besides its program's name. */
#define CLSACT_HANDLE	0x7c11
#define CLSACT_PRIORITY 0x7c11
#define PROGRAM_PREFIX	"tcplife_"

const char *rung_name(enum rung r)
{
	static const char *const names[RUNGS] = {
		[RUNG_NONE] = "none", [RUNG_XDP_NATIVE] = "XDP native", [RUNG_XDP_GENERIC] = "XDP generic",
		[RUNG_TCX] = "tcx",   [RUNG_CLSACT] = "clsact",
	};

	return r < RUNGS ? names[r] : "?";
}

bool attach_take_frags(struct bpf_program *xdp)
{
	/* The helper and the flag came together; the program asks the helper for a packet's whole length. */
	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_get_buff_len, NULL) != 1)
		return false;
	return bpf_program__set_flags(xdp, bpf_program__flags(xdp) | BPF_F_XDP_HAS_FRAGS) == 0;
}

int attach_xdp(struct attachment *a, int program, uint32_t ifindex, bool generic)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	/* bpf_link_create() never replaces: -EBUSY if a link or a program sits there. */
	int fd = bpf_link_create(program, (int)ifindex, BPF_XDP, &opts);

	if (fd < 0)
		return fd;
	*a = (struct attachment) { .rung = generic ? RUNG_XDP_GENERIC : RUNG_XDP_NATIVE,
				   .link_fd = fd,
				   .ifindex = ifindex };
	return 0;
}

static int attach_tcx(struct attachment *a, int program, uint32_t ifindex, bool egress)
{
	int fd = bpf_link_create(program, (int)ifindex, egress ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS, NULL);

	if (fd < 0)
		return fd;
	*a = (struct attachment) { .rung = RUNG_TCX, .link_fd = fd, .ifindex = ifindex, .egress = egress };
	return 0;
}

static bool is_ours(uint32_t program_id)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program_id);
	bool ours;

	if (fd < 0)
		return false;
	ours = bpf_obj_get_info_by_fd(fd, &info, &len) == 0 &&
	       !strncmp(info.name, PROGRAM_PREFIX, strlen(PROGRAM_PREFIX));
	close(fd);
	return ours;
}

static int clsact_detach(uint32_t ifindex, bool egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = CLSACT_HANDLE, .priority = CLSACT_PRIORITY);

	return bpf_tc_detach(&hook, &opts);
}

/* A filter of a former run that was killed. True if there was one: the qdisc, too, is then ours to remove. */
static bool remove_leftover(const struct bpf_tc_hook *hook)
{
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = CLSACT_HANDLE, .priority = CLSACT_PRIORITY);

	if (bpf_tc_query(hook, &opts) < 0 || !is_ours(opts.prog_id))
		return false;
	log_verbose("removing what a killed run left on interface %d", hook->ifindex);
	return clsact_detach((uint32_t)hook->ifindex, hook->attach_point == BPF_TC_EGRESS) == 0;
}

static int attach_clsact(struct attachment *a, int program, uint32_t ifindex, bool egress)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = CLSACT_HANDLE, .priority = CLSACT_PRIORITY, .prog_fd = program);
	int err = bpf_tc_hook_create(&hook);
	bool made = err == 0;

	if (err && err != -EEXIST)
		return err;
	made |= remove_leftover(&hook);
	err = bpf_tc_attach(&hook, &opts);
	if (err)
		return err;
	*a = (struct attachment) {
		.rung = RUNG_CLSACT, .link_fd = -1, .ifindex = ifindex, .egress = egress, .made_qdisc = made
	};
	return 0;
}

int attach_tc(struct attachment *a, int program, uint32_t ifindex, bool egress)
{
	int err = attach_tcx(a, program, ifindex, egress);

	return err ? attach_clsact(a, program, ifindex, egress) : 0;
}

void attach_undo(struct attachment *a)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)a->ifindex, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (a->link_fd >= 0 && a->rung != RUNG_NONE)
		close(a->link_fd);
	if (a->rung == RUNG_CLSACT) {
		clsact_detach(a->ifindex, a->egress);
		/* Made for us, but others may have come: the kernel gives no way to ask and remove in one step, so only
		 * the last of our own two filters takes it, and only if it was ours from the start. */
		if (a->made_qdisc)
			bpf_tc_hook_destroy(&hook);
	}
	*a = (struct attachment) { .link_fd = -1 };
}
