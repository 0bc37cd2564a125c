/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a segment's flags and length say. tcp_flags: TCP_FLAG_*_BIT. */
#ifndef TCPLIFE_SEGMENT_H
#define TCPLIFE_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

#define SEGMENT_SYN_ACK (TCP_FLAG_SYN_BIT | TCP_FLAG_ACK_BIT)

/* Of who opens; a RST or FIN beside it does not matter. */
static inline bool segment_is_syn(uint8_t tcp_flags)
{
	return (tcp_flags & SEGMENT_SYN_ACK) == TCP_FLAG_SYN_BIT;
}

static inline bool segment_is_synack(uint8_t tcp_flags)
{
	return (tcp_flags & SEGMENT_SYN_ACK) == SEGMENT_SYN_ACK;
}

/* The sequence number after it: SYN and FIN take one each (RFC 9293 3.4). */
static inline uint32_t segment_end(uint32_t seq, uint32_t payload_len, uint8_t tcp_flags)
{
	return seq + payload_len + !!(tcp_flags & TCP_FLAG_SYN_BIT) + !!(tcp_flags & TCP_FLAG_FIN_BIT);
}

#endif
