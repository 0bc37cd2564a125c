/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The contract between the kernel side and the user side: every record that crosses the ring buffer, and, framed, every
 * record of a recording. Compiled by both compilers, so: fixed widths, padding spelled out, no pointers, no bool.
 *
 * All records start with struct event and are a multiple of 8 bytes. Optional blocks follow the fixed part in the order
 * of their flag bits. Multi-byte fields are in host byte order; addresses are in network order, IPv4 as ::ffff:a.b.c.d.
 *
 * Recordings of it are read for ever (core/recording.h): a struct grows at its end or into its padding, which is always
 * 0; kinds, blocks, flags and all enums grow at their end; nothing is moved, and no number is used again.
 */
#ifndef TCPLIFE_EVENT_H
#define TCPLIFE_EVENT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/*
 * Every kind of event, and its struct. The enum, the decoder's sizes and names, the table's dispatch and the test tools
 * are made of this list. Its order is part of the format of recordings: a new kind goes last.
 */
#define EVENTS(_)                                                                                                      \
	_(CLOCK, clock)		  /* user space: time passes; wall clock offset */                                     \
	_(LOST, lost)		  /* user space: records lost because the ring was full */                             \
	_(STATE, state)		  /* inet_sock_set_state */                                                            \
	_(SEGMENT, segment)	  /* SYN, FIN, RST or an ACK that matters, at an interface */                          \
	_(TIMEWAIT, timewait)	  /* minisocket created, re-armed, freed */                                            \
	_(RETRANSMIT, retransmit) /* tcp_retransmit_skb, tcp_retransmit_synack */                                      \
	_(RESET, reset)		  /* tcp_send_reset, tcp_receive_reset */                                              \
	_(FREE, free)		  /* tcp_destroy_sock */                                                               \
	_(ACCEPT, accept)	  /* accept() returned a connection */                                                 \
	_(EXISTING, existing)	  /* iter/tcp: it existed before the tracer */                                         \
	_(DROP, drop)		  /* kfree_skb: a segment that was not accepted */                                     \
	_(CGROUP, cgroup)	  /* user space: the path of a cgroup that a task block names */                       \
	_(PRESENT, present)	  /* iter/tcp: it exists when the sockets are read again */                            \
	_(ABSENT, absent)	  /* user space: what was not reported as present does not exist */                    \
	_(CONTAINER, container)	  /* user space: the names of the container or pod that a cgroup is */                 \
	_(ICMP, icmp)		  /* an ICMP error about a segment, at an interface */                                 \
	_(ERROR, error)		  /* inet_sk_error_report */                                                           \
	_(TRANSFER, transfer)	  /* how the data of a socket went, when it closes */                                  \
	_(DNS, dns)		  /* an answer of a name server, at an interface */

enum event_kind {
	EVENT_NONE,
#define _(kind, name) EVENT_##kind,
	EVENTS(_) EVENT_KINDS,
#undef _
};

/*
 * Optional blocks, and the bit of struct event.flags that says that one is there; in this order behind the fixed part.
 * A new block takes the next free bit, 3, and goes last.
 */
#define EVENT_BLOCKS(_)                                                                                                \
	_(TASK, task, 0)                                                                                               \
	_(STATS, stats, 1)

enum event_flag {
#define _(block, name, bit) EVENT_HAS_##block = 1 << (bit),
	EVENT_BLOCKS(_)
#undef _
	/* of EVENT_ABSENT alone, no block: minisockets were not asked for */
	EVENT_SOCKETS_ONLY = 1 << 2,
	/* of EVENT_ABSENT alone, no block: what is open is to be listed */
	EVENT_LISTED = 1 << 4,
	/* of EVENT_ABSENT alone, no block: only minisockets whose end was overdue were asked for */
	EVENT_OVERDUE_ONLY = 1 << 5,
	/* of EVENT_CLOCK alone, no block: of a capture that is being made now */
	EVENT_OF_NOW = 1 << 2,
	/* of EVENT_CLOCK alone, no block: another run of the tracer begins; what was open was not followed further */
	EVENT_BEGINS = 1 << 4,
	/* of EVENT_CLOCK alone, no block: what the piece of a recording had before it repeats earlier ones */
	EVENT_CARRIED = 1 << 5,
	/* of EVENT_EXISTING alone, no block: a minisocket of a connection that was reported before; it is not reported
	 * again
	 */
	EVENT_REPORTED = 1 << 2,
	/* of EVENT_PRESENT alone, no block: some events of this connection were left out before */
	EVENT_TRIMMED = 1 << 2,
};

