// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The words that endings, exits and reasons have in the outputs. */
#include "core/ending.h"

#include "event.h"

/* The entry of a table, or what stands for a number outside of it. */
#define WORD(table, n, otherwise) ((n) < sizeof(table) / sizeof((table)[0]) && (table)[n] ? (table)[n] : (otherwise))

#define _(name, text, help) [ENDING_##name] = (text),
static const char *const ENDING_NAMES[] = { ENDINGS(_) };
#undef _
#define _(name, text, help) [ENDING_##name] = (help),
static const char *const ENDING_HELP[] = { ENDINGS(_) };
#undef _
#define _(name, text) [CLOSE_FORM_##name] = (text),
static const char *const CLOSE_FORM_NAMES[] = { CLOSE_FORMS(_) };
#undef _
#define _(name, text) [ENDED_BY_##name] = (text),
static const char *const ENDED_BY_NAMES[] = { ENDED_BYS(_) };
#undef _
#define _(name, text, help) [RESET_ORIGIN_##name] = (text),
static const char *const RESET_ORIGIN_NAMES[] = { RESET_ORIGINS(_) };
#undef _
#define _(name, text, help) [TIMEWAIT_EXIT_##name] = (text),
static const char *const TIMEWAIT_EXIT_NAMES[] = { TIMEWAIT_EXITS(_) };
#undef _
#define _(name, text, help) [TIMEWAIT_EXIT_##name] = (help),
static const char *const TIMEWAIT_EXIT_HELP[] = { TIMEWAIT_EXITS(_) };
#undef _
#define _(name, text, help) [FIN_WAIT2_FORM_##name] = (text),
static const char *const FIN_WAIT2_FORM_NAMES[] = { FIN_WAIT2_FORMS(_) };
#undef _
#define _(name, text, help) [FIN_WAIT2_EXIT_##name] = (text),
static const char *const FIN_WAIT2_EXIT_NAMES[] = { FIN_WAIT2_EXITS(_) };
#undef _
#define _(name) [RESET_##name] = #name,
static const char *const RESET_REASON_NAMES[] = { RESET_REASONS(_) };
#undef _
#define _(name) [DROP_##name] = #name,
static const char *const DROP_REASON_NAMES[] = { DROP_REASONS(_) };
#undef _

/* As include/net/rstreason.h and, for MPTCP's own, RFC 8684 3.6 define them. No entry = no meaning to show. */
static const char *const RESET_REASON_HELP[] = {
	[RESET_NO_SOCKET] = "no such socket",
	[RESET_TCP_INVALID_ACK_SEQUENCE] = "unacceptable ACK number",
	[RESET_TCP_RFC7323_PAWS] = "old timestamp (PAWS)",
	[RESET_TCP_TOO_OLD_ACK] = "ACK too old",
	[RESET_TCP_ACK_UNSENT_DATA] = "ACK of data never sent",
	[RESET_TCP_FLAGS] = "unexpected TCP flags",
	[RESET_TCP_OLD_ACK] = "old ACK",
	[RESET_TCP_ABORT_ON_DATA] = "data after close",
	[RESET_TCP_TIMEWAIT_SOCKET] = "only a minisocket was left",
	[RESET_INVALID_SYN] = "unacceptable SYN",
	[RESET_TCP_ABORT_ON_CLOSE] = "closed with unread data",
	[RESET_TCP_ABORT_ON_LINGER] = "negative TCP_LINGER2",
	[RESET_TCP_ABORT_ON_MEMORY] = "short of memory, or too many orphaned sockets",
	[RESET_TCP_STATE] = "socket aborted",
	[RESET_TCP_KEEPALIVE_TIMEOUT] = "keepalive timeout",
	[RESET_TCP_DISCONNECT_WITH_DATA] = "disconnected with unsent data",
	[RESET_MPTCP_RST_EUNSPEC] = "MPTCP: unspecified error",
	[RESET_MPTCP_RST_EMPTCP] = "MPTCP: protocol error",
	[RESET_MPTCP_RST_ERESOURCE] = "MPTCP: lack of resources",
	[RESET_MPTCP_RST_EPROHIBIT] = "MPTCP: administratively prohibited",
	[RESET_MPTCP_RST_EWQ2BIG] = "MPTCP: too much outstanding data",
	[RESET_MPTCP_RST_EBADPERF] = "MPTCP: unacceptable performance",
	[RESET_MPTCP_RST_EMIDDLEBOX] = "MPTCP: middlebox interference",
	[RESET_ERROR] = "unexpected error",
};

