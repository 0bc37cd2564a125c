/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the BPF side cannot find out by itself about the running kernel. */
#ifndef TCPLIFE_KERNEL_H
#define TCPLIFE_KERNEL_H

#include <stdbool.h>

#include "config.h"

struct btf;

/* enum sk_rst_reason of the kernel's BTF -> reset_reason; all RESET_UNKNOWN before 6.10. */
void kernel_read_reset_reasons(struct bpf_config *c, const struct btf *btf);
/* enum skb_drop_reason of the kernel's BTF -> drop_reason; all 0 before 5.17. */
void kernel_read_drop_reasons(struct bpf_config *c, const struct btf *btf);
/* Are BPF maps charged to RLIMIT_MEMLOCK (before 5.11), and does it limit this process? */
bool kernel_limits_locked_memory(void);
/* Length of a jiffy in nanoseconds. */
__u32 kernel_tick_ns(void);

#endif
