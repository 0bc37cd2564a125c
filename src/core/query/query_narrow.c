// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the kernel can decide of an expression. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/query/query_private.h"

/* Is it about the ports of the connection itself? */
static bool is_of_ports(const struct query *w, const struct query_test *t)
{
	for (uint32_t i = 0; i < t->operand_count; i++) {
		const char *path = w->operand[t->operand + i].field->path;

		if (strcmp(path, "client.port") && strcmp(path, "server.port"))
			return false;
	}
	return t->compare == COMPARE_SET && !t->negated;
}

static unsigned int mark_ports(const struct query *w, const struct query_test *t, struct port_filter *out)
{
	unsigned int marked = 0;

	for (uint32_t i = 0; i < t->value_count; i++) {
		const struct query_value *v = &w->value[t->value + i];

		for (uint64_t port = v->low; port <= v->high && port <= UINT16_MAX; port++) {
			marked += !(out->port[port] & PORT_WHERE);
			out->port[port] |= PORT_WHERE;
		}
	}
	return marked;
}

/* One list of ports is what the kernel has room for: the one with the fewest. */
static const struct query_test *fewest_ports(const struct query *w, struct port_filter *scratch)
{
	const struct query_test *best = NULL;
	unsigned int least = UINT16_MAX;

	for (size_t i = 0; i < w->musts; i++) {
		const struct query_test *t = &w->test[w->must[i]];
		unsigned int count;

		if (!is_of_ports(w, t))
			continue;
		memset(scratch, 0, sizeof(*scratch));
		count = mark_ports(w, t, scratch);
		if (count < least) {
			least = count;
			best = t;
		}
	}
	return best;
}

static int narrow_ports(const struct query *w, struct filter_config *f, struct port_filter **ports)
{
	struct port_filter *scratch;
	const struct query_test *t;

	if (f->port_kinds & PORT_WHERE)
		return 0;
	scratch = calloc(1, sizeof(*scratch));
	t = scratch ? fewest_ports(w, scratch) : NULL;
	if (t && !*ports)
		*ports = calloc(1, sizeof(**ports));
	if (!scratch || (t && !*ports)) {
		free(scratch);
		return -ENOMEM;
	}
	if (t) {
		mark_ports(w, t, *ports);
		f->port_kinds |= PORT_WHERE;
	}
	free(scratch);
	return 0;
}

static bool is_of_addresses(const struct query *w, const struct query_test *t)
{
	for (uint32_t i = 0; i < t->operand_count; i++)
		if (w->operand[t->operand + i].side < 0)
			return false;
	return t->compare == COMPARE_SET && !t->negated && t->value_count && t->value_count <= CONFIG_MAX_CIDRS;
}

static void narrow_addresses(const struct query *w, const struct query_test *t, struct filter_config *f)
{
	for (uint32_t i = 0; i < t->value_count; i++)
		f->cidr[f->cidr_count++] = w->value[t->value + i].net;
}

/* Only of the client's opener: other processes of a connection are known too late to drop what came before. */
static bool is_of_opener(const struct query *w, const struct query_test *t)
{
	return t->operand_count == 1 && !strcmp(w->operand[t->operand].field->path, "client.process.opener.pid") &&
	       t->compare == COMPARE_SET && !t->negated && t->value_count == 1 &&
	       w->value[t->value].low == w->value[t->value].high && w->value[t->value].low &&
	       w->value[t->value].low <= UINT32_MAX;
}

static bool is_of_family(const struct query *w, const struct query_test *t)
{
	return t->operand_count == 1 && !strcmp(w->operand[t->operand].field->path, "network.type") &&
	       t->compare == COMPARE_SET && !t->negated && t->value_count == 1;
}

int query_narrow(const struct query *w, struct filter_config *f, struct port_filter **ports)
{
	for (size_t i = 0; i < w->musts; i++) {
		const struct query_test *t = &w->test[w->must[i]];

		if (!f->cidr_count && is_of_addresses(w, t))
			narrow_addresses(w, t, f);
		else if (!f->pid && is_of_opener(w, t))
			f->pid = (uint32_t)w->value[t->value].low;
		else if (!f->family && is_of_family(w, t))
			f->family = strcmp(w->value[t->value].text, "ipv4") ? 6 : 4;
	}
	return narrow_ports(w, f, ports);
}
