// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/capture_walk.h"

#include <string.h>

#include "core/capture_private.h"

/* Layers of one packet, tags and labels included: no honest packet has more. */
#define MAX_LAYERS 64

int capture_enter_tunnel(struct capture *c, uint32_t n, int next)
{
	if (c->out->tunnels == CAPTURE_MAX_TUNNELS)
		return NEXT_DONE + CAPTURE_TOO_DEEP;
	c->out->tunnels++;
	return capture_skip(c, n, next);
}

static int step(struct capture *c, int next)
{
	if (next >= NEXT_PPP)
		return capture_ppp(c, next - NEXT_PPP);
	if (next >= NEXT_LINK)
		return capture_link(c, next - NEXT_LINK);
	if (next >= NEXT_PROTOCOL)
		return capture_protocol(c, next - NEXT_PROTOCOL);
	return capture_ethertype(c, next);
}

static enum capture_result walk(struct capture *c, int next)
{
	for (int i = 0; i < MAX_LAYERS && next < NEXT_DONE; i++)
		next = step(c, next);
	return next >= NEXT_DONE ? (enum capture_result)(next - NEXT_DONE) : CAPTURE_MALFORMED;
}

static struct capture begin(const uint8_t *bytes, uint32_t cap, uint32_t len, const struct capture_options *o,
			    struct capture_packet *out)
{
	struct capture c = { .out = out, .o = o };

	c.w.start = bytes;
	c.w.end = bytes + cap;
	c.w.stop = len > cap ? len : cap;
	return c;
}

enum capture_result capture_walk(int dlt, const uint8_t *bytes, uint32_t cap, uint32_t len,
				 const struct capture_options *o, struct capture_packet *out)
{
	struct capture c = begin(bytes, cap, len, o, out);

	memset(out, 0, sizeof(*out));
	return walk(&c, NEXT_LINK + (dlt & 0xffff));
}

enum capture_result capture_walk_whole(const uint8_t *bytes, uint32_t len, const struct capture_options *o,
				       struct capture_packet *out)
{
	struct capture c = begin(bytes, len, len, o, out);

	return walk(&c, NEXT_PROTOCOL + out->protocol);
}
