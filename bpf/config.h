/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The settings that user space writes into the BPF object's .rodata before it is loaded. Compiled on both sides. */
#ifndef TCPLIFE_CONFIG_H
#define TCPLIFE_CONFIG_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define CONFIG_MAX_CIDRS 16

/* Which of a port's roles the user asked for: bits of struct port_filter.port[]. */
#define PORT_EITHER (1 << 0) /* --port: local or remote */
#define PORT_LOCAL  (1 << 1) /* -L: of a local socket */
#define PORT_REMOTE (1 << 2) /* -D: of the peer of a local socket */
#define PORT_WHERE  (1 << 3) /* --where: either end's; what else it asks for is decided later */

/* An address prefix in v4-mapped form: 10.0.0.0/8 is ::ffff:10.0.0.0/104. */
struct cidr {
	__u8 addr[16];
	__u32 prefix_len; /* 0..128 */
};

/* Zero everywhere = everything is wanted. */
struct filter_config {
	__u32 family;	  /* 0 both, 4 or 6 after v4-mapped addresses are normalised */
	__u32 netns;	  /* inode number, 0 = every netns */
	__u32 pid;	  /* thread group id, 0 = every process; decides in the kernel for active opens only */
	__u32 port_kinds; /* which of PORT_* occur in port_filter: 0 = no port filter */
	__u32 cidr_count;
	struct cidr cidr[CONFIG_MAX_CIDRS]; /* either address in any of them */
};

/* 64 KiB, a map of its own: read only when filter_config.port_kinds is not 0. */
struct port_filter {
	__u8 port[65536];
};

/* Functions that a call stack is searched for, to learn why a minisocket ends. */
enum stack_place {
	STACK_TIMER,	  /* tw_timer_handler */
	STACK_DESCHEDULE, /* inet_twsk_deschedule_put */
	STACK_PROCESS,	  /* tcp_timewait_state_process */
	STACK_RECEIVE,	  /* tcp_v4_rcv, tcp_v6_rcv */
	STACK_CONNECT,	  /* __inet_check_established, __inet_hash_connect and their like */
	STACK_NETNS,	  /* inet_twsk_purge */
	STACK_ABORT,	  /* tcp_abort */
	STACK_PLACES,
};

#define CONFIG_MAX_STACK_RANGES	 24
#define CONFIG_MAX_RESET_REASONS 64
#define CONFIG_MAX_DROP_REASONS	 256

/* The code of one function, from kallsyms; compilers split functions, so a place may have several. */
struct stack_range {
	__u64 start;
	__u32 length;
	__u32 place; /* enum stack_place */
};

struct bpf_config {
	struct filter_config filter;
	__u64 tw_timer_handler; /* kallsyms address, for the tracepoint rung; 0 = not known */
	__u32 wakeup_bytes;	/* wake the consumer when this much of the ring is filled */
	__u32 detail_bytes;	/* over this fill, only what connections begin and end by is sent; 0 = no limit */
	__u32 use_cookie;	/* bpf_get_socket_cookie() is allowed in tracing programs (5.12) */
	__u32 tick_ns;		/* length of a jiffy */
	__u32 segment_netns;	/* inode number of the netns whose interfaces the packet programs are attached to */
	__u32 xdp_frags;	/* bpf_xdp_get_buff_len() exists (5.18) */
	__u32 names;		/* DNS answers are reported */
	__u32 stack_range_count;
	struct stack_range stack_range[CONFIG_MAX_STACK_RANGES];
	__u8 reset_reason[CONFIG_MAX_RESET_REASONS]; /* the running kernel's enum sk_rst_reason -> enum reset_reason */
	__u8 drop_reason[CONFIG_MAX_DROP_REASONS];   /* enum skb_drop_reason -> enum drop_reason; 0 = not of interest */
};

#endif
