// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* bpf/packet.h's walk in user space: link type, bytes of the packet that are not available, then those that are. */
#include "fuzz.h"

#include "packet_icmp.h"

#define HEAD 3

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
	if (packet_parse_icmp(data + HEAD, data + size, at_hand + paged, link, &icmp) == PACKET_OK &&
	    icmp.version != 4 && icmp.version != 6)
		abort();
	return 0;
}