/* Room for the largest record, all its optional blocks included. */
#define EVENT_MAX_SIZE 640

struct event {
	__u8 kind;   /* enum event_kind */
	__u8 flags;  /* enum event_flag */
	__u16 size;  /* bytes of the whole record, a multiple of 8 */
	__u32 netns; /* inode number of the network namespace; 0 = not known */
	__u64 ts_ns; /* CLOCK_MONOTONIC, read before room in the ring is reserved, which may fail */
};

/*
 * The two ends as one observer sees them: for a socket [0] is local and [1] remote, for a segment [0] is the source and
 * [1] the destination. Port 0 = not chosen yet (SYN_SENT before inet_hash_connect).
 */
struct event_tuple {
	__u8 addr[2][16];
	__u16 port[2];
};

/*
 * The current task. Sent only where the hook runs in process context on behalf of the socket's user: in a softirq the
 * current task is whichever one was interrupted.
 */
struct event_task {
	__u32 pid; /* thread group id: what users call the PID */
	__u32 uid;
	__u64 cgroup; /* cgroup v2 id (kernfs inode number); 0 = not known */
	char comm[16];
	char process[16]; /* comm of the thread group's leader, where that is another thread; else, or not known, "" */
};

/* TCP's own counters, struct tcp_sock. Sent with EVENT_STATE when a socket leaves ESTABLISHED, closes, or is freed. */
struct event_stats {
	__u64 bytes_acked;    /* of ours, by the peer; SYN and FIN not subtracted: counts them when they were acked */
	__u64 bytes_received; /* in order, accepted; a FIN counts as one (tcp_rcv_nxt_update) */
	__u64 bytes_sent;     /* payload, retransmissions included (4.19) */
	__u64 bytes_retrans;
	__u32 segs_out;
	__u32 segs_in;
	__u32 data_segs_out;
	__u32 data_segs_in;
	__u32 retransmits; /* total_retrans: SYN, data and FIN */
	__u32 srtt_us;	   /* smoothed RTT; 0 = no sample */
	__u32 min_rtt_us;  /* ~0 = no sample */
	__u32 mss;	   /* mss_cache, bytes of payload we may send in a segment */
	__u32 unread;	   /* bytes in the receive queue that the application has not read */
	__u32 unsent;	   /* write_seq - snd_nxt */
	__u32 unacked;	   /* snd_nxt - snd_una */
	__u32 quiet_ms;	   /* since the other side was heard last (keepalive_time_elapsed()), a RST not counted; 0 = not
			      known */
};

/* struct event_state.flags */
/* the task block names the actor: the hook runs in a system call on this socket */
#define STATE_TASK_CERTAIN (1 << 0)
/* SOCK_LINGER is set */
#define STATE_LINGER (1 << 1)
/* ... with a linger time of 0: close() resets */
#define STATE_LINGER_ZERO (1 << 2)
/* SOCK_DEAD: orphan, no process holds it */
#define STATE_DEAD (1 << 3)
/* new CLOSE: a minisocket took over (an EVENT_TIMEWAIT follows) */
#define STATE_MINISOCKET (1 << 4)
/* new CLOSE: no minisocket of it was found in ehash */
#define STATE_NO_MINISOCK (1 << 5)
/* isn and peer_isn are known */
#define STATE_ISN_VALID (1 << 6)
/* subflow of an MPTCP connection */
#define STATE_MPTCP (1 << 7)

