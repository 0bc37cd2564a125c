/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The blocks of a pcapng file (draft-ietf-opsawg-pcapng), read on buffers. libpcap refuses a file whose interfaces
 * differ in link type or snap length, which is what Wireshark writes when it captures on several.
 */
#ifndef TCPLIFE_PCAPNG_H
#define TCPLIFE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCAPNG_SECTION	  0x0a0d0d0a
#define PCAPNG_INTERFACE  1
#define PCAPNG_OLD_PACKET 2
#define PCAPNG_SIMPLE	  3
#define PCAPNG_PACKET	  6

#define PCAPNG_BYTE_ORDER     0x1a2b3c4d
#define PCAPNG_HEADER_SIZE    8	 /* type and length */
#define PCAPNG_SECTION_PEEK   12 /* and a section's byte order, without which its length cannot be read */
#define PCAPNG_MAX_BLOCK      (16U << 20)
#define PCAPNG_MAX_INTERFACES 4096

struct pcapng_interface {
	uint16_t link;	    /* LINKTYPE_ */
	uint8_t resolution; /* if_tsresol */
	uint32_t snap;	    /* 0 = no limit */
	int64_t offset_s;   /* if_tsoffset */
};

struct pcapng {
	bool swapped;
	struct pcapng_interface *interface; /* of this section */
	size_t count;
	uint64_t last_ns;
};

struct pcapng_packet {
	uint16_t link;
	uint32_t interface;
	uint64_t wall_ns;
	uint32_t cap, len;
	const uint8_t *bytes;
};

/* From the first PCAPNG_HEADER_SIZE bytes of a block, _SECTION_PEEK of a section's: its whole size in bytes, or 0 if it
 * cannot be one. A section's sets the byte order. */
uint32_t pcapng_block_size(struct pcapng *p, const uint8_t *head);
bool pcapng_is_section(const uint8_t *head);
/* A whole block. 1 = *out is a packet, 0 = it is something else, negative = damaged: *why says how. */
int pcapng_block(struct pcapng *p, const uint8_t *block, uint32_t size, struct pcapng_packet *out, const char **why);
void pcapng_free(struct pcapng *p);

#endif
