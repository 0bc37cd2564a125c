// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Turns argv into struct options by the rows of option_table.c, then checks what no single row can: which options
 * exclude each other, and which outputs are used when none was chosen.
 */
#include "options.h"

#include <stdlib.h>

#include "core/filter.h"

/* Was it open at any time from --since to --until? */
static bool was_open_then(const struct options *o, const struct conn *c)
{
	uint64_t offset = (uint64_t)c->wall_offset_ns;

	return (!o->until_ns || c->start_ns + offset <= o->until_ns) &&
	       (!o->since_ns || !c->close_ns || c->close_ns + offset >= o->since_ns);
}

bool options_want(const struct options *o, const struct conn *c)
{
	if (!filter_wants(&o->filter, o->ports, c) || !was_open_then(o, c))
		return false;
	for (size_t i = 0; i < o->where_count; i++)
		if (!query_matches(o->where[i], c))
			return false;
	return true;
}

bool options_want_open(const struct options *o, const struct conn *c)
{
	return !c->close_ns && c->id[0] && !(c->flags & CONN_TUPLE_PENDING) && options_want(o, c);
}

void options_free(struct options *o)
{
	free(o->ports);
	free(o->metrics_ports);
	free(o->pcap_filter);
	o->ports = o->metrics_ports = NULL;
	o->pcap_filter = NULL;
	free(o->unit);
	query_free(&o->slo);
	strbuf_free(&o->asked);
	while (o->where_count)
		query_free(&o->where[--o->where_count]);
}
