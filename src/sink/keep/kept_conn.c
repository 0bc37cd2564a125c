// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/keep/kept_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/capture/track.h"
#include "core/record/ending.h"

void kept_conn_free(struct kept_conn *k)
{
	free(k->packed);
	track_free(k->track);
	*k = (struct kept_conn) { 0 };
}

int kept_conn_set(struct kept_conn *k, struct conn_packer *p, const struct conn *c)
{
	uint8_t buf[CONN_PACKED_MAX];
	size_t len = conn_pack(p, c, buf);

	kept_conn_free(k);
	k->track = c->track ? track_copy(c->track) : NULL;
	k->packed = c->track && !k->track ? NULL : malloc(len);
	if (!k->packed) {
		kept_conn_free(k);
		return -ENOMEM;
	}
	memcpy(k->packed, buf, len);
	return 0;
}

static void decide_ending(struct conn *c)
{
	if (!c->close_ns)
		c->verdict = ending_decide(c);
}

bool kept_conn_get(const struct kept_conn *k, const struct conn_packer *p, struct whole_conn *out)
{
	if (!k->packed)
		return false;
	memset(&out->conn, 0, sizeof(out->conn));
	out->conn.moments.list = out->moments;
	out->conn.moments.capacity = MOMENTS_MAX;
	conn_unpack(p, k->packed, &out->conn);
	out->conn.track = k->track;
	out->track = NULL;
	decide_ending(&out->conn);
	return true;
}

bool whole_conn_copy(struct whole_conn *out, const struct conn *c)
{
	struct track *track = c->track ? track_copy(c->track) : NULL;

	if (c->track && !track)
		return false;
	out->conn = *c;
	out->conn.entry = NULL;
	out->conn.track = out->track = track;
	out->conn.moments.list = out->moments;
	if (c->moments.count)
		memcpy(out->moments, c->moments.list, c->moments.count * sizeof(out->moments[0]));
	decide_ending(&out->conn);
	return true;
}

void whole_conn_free(struct whole_conn *w)
{
	track_free(w->track);
	w->track = NULL;
}
