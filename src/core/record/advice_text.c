// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The lines of advice: about this host as it is, where its facts are known and concern it, else in general. */
#include <stdio.h>

#include "core/record/advice.h"

typedef bool (*advise_fn)(const struct advice *a, const struct host_facts *f, struct strbuf *out);

static bool is_known(const struct host_facts *f, enum host_setting s)
{
	return f->setting[s] != HOST_NOT_KNOWN;
}

/* "somaxconn is 4096" */
static void put_setting(struct strbuf *out, const struct host_facts *f, enum host_setting s)
{
	strbuf_printf(out, "%s is %lld", host_setting_name(s), (long long)f->setting[s]);
}

static void put_general(const struct advice *a, struct strbuf *out);

/* The general line, and the setting that it names. */
static bool put_with(const struct advice *a, const struct host_facts *f, enum host_setting s, struct strbuf *out)
{
	if (!is_known(f, s))
		return false;
	put_general(a, out);
	strbuf_puts(out, "; ");
	put_setting(out, f, s);
	return true;
}

static bool accept_queue(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	const struct host_listener *l = host_listener_at(f, &a->end);
	char text[ENDPOINT_TEXT_SIZE];

	if (!l || !is_known(f, HOST_SOMAXCONN))
		return false;
	strbuf_printf(out, "the accept queue of %s holds %u: ", host_listener_text(l, text), l->limit);
	if (l->limit < f->setting[HOST_SOMAXCONN])
		strbuf_puts(out, "raise listen()'s backlog");
	else
		strbuf_puts(out, "raise somaxconn, and listen()'s backlog if it is no larger");
	strbuf_puts(out, "; ");
	put_setting(out, f, HOST_SOMAXCONN);
	return true;
}

static bool abort_on_overflow(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	if (f->setting[HOST_ABORT_ON_OVERFLOW] <= 0)
		return false;
	strbuf_puts(out, "tcp_abort_on_overflow is 1: a full accept queue resets; ");
	if (!accept_queue(a, f, out))
		strbuf_puts(out, "set it to 0, and raise listen()'s backlog");
	return true;
}

static bool refused(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	const struct host_listener *l = host_listener_at(f, &a->end), *beside = host_listener_beside(f, &a->end);
	char text[ENDPOINT_TEXT_SIZE], wanted[ENDPOINT_TEXT_SIZE];

	if (!f->listeners_known)
		return false;
	if (l && a->answered_by_tcp)
		strbuf_printf(out, "%s is listened on by now: the client came before the program was ready",
			      host_listener_text(l, text));
	else if (l)
		strbuf_printf(out, "%s is listened on: a packet filter may have sent the RST: nft list ruleset",
			      host_listener_text(l, text));
	else if (beside)
		strbuf_printf(out, "only %s is listened on: bind %s too, or all addresses",
			      host_listener_text(beside, text), endpoint_address(&a->end, wanted));
	else
		strbuf_printf(out, "nobody listens on %u: start the program, or mend the client's port", a->end.port);
	return true;
}

static bool unanswered(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	return put_with(a, f, HOST_SYN_RETRIES, out);
}

/* "40000-40099 are 100 ports" */
static void put_range(struct strbuf *out, const struct local_ports *p)
{
	strbuf_printf(out, "ip_local_port_range has %u ports (%u-%u)", local_ports_count(p), p->low, p->high);
}

static bool no_local_port(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	bool loopback = endpoint_is_loopback(&a->end);
	bool reuses = f->ports.tw_reuse == 1 || (f->ports.tw_reuse == 2 && loopback);

	if (!f->ports.known)
		return false;
	if (a->time_wait && !reuses)
		strbuf_printf(out, "tcp_tw_reuse=1 would free %u ports; ", a->time_wait);
	put_range(out, &f->ports);
	if (a->reuse == REUSE_WOULD_NOT)
		strbuf_puts(out, ", and open connections hold most: share them");
	else if (reuses)
		strbuf_puts(out, ": widen it, or share connections; tcp_tw_reuse is on");
	else if (a->time_wait)
		strbuf_puts(out, ": or widen it");
	else
		strbuf_printf(out, " and tcp_tw_reuse is %u: widen the one, or set the other to 1", f->ports.tw_reuse);
	return true;
}