/* As include/net/dropreason-core.h defines them. */
static const char *const DROP_REASON_HELP[] = {
	[DROP_NETFILTER_DROP] = "netfilter",
	[DROP_SOCKET_FILTER] = "socket filter",
	[DROP_SOCKET_BACKLOG] = "socket backlog full",
	[DROP_XFRM_POLICY] = "IPsec policy",
	[DROP_TCP_CSUM] = "wrong checksum",
	[DROP_TCP_AUTH_HDR] = "bad authentication option",
	[DROP_TCP_MD5NOTFOUND] = "MD5 signature missing",
	[DROP_TCP_MD5UNEXPECTED] = "unexpected MD5 signature",
	[DROP_TCP_MD5FAILURE] = "wrong MD5 signature",
	[DROP_TCP_AONOTFOUND] = "TCP-AO option missing",
	[DROP_TCP_AOUNEXPECTED] = "unexpected TCP-AO option",
	[DROP_TCP_AOFAILURE] = "wrong TCP-AO signature",
	[DROP_TCP_FLAGS] = "unexpected TCP flags",
	[DROP_TCP_OLD_DATA] = "duplicate data",
	[DROP_TCP_OVERWINDOW] = "beyond the receive window",
	[DROP_TCP_ZEROWINDOW] = "receive window closed",
	[DROP_TCP_RFC7323_PAWS] = "old timestamp (PAWS)",
	[DROP_TCP_RFC7323_PAWS_ACK] = "ACK with old timestamp (PAWS)",
	[DROP_TCP_RFC7323_TW_PAWS] = "old timestamp in TIME_WAIT (PAWS)",
	[DROP_TCP_RFC7323_TSECR] = "wrong timestamp echo",
	[DROP_TCP_LISTEN_OVERFLOW] = "accept queue full",
	[DROP_TCP_OLD_SEQUENCE] = "old sequence number",
	[DROP_TCP_INVALID_SEQUENCE] = "sequence number out of window",
	[DROP_TCP_INVALID_END_SEQUENCE] = "end beyond the window",
	[DROP_TCP_INVALID_ACK_SEQUENCE] = "unacceptable ACK number",
	[DROP_TCP_RESET] = "RST not at the expected number",
	[DROP_TCP_INVALID_SYN] = "unacceptable SYN",
	[DROP_TCP_OLD_ACK] = "old ACK",
	[DROP_TCP_TOO_OLD_ACK] = "ACK too old",
	[DROP_TCP_ACK_UNSENT_DATA] = "ACK of data never sent",
	[DROP_TCP_MINTTL] = "TTL below the minimum",
	[DROP_QDISC_DROP] = "queueing discipline",
	[DROP_TC_INGRESS] = "traffic control, on the way in",
	[DROP_TC_EGRESS] = "traffic control, on the way out",
	[DROP_CPU_BACKLOG] = "queue of the CPU full",
};

#define _(name, text) [VERDICT_EVIDENCE_##name] = (text),
static const char *const VERDICT_EVIDENCE_NAMES[] = { VERDICT_EVIDENCE(_) };
#undef _

const char *ending_name(enum ending e)
{
	return WORD(ENDING_NAMES, e, "unknown");
}

const char *ending_help(enum ending e)
{
	return WORD(ENDING_HELP, e, "");
}

const char *close_form_name(enum close_form f)
{
	return WORD(CLOSE_FORM_NAMES, f, "none");
}

const char *ended_by_name(enum ended_by b)
{
	return WORD(ENDED_BY_NAMES, b, "unknown");
}

const char *reset_origin_name(enum reset_origin o)
{
	return WORD(RESET_ORIGIN_NAMES, o, "unknown");
}

const char *timewait_exit_name(enum timewait_exit e)
{
	return WORD(TIMEWAIT_EXIT_NAMES, e, "unknown");
}

const char *timewait_exit_help(enum timewait_exit e)
{
	return WORD(TIMEWAIT_EXIT_HELP, e, "");
}

const char *fin_wait2_form_name(enum fin_wait2_form f)
{
	return WORD(FIN_WAIT2_FORM_NAMES, f, "unknown");
}

const char *fin_wait2_exit_name(enum fin_wait2_exit e)
{
	return WORD(FIN_WAIT2_EXIT_NAMES, e, "unknown");
}

const char *reset_reason_name(unsigned int reason)
{
	return WORD(RESET_REASON_NAMES, reason, "UNKNOWN");
}

const char *drop_reason_name(unsigned int reason)
{
	return WORD(DROP_REASON_NAMES, reason, "UNKNOWN");
}

const char *reset_reason_help(unsigned int reason)
{
	return WORD(RESET_REASON_HELP, reason, "");
}

const char *drop_reason_help(unsigned int reason)
{
	return WORD(DROP_REASON_HELP, reason, "unknown reason");
}

const char *retransmit_cause_name(unsigned int cause)
{
	static const char *const names[RETRANSMIT_CAUSES] = {
		[RETRANSMIT_CAUSE_TIMEOUT] = "timeout",
		[RETRANSMIT_CAUSE_FAST] = "fast",
		[RETRANSMIT_CAUSE_PROBE] = "tail_loss_probe",
	};

	return WORD(names, cause, "unknown");
}

const char *verdict_evidence_name(enum verdict_evidence e)
{
	return WORD(VERDICT_EVIDENCE_NAMES, e, "unknown");
}