/* enum event_state.more */
#define STATE_NUMBERS_VALID    (1 << 0) /* snd_una, snd_nxt, rcv_nxt and rcv_wnd are this socket's */
#define STATE_REPAIR	       (1 << 1) /* TCP_REPAIR is on: neither connect() nor close() sends a segment */
#define STATE_PSOCK	       (1 << 2) /* a sockmap or kTLS holds it: bytes may pass it that its counters do not see */
#define STATE_LINGER2_NEGATIVE (1 << 3) /* TCP_LINGER2 below 0: close() does not wait in FIN_WAIT2 */

/* inet_sock_set_state: one step of one socket. 96 bytes + blocks. */
struct event_state {
	struct event event;
	__u64 id; /* socket cookie; before 5.12 the address of the struct sock */
	struct event_tuple tuple;
	__u8 old_state; /* enum tcp_state, the kernel's numbers */
	__u8 new_state;
	__u8 flags;    /* STATE_* */
	__u8 shutdown; /* sk_shutdown: 1 = RCV_SHUTDOWN, 2 = SEND_SHUTDOWN */
	__u16 err;     /* sk_err, errno; 0 = none */
	__u16 err_soft;
	__u32 isn; /* ours, if STATE_ISN_VALID */
	__u32 peer_isn;
	/* What the socket had taken by then, if STATE_NUMBERS_VALID: sequence numbers as on the wire. */
	__u32 snd_una; /* all before it was acknowledged by the peer */
	__u32 snd_nxt; /* all before it was sent */
	__u32 rcv_nxt; /* all before it was accepted from the peer, its FIN included */
	__u32 rcv_wnd; /* bytes beyond rcv_nxt that are acceptable */
	__u16 more;    /* STATE_NUMBERS_VALID, ... */
	__u16 pad;
};

/* TCP flags as on the wire, byte 13 of the header. */
#define TCP_FLAG_FIN_BIT 0x01
#define TCP_FLAG_SYN_BIT 0x02
#define TCP_FLAG_RST_BIT 0x04
#define TCP_FLAG_PSH_BIT 0x08
#define TCP_FLAG_ACK_BIT 0x10
#define TCP_FLAG_URG_BIT 0x20
#define TCP_FLAG_ECE_BIT 0x40
#define TCP_FLAG_CWR_BIT 0x80

enum segment_via {
	SEGMENT_VIA_NONE,
	SEGMENT_VIA_XDP,
	SEGMENT_VIA_TC_INGRESS,
	SEGMENT_VIA_TC_EGRESS,
	SEGMENT_VIA_PCAP,
	SEGMENT_VIAS,
};

/* struct event_segment.flags */
/* on a loopback device: never leaves its netns, seen once */
#define SEGMENT_LOOPBACK (1 << 0)
/* first fragment: payload_len is of this fragment only */
#define SEGMENT_FRAGMENT (1 << 1)
/* a pure or data ACK that completes what a SYN+ACK or FIN began */
#define SEGMENT_EXPECTED (1 << 2)
/* Captures only, which have every segment: the TCP checksum is wrong. */
#define SEGMENT_BAD_CHECKSUM (1 << 3)
/* Captures only: data offset below 5 or behind the end; only tuple, seq and tcp_flags are valid. */
#define SEGMENT_BAD_HEADER (1 << 4)
/* Captures only: not all of the payload was captured; payload_len is what was sent. */
#define SEGMENT_TRUNCATED (1 << 5)
/* Live only: a SYN that met a listener with a full accept queue (sk_acceptq_is_full()). */
#define SEGMENT_QUEUE_FULL (1 << 6)
/* Live only: leaving, and no socket sent it: forwarded, or a SYN+ACK with a SYN cookie. */
#define SEGMENT_NO_SENDER (1 << 7)

