// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* One function for each column: its text for one connection, and the shorter forms for narrow columns. */
#include "sink/text/table_cell.h"

#include <string.h>

#include "core/cgroup.h"
#include "core/ending.h"
#include "core/record/conn_phase.h"
#include "core/record/conn_traffic.h"
#include "sink/text/text.h"

#define NOT_KNOWN "-"

/* ---- what both need ---- */

static char side_letter(int side)
{
	return side == CLIENT ? 'C' : 'S';
}

static bool refused_minisocket_side(const struct conn *c, int *side)
{
	for (*side = CLIENT; *side < SIDES; (*side)++) {
		if (c->side[*side].timewait.exit == TIMEWAIT_EXIT_NEVER_CREATED)
			return true;
	}
	return false;
}

static const struct actor *actor_of(const struct row *r)
{
	return conn_actor(r->c, r->local);
}

/* accept() was not seen: the name is that of the listener's owner. */
static bool is_listener(const struct conn *c, const struct actor *a)
{
	return a->certainty == ACTOR_LISTENER || a == &c->side[SERVER].actor[OPENER];
}

static bool phase_ns(const struct row *r, enum phase p, uint64_t *ns)
{
	struct span span;

	if (!conn_phase(r->c, p, &span) || !span.end_ns)
		return false;
	*ns = span.end_ns - span.begin_ns;
	return true;
}

static bool has_handshake(const struct row *r, uint64_t *ns)
{
	const struct conn *c = r->c;

	/* What ends where the handshake failed is not a handshake's length. */
	return conn_handshake_completed(c) && phase_ns(r, PHASE_HANDSHAKE, ns);
}

static bool has_teardown(const struct row *r, uint64_t *ns)
{
	return conn_first_closer(r->c) >= 0 && phase_ns(r, PHASE_TEARDOWN, ns);
}

static uint64_t duration_ns(const struct row *r)
{
	return r->closed_ns > r->c->start_ns ? r->closed_ns - r->c->start_ns : 0;
}

static void put_ms(struct strbuf *out, uint64_t ns, int decimals)
{
	strbuf_printf(out, "%.*f", decimals, (double)ns / 1e6);
}

/* ---- tcplife's columns ---- */

static void cell_time(const struct row *r, size_t width, struct strbuf *out)
{
	text_wall_clock(out, r->c, r->closed_ns, "%H:%M:%S", 0);
}

static void cell_seconds(const struct row *r, size_t width, struct strbuf *out)
{
	uint64_t ns = r->closed_ns > r->began_ns ? r->closed_ns - r->began_ns : 0;

	strbuf_printf(out, "%.3f", (double)ns / 1e9);
}

static void cell_pid(const struct row *r, size_t width, struct strbuf *out)
{
	const struct actor *a = actor_of(r);

	if (a && a->pid)
		strbuf_uint(out, a->pid);
	else
		strbuf_puts(out, NOT_KNOWN);
}

static void put_actor(const struct row *r, enum side_name side, struct strbuf *out)
{
	const struct actor *a = conn_actor(r->c, side);

	text_actor_name(out, a, r->style);
	if (a && is_listener(r->c, a))
		strbuf_putc(out, '*');
}

#define BOTH_LEAST 12 /* columns; in fewer, neither of two names could be read */

/* Where both ends are here, who to whom. */
static void cell_comm(const struct row *r, size_t width, struct strbuf *out)
{
	const struct conn *c = r->c;

	if ((width && width < BOTH_LEAST) || !conn_actor(c, CLIENT) || !conn_actor(c, SERVER)) {
		put_actor(r, r->local, out);
		return;
	}
	put_actor(r, CLIENT, out);
	strbuf_puts(out, r->style & HUMAN_UTF8 ? "→" : "->");
	put_actor(r, SERVER, out);
}

