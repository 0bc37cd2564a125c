// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Parses the blocks of a pcapng file. Decides which damage makes the rest of the file unreadable. */
#include "core/capture/pcapng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPTION_END	  0
#define OPTION_RESOLUTION 9
#define OPTION_OFFSET	  14

#define SECOND_NS 1000000000ULL

static uint32_t get32(const struct pcapng *p, const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return p->swapped ? __builtin_bswap32(v) : v;
}

static uint16_t get16(const struct pcapng *p, const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return p->swapped ? __builtin_bswap16(v) : v;
}

static uint64_t get64(const struct pcapng *p, const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return p->swapped ? __builtin_bswap64(v) : v;
}

bool pcapng_is_section(const uint8_t *head)
{
	return head[0] == 0x0a && head[1] == 0x0d && head[2] == 0x0d && head[3] == 0x0a;
}

uint32_t pcapng_block_size(struct pcapng *p, const uint8_t *head)
{
	uint32_t order, size;

	if (pcapng_is_section(head)) {
		memcpy(&order, head + PCAPNG_HEADER_SIZE, sizeof(order));
		if (order != PCAPNG_BYTE_ORDER && order != __builtin_bswap32(PCAPNG_BYTE_ORDER))
			return 0;
		p->swapped = order != PCAPNG_BYTE_ORDER;
	}
	size = get32(p, head + 4);
	return size < 12 || size % 4 || size > PCAPNG_MAX_BLOCK ? 0 : size;
}

void pcapng_free(struct pcapng *p)
{
	free(p->interface);
	p->interface = NULL;
	p->count = 0;
}

static int damaged(const char **why, const char *text)
{
	*why = text;
	return -EBADMSG;
}

static void take_option(const struct pcapng *p, struct pcapng_interface *i, uint16_t code, const uint8_t *value,
			uint16_t len)
{
	if (code == OPTION_RESOLUTION && len >= 1)
		i->resolution = value[0];
	else if (code == OPTION_OFFSET && len >= 8)
		i->offset_s = (int64_t)get64(p, value);
}

static int add_interface(struct pcapng *p, const uint8_t *block, uint32_t size, const char **why)
{
	struct pcapng_interface i = { .resolution = 6 }, *list;
	uint32_t at = 16, end = size - 4;

	if (size < 20)
		return damaged(why, "an interface block that is too short");
	if (p->count == PCAPNG_MAX_INTERFACES)
		return damaged(why, "more interfaces than are possible");
	i.link = get16(p, block + 8);
	i.snap = get32(p, block + 12);
	while (at + 4 <= end) {
		uint16_t code = get16(p, block + at), len = get16(p, block + at + 2);

		if (code == OPTION_END || at + 4 + len > end)
			break;
		take_option(p, &i, code, block + at + 4, len);
		at += 4 + ((len + 3U) & ~3U);
	}
	list = reallocarray(p->interface, p->count + 1, sizeof(*list));
	if (!list)
		return damaged(why, "no memory for its interfaces");
	p->interface = list;
	list[p->count++] = i;
	return 0;
}

/* Time in units of the interface, as ns; what 64 bits cannot hold is 0. */
static uint64_t to_ns(const struct pcapng_interface *i, uint64_t ticks)
{
	unsigned int exponent = i->resolution & 0x7f;
	unsigned __int128 ns = (unsigned __int128)ticks * SECOND_NS, unit = 1;

	if (i->resolution & 0x80)
		ns = exponent < 128 ? ns >> exponent : 0;
	else {
		for (unsigned int n = 0; n < exponent && n < 38; n++)
			unit *= 10;
		ns /= unit;
	}
	ns += (unsigned __int128)((__int128)i->offset_s * (__int128)SECOND_NS);
	return ns > INT64_MAX ? 0 : (uint64_t)ns;
}

static int set_packet(const struct pcapng *p, uint32_t interface, const uint8_t *block, uint32_t header, uint32_t size,
		      uint32_t cap, uint32_t len, struct pcapng_packet *out, const char **why)
{
	if (interface >= p->count)
		return damaged(why, "a packet of an interface that was not described");
	if (cap > size - header - 4)
		return damaged(why, "a packet that is longer than its block");
	out->link = p->interface[interface].link;
	out->interface = interface;
	out->cap = cap;
	out->len = len;
	out->bytes = block + header;
	return 1;
}

static int packet(struct pcapng *p, const uint8_t *block, uint32_t size, bool old, struct pcapng_packet *out,
		  const char **why)
{
	uint32_t interface;
	int got;

	if (size < 32)
		return damaged(why, "a packet block that is too short");
	interface = old ? get16(p, block + 8) : get32(p, block + 8);
	got = set_packet(p, interface, block, 28, size, get32(p, block + 20), get32(p, block + 24), out, why);
	if (got == 1)
		out->wall_ns = p->last_ns =
			to_ns(&p->interface[interface], (uint64_t)get32(p, block + 12) << 32 | get32(p, block + 16));
	return got;
}

/* Without a time: that of the packet before it. */
static int simple_packet(struct pcapng *p, const uint8_t *block, uint32_t size, struct pcapng_packet *out,
			 const char **why)
{
	uint32_t len, cap;

	if (size < 16)
		return damaged(why, "a packet block that is too short");
	len = cap = get32(p, block + 8);
	if (p->count && p->interface[0].snap && cap > p->interface[0].snap)
		cap = p->interface[0].snap;
	if (cap > size - 16)
		cap = size - 16;
	out->wall_ns = p->last_ns;
	return set_packet(p, 0, block, 12, size, cap, len, out, why);
}

int pcapng_block(struct pcapng *p, const uint8_t *block, uint32_t size, struct pcapng_packet *out, const char **why)
{
	if (get32(p, block + size - 4) != size)
		return damaged(why, "a block whose two lengths differ");
	switch (get32(p, block)) {
	case PCAPNG_SECTION:
		pcapng_free(p);
		return size < 28 ? damaged(why, "a section header that is too short") : 0;
	case PCAPNG_INTERFACE:
		return add_interface(p, block, size, why);
	case PCAPNG_PACKET:
		return packet(p, block, size, false, out, why);
	case PCAPNG_OLD_PACKET:
		return packet(p, block, size, true, out, why);
	case PCAPNG_SIMPLE:
		return simple_packet(p, block, size, out, why);
	default:
		return 0; /* names, statistics, keys, custom */
	}
}