/* struct event_segment.more */
/* Live only: leaving, and sent for a request, which has no id before 5.12. */
#define SEGMENT_OF_REQUEST (1 << 0)

/* A TCP segment at an interface. 88 bytes. */
struct event_segment {
	struct event event;
	__u64 id; /* cookie of the sending socket on egress; 0 = not known */
	struct event_tuple tuple;
	__u8 tcp_flags;
	__u8 via;   /* enum segment_via */
	__u8 flags; /* SEGMENT_* */
	__u8 ttl;   /* IPv4 TTL, IPv6 hop limit */
	__u32 seq;
	__u32 ack;
	__u32 payload_len; /* bytes, from the IP header's length (GSO: the whole super-packet) */
	__u32 ifindex;
	__u16 window;  /* as on the wire, unscaled */
	__u16 vlan[2]; /* outer, inner VLAN id + 1; 0 = untagged */
	__u8 more;     /* SEGMENT_OF_* */
	__u8 pad;
};

enum timewait_action {
	TIMEWAIT_NONE,
	TIMEWAIT_START,	  /* minisocket created, in substate */
	TIMEWAIT_REFUSED, /* none could be created: tcp_max_tw_buckets or memory */
	TIMEWAIT_RESTART, /* timer re-armed; substate 6 after a FIN_WAIT2 minisocket = TIME_WAIT begins */
	TIMEWAIT_END,	  /* minisocket freed, cause says why */
	TIMEWAIT_ACTIONS,
};

/* Why a minisocket ended, where the kernel's call path proves it; TIMEWAIT_CAUSE_NONE = to be decided by evidence. */
enum timewait_cause {
	TIMEWAIT_CAUSE_NONE,
	TIMEWAIT_CAUSE_TIMER,	/* tw_timer_handler */
	TIMEWAIT_CAUSE_SEGMENT, /* tcp_timewait_state_process: RST, or data for a FIN_WAIT2 minisocket */
	TIMEWAIT_CAUSE_SYN,	/* tcp_v4_rcv, tcp_v6_rcv: TCP_TW_SYN */
	TIMEWAIT_CAUSE_CONNECT, /* __inet_check_established: tcp_tw_reuse */
	TIMEWAIT_CAUSE_NETNS,	/* inet_twsk_purge */
	TIMEWAIT_CAUSE_ABORT,	/* tcp_abort: ss -K */
	TIMEWAIT_CAUSES,
};

/* 80 bytes + task block on END in process context. */
struct event_timewait {
	struct event event;
	__u64 id; /* tw_cookie = the socket's cookie; 0 on kernels where none was generated */
	struct event_tuple tuple;
	__u8 action;	  /* enum timewait_action */
	__u8 substate;	  /* 5 FIN_WAIT2 or 6 TIME_WAIT, the kernel's numbers */
	__u8 cause;	  /* enum timewait_cause, with END */
	__u8 tcp_flags;	  /* with RESTART and END: the segment being processed, if known; 0 = not known */
	__u32 timeout_ms; /* what the timer was armed with; 0 = not known */
	__u32 seq;	  /* of that segment */
	__u64 address;	  /* of the minisocket, to distinguish two where id is 0 */
};

#define RETRANSMIT_SYNACK (1 << 0) /* tcp_retransmit_synack: tuple is the request's */

/* Why a segment was sent again. */
enum retransmit_cause {
	RETRANSMIT_CAUSE_UNKNOWN, /* not known, or recorded before it was asked for */
	RETRANSMIT_CAUSE_TIMEOUT, /* the retransmission timer expired; all that is sent again until that is recovered */
	RETRANSMIT_CAUSE_FAST,	  /* duplicate ACKs, SACK or RACK showed it to be lost */
	RETRANSMIT_CAUSE_PROBE,	  /* tail loss probe (RFC 8985) */
	RETRANSMIT_CAUSES,
};