static void put_address(const struct row *r, enum side_name side, size_t width, struct strbuf *out)
{
	char buf[ENDPOINT_TEXT_SIZE];
	const char *domain = r->c->side[side].domain;

	if (!domain)
		endpoint_address(&r->c->flow.end[side], buf);
	if (width)
		human_cut_middle(out, domain ?: buf, width, r->style);
	else
		strbuf_puts(out, domain ?: buf);
}

static void cell_laddr(const struct row *r, size_t width, struct strbuf *out)
{
	put_address(r, r->local, width, out);
}

static void cell_raddr(const struct row *r, size_t width, struct strbuf *out)
{
	put_address(r, other_side(r->local), width, out);
}

static void cell_lport(const struct row *r, size_t width, struct strbuf *out)
{
	strbuf_uint(out, r->c->flow.end[r->local].port);
}

static void cell_rport(const struct row *r, size_t width, struct strbuf *out)
{
	strbuf_uint(out, r->c->flow.end[other_side(r->local)].port);
}

static void put_kb(const struct row *r, enum side_name side, size_t width, struct strbuf *out)
{
	static const char units[] = { 0, 'M', 'G', 'T' };
	size_t from = out->len, unit = 0;
	uint64_t bytes;

	if (!conn_bytes(r->c, side, &bytes)) {
		strbuf_puts(out, NOT_KNOWN);
		return;
	}
	strbuf_uint(out, bytes >> 10);
	for (bytes >>= 10; width && out->len - from > width && unit + 1 < sizeof(units); unit++) {
		bytes >>= 10;
		out->len = from;
		strbuf_uint(out, bytes);
		strbuf_putc(out, units[unit + 1]);
	}
}

static void cell_tx_kb(const struct row *r, size_t width, struct strbuf *out)
{
	put_kb(r, r->local, width, out);
}

static void cell_rx_kb(const struct row *r, size_t width, struct strbuf *out)
{
	put_kb(r, other_side(r->local), width, out);
}

/* Two decimals as tcplife has, fewer where they do not fit. */
static void cell_ms(const struct row *r, size_t width, struct strbuf *out)
{
	size_t from = out->len;

	for (int decimals = 2; decimals >= 0; decimals--) {
		out->len = from;
		if (r->c->flags & CONN_EXISTED)
			strbuf_putc(out, '>'); /* it began before the tracer */
		put_ms(out, duration_ns(r), decimals);
		if (!width || out->len - from <= width)
			return;
	}
}

/* ---- ours ---- */

static void cell_role(const struct row *r, size_t width, struct strbuf *out)
{
	strbuf_putc(out, text_role_letter(r->c));
}

static void cell_handshake(const struct row *r, size_t width, struct strbuf *out)
{
	uint64_t ns;

	if (has_handshake(r, &ns))
		human_duration(out, ns, r->style | HUMAN_COMPACT);
	else
		strbuf_puts(out, NOT_KNOWN);
}

/* Who sent the first FIN, and how many segments it took. */
static void cell_close(const struct row *r, size_t width, struct strbuf *out)
{
	static const char *const forms[CLOSE_FORM_COUNT] = {
		[CLOSE_FORM_NONE] = "fin",
		[CLOSE_FORM_FOUR_WAY] = "4-way",
		[CLOSE_FORM_THREE_WAY] = "3-way",
		[CLOSE_FORM_SIMULTANEOUS] = "both",
	};
	unsigned int form = r->c->verdict.close_form;
	int first = conn_first_closer(r->c);

	if (first < 0) {
		strbuf_puts(out, NOT_KNOWN);
		return;
	}
	strbuf_putc(out, form == CLOSE_FORM_SIMULTANEOUS ? 'B' : side_letter(first));
	strbuf_printf(out, ":%s", form < CLOSE_FORM_COUNT ? forms[form] : forms[CLOSE_FORM_NONE]);
}

