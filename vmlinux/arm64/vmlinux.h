/* The same kernel types as on x86: CO-RE finds where their members are. Only how registers are called differs. */
#ifndef TCPLIFE_VMLINUX_ARM64_H
#define TCPLIFE_VMLINUX_ARM64_H

#include "../x86/vmlinux.h"

/* User space's view of struct pt_regs, fixed by its ABI. */
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
} __attribute__((preserve_access_index));

#endif
