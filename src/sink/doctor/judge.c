// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides what of it all matters, and what comes first. The thresholds leave out what every healthy host has: single
 * failures, a program that takes a moment to close(), scans from elsewhere.
 */
#include <stdlib.h>
#include <string.h>

#include "sink/doctor/findings.h"

#define FAILED_LEAST	3  /* connections that this host opened, and that failed alike ... */
#define FAILED_SHARE	10 /* ... one in so many of those to that target */
#define STRANGERS_LEAST 10 /* the same, of those opened elsewhere: fewer are a scan */
#define RESETS_SHARE	20 /* of the connections to that service, one in so many */
#define SEGMENTS_LEAST	100
#define AGAIN_LEAST	10
#define AGAIN_SHARE	100
#define SLOW_LEAST	3
#define COOKIES_LEAST	10
#define HALF_OPEN_LEAST 64
#define PORTS_PERCENT	80

enum harm finding_harm(const struct finding *f)
{
	static const uint8_t harms[] = {
#define _(name, harm) [FINDING_##name] = HARM_##harm,
		FINDING_KINDS(_)
#undef _
	};

	if (f->kind == FINDING_LOCAL_PORTS && f->count)
		return HARM_FAILS;
	return f->kind < FINDING_KIND_COUNT ? harms[f->kind] : HARM_NONE;
}

static uint64_t count_of(const struct findings *all, const struct finding *s, enum finding_kind kind)
{
	const struct finding key = { .kind = kind, .netns = s->netns, .end = s->end };
	const struct finding *found = findings_find(all, &key);

	return found ? found->count : 0;
}

static bool is_opening_trouble(const struct finding *s)
{
	return s->of ? s->count >= FAILED_LEAST && s->count * FAILED_SHARE >= s->of : s->count >= STRANGERS_LEAST;
}

/* One whose SYNs were sent again and again is trouble enough: it takes minutes. */
static bool is_unanswered_trouble(const struct finding *s)
{
	return s->of && s->count && s->count * FAILED_SHARE >= s->of;
}

/* Is the target a listener of this host's whose queue is full? Older kernels do not say which SYN met that. */
static bool meets_full_queue(const struct findings *all, const struct finding *s, const struct host_facts *facts)
{
	const struct host_listener *l = facts && facts->netns == s->netns ? host_listener_at(facts, &s->end) : NULL;

	return count_of(all, s, FINDING_ACCEPT_QUEUE) || (l && l->waiting > l->limit);
}

static bool is_port_trouble(const struct finding *s)
{
	const struct destination_use *p = &s->ports;

	return s->count || (p->available && (p->used * 100ULL >= p->available * (uint64_t)PORTS_PERCENT ||
					     p->exhausted_ns != FORECAST_NEVER));
}

static bool is_retransmit_trouble(const struct finding *s)
{
	return s->segments >= SEGMENTS_LEAST && s->again >= AGAIN_LEAST && s->again * AGAIN_SHARE >= s->segments;
}

static bool always_cookies(const struct host_facts *facts)
{
	return facts && facts->setting[HOST_SYNCOOKIES] == 2;
}

static bool is_trouble(const struct findings *all, const struct finding *s, const struct host_facts *facts)
{
	switch ((enum finding_kind)s->kind) {
	case FINDING_REFUSED:
	case FINDING_UNREACHABLE:
		return is_opening_trouble(s);
	case FINDING_UNANSWERED:
		return is_unanswered_trouble(s) && !meets_full_queue(all, s, facts);
	case FINDING_RESET:
		return s->count >= FAILED_LEAST && s->count * RESETS_SHARE >= s->of;
	case FINDING_ACCEPT_QUEUE:
	case FINDING_TIMED_OUT:
	case FINDING_UNCLOSED:
	case FINDING_TW_BUCKETS:
		return true;
	case FINDING_LOCAL_PORTS:
		return is_port_trouble(s);
	case FINDING_SYN_QUEUE:
		return s->count >= COOKIES_LEAST && !always_cookies(facts);
	case FINDING_HALF_OPEN:
		return s->count >= HALF_OPEN_LEAST;
	case FINDING_RETRANSMITS:
		return is_retransmit_trouble(s);
	case FINDING_SLOW_ACCEPT: /* a full queue is why: said there */
		return s->count >= SLOW_LEAST && !meets_full_queue(all, s, facts);
	case FINDING_TARGET:
	case FINDING_SERVICE:
	case FINDING_KIND_COUNT:
		break;
	}
	return false;
}

/* Of how many it is a part. */
static uint64_t whole_of(const struct findings *all, const struct finding *s)
{
	switch ((enum finding_kind)s->kind) {
	case FINDING_REFUSED:
	case FINDING_UNANSWERED:
	case FINDING_UNREACHABLE:
	case FINDING_LOCAL_PORTS:
		return count_of(all, s, FINDING_TARGET);
	case FINDING_RESET:
	case FINDING_SLOW_ACCEPT:
		return count_of(all, s, FINDING_SERVICE);
	default:
		return 0;
	}
}

static int worse_first(const void *a, const void *b)
{
	const struct finding *x = *(const struct finding *const *)a, *y = *(const struct finding *const *)b;
	int harm = (int)finding_harm(y) - (int)finding_harm(x);

	if (harm)
		return harm;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	if (x->end.port != y->end.port)
		return (int)x->end.port - (int)y->end.port;
	return memcmp(x->end.addr, y->end.addr, sizeof(x->end.addr)) ?: memcmp(x->comm, y->comm, sizeof(x->comm));
}

size_t findings_judge(struct findings *f, const struct host_facts *facts, const struct finding **out, size_t max,
		      size_t *more)
{
	const struct finding **all = calloc(f->count + 1, sizeof(const struct finding *));
	size_t n = 0;

	*more = 0;
	for (size_t i = 0; all && i < f->count; i++) {
		struct finding *s = &f->list[i];

		s->of = whole_of(f, s);
		if (is_trouble(f, s, facts))
			all[n++] = s;
	}
	if (n)
		qsort((void *)all, n, sizeof(all[0]), worse_first);
	*more = n > max ? n - max : 0;
	n -= *more;
	if (n)
		memcpy((void *)out, (const void *)all, n * sizeof(all[0]));
	free((void *)all);
	return n;
}