static void cell_teardown(const struct row *r, size_t width, struct strbuf *out)
{
	uint64_t ns;

	if (conn_unclosed_side(r->c) >= 0)
		strbuf_puts(out, "running");
	else if (has_teardown(r, &ns))
		human_duration(out, ns, r->style | HUMAN_COMPACT);
	else
		strbuf_puts(out, NOT_KNOWN);
}

/* Who holds it, and how long it was; "running" while it is. */
static void cell_time_wait(const struct row *r, size_t width, struct strbuf *out)
{
	int side = text_minisocket_side(r->c);
	const struct timewait *tw;

	if (side < 0) {
		if (refused_minisocket_side(r->c, &side))
			strbuf_printf(out, "%c:never", side_letter(side));
		else
			strbuf_puts(out, NOT_KNOWN);
		return;
	}
	tw = &r->c->side[side].timewait;
	strbuf_printf(out, "%c:", side_letter(side));
	if (!tw->entered_ns)
		strbuf_puts(out, tw->ended_ns ? "none" : "finwait");
	else if (!tw->ended_ns)
		strbuf_puts(out, "running");
	else if (!timewait_is_measured(tw))
		strbuf_puts(out, "older"); /* it began before the tracer */
	else if (!timewait_end_is_seen(tw))
		strbuf_puts(out, "unseen");
	else
		human_duration(out, tw->ended_ns - tw->entered_ns, r->style | HUMAN_COMPACT);
}

/* Adds a word if it still fits: the important ones come first. */
static void put_if_room(struct strbuf *out, size_t from, size_t width, const char *lead, const char *word)
{
	if (!width || human_width(strbuf_text(out) + from) + human_width(lead) + human_width(word) <= width) {
		strbuf_puts(out, lead);
		strbuf_puts(out, word);
	}
}

static void cell_ending(const struct row *r, size_t width, struct strbuf *out)
{
	const struct verdict *v = &r->c->verdict;
	size_t from = out->len;

	strbuf_puts(out, ending_name(v->ending));
	if (v->ending == ENDING_RESET || v->ending == ENDING_HANDSHAKE_ABORTED) {
		if (v->reset_origin == RESET_ORIGIN_PATH)
			put_if_room(out, from, width, "", " on the path");
		else if (v->ended_by != ENDED_BY_UNKNOWN)
			put_if_room(out, from, width, " by ", ended_by_name(v->ended_by));
		if (*reset_reason_help(v->reset_reason))
			put_if_room(out, from, width, ": ", reset_reason_help(v->reset_reason));
	}
	if (v->ending == ENDING_TIMED_OUT && v->in_state)
		put_if_room(out, from, width, " in ", tcp_state_name(v->in_state));
	if (v->ending == ENDING_OPEN && conn_unclosed_side(r->c) >= 0)
		put_if_room(out, from, width, " in ", tcp_state_name(TCPS_CLOSE_WAIT));
	if (!(r->c->flags & CONN_COMPLETE))
		put_if_room(out, from, width, " ", "(incomplete)");
}

static void put_text(struct strbuf *out, const char *text, unsigned int style)
{
	human_text(out, text, strlen(text), style);
}

/* Namespace, pod and container of Kubernetes; else the container's name or the first digits of its id; else the unit.
 */
static void cell_where(const struct row *r, size_t width, struct strbuf *out)
{
	const struct cgroup *g = side_cgroup(&r->c->side[r->local]);
	const struct container_names *n = g ? &g->names : NULL;

	if (g && n->pod[0]) {
		put_text(out, n->namespace, r->style);
		strbuf_putc(out, '/');
		put_text(out, n->pod, r->style);
		strbuf_puts(out, n->k8s_name[0] ? "/" : "");
		put_text(out, n->k8s_name, r->style);
	} else if (g && n->name[0]) {
		put_text(out, n->name, r->style);
	} else if (g && g->place.container[0]) {
		strbuf_printf(out, "%.12s", g->place.container);
	} else if (g && g->place.unit[0]) {
		put_text(out, g->place.unit, r->style);
	} else {
		strbuf_puts(out, NOT_KNOWN);
	}
}

