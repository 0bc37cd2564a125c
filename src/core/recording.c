// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/recording.h"

#include <errno.h>
#include <string.h>

#include "core/decode.h"
#include "event.h"

#define FIRST_HEADER_SIZE 128 /* version 1's */

_Static_assert(offsetof(struct recording_header, hooks) == FIRST_HEADER_SIZE, "version 1 is part of the format");
_Static_assert(offsetof(struct recording_header, sizes) == 512, "version 2 is part of the format");
_Static_assert(sizeof(struct recording_header) == 656, "version 3 is part of the format");
_Static_assert(EVENT_KINDS <= RECORDING_KINDS, "a header has room for all kinds");

/* As the records of versions 1 and 2 were. */
static const struct recording_sizes FIRST_SIZES = {
	.kind = {
		[EVENT_CLOCK] = 24,
		[EVENT_LOST] = 144, /* fewer while there were fewer kinds: see recording_header_sizes() */
		[EVENT_STATE] = 80,
		[EVENT_SEGMENT] = 88,
		[EVENT_TIMEWAIT] = 80,
		[EVENT_RETRANSMIT] = 72,
		[EVENT_RESET] = 72,
		[EVENT_FREE] = 64,
		[EVENT_ACCEPT] = 64,
		[EVENT_EXISTING] = 80,
		[EVENT_DROP] = 72,
		[EVENT_CGROUP] = 256,
		[EVENT_PRESENT] = 72,
		[EVENT_ABSENT] = 24,
	},
	.block = { 32, 80 }, /* task, stats */
};

static void copy_name(char *to, size_t size, const char *from)
{
	if (from)
		memcpy(to, from, strnlen(from, size - 1));
}

void recording_sizes_now(struct recording_sizes *out)
{
	*out = (struct recording_sizes) { 0 };
	for (unsigned int kind = 0; kind < EVENT_KINDS; kind++)
		out->kind[kind] = event_fixed_size(kind);
	for (unsigned int bit = 0; bit < RECORDING_BLOCKS; bit++)
		out->block[bit] = event_block_size(bit);
}

/* Readers of versions 1 and 2 are refused only if the size of a part has changed, which they would misread. */
static uint16_t min_readable(const struct recording_sizes *s)
{
	return memcmp(s, &FIRST_SIZES, sizeof(*s)) ? RECORDING_SIZED : 1;
}

void recording_header_init(struct recording_header *h, uint64_t wall_ns, uint64_t ts_ns,
			   const struct recording_origin *origin)
{
	*h = (struct recording_header) {
		.endian = RECORDING_ENDIAN,
		.version = RECORDING_VERSION,
		.header_size = sizeof(*h),
		.wall_ns = wall_ns,
		.ts_ns = ts_ns,
		.features = RECORDING_HAS_SIZES,
	};
	recording_sizes_now(&h->sizes);
	h->min_readable = min_readable(&h->sizes);
	memcpy(h->magic, RECORDING_MAGIC, sizeof(h->magic));
	copy_name(h->kernel, sizeof(h->kernel), origin->kernel);
	copy_name(h->host, sizeof(h->host), origin->host);
	copy_name(h->hooks, sizeof(h->hooks), origin->hooks);
	if (h->hooks[0])
		h->features |= RECORDING_HAS_HOOKS;
}

int recording_header_check(const void *buf, size_t len, struct recording_header *out)
{
	struct recording_header h = { 0 };

	if (len < sizeof(h.magic))
		return memcmp(buf, RECORDING_MAGIC, len) ? -EINVAL : -EAGAIN;
	if (memcmp(buf, RECORDING_MAGIC, sizeof(h.magic)))
		return -EINVAL;
	if (len < FIRST_HEADER_SIZE)
		return -EAGAIN;
	memcpy(&h, buf, FIRST_HEADER_SIZE);
	if (h.endian == __builtin_bswap32(RECORDING_ENDIAN))
		return -EPROTO;
	if (h.endian != RECORDING_ENDIAN || h.version < h.min_readable)
		return -EINVAL;
	if (h.min_readable > RECORDING_VERSION)
		return -EPROTONOSUPPORT;
	/* Its records start aligned, however long a later version's header is. */
	if (h.header_size < FIRST_HEADER_SIZE || h.header_size % 8 || h.header_size > RECORDING_MAX_HEADER)
		return -EINVAL;
	if (len < h.header_size)
		return -EAGAIN;
	memcpy(&h, buf, h.header_size < sizeof(h) ? h.header_size : sizeof(h));
	h.kernel[sizeof(h.kernel) - 1] = '\0';
	h.host[sizeof(h.host) - 1] = '\0';
	h.hooks[sizeof(h.hooks) - 1] = '\0';
	*out = h;
	return 0;
}

void recording_header_set_ports(struct recording_header *h, const struct local_ports *ports)
{
	if (!ports->known)
		return;
	h->features |= RECORDING_HAS_PORTS;
	h->port_low = ports->low;
	h->port_high = ports->high;
	h->ports_reserved = ports->reserved;
	h->tw_reuse = ports->tw_reuse;
}

void recording_header_ports(const struct recording_header *h, struct local_ports *out)
{
	*out = (struct local_ports) { 0 };
	if (!(h->features & RECORDING_HAS_PORTS) || h->port_low > h->port_high)
		return;
	*out = (struct local_ports) {
		.known = true,
		.low = h->port_low,
		.high = h->port_high,
		.reserved = h->ports_reserved,
		.tw_reuse = h->tw_reuse,
	};
}

void recording_header_sizes(const struct recording_header *h, struct recording_sizes *out)
{
	if (h->features & RECORDING_HAS_SIZES) {
		*out = h->sizes;
		return;
	}
	*out = FIRST_SIZES;
	out->kind[EVENT_LOST] = 0; /* without blocks it is as long as it says */
}

static enum recording_item next_header(const void *buf, size_t len, size_t *size)
{
	struct recording_header h;
	int err = recording_header_check(buf, len, &h);

	if (err)
		return err == -EAGAIN ? RECORDING_MORE : RECORDING_DAMAGED;
	*size = h.header_size;
	return RECORDING_HEADER;
}

enum recording_item recording_next(const void *buf, size_t len, size_t *size)
{
	const struct event *e = buf;

	if (len < sizeof(*e))
		return RECORDING_MORE;
	/* As a record it would be of kind 84 and of 19536 bytes (of 20556 in the other byte order), which none is. */
	if (!memcmp(buf, RECORDING_MAGIC, sizeof(RECORDING_MAGIC) - 1))
		return next_header(buf, len, size);
	if (e->size < sizeof(*e) || e->size % 8)
		return RECORDING_DAMAGED;
	*size = e->size;
	return len < e->size ? RECORDING_MORE : RECORDING_RECORD;
}