static bool fin_wait2(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	return put_with(a, f, HOST_FIN_TIMEOUT, out);
}

static bool timed_out(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	return put_with(a, f, HOST_RETRIES2, out);
}

static bool memory(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	return put_with(a, f, HOST_MAX_ORPHANS, out);
}

static bool forgotten(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	return put_with(a, f, HOST_KEEPALIVE_TIME, out);
}

static bool unclosed(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	(void)f;
	put_general(a, out);
	strbuf_puts(out, ": ss -tanp state close-wait");
	return true;
}

static bool tw_buckets(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	return put_with(a, f, HOST_MAX_TW_BUCKETS, out);
}

/* The last of three values, which is the most that the kernel gives by itself. */
static bool put_most(const struct advice *a, const struct host_facts *f, enum host_setting s, struct strbuf *out)
{
	if (!is_known(f, s))
		return false;
	put_general(a, out);
	strbuf_printf(out, "; %s ends at %lld bytes", host_setting_name(s), (long long)f->setting[s]);
	return true;
}

static bool receiver_window(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	return put_most(a, f, HOST_RMEM_MAX, out);
}

static bool send_buffer(const struct advice *a, const struct host_facts *f, struct strbuf *out)
{
	return put_most(a, f, HOST_WMEM_MAX, out);
}

/* Rules without a function have nothing to say of this host. */
static const advise_fn HERE[ADVICE_COUNT] = {
	[ADVICE_ACCEPT_QUEUE] = accept_queue,
	[ADVICE_ABORT_ON_OVERFLOW] = abort_on_overflow,
	[ADVICE_REFUSED] = refused,
	[ADVICE_UNANSWERED] = unanswered,
	[ADVICE_NO_LOCAL_PORT] = no_local_port,
	[ADVICE_FIN_WAIT2] = fin_wait2,
	[ADVICE_TIMED_OUT] = timed_out,
	[ADVICE_MEMORY] = memory,
	[ADVICE_FORGOTTEN] = forgotten,
	[ADVICE_UNCLOSED] = unclosed,
	[ADVICE_TW_BUCKETS] = tw_buckets,
	[ADVICE_RECEIVER_WINDOW] = receiver_window,
	[ADVICE_SEND_BUFFER] = send_buffer,
};

static void put_general(const struct advice *a, struct strbuf *out)
{
	static const char *const texts[ADVICE_COUNT] = { [ADVICE_NONE] = "",
#define _(name, text) [ADVICE_##name] = (text),
							 ADVICES(_)
#undef _
	};
	char address[ENDPOINT_TEXT_SIZE];

	for (const char *p = texts[a->rule]; *p; p++) {
		if (*p != '$')
			strbuf_putc(out, *p);
		else if (*++p == 'A')
			strbuf_puts(out, endpoint_address(&a->end, address));
		else
			strbuf_printf(out, "%u", a->end.port);
	}
}

bool advice_is_about_host(const struct advice *a)
{
	return a->rule < ADVICE_COUNT && a->netns && HERE[a->rule];
}

void advice_text(const struct advice *a, const struct host_facts *facts, struct strbuf *out)
{
	if (a->rule >= ADVICE_COUNT)
		return;
	if (facts && advice_is_about_host(a) && facts->netns == a->netns && HERE[a->rule](a, facts, out))
		return;
	put_general(a, out);
}

const char *advice_name(enum advice_rule rule)
{
	static const char *const names[ADVICE_COUNT] = { [ADVICE_NONE] = "NONE",
#define _(name, text) [ADVICE_##name] = #name,
							 ADVICES(_)
#undef _
	};

	return rule < ADVICE_COUNT ? names[rule] : "NONE";
}
