// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/record/where.h"

#include <string.h>

#include "lib/strbuf.h"

static const char *const names[] = {
	[WHERE_CONTAINER_ID] = "container.id",
	[WHERE_CONTAINER] = "container.name",
	[WHERE_RUNTIME] = "container.runtime",
	[WHERE_POD] = "k8s.pod.name",
	[WHERE_POD_UID] = "k8s.pod.uid",
	[WHERE_NAMESPACE] = "k8s.namespace.name",
	[WHERE_K8S_CONTAINER] = "k8s.container.name",
	[WHERE_UNIT] = "systemd.unit",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == WHERE_COUNT, "names");

const char *where_name(enum where w)
{
	return names[w];
}

static enum side_name side_of(const struct conn *c)
{
	const char *role = conn_role(c);

	return role && !strcmp(role, "server") ? SERVER : CLIENT;
}

static const struct field *field_of(enum side_name side, enum where w)
{
	static const struct field *known[SIDES][WHERE_COUNT];
	struct strbuf path = { 0 };

	if (!known[side][w]) {
		strbuf_printf(&path, "%s.%s", side_name_text(side), names[w]);
		known[side][w] = field_find(strbuf_text(&path));
		strbuf_free(&path);
	}
	return known[side][w];
}

bool where_get(const struct conn *c, enum where w, struct value *out)
{
	const struct field *f = field_of(side_of(c), w);

	return f && field_get(f, c, out);
}
