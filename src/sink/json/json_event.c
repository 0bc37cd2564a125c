// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides how the moments of a connection appear in a record's "events": which states a step leads to by RFC 9293, and
 * which kernel events stand for none.
 */
#include "sink/json/json_event.h"

#include <string.h>

#include "core/decode.h"
#include "core/ending.h"
#include "core/icmp.h"
#include "core/tcp_state.h"

static const char *state_word(unsigned int state)
{
	return state ? tcp_state_otel_name(state) : "";
}

static const char *action_word(unsigned int action)
{
	static const char *const words[TIMEWAIT_ACTIONS] = {
		[TIMEWAIT_START] = "start",
		[TIMEWAIT_REFUSED] = "refused",
		[TIMEWAIT_RESTART] = "restart",
		[TIMEWAIT_END] = "end",
	};

	return action < TIMEWAIT_ACTIONS && words[action] ? words[action] : "";
}

static const char *errno_word(unsigned int err)
{
	const char *name = strerrorname_np((int)err);

	return name ? name : "";
}

/* A SYN+ACK is sent again from its request: the kernel reports no number of it (EVENT_RETRANSMIT). */
static void numbers_of(const struct moment *m, struct event_facts *f)
{
	bool is_segment = m->kind == EVENT_SEGMENT || m->kind == EVENT_DROP;

	f->has_seq = is_segment || m->kind == EVENT_ICMP ||
		     (m->kind == EVENT_RETRANSMIT && m->old_state != TCPS_NEW_SYN_RECV);
	f->has_ack = is_segment && (m->tcp_flags & TCP_FLAG_ACK_BIT);
	f->has_bytes = is_segment;
	if (is_segment)
		tcp_flag_letters(m->tcp_flags, f->flags);
}

static struct event_facts facts_of(const struct moment *m)
{
	struct event_facts f = { .old_state = "", .new_state = "", .reason = "" };

	numbers_of(m, &f);
	switch (m->kind) {
	case EVENT_STATE:
		f.old_state = state_word(m->old_state);
		f.new_state = state_word(m->new_state);
		break;
	case EVENT_RETRANSMIT:
		f.old_state = f.new_state = state_word(m->old_state);
		break;
	case EVENT_RESET:
		f.reason = m->tcp_flags == RESET_UNKNOWN ? "" : reset_reason_name(m->tcp_flags);
		break;
	case EVENT_DROP:
		f.reason = m->arg == DROP_UNKNOWN ? "" : drop_reason_name(m->arg);
		break;
	case EVENT_ICMP:
		f.reason = icmp_text(m->old_state, m->tcp_flags, m->arg);
		break;
	case EVENT_ERROR:
		f.old_state = state_word(m->old_state);
		f.reason = errno_word(m->arg);
		break;
	case EVENT_TIMEWAIT:
		f.new_state = state_word(m->new_state);
		f.reason = m->old_state == TIMEWAIT_END ? timewait_exit_name(m->tcp_flags) : action_word(m->old_state);
		break;
	}
	return f;
}

/* A step of the state machine that a minisocket's moment stands for. */
static struct event_facts step(unsigned int from, unsigned int to, const char *reason)
{
	return (struct event_facts) { .old_state = state_word(from), .new_state = state_word(to), .reason = reason };
}

/*
 * A socket's step into CLOSE is no state change of TCP where a minisocket goes on (tcp_time_wait()), and a minisocket's
 * own state changes have no tracepoint. Reported are the states of RFC 9293, so that each side's steps follow one
 * another.
 */
static const struct timewait *successor(const struct conn *c, const struct moment *m)
{
	const struct timewait *tw = &c->side[m->side].timewait;

	return m->kind == EVENT_STATE && m->new_state == TCPS_CLOSE && tw->made_ns && !tw->existed ? tw : NULL;
}

/* Still in FIN_WAIT2, but as a minisocket. */
static bool is_no_step(const struct conn *c, const struct moment *m)
{
	const struct timewait *tw = successor(c, m);

	return tw && tw->was_fin_wait2;
}

