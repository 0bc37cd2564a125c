// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Decides which listener a SYN would reach. */
#include "core/host_facts.h"

#include <stdio.h>

const char *host_setting_name(enum host_setting s)
{
	static const char *const names[] = {
#define _(name, text, path, nth) [HOST_##name] = (text),
		HOST_SETTINGS(_)
#undef _
	};

	return s < HOST_SETTING_COUNT ? names[s] : "";
}

static bool is_any(const struct endpoint *e, bool v4)
{
	static const uint8_t any4[16] = { [10] = 0xff, [11] = 0xff }, any6[16] = { 0 };

	return !memcmp(e->addr, v4 ? any4 : any6, sizeof(e->addr));
}

bool host_listener_is_wildcard(const struct host_listener *l)
{
	return is_any(&l->end, true) || is_any(&l->end, false);
}

static bool takes_any(const struct host_listener *l, const struct endpoint *end)
{
	if (l->end.port != end->port)
		return false;
	if (endpoint_is_ipv4(end))
		return is_any(&l->end, true) || (is_any(&l->end, false) && !l->only_v6);
	return is_any(&l->end, false);
}

const struct host_listener *host_listener_at(const struct host_facts *f, const struct endpoint *end)
{
	const struct host_listener *any = NULL;

	for (size_t i = 0; i < f->listener_count; i++) {
		if (endpoint_equal(&f->listener[i].end, end))
			return &f->listener[i];
		if (!any && takes_any(&f->listener[i], end))
			any = &f->listener[i];
	}
	return any;
}

const struct host_listener *host_listener_beside(const struct host_facts *f, const struct endpoint *end)
{
	for (size_t i = 0; i < f->listener_count; i++) {
		const struct host_listener *l = &f->listener[i];

		if (l->end.port == end->port && !endpoint_equal(&l->end, end) && !takes_any(l, end))
			return l;
	}
	return NULL;
}

const char *host_listener_text(const struct host_listener *l, char buf[ENDPOINT_TEXT_SIZE])
{
	if (!host_listener_is_wildcard(l))
		return endpoint_text(&l->end, buf);
	snprintf(buf, ENDPOINT_TEXT_SIZE, "*:%u", l->end.port);
	return buf;
}
