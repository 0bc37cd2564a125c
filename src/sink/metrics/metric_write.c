// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The families of a metric set. A series that may appear is there from the start, with 0: a rate over the first event
 * of its kind would else be none. */
#include <stdio.h>

#include "core/decode.h"
#include "core/record/conn_phase.h"
#include "sink/metrics/metric_set.h"

/* Endings of connections that were never established. */
static const uint8_t failures[] = { ENDING_REFUSED,
				    ENDING_UNANSWERED,
				    ENDING_UNREACHABLE,
				    ENDING_NO_LOCAL_PORT,
				    ENDING_HANDSHAKE_ABORTED,
				    ENDING_LISTENER_OVERFLOW,
				    ENDING_TIMED_OUT,
				    ENDING_KILLED,
				    ENDING_RESET,
				    ENDING_CLOSED,
				    ENDING_UNKNOWN };

static const char *role_name(int role)
{
	static const char *const names[ROLES] = { "client", "server", "both", "unknown" };

	return names[role];
}

/* Of listed ports and of names only what occurred: their series would be too many otherwise. */
static bool is_shown(const struct metric_set *m, const struct metric_group *g, int role)
{
	return g->role[role].seen || (g == m->group && role != ROLE_UNKNOWN);
}

/* Replaces what stands behind `at`. */
static const char *add_label(struct strbuf *labels, size_t at, const char *name, const char *value)
{
	labels->len = at;
	strbuf_printf(labels, "%s%s=\"%s\"", at ? "," : "", name, value);
	return strbuf_text(labels);
}

/* `role="client",port="80",container_name="web"`; no port at all if none was listed. Returns its length. */
static size_t begin_labels(const struct metric_set *m, const struct metric_group *g, int role, struct strbuf *out)
{
	char port[8];

	strbuf_reset(out);
	if (role >= 0)
		add_label(out, 0, "role", role_name(role));
	if (m->port_count > 1) {
		snprintf(port, sizeof(port), "%u", g->port);
		add_label(out, out->len, "port", g->port ? port : "other");
	}
	if (g->labels && g->labels[0])
		strbuf_printf(out, "%s%s", out->len ? "," : "", g->labels);
	return out->len;
}

#define for_each_role(m, g, role)                                                                                      \
	for (const struct metric_group *g = (m)->group; g < (m)->group + (m)->group_count; g++)                        \
		for (int role = 0; role < ROLES; role++)                                                               \
			if (is_shown(m, g, role))

static void write_endings(const struct metric_set *m, struct exposition *e, struct strbuf *labels)
{
	exposition_family(e, "tcplife_connections_closed", METRIC_COUNTER, "Connections that ended, and how.");
	for_each_role(m, g, role)
	{
		size_t at = begin_labels(m, g, role, labels);

		for (int ending = 0; ending < ENDING_COUNT; ending++) {
			if (ending == ENDING_OPEN)
				continue;
			exposition_counter(e, add_label(labels, at, "ending", ending_name(ending)),
					   g->role[role].closed[ending]);
		}
	}
	exposition_family(e, "tcplife_handshake_failures", METRIC_COUNTER,
			  "Connections that never were established, and why.");
	for_each_role(m, g, role)
	{
		size_t at = begin_labels(m, g, role, labels);

		for (size_t i = 0; i < sizeof(failures); i++) {
			exposition_counter(e, add_label(labels, at, "reason", ending_name(failures[i])),
					   g->role[role].failed[failures[i]]);
		}
	}
}

static void write_closed_first(const struct metric_set *m, struct exposition *e, struct strbuf *labels)
{
	exposition_family(e, "tcplife_closed_first", METRIC_COUNTER,
			  "Connections by the side that closed first: it is the one to hold TIME_WAIT.");
	for (const struct metric_group *g = m->group; g < m->group + m->group_count; g++) {
		size_t at = begin_labels(m, g, -1, labels);

		for (int side = CLIENT; side < SIDES; side++) {
			exposition_counter(e, add_label(labels, at, "side", side_name_text(side)),
					   g->closed_first[side]);
		}
	}
}