/* 72 bytes. */
struct event_retransmit {
	struct event event;
	__u64 id;
	struct event_tuple tuple;
	__u8 state;	/* of the socket; 12 NEW_SYN_RECV for a request */
	__u8 flags;	/* RETRANSMIT_* */
	__u16 segments; /* in this retransmission (GSO) */
	__u32 seq;	/* first sequence number sent again; 0 for a SYN+ACK */
	__u8 cause;	/* enum retransmit_cause */
	__u8 tcp_flags; /* of the segment; 0 = not known */
	__u16 pad;
};

/* Who reset: the reasons of enum sk_rst_reason (6.10), by our own numbers since the kernel's shift between versions. */
#define RESET_REASONS(_)                                                                                               \
	_(UNKNOWN) /* kernel too old to say, or a reason newer than this program */                                    \
	_(NOT_SPECIFIED)                                                                                               \
	_(NO_SOCKET)                                                                                                   \
	_(TCP_INVALID_ACK_SEQUENCE)                                                                                    \
	_(TCP_RFC7323_PAWS)                                                                                            \
	_(TCP_TOO_OLD_ACK)                                                                                             \
	_(TCP_ACK_UNSENT_DATA)                                                                                         \
	_(TCP_FLAGS)                                                                                                   \
	_(TCP_OLD_ACK)                                                                                                 \
	_(TCP_ABORT_ON_DATA)                                                                                           \
	_(TCP_TIMEWAIT_SOCKET)                                                                                         \
	_(INVALID_SYN)                                                                                                 \
	_(TCP_ABORT_ON_CLOSE)                                                                                          \
	_(TCP_ABORT_ON_LINGER)                                                                                         \
	_(TCP_ABORT_ON_MEMORY)                                                                                         \
	_(TCP_STATE)                                                                                                   \
	_(TCP_KEEPALIVE_TIMEOUT)                                                                                       \
	_(TCP_DISCONNECT_WITH_DATA)                                                                                    \
	_(MPTCP_RST_EUNSPEC)                                                                                           \
	_(MPTCP_RST_EMPTCP)                                                                                            \
	_(MPTCP_RST_ERESOURCE)                                                                                         \
	_(MPTCP_RST_EPROHIBIT)                                                                                         \
	_(MPTCP_RST_EWQ2BIG)                                                                                           \
	_(MPTCP_RST_EBADPERF)                                                                                          \
	_(MPTCP_RST_EMIDDLEBOX)                                                                                        \
	_(ERROR)

enum reset_reason {
#define _(name) RESET_##name,
	RESET_REASONS(_) RESET_REASON_COUNT,
#undef _
};

enum reset_direction { RESET_SENT, RESET_RECEIVED };

/* 72 bytes + task block when sent in process context. */
struct event_reset {
	struct event event;
	__u64 id; /* 0 = no socket: an answer to a segment for which there is no socket */
	struct event_tuple tuple;
	__u8 direction; /* enum reset_direction */
	__u8 state;	/* of the socket; 0 = no socket */
	__u8 reason;	/* enum reset_reason */
	__u8 pad[9];
};

/*
 * Why a segment was dropped: those reasons of enum skb_drop_reason (5.17) that may decide what becomes of a connection,
 * by our own numbers since the kernel's shift between versions. Those that TCP answers all the same (a RST, an ACK) are
 * here too.
 */
