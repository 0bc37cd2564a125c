// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Expressions, and the regular expressions in them. */
#include "fuzz.h"

#include "core/query/query.h"
#include "lib/pattern.h"

static void ask(const struct query *w)
{
	struct conn c = { .start_ns = 1000, .close_ns = 5000 };
	struct filter_config f = { 0 };
	struct port_filter *ports = NULL;

	query_matches(w, &c);
	c.side[CLIENT].id = c.side[SERVER].id = 1;
	c.flow.end[SERVER].port = 443;
	memcpy(c.side[CLIENT].actor[OPENER].comm, "nginx: worker 16", 16);
	c.side[CLIENT].actor[OPENER].certainty = ACTOR_CERTAIN;
	query_matches(w, &c);
	if (query_narrow(w, &f, &ports) || f.cidr_count > CONFIG_MAX_CIDRS)
		abort();
	free(ports);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = memchr(data, '\0', size) ? NULL : strndup((const char *)data, size);
	struct query_error e;
	struct pattern *p;
	struct query *w;
	const char *why;
	size_t at;

	if (!text)
		return 0;
	if (!query_compile(text, &w, &e)) {
		ask(w);
		query_free(&w);
	} else if (!e.column || e.column > size + 1 || !*e.text || w) {
		abort();
	}
	if (!pattern_compile(text, &p, &why, &at)) {
		pattern_matches(p, "nginx: worker process");
		pattern_matches(p, text);
		pattern_free(&p);
	} else if (!why || at > size) {
		abort();
	}
	free(text);
	return 0;
}
