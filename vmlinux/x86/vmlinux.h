/* Made by `make vmlinux`, see vmlinux/README.md. The order and size of members mean nothing: CO-RE finds them. */
/* clang-format off */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef unsigned char __u8;
typedef short unsigned int __u16;
typedef unsigned int __u32;
typedef long long int __s64;
typedef long long unsigned int __u64;
typedef signed char __s8;
typedef short int __s16;
typedef int __s32;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;
typedef int __kernel_pid_t;
typedef unsigned int __kernel_uid32_t;
typedef __u16 __be16;
typedef __u32 __be32;
typedef short unsigned int umode_t;
typedef __kernel_pid_t pid_t;
typedef _Bool bool;
typedef __kernel_uid32_t uid_t;
typedef struct {
	s64 counter;
} atomic64_t;
struct files_struct;
struct css_set;
struct task_struct {
	pid_t pid;
	pid_t tgid;
	struct task_struct *group_leader;
	void *cred;
	char comm[16];
	struct files_struct *files;
	struct css_set *cgroups;
};
struct pt_regs {
	long unsigned int dx;
	long unsigned int si;
	long unsigned int di;
};
struct timer_list {
	long unsigned int expires;
	void *function;
};
typedef struct {
	uid_t val;
} kuid_t;
struct cred {
	kuid_t uid;
};
struct cgroup;
struct css_set {
	struct cgroup *dfl_cgrp;
};
struct hlist_nulls_node {
	struct hlist_nulls_node *next;
};
struct inode;
struct file {
	void *private_data;
	struct inode *f_inode;
};
struct net_device;
struct sock;
struct sk_buff {
	union {
		struct {
			union {
				struct net_device *dev;
			};
		};
	};
	struct sock *sk;
	char cb[48];
	union {
		struct {
			long unsigned int _skb_refdst;
		};
	};
	union {
		struct {
			__u16 transport_header;
			__u16 network_header;
		};
	};
	unsigned char *head;
};
struct inode {
	umode_t i_mode;
	long unsigned int i_ino;
};
struct kernfs_node;
struct cgroup {
	struct kernfs_node *kn;
};
struct kernfs_node {
	struct kernfs_node *__parent;
	void *name;
	u64 id;
};
struct ns_common {
	unsigned int inum;
};
struct inet_hashinfo;
struct inet_timewait_death_row {
	struct inet_hashinfo *hashinfo;
};
struct netns_ipv4 {
	struct inet_timewait_death_row tcp_death_row;
};
struct net {
	struct ns_common ns;
	struct netns_ipv4 ipv4;
};
struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};
typedef struct {
	struct net *net;
} possible_net_t;
struct sock_common {
	union {
		struct {
			__be32 skc_daddr;
			__be32 skc_rcv_saddr;
		};
	};
	union {
		unsigned int skc_hash;
	};
	union {
		struct {
			__be16 skc_dport;
			__u16 skc_num;
		};
	};
	short unsigned int skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	union {
		long unsigned int skc_flags;
	};
	union {
		struct hlist_nulls_node skc_nulls_node;
	};
};
typedef struct {
	int owned;
} socket_lock_t;
struct socket;
struct sock {
	struct sock_common __sk_common;
	struct {
		int len;
	} sk_backlog;
	int sk_rcvbuf;
	int sk_err;
	struct socket *sk_socket;
	socket_lock_t sk_lock;
	int sk_err_soft;
	kuid_t sk_uid;
	u16 sk_protocol;
	int sk_sndbuf;
	u8 sk_shutdown;
	long unsigned int sk_lingertime;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	void *sk_user_data;
};
struct net_device {
	possible_net_t nd_net;
};
struct dst_entry {
	union {
		struct net_device *dev;
	};
};
struct socket {
	struct file *file;
	struct sock *sk;
};
struct proto_accept_arg {
};
enum sk_rst_reason {
	SK_RST_REASON_NOT_SPECIFIED = 0,
	SK_RST_REASON_NO_SOCKET = 1,
	SK_RST_REASON_TCP_INVALID_ACK_SEQUENCE = 2,
	SK_RST_REASON_TCP_RFC7323_PAWS = 3,
	SK_RST_REASON_TCP_TOO_OLD_ACK = 4,
	SK_RST_REASON_TCP_ACK_UNSENT_DATA = 5,
	SK_RST_REASON_TCP_FLAGS = 6,
	SK_RST_REASON_TCP_OLD_ACK = 7,
	SK_RST_REASON_TCP_ABORT_ON_DATA = 8,
	SK_RST_REASON_TCP_TIMEWAIT_SOCKET = 9,
	SK_RST_REASON_INVALID_SYN = 10,
	SK_RST_REASON_TCP_ABORT_ON_CLOSE = 11,
	SK_RST_REASON_TCP_ABORT_ON_LINGER = 12,
	SK_RST_REASON_TCP_ABORT_ON_MEMORY = 13,
	SK_RST_REASON_TCP_STATE = 14,
	SK_RST_REASON_TCP_KEEPALIVE_TIMEOUT = 15,
	SK_RST_REASON_TCP_DISCONNECT_WITH_DATA = 16,
	SK_RST_REASON_MPTCP_RST_EUNSPEC = 17,
	SK_RST_REASON_MPTCP_RST_EMPTCP = 18,
	SK_RST_REASON_MPTCP_RST_ERESOURCE = 19,
	SK_RST_REASON_MPTCP_RST_EPROHIBIT = 20,
	SK_RST_REASON_MPTCP_RST_EWQ2BIG = 21,
	SK_RST_REASON_MPTCP_RST_EBADPERF = 22,
	SK_RST_REASON_MPTCP_RST_EMIDDLEBOX = 23,
	SK_RST_REASON_ERROR = 24,
	SK_RST_REASON_MAX = 25,
};
struct request_sock {
	u8 num_retrans;
	struct timer_list rsk_timer;
};
struct fdtable;
struct files_struct {
	struct fdtable *fdt;
};
struct fdtable {
	struct file **fd;
};
struct hlist_nulls_head {
	struct hlist_nulls_node *first;
};
struct trace_event_raw_sys_exit {
	long int ret;
};
struct bpf_iter_meta {
	union {
		void *seq;
	};
};
struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 ingress_ifindex;
};
struct bpf_sock {
	__u32 type;
	__u32 state;
};
struct __sk_buff {
	__u32 len;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 ifindex;
	__u32 data;
	__u32 data_end;
	union {
		struct bpf_sock *sk;
	};
};
struct bpf_iter__task_file {
	union {
		struct bpf_iter_meta *meta;
	};
	union {
		struct task_struct *task;
	};
	union {
		struct file *file;
	};
};
struct inet_ehash_bucket;
struct inet_hashinfo {
	struct inet_ehash_bucket *ehash;
	unsigned int ehash_mask;
};
struct tcp_congestion_ops {
	char name[16];
};
struct inet_ehash_bucket {
	struct hlist_nulls_head chain;
};
enum sock_flags {
	SOCK_DEAD = 0,
	SOCK_DONE = 1,
	SOCK_URGINLINE = 2,
	SOCK_KEEPOPEN = 3,
	SOCK_LINGER = 4,
	SOCK_DESTROY = 5,
	SOCK_BROADCAST = 6,
	SOCK_TIMESTAMP = 7,
	SOCK_ZAPPED = 8,
	SOCK_USE_WRITE_QUEUE = 9,
	SOCK_DBG = 10,
	SOCK_RCVTSTAMP = 11,
	SOCK_RCVTSTAMPNS = 12,
	SOCK_LOCALROUTE = 13,
	SOCK_MEMALLOC = 14,
	SOCK_TIMESTAMPING_RX_SOFTWARE = 15,
	SOCK_FASYNC = 16,
	SOCK_RXQ_OVFL = 17,
	SOCK_ZEROCOPY = 18,
	SOCK_WIFI_STATUS = 19,
	SOCK_NOFCS = 20,
	SOCK_FILTER_LOCKED = 21,
	SOCK_SELECT_ERR_QUEUE = 22,
	SOCK_RCU_FREE = 23,
	SOCK_TXTIME = 24,
	SOCK_XDP = 25,
	SOCK_TSTAMP_NEW = 26,
	SOCK_RCVMARK = 27,
	SOCK_RCVPRIORITY = 28,
	SOCK_TIMESTAMPING_ANY = 29,
};
struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};
struct tcphdr {
	__be16 source;
	__be16 dest;
	__be32 seq;
};
struct iphdr {
	__be16 tot_len;
	__u8 protocol;
	union {
		struct {
			__be32 saddr;
			__be32 daddr;
		};
	};
};
struct ipv6hdr {
	__be16 payload_len;
	__u8 nexthdr;
	union {
		struct {
			struct in6_addr saddr;
			struct in6_addr daddr;
		};
	};
};
struct minmax_sample {
	u32 v;
};
struct minmax {
	struct minmax_sample s[3];
};
struct inet_connection_sock {
	struct inet_sock icsk_inet;
	__u32 icsk_rto;
	void *icsk_ca_ops;
	__u8 icsk_ca_state: 5;
	__u8 icsk_pending;
	struct {
		__u32 lrcvtime;
	} icsk_ack;
};
struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 snd_wnd;
	u32 mss_cache;
	u32 snd_cwnd;
	u8 repair: 1;
	u32 copied_seq;
	u32 lost;
	u32 snd_ssthresh;
	struct minmax rtt_min;
	u32 segs_out;
	u32 data_segs_out;
	u64 bytes_sent;
	u8 chrono_type;
	u32 chrono_start;
	u32 chrono_stat[3];
	u32 write_seq;
	u32 lsndtime;
	u8 ecn_flags;
	u8 rate_app_limited: 1;
	u32 rcv_nxt;
	u32 snd_nxt;
	u32 snd_una;
	u32 srtt_us;
	u32 delivered_ce;
	u32 rcv_wnd;
	u32 rcv_tstamp;
	u64 bytes_received;
	u32 segs_in;
	u32 data_segs_in;
	u32 rate_delivered;
	u32 rate_interval_us;
	u64 bytes_acked;
	struct {
		u32 rtt_us;
	} rcv_rtt_est;
	u32 dsack_dups;
	u32 reord_seen;
	u32 undo_marker;
	u64 bytes_retrans;
	u32 total_retrans;
	u16 total_rto;
	u16 total_rto_recoveries;
	u32 total_rto_time;
	int linger2;
	u32 rcv_ooopack;
	bool is_mptcp;
};
struct tcp_skb_cb {
	__u32 seq;
	union {
		struct {
			u16 tcp_gso_segs;
		};
	};
	__u16 tcp_flags;
};
struct bpf_sock_tuple {
	union {
		struct {
			__be32 saddr;
			__be32 daddr;
			__be16 sport;
			__be16 dport;
		} ipv4;
		struct {
			__be32 saddr[4];
			__be32 daddr[4];
			__be16 sport;
			__be16 dport;
		} ipv6;
	};
};
struct inet_timewait_sock {
	unsigned char tw_substate;
	struct timer_list tw_timer;
};
enum tcp_ca_state {
	TCP_CA_Open = 0,
	TCP_CA_Disorder = 1,
	TCP_CA_CWR = 2,
	TCP_CA_Recovery = 3,
	TCP_CA_Loss = 4,
};
struct trace_event_raw_inet_sock_set_state {
	void *skaddr;
	int oldstate;
	int newstate;
};
struct trace_event_raw_tcp_send_reset {
	enum sk_rst_reason reason;
};
struct bpf_iter__tcp {
	union {
		struct bpf_iter_meta *meta;
	};
	union {
		struct sock_common *sk_common;
	};
};
typedef __u32 __le32;
typedef __u32 __wsum;
enum bpf_map_type {
	BPF_MAP_TYPE_UNSPEC = 0,
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_DEVMAP = 14,
	BPF_MAP_TYPE_SOCKMAP = 15,
	BPF_MAP_TYPE_CPUMAP = 16,
	BPF_MAP_TYPE_XSKMAP = 17,
	BPF_MAP_TYPE_SOCKHASH = 18,
	BPF_MAP_TYPE_CGROUP_STORAGE_DEPRECATED = 19,
	BPF_MAP_TYPE_CGROUP_STORAGE = 19,
	BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = 20,
	BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED = 21,
	BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = 21,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_DEVMAP_HASH = 25,
	BPF_MAP_TYPE_STRUCT_OPS = 26,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_INODE_STORAGE = 28,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
	BPF_MAP_TYPE_BLOOM_FILTER = 30,
	BPF_MAP_TYPE_USER_RINGBUF = 31,
	BPF_MAP_TYPE_CGRP_STORAGE = 32,
	BPF_MAP_TYPE_ARENA = 33,
	__MAX_BPF_MAP_TYPE = 34,
};
typedef __u64 __be64;
enum {
	BPF_F_INDEX_MASK = 4294967295ULL,
	BPF_F_CURRENT_CPU = 4294967295ULL,
	BPF_F_CTXLEN_MASK = 4503595332403200ULL,
};
enum xdp_action {
	XDP_ABORTED = 0,
	XDP_DROP = 1,
	XDP_PASS = 2,
	XDP_TX = 3,
	XDP_REDIRECT = 4,
};
enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_EXIST = 2,
	BPF_F_LOCK = 4,
};
enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};
enum {
	BPF_RB_AVAIL_DATA = 0,
	BPF_RB_RING_SIZE = 1,
	BPF_RB_CONS_POS = 2,
	BPF_RB_PROD_POS = 3,
};
enum {
	IPPROTO_IP = 0,
	IPPROTO_ICMP = 1,
	IPPROTO_IGMP = 2,
	IPPROTO_IPIP = 4,
	IPPROTO_TCP = 6,
	IPPROTO_EGP = 8,
	IPPROTO_PUP = 12,
	IPPROTO_UDP = 17,
	IPPROTO_IDP = 22,
	IPPROTO_TP = 29,
	IPPROTO_DCCP = 33,
	IPPROTO_IPV6 = 41,
	IPPROTO_RSVP = 46,
	IPPROTO_GRE = 47,
	IPPROTO_ESP = 50,
	IPPROTO_AH = 51,
	IPPROTO_MTP = 92,
	IPPROTO_BEETPH = 94,
	IPPROTO_ENCAP = 98,
	IPPROTO_PIM = 103,
	IPPROTO_COMP = 108,
	IPPROTO_L2TP = 115,
	IPPROTO_SCTP = 132,
	IPPROTO_UDPLITE = 136,
	IPPROTO_MPLS = 137,
	IPPROTO_ETHERNET = 143,
	IPPROTO_AGGFRAG = 144,
	IPPROTO_RAW = 255,
	IPPROTO_SMC = 256,
	IPPROTO_MPTCP = 262,
	IPPROTO_MAX = 263,
};
typedef __u64 __le64;
typedef __u16 __le16;
typedef __u16 __sum16;
enum {
	BPF_F_CURRENT_NETNS = -1,
};
struct seq_file;

#pragma clang attribute pop

#endif
