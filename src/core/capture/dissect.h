/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * From the bytes of a captured packet to its TCP segment, or that which an ICMP error in it quotes, through link
 * layers, tags and tunnels. Pure, and never reads outside of the bytes that it is given. The steps that the packet
 * programs in the kernel need too are bpf/packet.h's.
 */
#ifndef TCPLIFE_DISSECT_H
#define TCPLIFE_DISSECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

/* What a packet turned out to be: enumerator, words for the summary. Those up to NOT_TCP are nothing to worry about. */
#define DISSECT_RESULTS(_)                                                                                             \
	_(TCP, "TCP segments")                                                                                         \
	_(ICMP, "ICMP errors about TCP segments")                                                                      \
	_(FRAGMENT, "fragments")                                                                                       \
	_(NOT_IP, "not IP")                                                                                            \
	_(NOT_TCP, "not TCP")                                                                                          \
	_(TRUNCATED, "cut before the end of a header")                                                                 \
	_(MALFORMED, "malformed")                                                                                      \
	_(BAD_IP_CHECKSUM, "with a wrong IP header checksum")                                                          \
	_(TOO_DEEP, "in more than 4 tunnels")                                                                          \
	_(ENCRYPTED, "encrypted on the air (802.11)")                                                                  \
	_(NOT_FOLLOWED, "in tunnels that are not followed")                                                            \
	_(UNKNOWN_LINK, "of a link type that is not known")

enum dissect_result {
#define _(name, text) DISSECT_##name,
	DISSECT_RESULTS(_)
#undef _
		DISSECT_RESULT_COUNT,
};

#define DISSECT_MAX_TUNNELS 4

/* What a wrong checksum means. */
enum dissect_checksums {
	DISSECT_CHECKSUMS_DROP,	 /* the segment is damaged: Zeek's rule */
	DISSECT_CHECKSUMS_JUDGE, /* out.checksum says what it looks like; who asks decides (core/capture/checksums.h) */
	DISSECT_CHECKSUMS_IGNORE, /* nothing: none is looked at */
};

/* What the checksums of IP and TCP look like, the worst last. */
enum dissect_checksum {
	CHECKSUM_UNCHECKED, /* not all of what is summed is available */
	CHECKSUM_RIGHT,
	CHECKSUM_OFFLOAD, /* as the sending host leaves them to its network card */
	CHECKSUM_WRONG,	  /* of TCP */
	CHECKSUM_WRONG_IP,
};

struct dissect_options {
	enum dissect_checksums checksums;
};

struct dissect_packet {
	struct event_tuple tuple; /* [0] source, [1] destination */
	uint32_t seq, ack, payload_len;
	uint16_t window;
	uint16_t vlan[2]; /* outer, inner: id + 1; 0 = untagged */
	uint8_t tcp_flags, ttl;
	uint8_t flags;		      /* SEGMENT_* */
	uint8_t tunnels;	      /* it was carried in so many */
	uint16_t tcp_checksum, ip_id; /* as they stand there; 0 for IPv6 */
	uint32_t point;	  /* which interface saw it, and in which direction, as far as the link layer says */
	uint8_t checksum; /* enum dissect_checksum; CHECKSUM_UNCHECKED unless they are to be judged */

	/* DISSECT_ICMP: tuple and seq are of the segment that it quotes */
	uint8_t icmp_version, icmp_type, icmp_code;
	uint8_t icmp_from[16];
	uint32_t icmp_mtu;

	/* What the frame holds besides, for dissect_more(): an A-MSDU's further parts. NULL = nothing. */
	const uint8_t *more;
	uint32_t more_cap, more_len;

	/* DISSECT_FRAGMENT: addresses stand in tuple */
	uint32_t fragment_id;
	uint32_t fragment_offset; /* in bytes */
	bool more_fragments;
	uint8_t protocol;	 /* of what is in it */
	const uint8_t *fragment; /* its payload */
	uint32_t fragment_len;
};

/* Does the walk know this link type (a DLT_ number of libpcap's)? */
bool dissect_link_known(int dlt);
/*
 * cap bytes are available of a packet that had len. out is zeroed by it; meaningless unless DISSECT_TCP, _ICMP or
 * _FRAGMENT.
 */
enum dissect_result dissect_packet_headers(int dlt, const uint8_t *bytes, uint32_t cap, uint32_t len,
					   const struct dissect_options *o, struct dissect_packet *out);
/* The same of what p->more names, which p has before and *p after it is walked through. */
enum dissect_result dissect_more(const struct dissect_options *o, struct dissect_packet *p);
/* What was put together again of fragments: the payload of IP, all of it. out keeps addresses, tags and tunnels. */
enum dissect_result dissect_whole(const uint8_t *bytes, uint32_t len, const struct dissect_options *o,
				  struct dissect_packet *out);

#endif
