// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/dns.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define HEADER	   12
#define QR	   0x80 /* byte 2: a response */
#define OPCODE	   0x78 /* byte 2 */
#define RCODE	   0x0f /* byte 3 */
#define POINTER	   0xc0
#define JUMPS_MOST 16
#define CLASS_IN   1
#define TYPE_A	   1
#define TYPE_AAAA  28

struct message {
	const uint8_t *bytes;
	size_t len;
};

static unsigned int get_u16(const struct message *m, size_t at)
{
	return (unsigned int)m->bytes[at] << 8 | m->bytes[at + 1];
}

static uint32_t get_u32(const struct message *m, size_t at)
{
	return (uint32_t)get_u16(m, at) << 16 | get_u16(m, at + 2);
}

/* As in host names, and in the names of services (RFC 2782). In small letters; 0 = not one of these. */
static char letter(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')
		return (char)c;
	return 0;
}

static bool add_label(char out[DNS_NAME_SIZE], size_t *used, const uint8_t *label, size_t len)
{
	if (*used + len + 2 > DNS_NAME_SIZE)
		return false;
	if (*used)
		out[(*used)++] = '.';
	for (size_t i = 0; i < len; i++) {
		char c = letter(label[i]);

		if (!c)
			return false;
		out[(*used)++] = c;
	}
	out[*used] = '\0';
	return true;
}

/* Moves *at behind the name. Pointers only lead back, so each jump ends nearer to the beginning. */
static bool get_name(const struct message *m, size_t *at, char out[DNS_NAME_SIZE])
{
	size_t here = *at, used = 0;
	bool jumped = false;

	out[0] = '\0';
	for (unsigned int jumps = 0; here < m->len;) {
		uint8_t len = m->bytes[here];

		if (!len) {
			if (!jumped)
				*at = here + 1;
			return used;
		}
		if ((len & POINTER) == POINTER) {
			size_t to;

			if (here + 2 > m->len || jumps++ == JUMPS_MOST)
				return false;
			to = get_u16(m, here) & 0x3fff;
			if (to >= here)
				return false;
			if (!jumped)
				*at = here + 2;
			jumped = true;
			here = to;
			continue;
		}
		if (len & POINTER || here + 1 + len > m->len || !add_label(out, &used, m->bytes + here + 1, len))
			return false;
		here += 1 + (size_t)len;
	}
	return false;
}

/* The owners of records are not asked: they are any bytes. */
static bool skip_name(const struct message *m, size_t *at)
{
	while (*at < m->len) {
		uint8_t len = m->bytes[*at];

		if ((len & POINTER) == POINTER) {
			*at += 2;
			return *at <= m->len;
		}
		if (len & POINTER)
			return false;
		*at += 1 + (size_t)len;
		if (!len)
			return true;
	}
	return false;
}

static bool get_address(const struct message *m, size_t data, unsigned int type, unsigned int size,
			struct dns_answer *out)
{
	memset(out->addr, 0, sizeof(out->addr));
	if (type == TYPE_A && size == 4) {
		out->addr[10] = out->addr[11] = 0xff;
		memcpy(out->addr + 12, m->bytes + data, 4);
		return true;
	}
	if (type == TYPE_AAAA && size == 16) {
		memcpy(out->addr, m->bytes + data, 16);
		return true;
	}
	return false;
}

int dns_answers(const void *message, size_t len, void (*fn)(void *ctx, const struct dns_answer *a), void *ctx)
{
	struct message m = { message, len };
	size_t at = HEADER;
	char name[DNS_NAME_SIZE];
	struct dns_answer a = { .name = name };
	unsigned int count;
	int found = 0;

	if (len < HEADER || !(m.bytes[2] & QR) || m.bytes[2] & OPCODE || m.bytes[3] & RCODE || get_u16(&m, 4) != 1)
		return -EINVAL;
	if (!get_name(&m, &at, name) || at + 4 > len)
		return -EINVAL;
	at += 4;
	count = get_u16(&m, 6);
	while (count-- && skip_name(&m, &at) && at + 10 <= len) {
		unsigned int type = get_u16(&m, at), class = get_u16(&m, at + 2), size = get_u16(&m, at + 8);

		a.ttl_s = get_u32(&m, at + 4);
		at += 10;
		if (size > len - at)
			break;
		if (class == CLASS_IN && get_address(&m, at, type, size, &a)) {
			fn(ctx, &a);
			found++;
		}
		at += size;
	}
	return found;
}