static void write_traffic(const struct metric_set *m, struct exposition *e, struct strbuf *labels)
{
	exposition_family(e, "tcplife_sent_bytes", METRIC_COUNTER,
			  "Payload sent from here by connections that closed (by the client if both ends are here).");
	for_each_role(m, g, role)
	{
		begin_labels(m, g, role, labels);
		exposition_counter(e, strbuf_text(labels), g->role[role].sent);
	}
	exposition_family(e, "tcplife_received_bytes", METRIC_COUNTER,
			  "Payload received here by connections that closed.");
	for_each_role(m, g, role)
	{
		begin_labels(m, g, role, labels);
		exposition_counter(e, strbuf_text(labels), g->role[role].received);
	}
	exposition_family(e, "tcplife_retransmits", METRIC_COUNTER, "Segments sent again, by phase.");
	for_each_role(m, g, role)
	{
		size_t at = begin_labels(m, g, role, labels);

		for (int phase = 0; phase < PHASE_TIME_WAIT; phase++) {
			exposition_counter(e, add_label(labels, at, "phase", conn_phase_name(phase)),
					   g->role[role].retransmits[phase]);
		}
	}
}

static void write_limited(const struct metric_set *m, struct exposition *e, struct strbuf *labels)
{
	exposition_family(e, "tcplife_connections_limited", METRIC_COUNTER,
			  "Connections that closed, by what kept the side that sent more from sending faster.");
	for_each_role(m, g, role)
	{
		size_t at = begin_labels(m, g, role, labels);

		for (enum limit l = LIMIT_APPLICATION; l < LIMITS; l++) {
			exposition_counter(e, add_label(labels, at, "by", limit_name(l)), g->role[role].limited[l]);
		}
	}
}

static void write_durations(const struct metric_set *m, struct exposition *e, struct strbuf *labels)
{
	exposition_family(e, "tcplife_handshake_duration_seconds", METRIC_HISTOGRAM,
			  "From the first SYN to the ACK of the SYN+ACK.");
	for_each_role(m, g, role)
	{
		begin_labels(m, g, role, labels);
		exposition_histogram(e, strbuf_text(labels), &g->role[role].handshake, &HANDSHAKE_BOUNDS);
	}
	exposition_family(e, "tcplife_connection_duration_seconds", METRIC_HISTOGRAM,
			  "From the first SYN until the last socket closed.");
	for_each_role(m, g, role)
	{
		begin_labels(m, g, role, labels);
		exposition_histogram(e, strbuf_text(labels), &g->role[role].duration, &DURATION_BOUNDS);
	}
	exposition_family(e, "tcplife_teardown_duration_seconds", METRIC_HISTOGRAM,
			  "From the first FIN to the ACK of the last, or to the RST.");
	exposition_histogram(e, "kind=\"fin\"", &m->teardown[TEARDOWN_FIN], &TEARDOWN_BOUNDS);
	exposition_histogram(e, "kind=\"reset\"", &m->teardown[TEARDOWN_RESET], &TEARDOWN_BOUNDS);
	exposition_family(e, "tcplife_time_wait_duration_seconds", METRIC_HISTOGRAM,
			  "How long TIME_WAIT lasted, as measured.");
	exposition_histogram(e, "", &m->time_wait, &TIME_WAIT_BOUNDS);
}

void metric_set_write(const struct metric_set *m, struct exposition *e)
{
	struct strbuf labels = { 0 };

	exposition_family(e, "tcplife_connections_opened", METRIC_COUNTER,
			  "Connections first seen. Their role is known only later: connections_closed has it.");
	exposition_counter(e, "family=\"ipv4\"", m->opened[0]);
	exposition_counter(e, "family=\"ipv6\"", m->opened[1]);
	write_endings(m, e, &labels);
	write_closed_first(m, e, &labels);
	write_traffic(m, e, &labels);
	write_limited(m, e, &labels);
	write_durations(m, e, &labels);
	exposition_family(e, "tcplife_time_wait_exits", METRIC_COUNTER, "TIME_WAITs that are over, and why.");
	for (int i = 0; i < TIMEWAIT_EXIT_COUNT; i++) {
		if (i == TIMEWAIT_EXIT_RUNNING)
			continue;
		exposition_counter(e, add_label(&labels, 0, "exit", timewait_exit_name(i)), m->exits[i]);
	}
	exposition_family(e, "tcplife_events", METRIC_COUNTER, "Events that came from the kernel, by kind.");
	for (int kind = EVENT_STATE; kind < EVENT_KINDS; kind++) {
		exposition_counter(e, add_label(&labels, 0, "type", event_kind_name(kind)), m->events[kind]);
	}
	if (m->labels) {
		exposition_family(
			e, "tcplife_metrics_labels_other", METRIC_COUNTER,
			"Connections whose combination of --metrics-labels found no place: the label is other.");
		exposition_counter(e, "", m->named_other);
	}
	e->out->failed |= labels.failed;
	strbuf_free(&labels);
}