const struct column TABLE_WHERE = { "WHERE", 16, 48, 3, LEFT, cell_where };

const struct column TABLE_OPTIONAL[OPTIONAL_COLUMNS] = {
	[COLUMN_TIME] = { "TIME", 8, 0, 1, LEFT, cell_time },
	[COLUMN_SECONDS] = { "TIME(s)", 9, 0, 1, LEFT, cell_seconds },
};

const struct column TABLE_COLUMNS[] = {
	{ "PID", 7, 0, 3, LEFT, cell_pid },
	{ "COMM", 8, 16, 3, LEFT, cell_comm },
	{ "LADDR", 15, 25, 10, ADDRESS, cell_laddr },
	{ "LPORT", 5, 0, 4, LEFT, cell_lport },
	{ "RADDR", 15, 25, 2, ADDRESS, cell_raddr },
	{ "RPORT", 5, 0, 2, LEFT, cell_rport },
	{ "TX_KB", 6, 0, 8, RIGHT, cell_tx_kb },
	{ "RX_KB", 6, 0, 8, RIGHT, cell_rx_kb },
	{ "MS", 9, 0, 2, RIGHT, cell_ms },
	{ "R", 1, 0, 5, LEFT, cell_role },
	{ "HANDSHAKE", 9, 0, 6, RIGHT, cell_handshake },
	{ "CLOSE", 7, 0, 7, LEFT, cell_close },
	{ "TEARDOWN", 8, 0, 9, RIGHT, cell_teardown },
	{ "TIME_WAIT", 9, 0, 4, LEFT, cell_time_wait },
	{ "ENDING", 10, 255, 1, LEFT, cell_ending },
};

const size_t TABLE_COLUMN_COUNT = sizeof(TABLE_COLUMNS) / sizeof(TABLE_COLUMNS[0]);

/* ---- CSV ---- */

static void csv_pid(const struct row *r, size_t width, struct strbuf *out)
{
	const struct actor *a = actor_of(r);

	if (a && a->pid)
		strbuf_uint(out, a->pid);
}

static void csv_comm(const struct row *r, size_t width, struct strbuf *out)
{
	const struct actor *a = actor_of(r);

	if (a)
		human_text(out, a->comm, sizeof(a->comm), r->style);
}

static void csv_ip(const struct row *r, size_t width, struct strbuf *out)
{
	strbuf_putc(out, endpoint_is_ipv4(&r->c->flow.end[CLIENT]) ? '4' : '6');
}

static void csv_kb(const struct row *r, enum side_name side, struct strbuf *out)
{
	uint64_t bytes;

	if (conn_bytes(r->c, side, &bytes))
		strbuf_uint(out, bytes >> 10);
}

static void csv_tx_kb(const struct row *r, size_t width, struct strbuf *out)
{
	csv_kb(r, r->local, out);
}

static void csv_rx_kb(const struct row *r, size_t width, struct strbuf *out)
{
	csv_kb(r, other_side(r->local), out);
}

static void csv_ms(const struct row *r, size_t width, struct strbuf *out)
{
	put_ms(out, duration_ns(r), 3);
}

static void csv_role(const struct row *r, size_t width, struct strbuf *out)
{
	const char *role = conn_role(r->c);

	strbuf_puts(out, role ? role : "");
}

static void csv_pid_of(const struct row *r, size_t width, struct strbuf *out)
{
	const struct actor *a = actor_of(r);

	if (a)
		strbuf_puts(out, is_listener(r->c, a) ? "listener" : r->local == CLIENT ? "opener" : "acceptor");
}

static void csv_handshake_ms(const struct row *r, size_t width, struct strbuf *out)
{
	uint64_t ns;

	if (has_handshake(r, &ns))
		put_ms(out, ns, 3);
}

