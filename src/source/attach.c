// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <unistd.h>

#include "source/clsact.h"

/* enum bpf_attach_type of 6.6, which older libbpf and headers do not name */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS  47

const char *attach_kind_name(enum attach_kind r)
{
	static const char *const names[ATTACH_KINDS] = {
		[ATTACH_NONE] = "none", [ATTACH_XDP_NATIVE] = "XDP native", [ATTACH_XDP_GENERIC] = "XDP generic",
		[ATTACH_TCX] = "tcx",	[ATTACH_CLSACT] = "clsact",
	};

	return r < ATTACH_KINDS ? names[r] : "?";
}

int attach_xdp(struct attachment *a, int program, uint32_t ifindex, bool generic)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE);
	/* bpf_link_create() never replaces: -EBUSY if a link or a program sits there. */
	int fd = bpf_link_create(program, (int)ifindex, BPF_XDP, &opts);

	if (fd < 0)
		return fd;
	*a = (struct attachment) { .kind = generic ? ATTACH_XDP_GENERIC : ATTACH_XDP_NATIVE,
				   .link_fd = fd,
				   .ifindex = ifindex };
	return 0;
}

static int attach_tcx(struct attachment *a, int program, uint32_t ifindex, bool egress)
{
	int fd = bpf_link_create(program, (int)ifindex, egress ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS, NULL);

	if (fd < 0)
		return fd;
	*a = (struct attachment) { .kind = ATTACH_TCX, .link_fd = fd, .ifindex = ifindex, .egress = egress };
	return 0;
}

int attach_tc(struct attachment *a, int program, uint32_t ifindex, bool egress)
{
	struct attachment clsact = { .kind = ATTACH_CLSACT, .link_fd = -1, .ifindex = ifindex, .egress = egress };
	int err = attach_tcx(a, program, ifindex, egress);

	if (!err)
		return 0;
	err = clsact_attach(program, ifindex, egress, &clsact.made_qdisc);
	if (!err)
		*a = clsact;
	return err;
}

void attach_undo(struct attachment *a)
{
	if (a->link_fd >= 0 && a->kind != ATTACH_NONE)
		close(a->link_fd);
	if (a->kind == ATTACH_CLSACT)
		clsact_detach(a->ifindex, a->egress, a->made_qdisc);
	*a = (struct attachment) { .link_fd = -1 };
}