#define DROP_REASONS(_)                                                                                                \
	_(UNKNOWN) /* none of these */                                                                                 \
	_(NETFILTER_DROP)                                                                                              \
	_(SOCKET_FILTER)                                                                                               \
	_(SOCKET_BACKLOG)                                                                                              \
	_(XFRM_POLICY)                                                                                                 \
	_(TCP_CSUM)                                                                                                    \
	_(TCP_AUTH_HDR)                                                                                                \
	_(TCP_MD5NOTFOUND)                                                                                             \
	_(TCP_MD5UNEXPECTED)                                                                                           \
	_(TCP_MD5FAILURE)                                                                                              \
	_(TCP_AONOTFOUND)                                                                                              \
	_(TCP_AOUNEXPECTED)                                                                                            \
	_(TCP_AOFAILURE)                                                                                               \
	_(TCP_FLAGS)                                                                                                   \
	_(TCP_OLD_DATA)                                                                                                \
	_(TCP_OVERWINDOW)                                                                                              \
	_(TCP_ZEROWINDOW)                                                                                              \
	_(TCP_RFC7323_PAWS)                                                                                            \
	_(TCP_RFC7323_PAWS_ACK)                                                                                        \
	_(TCP_RFC7323_TW_PAWS)                                                                                         \
	_(TCP_RFC7323_TSECR)                                                                                           \
	_(TCP_LISTEN_OVERFLOW) /* the accept queue was full when the third ACK came (6.13) */                          \
	_(TCP_OLD_SEQUENCE)                                                                                            \
	_(TCP_INVALID_SEQUENCE)                                                                                        \
	_(TCP_INVALID_END_SEQUENCE)                                                                                    \
	_(TCP_INVALID_ACK_SEQUENCE)                                                                                    \
	_(TCP_RESET) /* a RST that RFC 5961 answers with a challenge ACK */                                            \
	_(TCP_INVALID_SYN)                                                                                             \
	_(TCP_OLD_ACK)                                                                                                 \
	_(TCP_TOO_OLD_ACK)                                                                                             \
	_(TCP_ACK_UNSENT_DATA)                                                                                         \
	_(TCP_MINTTL)                                                                                                  \
	/* of data alone, which the sender is to send again */                                                         \
	_(QDISC_DROP)                                                                                                  \
	_(TC_INGRESS)                                                                                                  \
	_(TC_EGRESS)                                                                                                   \
	_(CPU_BACKLOG)

enum drop_reason {
#define _(name) DROP_##name,
	DROP_REASONS(_) DROP_REASON_COUNT,
#undef _
};

/* struct event_drop.flags */
/* on its way out: its own host threw it away, and no interface saw it, or none but its own */
#define DROP_LEAVING (1 << 0)

/* 80 bytes. */
struct event_drop {
	struct event event;
	struct event_tuple tuple; /* as of a segment: [0] sent it */
	__u8 tcp_flags;
	__u8 reason; /* enum drop_reason */
	__u8 flags;  /* DROP_* */
	__u8 pad;
	__u32 seq;
	__u32 ack;
	__u32 payload_len;
	__u32 pad2;
	__u64 id; /* of the socket that sent it, if it was leaving; else 0 */
};

/*
 * An ICMP or ICMPv6 error (RFC 792, RFC 4443: destination unreachable, packet too big, time exceeded, parameter
 * problem) that quotes a TCP segment. 96 bytes.
 */
struct event_icmp {
	struct event event;
	__u64 id;		  /* cookie of the socket that sent the quoted segment; 0 = not known */
	struct event_tuple tuple; /* of the quoted segment: [0] sent it */
	__u32 seq;		  /* of the quoted segment */
	__u8 from[16];		  /* who sent the error */
	__u8 version;		  /* 4 or 6: which ICMP's numbers type and code are */
	__u8 type;
	__u8 code;
	__u8 via;  /* enum segment_via */
	__u32 mtu; /* of the next hop, with packet too big or fragmentation needed; 0 = not said */
	__u32 ifindex;
	__u32 pad;
};

/* A socket's process is to be notified of an error, which it may have taken by the step to CLOSE. 64 bytes. */
struct event_error {
	struct event event;
	__u64 id;
	struct event_tuple tuple;
	__u16 err;  /* sk_err, errno; never 0 */
	__u8 state; /* of the socket */
	__u8 pad;
};

/* The struct sock is freed. 64 bytes + stats. */
struct event_free {
	struct event event;
	__u64 id;
	struct event_tuple tuple;
	__u8 state; /* state it was freed in, normally 7 CLOSE */
	__u8 pad[3];
};

