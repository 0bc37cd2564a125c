// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* bpf/packet.h's walk in user space: link type, bytes of the packet that are not available, then those that are. */
#include "fuzz.h"

#include "packet_icmp.h"

#define HEAD 3

/* What the short way takes, the long one takes, and finds the same. */
static int plain_agrees(const uint8_t *pos, const uint8_t *end, uint32_t whole, enum packet_link link)
{
	struct packet_info plain = { 0 }, parsed = { 0 };

	if (!packet_plain(pos, end, whole, link, &plain))
		return !memcmp(&plain, &parsed, sizeof(plain));
	return packet_parse(pos, end, whole, link, &parsed) == PACKET_OK && !memcmp(&plain, &parsed, sizeof(plain));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_info info = { 0 };
	struct packet_icmp icmp = { 0 };
	uint32_t paged, at_hand;
	enum packet_link link;

	if (size < HEAD || size > UINT16_MAX)
		return 0;
	link = data[0] & 1 ? PACKET_RAW_IP : PACKET_ETHERNET;
	paged = data[1] | (uint32_t)data[2] << 8;
	at_hand = size - HEAD;
	if (packet_parse(data + HEAD, data + size, at_hand + paged, link, &info) == PACKET_OK &&
	    info.payload_len > at_hand + paged)
		abort();
	if (!plain_agrees(data + HEAD, data + size, at_hand + paged, link))
		abort();
	if (packet_parse_icmp(data + HEAD, data + size, at_hand + paged, link, &icmp) == PACKET_OK &&
	    icmp.version != 4 && icmp.version != 6)
		abort();
	return 0;
}
