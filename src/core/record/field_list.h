/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The rows of FIELDS: place in the record, getter, type, unit, what it is. In the record's order; fields of one object
 * stand together, and objects inside an object after its plain fields.
 */
#ifndef TCPLIFE_FIELD_LIST_H
#define TCPLIFE_FIELD_LIST_H

#include <string.h>

#include "core/record/field.h"

#define ACTOR_FIELDS(_, side, path, role, text)                                                                        \
	_(path ".pid", side##_##role##_pid, UINT, "", text ", process id")                                             \
	_(path ".name", side##_##role##_name, TEXT, "", "its name (comm)")                                             \
	_(path ".certainty", side##_##role##_certainty, TEXT, "",                                                      \
	  "certain, listener (stands in), derived (found later)")

#define SIDE_FIELDS(_, side, path)                                                                                     \
	_(path ".address", side##_address, TEXT, "", "IP address; IPv4-mapped as IPv4")                                \
	_(path ".port", side##_port, UINT, "", "TCP port")                                                             \
	_(path ".bytes", side##_bytes, UINT, "bytes", "payload it sent, retransmissions not counted")                  \
	_(path ".packets", side##_packets, UINT, "segments", "segments it sent, as on the wire")                       \
	_(path ".retransmits", side##_retransmits, UINT, "segments",                                                   \
	  "segments its kernel sent again; captured: with nothing new in them")                                        \
	_(path ".missed_bytes", side##_missed_bytes, UINT, "bytes",                                                    \
	  "of a capture: acknowledged, but not in it; part of bytes")                                                  \
	_(path ".bad_checksums", side##_bad_checksums, UINT, "segments",                                               \
	  "of a capture: with a wrong checksum, left out of all else")                                                 \
	_(path ".netns", side##_netns, UINT, "", "inode number of its network namespace")                              \
	_(path ".socket_cookie", side##_socket_cookie, TEXT, "", "of its socket, one from request to minisocket")      \
	_(path ".cgroup", side##_cgroup, TEXT, "", "id of its cgroup (v2)")                                            \
	_(path ".cgroup_path", side##_cgroup_path, TEXT, "", "the path of that cgroup")                                \
	_(path ".error", side##_error, TEXT, "", "errno that its application got")                                     \
	_(path ".last_state", side##_last_state, TEXT, "", "its socket's state before closed, or its state now")       \
	_(path ".user.id", side##_user_id, TEXT, "", "user id of its socket")                                          \
	_(path ".container.id", side##_container_id_of, TEXT, "", "64 digits in its cgroup's path")                    \
	ACTOR_FIELDS(_, side, path ".process.opener", opener, "who connected or listened")                             \
	ACTOR_FIELDS(_, side, path ".process.acceptor", acceptor, "who got it from accept()")                          \
	ACTOR_FIELDS(_, side, path ".process.closer", closer, "who closed it")

#define TIMEWAIT_FIELDS(_, name)                                                                                       \
	_(#name ".side", name##_side, TEXT, "", "the side that holds it")                                              \
	_(#name ".offset_ns", name##_offset_ns, UINT, "ns", "when TIME_WAIT was entered, from start_time")             \
	_(#name ".duration_ns", name##_duration_ns, UINT, "ns", "how long it lasted, measured")                        \
	_(#name ".nominal_ns", name##_nominal_ns, UINT, "ns", "how long the kernel means it to last")                  \
	_(#name ".fin_wait2_minisocket_ns", name##_fin_wait2_minisocket_ns, UINT, "ns",                                \
	  "how long the minisocket waited for the other side's FIN before")                                            \
	_(#name ".restarts", name##_restarts, UINT, "", "how often its timer was set anew")                            \
	_(#name ".restart_flags", name##_restart_flags, TEXT, "", "TCP flags of the segment behind the last of these") \
	_(#name ".exit", name##_exit, TEXT, "", "how it ended")                                                        \
	_(#name ".evidence", name##_evidence, TEXT, "", "where its edges come from")

#define SPAN_FIELDS(_, phase)                                                                                          \
	_(#phase ".offset_ns", phase##_offset_ns, UINT, "ns", "when it began, from start_time")                        \
	_(#phase ".duration_ns", phase##_duration_ns, UINT, "ns", "how long it lasted")                                \
	_(#phase ".evidence", phase##_evidence, TEXT, "", "where its edges come from: wire, kernel, derived")

#define FIELD_LIST(_)                                                                                                  \
	_("id", id, TEXT, "", "32 hexadecimal digits; also the OTLP trace id")                                         \
	_("complete", complete, BOOL, "", "seen from its beginning, and no event of it was lost")                      \
	_("incomplete", incomplete, TEXT, "",                                                                          \
	  "why it is not: existed (before the tracer), midstream, events_lost, steps_missed, evicted")                 \
	_("role", role, TEXT, "", "of this host: client, server or both")                                              \
	_("start_time", start_time, TEXT, "", "first SYN, or first sight")                                             \
	_("end_time", end_time, TEXT, "", "when its last full socket closed")                                          \
	_("duration_ns", duration_ns, UINT, "ns", "end_time - start_time")                                             \
	_("network.transport", network_transport, TEXT, "", "tcp")                                                     \
	_("network.type", network_type, TEXT, "", "ipv4 or ipv6")                                                      \
	_("network.direction", network_direction, TEXT, "", "egress if this host opened it, ingress if it accepted")   \
	_("network.netns", network_netns, UINT, "", "inode number of the network namespace, if both sides' is one")    \
	_("network.loopback", network_loopback, BOOL, "", "its segments were seen on a loopback device")               \
	_("network.vlan.id", network_vlan_id, UINT, "", "outer VLAN")                                                  \
	_("network.inner.vlan.id", network_inner_vlan_id, UINT, "", "inner VLAN (QinQ)")                               \
	SIDE_FIELDS(_, client, "client")                                                                               \
	SIDE_FIELDS(_, server, "server")                                                                               \
	_("tcp.ending", tcp_ending, TEXT, "", "how it ended")                                                          \
	_("tcp.ended_by", tcp_ended_by, TEXT, "", "client, server, both, kernel, unknown")                             \
	_("tcp.close_form", tcp_close_form, TEXT, "", "four_way, three_way, simultaneous")                             \
	_("tcp.reset_reason", tcp_reset_reason, TEXT, "", "the kernel's name of why a RST was sent")                   \
	_("tcp.error", tcp_error, TEXT, "", "errno that the application got")                                          \
	_("tcp.in_state", tcp_in_state, TEXT, "", "state in which it ended, of the side that decided it")              \
	_("tcp.last_state", tcp_last_state, TEXT, "", "time_wait if it came to that, else the socket's last state")    \
	_("tcp.conn_state", tcp_conn_state, TEXT, "", "Zeek's word: SF, REJ, S0, ...")                                 \
	_("tcp.history", tcp_history, TEXT, "", "Zeek's letters")                                                      \
	_("tcp.completeness", tcp_completeness, UINT, "",                                                              \
	  "Wireshark's bits: SYN 1, SYN-ACK 2, ACK 4, data 8, FIN 16, RST 32")                                         \
	_("tcp.simultaneous_open", tcp_simultaneous_open, BOOL, "", "both sides sent the first SYN")                   \
	_("tcp.self_connect", tcp_self_connect, BOOL, "", "one socket is both sides")                                  \
	_("tcp.mptcp", tcp_mptcp, BOOL, "", "subflow of a Multipath TCP connection")                                   \
	_("tcp.roles_derived", tcp_roles_derived, BOOL, "", "who is client was decided by a rule, not by a SYN")       \
	_("tcp.existed", tcp_existed, BOOL, "", "was there before the tracer: start_time is when it was found")        \
	_("tcp.srtt_ns", tcp_srtt_ns, UINT, "ns", "smoothed round-trip time, the client's if both are known")          \
	_("tcp.min_rtt_ns", tcp_min_rtt_ns, UINT, "ns", "smallest round-trip time, of the same side")                  \
	_("tcp.mss", tcp_mss, UINT, "bytes", "payload that fits in a segment, of the same side")                       \
	_("handshake.status", handshake_status, TEXT, "",                                                              \
	  "completed, in_progress, or the ending that kept it from that")                                              \
	SPAN_FIELDS(_, handshake)                                                                                      \
	_("handshake.syn_to_synack_ns", syn_to_synack_ns, UINT, "ns", "first SYN to first SYN+ACK")                    \
	_("handshake.synack_to_ack_ns", synack_to_ack_ns, UINT, "ns", "first SYN+ACK to its ACK")                      \
	_("handshake.accept_delay_ns", accept_delay_ns, UINT, "ns", "established to accept() at the server")           \
	_("handshake.ack_to_socket_ns", ack_to_socket_ns, UINT, "ns",                                                  \
	  "third ACK to the server's socket: long if TCP_DEFER_ACCEPT waits for data")                                 \
	_("handshake.syn_cookie", handshake_syn_cookie, BOOL, "", "the SYN was answered with a cookie")                \
	_("handshake.fast_open", handshake_fast_open, BOOL, "", "data in the SYN were accepted (RFC 7413)")            \
	_("handshake.syn_retransmits", syn_retransmits, UINT, "segments", "SYNs sent again")                           \
	_("handshake.synack_retransmits", synack_retransmits, UINT, "segments", "SYN+ACKs sent again")                 \
	SPAN_FIELDS(_, established)                                                                                    \
	_("teardown.kind", teardown_kind, TEXT, "", "fin or reset")                                                    \
	_("teardown.initiator", teardown_initiator, TEXT, "", "the side that closed first")                            \
	SPAN_FIELDS(_, teardown)                                                                                       \
	_("teardown.half_closed_ns", half_closed_ns, UINT, "ns", "first FIN acknowledged to second FIN")               \
	_("teardown.half_closed_bytes", half_closed_bytes, UINT, "bytes", "payload that the second closer still sent") \
	_("teardown.close_delay_ns", close_delay_ns, UINT, "ns",                                                       \
	  "CLOSE_WAIT: how long the second closer took to close")                                                      \
	_("teardown.fin_retransmits", fin_retransmits, UINT, "segments", "FINs sent again by either side")             \
	_("teardown.simultaneous", teardown_simultaneous, BOOL, "", "the two FINs crossed")                            \
	_("fin_wait2.side", fin_wait2_side, TEXT, "", "the side that waited for the other one's FIN")                  \
	_("fin_wait2.form", fin_wait2_form, TEXT, "", "half_closed, orphan_socket or orphan_minisocket")               \
	_("fin_wait2.offset_ns", fin_wait2_offset_ns, UINT, "ns",                                                      \
	  "when its own FIN was acknowledged, from start_time")                                                        \
	_("fin_wait2.duration_ns", fin_wait2_duration_ns, UINT, "ns", "how long it waited")                            \
	_("fin_wait2.nominal_ns", fin_wait2_nominal_ns, UINT, "ns", "how long the kernel meant a minisocket to wait")  \
	_("fin_wait2.exit", fin_wait2_exit, TEXT, "", "how that ended: fin, expired, reset, ...")                      \
	TIMEWAIT_FIELDS(_, time_wait)                                                                                  \
	TIMEWAIT_FIELDS(_, time_wait_peer)

#define _(path, getter, type, unit, help) bool field_##getter(const struct conn *c, struct value *out);
FIELD_LIST(_)
#undef _

/* Getters read as one sentence: `return known && put_uint(out, n);` */
static inline bool put_uint(struct value *v, uint64_t n)
{
	v->type = VALUE_UINT;
	v->uinteger = n;
	return true;
}

static inline bool put_bool(struct value *v, bool b)
{
	v->type = VALUE_BOOL;
	v->boolean = b;
	return true;
}

static inline bool put_text(struct value *v, const char *text)
{
	v->type = VALUE_TEXT;
	v->text = text;
	return text != NULL;
}

/* b - a if both are known, in that order. */
static inline bool put_between(struct value *v, uint64_t a, uint64_t b)
{
	return a && b >= a && put_uint(v, b - a);
}

/* A 64-bit id: a string, since JSON readers keep 53 bits of a number. */
bool put_id(struct value *v, uint64_t id);

#endif
