// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides how the moments of a connection appear in a record's "events": which states a step leads to by RFC 9293, and
 * which kernel events stand for none.
 */
#include "sink/json/json_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decode.h"
#include "core/ending.h"
#include "core/icmp.h"
#include "core/table/conn_pack_moments.h"
#include "core/tcp_state.h"
#include "lib/hash_mix.h"

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
	if (is_segment || m->kind == EVENT_RETRANSMIT)
		tcp_flag_letters(m->tcp_flags, f->flags);
}

static struct event_facts facts_of(const struct moment *m)
{
	struct event_facts f = { .old_state = "", .new_state = "", .reason = "", .dropped = "" };

	numbers_of(m, &f);
	switch (m->kind) {
	case EVENT_STATE:
		f.old_state = state_word(m->old_state);
		f.new_state = state_word(m->new_state);
		break;
	case EVENT_RETRANSMIT:
		f.old_state = f.new_state = state_word(m->old_state);
		f.reason = m->arg == RETRANSMIT_CAUSE_UNKNOWN ? "" : retransmit_cause_name(m->arg);
		f.dropped = m->new_state == DROP_UNKNOWN ? "" : drop_reason_name(m->new_state);
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

/* What a moment appears as: as it is, or as the step of the state machine that a minisocket's moment stands for. */
enum guise { AS_IT_IS, INTO_TIME_WAIT, FIN_WAIT2_TO_TIME_WAIT, INTO_CLOSED };

#define GUISES_MAX 2

static unsigned int guises_of(const struct conn *c, const struct moment *m, enum guise guise[GUISES_MAX])
{
	if (m->kind != EVENT_STATE && m->kind != EVENT_TIMEWAIT) {
		guise[0] = AS_IT_IS;
		return 1;
	}
	if (is_no_step(c, m))
		return 0;
	guise[0] = successor(c, m) ? INTO_TIME_WAIT : enters_timewait(c, m) ? FIN_WAIT2_TO_TIME_WAIT : AS_IT_IS;
	guise[1] = INTO_CLOSED;
	return guise[0] == AS_IT_IS && is_end(m) ? 2 : 1;
}

static struct event_facts step(unsigned int from, unsigned int to, const char *reason)
{
	return (struct event_facts) {
		.old_state = state_word(from), .new_state = state_word(to), .reason = reason, .dropped = ""
	};
}

/* The facts of a moment in this guise, and the kind that the record shows. */
static enum event_kind facts_as(const struct moment *m, enum guise guise, struct event_facts *f)
{
	*f = facts_of(m);
	switch (guise) {
	case AS_IT_IS:
		break;
	case INTO_TIME_WAIT:
		f->new_state = state_word(TCPS_TIME_WAIT);
		break;
	case FIN_WAIT2_TO_TIME_WAIT:
		*f = step(TCPS_FIN_WAIT2, TCPS_TIME_WAIT, "");
		return EVENT_STATE;
	case INTO_CLOSED:
		*f = step(m->new_state, TCPS_CLOSE, f->reason);
		return EVENT_STATE;
	}
	return m->kind;
}

void json_event_each(const struct conn *c, uint64_t since_ns, json_event_fn fn, void *ctx)
{
	for (unsigned int i = 0; i < c->moments.count; i++) {
		const struct moment *m = &c->moments.list[i];
		enum guise guise[GUISES_MAX];
		unsigned int guises = m->ts_ns >= since_ns ? guises_of(c, m, guise) : 0;

		for (unsigned int g = 0; g < guises; g++) {
			struct event_facts f;
			enum event_kind kind = facts_as(m, guise[g], &f);

			fn(ctx, m, kind, &f);
		}
	}
}

/* ---- as text ---- */

/* Longest: the literals, five numbers, and words of which a reset's reason (26 letters) is the longest. */
#define EVENT_TEXT_MAX 512
/* What is longer is made anew each time. */
#define HEAD_MAX 64
#define TAIL_MAX 116
#define TEXTS	 256

/* All of an event that is no number: what stands before the numbers, and behind them. */
struct event_words {
	uint64_t key; /* 0 = none */
	uint8_t head_len, tail_len;
	bool has_seq, has_ack, has_bytes;
	char head[HEAD_MAX], tail[TAIL_MAX];
};

/* `,{"n":12,"offset_ns":` */
struct event_begin {
	char text[31];
	uint8_t len;
};

/* There are few kinds of moments, and up to 40 of them stand in a record. */
struct json_event_texts {
	struct event_words slot[TEXTS];
	struct event_begin begin[GUISES_MAX * MOMENTS_MAX + 1]; /* by the event's number */
};

struct json_event_texts *json_event_texts_new(void)
{
	struct json_event_texts *x = calloc(1, sizeof(*x));

	for (unsigned int i = 0; x && i < sizeof(x->begin) / sizeof(x->begin[0]); i++) {
		struct event_begin *b = &x->begin[i];

		b->len = snprintf(b->text, sizeof(b->text), ",{\"n\":%u,\"offset_ns\":", i);
	}
	return x;
}

void json_event_texts_free(struct json_event_texts **x)
{
	free(*x);
	*x = NULL;
}

/* No word in them needs an escape. */
#define LITERAL(text) (memcpy(p, text, sizeof(text) - 1), p += sizeof(text) - 1)
#define WORD_OF(key, text)                                                                                             \
	do {                                                                                                           \
		if (*(text)) {                                                                                         \
			LITERAL(",\"" key "\":\"");                                                                    \
			p = stpcpy(p, text);                                                                           \
			*p++ = '"';                                                                                    \
		}                                                                                                      \
	} while (0)

static char *put_head(char *p, unsigned int side, enum event_kind kind, const struct event_facts *f)
{
	WORD_OF("kind", event_kind_name(kind));
	WORD_OF("side", side_name_text(side));
	WORD_OF("flags", f->flags);
	return p;
}

static char *put_tail(char *p, const struct event_facts *f)
{
	WORD_OF("old_state", f->old_state);
	WORD_OF("new_state", f->new_state);
	WORD_OF("reason", f->reason);
	WORD_OF("dropped_here", f->dropped);
	*p++ = '}';
	return p;
}

/* A number and its key. */
#define NUMBER_OF(key, n) (LITERAL(",\"" key "\":"), p = uint_digits(p, n))

static char *put_numbers(char *p, const struct moment *m, bool has_seq, bool has_ack, bool has_bytes)
{
	if (has_seq)
		NUMBER_OF("seq", m->seq);
	if (has_ack)
		NUMBER_OF("ack", m->ack);
	if (has_bytes)
		NUMBER_OF("bytes", m->payload_len);
	return p;
}

/* Which moment of a connection's, in which guise, and the how manieth event of the record that is. */
struct shown {
	const struct conn *conn;
	const struct moment *moment;
	enum guise guise;
	unsigned int number;
};

/* comma: one is due. */
static char *put_begin(char *p, const struct json_event_texts *x, const struct shown *s, bool comma)
{
	const struct event_begin *b = &x->begin[s->number];
	uint64_t ns = s->moment->ts_ns, start_ns = s->conn->start_ns;

	memcpy(p, b->text + !comma, sizeof(b->text) - 1);
	return uint_digits(p + b->len - !comma, ns > start_ns ? ns - start_ns : 0);
}

/* Behind what put_begin() wrote. */
static char *put_anew(char *head, const struct shown *s, struct event_words *keep, uint64_t key)
{
	const struct moment *m = s->moment;
	struct event_facts f;
	enum event_kind kind = facts_as(m, s->guise, &f);
	char *numbers = put_head(head, m->side, kind, &f);
	char *tail = put_numbers(numbers, m, f.has_seq, f.has_ack, f.has_bytes), *end = put_tail(tail, &f);

	if (numbers - head <= HEAD_MAX && end - tail <= TAIL_MAX) {
		*keep = (struct event_words) { .key = key,
					       .head_len = numbers - head,
					       .tail_len = end - tail,
					       .has_seq = f.has_seq,
					       .has_ack = f.has_ack,
					       .has_bytes = f.has_bytes };
		memcpy(keep->head, head, numbers - head);
		memcpy(keep->tail, tail, end - tail);
	}
	return end;
}

static char *put_event(char *p, struct json_event_texts *x, const struct shown *s, bool comma)
{
	uint64_t key = moment_shape(s->moment) | (uint64_t)(s->guise + 1) << 56;
	struct event_words *w = &x->slot[hash_mix(key) % TEXTS];

	p = put_begin(p, x, s, comma);
	if (__builtin_expect(w->key != key, 0))
		return put_anew(p, s, w, key);
	memcpy(p, w->head, HEAD_MAX); /* whole, which is faster; what is too much is written over */
	p = put_numbers(p + w->head_len, s->moment, w->has_seq, w->has_ack, w->has_bytes);
	memcpy(p, w->tail, TAIL_MAX);
	return p + w->tail_len;
}

static unsigned int add_moment(struct json *j, struct json_event_texts *x, const struct conn *c, const struct moment *m,
			       unsigned int number)
{
	struct shown s = { .conn = c, .moment = m, .number = number };
	enum guise guise[GUISES_MAX];
	unsigned int guises = guises_of(c, m, guise);

	for (unsigned int g = 0; g < guises; g++) {
		char *start = strbuf_room(j->out, EVENT_TEXT_MAX);

		if (!start)
			break;
		s.guise = guise[g];
		s.number++;
		strbuf_used(j->out, put_event(start, x, &s, j->comma) - start);
		j->comma = true;
	}
	return s.number;
}

void json_events(struct json *j, struct json_event_texts *x, const struct conn *c, uint64_t since_ns)
{
	unsigned int n = 0;

	json_array_begin(j, "events");
	for (unsigned int i = 0; i < c->moments.count; i++)
		if (c->moments.list[i].ts_ns >= since_ns)
			n = add_moment(j, x, c, &c->moments.list[i], n);
	json_array_end(j);
}