/* accept() handed the connection to a process; the task block is the acceptor. 64 bytes + task. */
struct event_accept {
	struct event event;
	__u64 id;
	struct event_tuple tuple;
	__u32 pad;
};

/* A socket, request or minisocket that the snapshot found. 80 bytes + blocks. */
struct event_existing {
	struct event event;
	__u64 id;
	struct event_tuple tuple;
	__u8 state;	  /* kernel's number; 12 for a request, 6 for a minisocket */
	__u8 substate;	  /* of a minisocket */
	__u8 retransmits; /* of a request: SYN+ACKs sent again */
	__u8 flags;	  /* STATE_* */
	__u32 expires_ms; /* timer's remaining time; 0 = none */
	__u32 uid;	  /* owner of the socket's inode */
	__u64 inode;	  /* socket's inode, to find the owner in /proc; 0 = orphan */
};

/* A socket that existed when the sockets were read again. 72 bytes. */
struct event_present {
	struct event event;
	__u64 id; /* 0 = a minisocket where ids are no cookies */
	struct event_tuple tuple;
	__u8 state;    /* as in event_existing */
	__u8 substate; /* of a minisocket */
	__u16 pad;
	__u32 expires_ms; /* timer's remaining time; 0 = none */
	__u32 pad2;
};

/*
 * The sockets have been read again. A socket of event.netns is gone if it was last reported before since_ns, when
 * reading began, and was not found. Comes after all records of its time.
 */
struct event_absent {
	struct event event;
	__u64 since_ns;
};

#define EVENT_CGROUP_PATH 232

/* Before the first record that names it. 256 bytes. */
struct event_cgroup {
	struct event event;
	__u64 id;
	char path[EVENT_CGROUP_PATH]; /* below the mount point, ends with NUL; its end if it was longer */
};

/*
 * What container runtime and kubelet call a cgroup; "" = not known, all end with NUL. After the cgroup's EVENT_CGROUP;
 * a later one replaces it. 592 bytes.
 */
struct event_container {
	struct event event;
	__u64 id;	    /* of the cgroup */
	char runtime[16];   /* docker, podman, containerd, cri-o */
	char name[128];	    /* the runtime's own */
	char pod_uid[40];   /* 36 characters; of a static pod 32 */
	char pod[256];	    /* names in Kubernetes */
	char namespace[64]; /* of the pod */
	char k8s_name[64];  /* of the container in its pod */
};

/*
 * Records lost because the ring was full, by kind, in (since_ns, event.ts_ns]. Made in user space from the kernel's
 * counters. Comes before the other records of that time, so it does not move time.
 */
struct event_lost {
	struct event event;
	__u64 since_ns;
	__u64 count[EVENT_KINDS];
};

/* Time has reached ts_ns without an event; the wall clock was wall_ns (CLOCK_REALTIME) then. Made in user space. */
struct event_clock {
	struct event event;
	__u64 wall_ns;
};

/* struct transfer_counters.flags */
/* total_rto and what belongs to it are counted by this kernel (6.7) */
#define TRANSFER_HAS_RTO (1 << 0)
/* ECN was negotiated */
#define TRANSFER_ECN (1 << 1)
/* delivery_rate was measured while the application had too little to send: the path may carry more */
#define TRANSFER_RATE_APP_LIMITED (1 << 2)

