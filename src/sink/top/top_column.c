// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/top/top_column.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/forecast.h"
#include "lib/human.h"
#include "sink/text/text.h"

#define NS_PER_S  1000000000ULL
#define NOT_KNOWN "-"

/* ---- keys ---- */

static struct top_key number_key(uint64_t n)
{
	return (struct top_key) { .high = n == TOP_NOT_KNOWN ? 0 : n };
}

static uint64_t eight_bytes(const uint8_t *p, size_t len)
{
	uint64_t n = 0;

	for (size_t i = 0; i < 8; i++)
		n = n << 8 | (i < len ? p[i] : 0);
	return n;
}

static struct top_key text_key(const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t len = strlen(text);

	return (struct top_key) { eight_bytes(p, len), len > 8 ? eight_bytes(p + 8, len - 8) : 0 };
}

static struct top_key end_key(const struct endpoint *e)
{
	return (struct top_key) { eight_bytes(e->addr, 8), eight_bytes(e->addr + 8, 8) };
}

/* ---- cells of several ---- */

static void put_count(struct strbuf *out, uint64_t n)
{
	if (n == TOP_NOT_KNOWN)
		strbuf_puts(out, NOT_KNOWN);
	else
		strbuf_uint(out, n);
}

/* "0", "834", "97.7K", "3.2G". */
static void put_bytes(struct strbuf *out, uint64_t n)
{
	static const char units[] = "KMGTP";
	double value = (double)n;
	size_t unit = 0;

	if (n == TOP_NOT_KNOWN || n < 1024) {
		put_count(out, n);
		return;
	}
	for (value /= 1024; value >= 999.5 && unit + 2 < sizeof(units); unit++)
		value /= 1024;
	strbuf_printf(out, value < 9.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

static void put_duration(struct strbuf *out, uint64_t ns, const struct top_now *now)
{
	if (ns == TOP_NOT_KNOWN)
		strbuf_puts(out, NOT_KNOWN);
	else
		human_duration(out, ns, now->style | HUMAN_COMPACT);
}

static void put_name(struct strbuf *out, const char *raw, const struct top_now *now)
{
	if (*raw)
		human_text(out, raw, strlen(raw), now->style);
	else
		strbuf_puts(out, NOT_KNOWN);
}

static void put_pid(struct strbuf *out, uint32_t pid)
{
	if (pid)
		strbuf_uint(out, pid);
	else
		strbuf_puts(out, NOT_KNOWN);
}

static void put_end(struct strbuf *out, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_SIZE];

	strbuf_puts(out, endpoint_text(e, text));
}

#define CELL(name) static void cell_##name(const struct top_item *i, const struct top_now *now, struct strbuf *out)
#define KEY(name, expression)                                                                                          \
	static struct top_key key_##name(const struct top_item *i, const struct top_now *now)                          \
	{                                                                                                              \
		return expression;                                                                                     \
	}

/* Columns that show a member as it is, and are sorted by it. */
#define NUMBER(name, member, put)                                                                                      \
	CELL(name)                                                                                                     \
	{                                                                                                              \
		put(out, i->member);                                                                                   \
	}                                                                                                              \
	KEY(name, number_key(i->member))
#define NAME(name, member)                                                                                             \
	CELL(name)                                                                                                     \
	{                                                                                                              \
		put_name(out, i->member, now);                                                                         \
	}                                                                                                              \
	KEY(name, text_key(i->member))
#define END(name, member)                                                                                              \
	CELL(name)                                                                                                     \
	{                                                                                                              \
		put_end(out, &i->member);                                                                              \
	}                                                                                                              \
	KEY(name, end_key(&i->member))
#define DURATION(name, ns)                                                                                             \
	CELL(name)                                                                                                     \
	{                                                                                                              \
		put_duration(out, ns, now);                                                                            \
	}                                                                                                              \
	KEY(name, number_key(ns))

/* ---- connections ---- */

static uint64_t until(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

static uint64_t age_ns(const struct top_row *r, const struct top_now *now)
{
	return until(r->start_ns, r->close_ns ? r->close_ns : now->now_ns);
}

CELL(age)
{
	if (i->row.existed)
		strbuf_putc(out, '>'); /* it began before the tracer */
	put_duration(out, age_ns(&i->row, now), now);
}
KEY(age, number_key(age_ns(&i->row, now)))

/* Local time; the fraction tells connections of one second apart. */
CELL(closed)
{
	uint64_t wall_ns = i->row.close_ns + (uint64_t)i->row.wall_offset_ns;
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	char text[16];
	struct tm tm;

	if (localtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%H:%M:%S", &tm))
		strbuf_puts(out, text);
}
KEY(closed, number_key(i->row.close_ns))

NUMBER(pid, row.pid, put_pid)
NAME(process, row.process)

CELL(role)
{
	strbuf_putc(out, i->row.role);
}
KEY(role, number_key((uint8_t)i->row.role))

END(local, row.local)
END(remote, row.remote)

CELL(state)
{
	strbuf_puts(out, tcp_state_name(i->row.state == TCPS_NEW_SYN_RECV ? TCPS_SYN_RECV : i->row.state));
}
KEY(state, number_key(i->row.state))

NUMBER(sent, row.sent, put_bytes)
NUMBER(received, row.received, put_bytes)
NUMBER(retransmits, row.retransmits, put_count)
DURATION(handshake, i->row.handshake_ns)

CELL(ending)
{
	const struct top_row *r = &i->row;

	strbuf_puts(out, ending_name(r->ending));
	if (r->ended_by == ENDED_BY_CLIENT || r->ended_by == ENDED_BY_SERVER)
		strbuf_printf(out, " by %s", ended_by_name(r->ended_by));
	if (!r->complete)
		strbuf_puts(out, " (incomplete)");
}
KEY(ending, text_key(ending_name(i->row.ending)))

CELL(fault)
{
	strbuf_puts(out, top_row_fault(&i->row) ?: NOT_KNOWN);
	if (i->row.ended_by == ENDED_BY_CLIENT || i->row.ended_by == ENDED_BY_SERVER)
		strbuf_printf(out, " by %s", ended_by_name(i->row.ended_by));
}
KEY(fault, text_key(top_row_fault(&i->row) ?: ""))

CELL(wait)
{
	const struct top_row *r = &i->row;

	if (r->wait == TOP_WAIT_NONE) {
		strbuf_puts(out, NOT_KNOWN);
		return;
	}
	strbuf_printf(out, "%c:", r->wait_side);
	switch (r->wait) {
	case TOP_WAIT_FIN:
		strbuf_puts(out, "finwait");
		break;
	case TOP_WAIT_RUNNING: /* whole seconds: it counts down */
		if (r->wait_until_ns)
			strbuf_printf(
				out, "%llus left",
				(unsigned long long)((until(now->now_ns, r->wait_until_ns) + NS_PER_S - 1) / NS_PER_S));
		else
			strbuf_puts(out, "running"); /* it began before the tracer */
		break;
	case TOP_WAIT_OVER:
		put_duration(out, r->wait_ns, now);
		break;
	case TOP_WAIT_NEVER:
		strbuf_puts(out, "never");
		break;
	default:
		strbuf_puts(out, "unseen");
	}
}

/* What is still running first, then by length. */
static struct top_key wait_key(const struct top_row *r, const struct top_now *now)
{
	if (r->wait == TOP_WAIT_RUNNING)
		return (struct top_key) { 2, until(now->now_ns, r->wait_until_ns) };
	if (r->wait == TOP_WAIT_OVER)
		return (struct top_key) { 1, r->wait_ns == TOP_NOT_KNOWN ? 0 : r->wait_ns };
	return (struct top_key) { 0, r->wait };
}
KEY(wait, wait_key(&i->row, now))

CELL(place)
{
	strbuf_puts(out, *i->row.place ? i->row.place : NOT_KNOWN);
}
KEY(place, text_key(i->row.place))

#define COL(head_, width_, most_, priority_, right_, descending_, name_)                                               \
	{                                                                                                              \
		head_, width_, most_, priority_, right_, descending_, cell_##name_, key_##name_                        \
	}

static const struct top_column open_columns[] = {
	COL("AGE", 7, 0, 2, true, true, age),
	COL("PID", 7, 0, 6, true, false, pid),
	COL("PROCESS", 9, 16, 3, false, false, process),
	COL("R", 1, 0, 7, false, false, role),
	COL("LOCAL", 15, 47, 8, false, false, local),
	COL("REMOTE", 15, 47, 1, false, false, remote),
	COL("STATE", 11, 0, 1, false, false, state),
	COL("SENT", 6, 0, 4, true, true, sent),
	COL("RECV", 6, 0, 4, true, true, received),
	COL("RETR", 5, 0, 5, true, true, retransmits),
	COL("HANDSHAKE", 9, 0, 9, true, true, handshake),
	COL("PLACE", 9, 40, 10, false, false, place),
};

static const struct top_column ended_columns[] = {
	COL("CLOSED", 8, 0, 3, false, true, closed),	  COL("PID", 7, 0, 9, true, false, pid),
	COL("PROCESS", 9, 16, 3, false, false, process),  COL("R", 1, 0, 10, false, false, role),
	COL("LOCAL", 15, 47, 11, false, false, local),	  COL("REMOTE", 15, 47, 1, false, false, remote),
	COL("ENDING", 16, 30, 1, false, false, ending),	  COL("LASTED", 7, 0, 2, true, true, age),
	COL("TIME_WAIT", 10, 0, 4, false, true, wait),	  COL("SENT", 6, 0, 6, true, true, sent),
	COL("RECV", 6, 0, 6, true, true, received),	  COL("RETR", 5, 0, 7, true, true, retransmits),
	COL("HANDSHAKE", 9, 0, 8, true, true, handshake), COL("PLACE", 9, 40, 12, false, false, place),
};

static const struct top_column fault_columns[] = {
	COL("AGE", 7, 0, 4, true, true, age),		COL("FAULT", 19, 30, 1, false, false, fault),
	COL("PID", 7, 0, 8, true, false, pid),		COL("PROCESS", 9, 16, 2, false, false, process),
	COL("R", 1, 0, 9, false, false, role),		COL("LOCAL", 15, 47, 6, false, false, local),
	COL("REMOTE", 15, 47, 1, false, false, remote), COL("CLOSED", 8, 0, 3, false, true, closed),
	COL("RETR", 5, 0, 5, true, true, retransmits),	COL("STATE", 11, 0, 7, false, false, state),
	COL("PLACE", 9, 40, 10, false, false, place),
};

/* ---- groups ---- */

NAME(label, group.label)
NUMBER(group_connections, group.connections, put_count)
NUMBER(group_open, group.open, put_count)
NUMBER(group_faults, group.faults, put_count)
NUMBER(group_waits, group.waits, put_count)
NUMBER(group_retransmits, group.retransmits, put_count)
NUMBER(group_sent, group.sent, put_bytes)
NUMBER(group_received, group.received, put_bytes)

static uint64_t mean_ns(const struct top_group *g)
{
	return g->handshakes ? g->handshake_sum_ns / g->handshakes : TOP_NOT_KNOWN;
}

DURATION(group_mean, mean_ns(&i->group))
DURATION(group_most, i->group.handshakes ? i->group.handshake_most_ns : TOP_NOT_KNOWN)

#define GROUP_COLUMNS(head)                                                                                            \
	{                                                                                                              \
		COL(head, 17, 50, 1, false, false, label), COL("CONNS", 6, 0, 1, true, true, group_connections),       \
			COL("OPEN", 6, 0, 3, true, true, group_open),                                                  \
			COL("FAULTS", 6, 0, 2, true, true, group_faults),                                              \
			COL("WAITS", 6, 0, 5, true, true, group_waits),                                                \
			COL("RETR", 5, 0, 4, true, true, group_retransmits),                                           \
			COL("SENT", 6, 0, 6, true, true, group_sent),                                                  \
			COL("RECV", 6, 0, 6, true, true, group_received),                                              \
			COL("HANDSHAKE", 9, 0, 7, true, true, group_mean),                                             \
			COL("LONGEST", 8, 0, 8, true, true, group_most),                                               \
	}

static const struct top_column process_columns[] = GROUP_COLUMNS("PROCESS");
static const struct top_column service_columns[] = GROUP_COLUMNS("SERVICE");
static const struct top_column peer_columns[] = GROUP_COLUMNS("PEER");
static const struct top_column place_columns[] = GROUP_COLUMNS("PLACE");

/* ---- listeners ---- */

CELL(listener_end)
{
	put_end(out, &i->listener.end);
}
KEY(listener_end, number_key(i->listener.end.port))

NUMBER(listener_pid, listener.pid, put_pid)
NAME(listener_process, listener.process)
NUMBER(listener_open, listener.open, put_count)
NUMBER(listener_half_open, listener.half_open, put_count)
NUMBER(listener_ended, listener.ended, put_count)
NUMBER(listener_faults, listener.faults, put_count)
NUMBER(listener_queue_full, listener.queue_full, put_count)
NUMBER(listener_netns, listener.netns, put_count)

static const struct top_column listener_columns[] = {
	COL("LISTENS AT", 21, 47, 1, false, false, listener_end),
	COL("PID", 7, 0, 2, true, false, listener_pid),
	COL("PROCESS", 9, 16, 1, false, false, listener_process),
	COL("OPEN", 6, 0, 1, true, true, listener_open),
	COL("HALF", 5, 0, 3, true, true, listener_half_open),
	COL("ENDED", 6, 0, 2, true, true, listener_ended),
	COL("FAULTS", 6, 0, 2, true, true, listener_faults),
	COL("QUEUE FULL", 10, 0, 4, true, true, listener_queue_full),
	COL("NETNS", 10, 0, 5, true, false, listener_netns),
};

/* ---- ports ---- */

END(port_remote, port.remote)

CELL(port_local)
{
	char text[ENDPOINT_TEXT_SIZE];

	strbuf_puts(out, endpoint_address(&i->port.local, text));
}
KEY(port_local, end_key(&i->port.local))

NUMBER(port_used, port.used, put_count)
NUMBER(port_wait, port.time_wait, put_count)

CELL(port_left)
{
	if (i->port.available)
		strbuf_uint(out, i->port.left);
	else
		strbuf_puts(out, "?");
}
KEY(port_left, number_key(i->port.available ? i->port.left : TOP_NOT_KNOWN - 1))

CELL(port_rate)
{
	strbuf_printf(out, "%.1f", (double)i->port.opened_per_minute / 60);
}
KEY(port_rate, number_key(i->port.opened_per_minute))

CELL(port_exhausted)
{
	if (i->port.exhausted_ns == FORECAST_NEVER)
		strbuf_puts(out, NOT_KNOWN);
	else if (!i->port.exhausted_ns)
		strbuf_puts(out, "now");
	else
		put_duration(out, i->port.exhausted_ns, now);
}
KEY(port_exhausted, ((struct top_key) { i->port.exhausted_ns, 0 }))

NAME(port_process, port.process)

CELL(port_advice)
{
	static const char *const words[REUSE_ADVICE_COUNT] = {
		[REUSE_WOULD_HELP] = "tcp_tw_reuse=1 would help",
		[REUSE_IS_ON] = "tcp_tw_reuse is on",
		[REUSE_WOULD_NOT] = "open ones hold most",
	};

	strbuf_puts(out, i->port.reuse < REUSE_ADVICE_COUNT && words[i->port.reuse] ? words[i->port.reuse] : "");
}
KEY(port_advice, number_key(i->port.reuse))

static const struct top_column port_columns[] = {
	COL("DESTINATION", 21, 47, 1, false, false, port_remote),
	COL("FROM", 15, 39, 4, false, false, port_local),
	COL("HELD", 6, 0, 1, true, true, port_used),
	COL("TIME_WAIT", 9, 0, 2, true, true, port_wait),
	COL("LEFT", 6, 0, 1, true, false, port_left),
	COL("OPENED/s", 8, 0, 3, true, true, port_rate),
	COL("EXHAUSTED", 9, 0, 2, true, false, port_exhausted),
	COL("PROCESS", 9, 16, 3, false, false, port_process),
	COL("ADVICE", 8, 25, 6, false, true, port_advice),
};

/* ---- which ---- */

#define LIST(columns, sorted)                                                                                          \
	{                                                                                                              \
		columns, sizeof(columns) / sizeof(columns[0]), sorted                                                  \
	}

const struct top_columns *top_columns_of(enum top_tab tab, enum top_grouping grouping)
{
	static const struct top_columns tabs[TABS] = {
		[TAB_OPEN] = LIST(open_columns, 0),	     [TAB_ENDED] = LIST(ended_columns, 0),
		[TAB_LISTENERS] = LIST(listener_columns, 0), [TAB_PORTS] = LIST(port_columns, 2),
		[TAB_FAULTS] = LIST(fault_columns, 7),
	};
	static const struct top_columns groups[GROUPINGS] = {
		[GROUP_PROCESS] = LIST(process_columns, 1),
		[GROUP_SERVICE] = LIST(service_columns, 1),
		[GROUP_PEER] = LIST(peer_columns, 1),
		[GROUP_PLACE] = LIST(place_columns, 1),
	};

	if (grouping == GROUP_NONE || !top_tab_has_connections(tab))
		return &tabs[tab];
	return &groups[grouping];
}

static size_t used_width(const uint16_t *widths, size_t count)
{
	size_t used = count ? count - 1 : 0;

	for (size_t i = 0; i < count; i++)
		used += widths[i];
	return used;
}

static size_t drop_least_important(const struct top_columns *columns, uint8_t *index, uint16_t *widths, size_t count)
{
	size_t worst = 0;

	for (size_t i = 1; i < count; i++) {
		if (columns->list[index[i]].priority >= columns->list[index[worst]].priority)
			worst = i;
	}
	count--;
	memmove(&index[worst], &index[worst + 1], (count - worst) * sizeof(index[0]));
	memmove(&widths[worst], &widths[worst + 1], (count - worst) * sizeof(widths[0]));
	return count;
}

size_t top_columns_fit(const struct top_columns *columns, size_t width, uint8_t index[TOP_COLUMNS_MAX],
		       uint16_t widths[TOP_COLUMNS_MAX])
{
	size_t count = columns->count < TOP_COLUMNS_MAX ? columns->count : TOP_COLUMNS_MAX, room;

	for (size_t i = 0; i < count; i++) {
		index[i] = (uint8_t)i;
		widths[i] = columns->list[i].width;
	}
	while (count > 1 && used_width(widths, count) > width)
		count = drop_least_important(columns, index, widths, count);
	room = width > used_width(widths, count) ? width - used_width(widths, count) : 0;
	/* A column's worth each in turn, so that two addresses grow alike. */
	for (bool grown = true; room && grown;) {
		grown = false;
		for (size_t i = 0; i < count && room; i++) {
			if (widths[i] >= columns->list[index[i]].most)
				continue;
			widths[i]++;
			room--;
			grown = true;
		}
	}
	return count;
}
