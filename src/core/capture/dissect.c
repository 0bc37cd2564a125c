// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/capture/dissect.h"

#include <string.h>

#include "core/capture/dissect_private.h"

/* Layers of one packet, tags and labels included: no honest packet has more. */
#define MAX_LAYERS 64

static int step(struct capture *c, int next)
{
	if (next >= NEXT_PPP)
		return dissect_ppp(c, next - NEXT_PPP);
	if (next >= NEXT_LINK)
		return dissect_link(c, next - NEXT_LINK);
	if (next >= NEXT_PROTOCOL)
		return dissect_protocol(c, next - NEXT_PROTOCOL);
	return dissect_ethertype(c, next);
}

static enum dissect_result walk(struct capture *c, int next)
{
	for (int i = 0; i < MAX_LAYERS && next < NEXT_DONE; i++)
		next = step(c, next);
	return next >= NEXT_DONE ? (enum dissect_result)(next - NEXT_DONE) : DISSECT_MALFORMED;
}

static struct capture begin(const uint8_t *bytes, uint32_t cap, uint32_t len, const struct dissect_options *o,
			    struct dissect_packet *out)
{
	struct capture c = { .out = out, .o = o };

	c.w.start = bytes;
	c.w.end = bytes + cap;
	c.w.stop = len > cap ? len : cap;
	return c;
}

enum dissect_result dissect_packet_headers(int dlt, const uint8_t *bytes, uint32_t cap, uint32_t len,
					   const struct dissect_options *o, struct dissect_packet *out)
{
	struct capture c = begin(bytes, cap, len, o, out);

	memset(out, 0, sizeof(*out));
	return walk(&c, NEXT_LINK + (dlt & 0xffff));
}

enum dissect_result dissect_more(const struct dissect_options *o, struct dissect_packet *p)
{
	return dissect_packet_headers(DLT_AMSDU_PART, p->more, p->more_cap, p->more_len, o, p);
}

enum dissect_result dissect_whole(const uint8_t *bytes, uint32_t len, const struct dissect_options *o,
				  struct dissect_packet *out)
{
	struct capture c = begin(bytes, len, len, o, out);

	return walk(&c, NEXT_PROTOCOL + out->protocol);
}