/* How the data went, from struct tcp_sock; the words are those of struct tcp_info, if it has one. 120 bytes. */
struct transfer_counters {
	__u64 busy_ns;		 /* while data waited to be sent or acknowledged; contains the two below */
	__u64 rwnd_limited_ns;	 /* ... the peer's window left no room */
	__u64 sndbuf_limited_ns; /* ... the send buffer was too small */
	__u64 rto_ns;		 /* retransmission timeout as it was set last */
	__u64 delivery_rate;	 /* bytes/s, the last sample; 0 = none */
	__u32 total_rto_ms;	 /* spent recovering from timeouts */
	__u16 total_rto;	 /* timeouts */
	__u16 total_rto_recoveries;
	__u32 dsack_dups;   /* segments that the peer had twice: sent again without need */
	__u32 reord_seen;   /* reordering events of what was sent */
	__u32 ooo_packets;  /* rcv_ooopack: segments received out of order */
	__u32 lost;	    /* data segments taken for lost, also those sent again */
	__u32 delivered_ce; /* data segments that arrived marked by ECN */
	__u32 cwnd;	    /* segments */
	__u32 ssthresh;	    /* segments; 2^31 - 1 = none so far */
	__u32 rcv_rtt_us;   /* RTT as the receiver sees it; 0 = no sample */
	__u32 snd_wnd;	    /* bytes that the peer has room for */
	__u32 sent_ms;	    /* since data were sent last, or it was established */
	__u32 received_ms;  /* the same, received */
	__u32 flags;	    /* TRANSFER_* */
	__u32 sndbuf;	    /* bytes of memory for what it sends: sk_sndbuf */
	__u32 rcvbuf;
	char congestion[16]; /* congestion control; ends with NUL if it is shorter */
};

/*
 * Comes behind the EVENT_STATE of a socket's step to CLOSE, with the same time, if there is something to say: it had
 * eight data segments or more, or some were sent again or came out of order, or none was sent or received in the last
 * 100 ms.
 */
struct event_transfer {
	struct event event;
	__u64 id;
	struct event_tuple tuple;
	__u32 pad;
	struct transfer_counters counters;
};

#define EVENT_DNS_MESSAGE 512 /* what UDP carries without EDNS; the rest of a longer one is left out */

/* A DNS message that came from UDP port 53. 536 bytes. */
struct event_dns {
	struct event event;
	__u32 ifindex;
	__u16 length; /* of the message, as far as it is here */
	__u8 via;     /* enum segment_via */
	__u8 pad;
	__u8 message[EVENT_DNS_MESSAGE];
};

/* Of no record, but of what snapshot.bpf.c writes beside struct event_existing: a process has this socket open. */
struct snapshot_owner {
	__u64 inode; /* of the socket: the same for all who hold it */
	struct event_task task;
};

_Static_assert(sizeof(struct event) == 16, "event");
_Static_assert(sizeof(struct event_tuple) == 36, "event_tuple");
_Static_assert(sizeof(struct event_task) == 48, "event_task");
_Static_assert(sizeof(struct event_stats) == 80, "event_stats");
_Static_assert(sizeof(struct event_state) == 96, "event_state");
_Static_assert(sizeof(struct event_segment) == 88, "event_segment");
_Static_assert(sizeof(struct event_timewait) == 80, "event_timewait");
_Static_assert(sizeof(struct event_retransmit) == 72, "event_retransmit");
_Static_assert(sizeof(struct event_reset) == 72, "event_reset");
_Static_assert(sizeof(struct event_free) == 64, "event_free");
_Static_assert(sizeof(struct event_accept) == 64, "event_accept");
_Static_assert(sizeof(struct event_existing) == 80, "event_existing");
_Static_assert(sizeof(struct event_present) == 72, "event_present");
_Static_assert(sizeof(struct event_drop) == 80, "event_drop");
_Static_assert(sizeof(struct event_cgroup) == 256, "event_cgroup");
_Static_assert(sizeof(struct event_container) == 592, "event_container");
_Static_assert(sizeof(struct event_icmp) == 96, "event_icmp");
_Static_assert(sizeof(struct event_error) == 64, "event_error");
_Static_assert(sizeof(struct transfer_counters) == 120, "transfer_counters");
_Static_assert(sizeof(struct event_transfer) == 184, "event_transfer");
_Static_assert(sizeof(struct event_dns) == 536, "event_dns");

#endif
