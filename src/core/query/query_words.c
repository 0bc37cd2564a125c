// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/query/query_words.h"

#include <string.h>

#include "core/ending.h"
#include "core/tcp_state.h"

/* Enumerations that have functions for their words. */
#define FROM(name, count, get)                                                                                         \
	static const char *name(size_t i)                                                                              \
	{                                                                                                              \
		return i < (count) ? get(i) : NULL;                                                                    \
	}

FROM(endings, ENDING_COUNT, ending_name)
FROM(ended_bys, ENDED_BY_COUNT, ended_by_name)
FROM(close_forms, CLOSE_FORM_COUNT, close_form_name)
FROM(reset_origins, RESET_ORIGIN_COUNT, reset_origin_name)
FROM(timewait_exits, TIMEWAIT_EXIT_COUNT, timewait_exit_name)
FROM(fin_wait2_forms, FIN_WAIT2_FORM_COUNT, fin_wait2_form_name)
FROM(fin_wait2_exits, FIN_WAIT2_EXIT_COUNT, fin_wait2_exit_name)
FROM(states, TCPS_COUNT, tcp_state_otel_name)

static const char *sides(size_t i)
{
	static const char *const words[] = { "client", "server" };

	return i < 2 ? words[i] : NULL;
}

static const char *roles(size_t i)
{
	static const char *const words[] = { "client", "server", "both" };

	return i < 3 ? words[i] : NULL;
}

static const char *teardown_kinds(size_t i)
{
	static const char *const words[] = { "fin", "reset" };

	return i < 2 ? words[i] : NULL;
}

static const char *directions(size_t i)
{
	static const char *const words[] = { "egress", "ingress" };

	return i < 2 ? words[i] : NULL;
}

static const char *network_types(size_t i)
{
	static const char *const words[] = { "ipv4", "ipv6" };

	return i < 2 ? words[i] : NULL;
}

/* By the end of the path. */
static const struct {
	const char *end;
	const char *(*word)(size_t i);
} LISTS[] = {
	{ "tcp.ending", endings },
	{ "tcp.ended_by", ended_bys },
	{ "tcp.close_form", close_forms },
	{ "tcp.reset_origin", reset_origins },
	{ "fin_wait2.exit", fin_wait2_exits },
	{ "fin_wait2.form", fin_wait2_forms },
	{ "time_wait.exit", timewait_exits },
	{ "last_state", states },
	{ "in_state", states },
	{ "teardown.kind", teardown_kinds },
	{ "teardown.initiator", sides },
	{ "time_wait_peer.exit", timewait_exits },
	{ "fin_wait2.side", sides },
	{ "time_wait.side", sides },
	{ "time_wait_peer.side", sides },
	{ "role", roles },
	{ "network.direction", directions },
	{ "network.type", network_types },
};

const char *query_word_at(const struct field *f, size_t i)
{
	size_t len = strlen(f->path);

	for (size_t l = 0; l < sizeof(LISTS) / sizeof(LISTS[0]); l++) {
		size_t of = strlen(LISTS[l].end);

		if (len >= of && !strcmp(f->path + len - of, LISTS[l].end))
			return LISTS[l].word(i);
	}
	return NULL;
}