static void csv_first_closer(const struct row *r, size_t width, struct strbuf *out)
{
	int first = conn_first_closer(r->c);

	if (first >= 0)
		strbuf_puts(out, side_name_text(first));
}

static void csv_close_form(const struct row *r, size_t width, struct strbuf *out)
{
	if (r->c->verdict.close_form != CLOSE_FORM_NONE)
		strbuf_puts(out, close_form_name(r->c->verdict.close_form));
}

static void csv_teardown_ms(const struct row *r, size_t width, struct strbuf *out)
{
	uint64_t ns;

	if (has_teardown(r, &ns))
		put_ms(out, ns, 3);
}

static void csv_time_wait_side(const struct row *r, size_t width, struct strbuf *out)
{
	int side = conn_timewait_side(r->c);

	if (side >= 0 || refused_minisocket_side(r->c, &side))
		strbuf_puts(out, side_name_text(side));
}

static void csv_time_wait_ms(const struct row *r, size_t width, struct strbuf *out)
{
	uint64_t ns;

	if (phase_ns(r, PHASE_TIME_WAIT, &ns))
		put_ms(out, ns, 3);
}

static void csv_time_wait_exit(const struct row *r, size_t width, struct strbuf *out)
{
	int side = conn_timewait_side(r->c);

	if (side >= 0 || refused_minisocket_side(r->c, &side))
		strbuf_puts(out, timewait_exit_name(r->c->side[side].timewait.exit));
}

static void csv_ending(const struct row *r, size_t width, struct strbuf *out)
{
	strbuf_puts(out, ending_name(r->c->verdict.ending));
}

static void csv_ended_by(const struct row *r, size_t width, struct strbuf *out)
{
	if (r->c->verdict.ended_by != ENDED_BY_UNKNOWN)
		strbuf_puts(out, ended_by_name(r->c->verdict.ended_by));
}

static void csv_reset_reason(const struct row *r, size_t width, struct strbuf *out)
{
	if (r->c->verdict.reset_reason != RESET_UNKNOWN)
		strbuf_puts(out, reset_reason_name(r->c->verdict.reset_reason));
}

static void csv_complete(const struct row *r, size_t width, struct strbuf *out)
{
	strbuf_putc(out, r->c->flags & CONN_COMPLETE ? '1' : '0');
}

const struct csv_column CSV_OPTIONAL[OPTIONAL_COLUMNS] = {
	[COLUMN_TIME] = { "TIME", cell_time },
	[COLUMN_SECONDS] = { "TIME(s)", cell_seconds },
};

const struct csv_column CSV_COLUMNS[] = {
	{ "PID", csv_pid },
	{ "COMM", csv_comm },
	{ "IP", csv_ip },
	{ "LADDR", cell_laddr },
	{ "LPORT", cell_lport },
	{ "RADDR", cell_raddr },
	{ "RPORT", cell_rport },
	{ "TX_KB", csv_tx_kb },
	{ "RX_KB", csv_rx_kb },
	{ "MS", csv_ms },
	{ "ROLE", csv_role },
	{ "PID_IS", csv_pid_of },
	{ "HANDSHAKE_MS", csv_handshake_ms },
	{ "FIRST_CLOSER", csv_first_closer },
	{ "CLOSE_FORM", csv_close_form },
	{ "TEARDOWN_MS", csv_teardown_ms },
	{ "TIME_WAIT_SIDE", csv_time_wait_side },
	{ "TIME_WAIT_MS", csv_time_wait_ms },
	{ "TIME_WAIT_EXIT", csv_time_wait_exit },
	{ "ENDING", csv_ending },
	{ "ENDED_BY", csv_ended_by },
	{ "RESET_REASON", csv_reset_reason },
	{ "COMPLETE", csv_complete },
};

const size_t CSV_COLUMN_COUNT = sizeof(CSV_COLUMNS) / sizeof(CSV_COLUMNS[0]);