static bool enters_timewait(const struct conn *c, const struct moment *m)
{
	const struct timewait *tw = &c->side[m->side].timewait;

	return m->kind == EVENT_TIMEWAIT && m->old_state == TIMEWAIT_RESTART && tw->was_fin_wait2 &&
	       m->ts_ns == tw->entered_ns;
}

static bool is_end(const struct moment *m)
{
	return m->kind == EVENT_TIMEWAIT && m->old_state == TIMEWAIT_END;
}

/* Longest: the literals, five numbers, and words of which a reset's reason (26 letters) is the longest. */
#define EVENT_TEXT_MAX 512

/* Up to 40 events stand in a record: they are put together without the writer. No word in them needs an escape. */
#define LITERAL(text) (memcpy(p, text, sizeof(text) - 1), p += sizeof(text) - 1)
#define NUMBER(n)     (p = uint_digits(p, n))
#define WORD(text)    (p = stpcpy(p, text))
/* A key and its value, if that is known. */
#define NUMBER_OF(key, known, n)                                                                                       \
	do {                                                                                                           \
		if (known) {                                                                                           \
			LITERAL(",\"" key "\":");                                                                      \
			NUMBER(n);                                                                                     \
		}                                                                                                      \
	} while (0)
#define WORD_OF(key, text)                                                                                             \
	do {                                                                                                           \
		if (*(text)) {                                                                                         \
			LITERAL(",\"" key "\":\"");                                                                    \
			WORD(text);                                                                                    \
			*p++ = '"';                                                                                    \
		}                                                                                                      \
	} while (0)

static char *event_text(char *p, const struct conn *c, const struct moment *m, enum event_kind kind,
			const struct event_facts *f, unsigned int n)
{
	LITERAL("{\"n\":");
	NUMBER(n);
	NUMBER_OF("offset_ns", true, m->ts_ns > c->start_ns ? m->ts_ns - c->start_ns : 0);
	WORD_OF("kind", event_kind_name(kind));
	WORD_OF("side", side_name_text(m->side));
	WORD_OF("flags", f->flags);
	NUMBER_OF("seq", f->has_seq, m->seq);
	NUMBER_OF("ack", f->has_ack, m->ack);
	NUMBER_OF("bytes", f->has_bytes, m->payload_len);
	WORD_OF("old_state", f->old_state);
	WORD_OF("new_state", f->new_state);
	WORD_OF("reason", f->reason);
	*p++ = '}';
	return p;
}

struct event_list {
	struct json *json;
	const struct conn *conn;
	unsigned int count;
};

static void add_event(void *ctx, const struct moment *m, enum event_kind kind, const struct event_facts *f)
{
	struct event_list *l = ctx;
	struct json *j = l->json;
	char *start = strbuf_room(j->out, EVENT_TEXT_MAX), *p = start;

	if (!start)
		return;
	if (j->comma)
		*p++ = ',';
	j->comma = true;
	strbuf_used(j->out, event_text(p, l->conn, m, kind, f, ++l->count) - start);
}

static void report(const struct conn *c, const struct moment *m, json_event_fn fn, void *ctx)
{
	const struct timewait *tw = successor(c, m);
	struct event_facts f = facts_of(m);

	if (is_no_step(c, m))
		return;
	if (tw)
		f.new_state = state_word(TCPS_TIME_WAIT);
	if (enters_timewait(c, m)) {
		f = step(TCPS_FIN_WAIT2, TCPS_TIME_WAIT, "");
		fn(ctx, m, EVENT_STATE, &f);
		return;
	}
	fn(ctx, m, m->kind, &f);
	if (is_end(m)) {
		f = step(m->new_state, TCPS_CLOSE, f.reason);
		fn(ctx, m, EVENT_STATE, &f);
	}
}

void json_event_each(const struct conn *c, uint64_t since_ns, json_event_fn fn, void *ctx)
{
	for (unsigned int i = 0; i < c->moments.count; i++) {
		if (c->moments.list[i].ts_ns >= since_ns)
			report(c, &c->moments.list[i], fn, ctx);
	}
}

void json_events(struct json *j, const struct conn *c, uint64_t since_ns)
{
	struct event_list l = { .json = j, .conn = c };

	json_array_begin(j, "events");
	json_event_each(c, since_ns, add_event, &l);
	json_array_end(j);
}
