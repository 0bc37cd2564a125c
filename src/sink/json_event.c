// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "sink/json_event.h"

#include <string.h>

#include "core/ending.h"
#include "core/tcp_state.h"

/* Each element has the same keys, so that tables can be made of them; what does not apply is "" or 0. */
struct event_words {
	const char *old_state, *new_state, *reason;
};

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

static struct event_words words_of(const struct moment *m)
{
	struct event_words w = { "", "", "" };

	switch (m->kind) {
	case MOMENT_STATE:
		w.old_state = state_word(m->old_state);
		w.new_state = state_word(m->new_state);
		break;
	case MOMENT_RETRANSMIT:
		w.old_state = w.new_state = state_word(m->old_state);
		break;
	case MOMENT_RESET:
		w.reason = m->tcp_flags == RESET_UNKNOWN ? "" : reset_reason_name(m->tcp_flags);
		break;
	case MOMENT_TIMEWAIT:
		w.new_state = state_word(m->new_state);
		w.reason = m->old_state == TIMEWAIT_END ? timewait_exit_name(m->tcp_flags) : action_word(m->old_state);
		break;
	}
	return w;
}

/* Longest: the literals, five numbers, and words of which a reset's reason (26 letters) is the longest. */
#define EVENT_TEXT_MAX 512

/* Up to 40 events stand in a record: they are put together without the writer. No word in them needs an escape. */
#define LITERAL(text) (memcpy(p, text, sizeof(text) - 1), p += sizeof(text) - 1)
#define NUMBER(n)     (p = uint_digits(p, n))
#define WORD(text)    (p = stpcpy(p, text))

static char *event_text(char *p, const struct conn *c, unsigned int n)
{
	const struct moment *m = &c->moments.list[n];
	struct event_words w = words_of(m);
	char flags[TCP_FLAG_LETTERS_SIZE];

	LITERAL("{\"n\":");
	NUMBER(n + 1);
	LITERAL(",\"offset_ns\":");
	NUMBER(m->ts_ns > c->start_ns ? m->ts_ns - c->start_ns : 0);
	LITERAL(",\"kind\":\"");
	WORD(moment_kind_name(m->kind));
	LITERAL("\",\"side\":\"");
	WORD(m->side == CLIENT ? "client" : "server");
	LITERAL("\",\"flags\":\"");
	WORD(m->kind == MOMENT_SEGMENT ? tcp_flag_letters(m->tcp_flags, flags) : "");
	LITERAL("\",\"seq\":");
	NUMBER(m->seq);
	LITERAL(",\"ack\":");
	NUMBER(m->ack);
	LITERAL(",\"bytes\":");
	NUMBER(m->payload_len);
	LITERAL(",\"old_state\":\"");
	WORD(w.old_state);
	LITERAL("\",\"new_state\":\"");
	WORD(w.new_state);
	LITERAL("\",\"reason\":\"");
	WORD(w.reason);
	LITERAL("\"}");
	return p;
}

static void add_event(struct json *j, const struct conn *c, unsigned int n)
{
	char *start = strbuf_room(j->out, EVENT_TEXT_MAX), *p = start;

	if (!start)
		return;
	if (j->comma)
		*p++ = ',';
	j->comma = true;
	strbuf_used(j->out, event_text(p, c, n) - start);
}

void json_events(struct json *j, const struct conn *c)
{
	json_array_begin(j, "events");
	for (unsigned int i = 0; i < c->moments.count; i++)
		add_event(j, c, i);
	json_array_end(j);
	json_uint(j, "events_dropped", c->moments.dropped);
}
