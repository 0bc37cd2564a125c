// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What truly happened, a JSON object a line. t0 and t1 bracket each fact; `is` is the state that a look behind it
 * showed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "random.h"

int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static const char *state_text(int state)
{
	static const char *const NAMES[] = { "gone",	   "established", "syn_sent",  "syn_received",
					     "fin_wait_1", "fin_wait_2",  "time_wait", "closed",
					     "close_wait", "last_ack",	  "listen",    "closing" };

	return state >= 0 && state < (int)(sizeof(NAMES) / sizeof(NAMES[0])) ? NAMES[state] : "unknown";
}

static void log_end(const char *name, const union address *a)
{
	char text[INET6_ADDRSTRLEN];

	printf(",\"%s\":\"%s\",\"%s_port\":%u", name, address_text(a, text), name,
	       ntohs(*address_port((union address *)a)));
}

void log_life(const struct actor *l)
{
	printf("{\"k\":\"life\",\"l\":%u,\"kernel\":\"%s\",\"ts\":%d,\"defer\":%d,\"fast\":%d,\"listens\":%d",
	       l->number, l->kernel == CLIENT ? "client" : "server", l->timestamps, l->deferred, l->fast,
	       l->listener >= 0);
	log_end("local", &l->local);
	log_end("peer", &l->peer);
	printf("}\n");
}

/* Looks, and writes state and timer behind what was written. */
static void log_look(struct actor *l)
{
	const struct look before = l->is;

	l->is = look_at(&l->local, &l->peer);
	printf(",\"was\":\"%s\",\"is\":\"%s\",\"left_was\":%d,\"left\":%d,\"mini\":%d,\"fd\":%d,\"t1\":%" PRId64 "}\n",
	       state_text(before.state), state_text(l->is.state), before.expires_ms, l->is.expires_ms, l->is.minisocket,
	       l->fd >= 0 || l->holder, clock_ns());
}

void log_call(struct actor *l, const char *name, int64_t t0, int result, int err, int detail)
{
	printf("{\"k\":\"call\",\"l\":%u,\"t0\":%" PRId64
	       ",\"name\":\"%s\",\"result\":%d,\"errno\":\"%s\",\"detail\":%d,"
	       "\"port\":%u",
	       l->number, t0, name, result, err ? strerrorname_np(err) : "", detail, ntohs(*address_port(&l->local)));
	log_look(l);
}

static void flags_text(uint8_t flags, char out[9])
{
	static const char LETTERS[] = "FSRPAUEW";

	for (int i = 0; i < 8; i++) {
		if (flags & 1 << i)
			*out++ = LETTERS[i];
	}
	*out = '\0';
}

void log_segment(struct actor *l, bool sent, int64_t t0, const struct segment *s, bool ignored)
{
	char flags[9];

	flags_text(s->flags, flags);
	printf("{\"k\":\"%s\",\"l\":%u,\"t0\":%" PRId64
	       ",\"flags\":\"%s\",\"seq\":%u,\"ack\":%u,\"len\":%zu,\"bad\":%d,"
	       "\"ignored\":%d,\"snd\":%u,\"rcv\":%u",
	       sent ? "out" : "in", l->number, t0, flags, s->seq, s->ack, s->payload_len, s->bad_checksum, ignored,
	       l->block.snd_nxt, l->block.rcv_nxt);
	if (sent)
		log_look(l);
	else
		printf(",\"t1\":%" PRId64 "}\n", clock_ns());
}

void log_icmp(struct actor *l, int64_t t0, int type, int code)
{
	printf("{\"k\":\"icmp\",\"l\":%u,\"t0\":%" PRId64 ",\"type\":%d,\"code\":%d", l->number, t0, type, code);
	log_look(l);
}

void look_again(struct actor *l)
{
	const struct look before = l->is, now = look_at(&l->local, &l->peer);
	int64_t at = clock_ns();

	if (now.state != before.state || now.minisocket != before.minisocket) {
		printf("{\"k\":\"look\",\"l\":%u,\"t0\":%" PRId64, l->number, l->doing_ns);
		log_look(l);
	}
	l->is = now;
	l->doing_ns = at;
}
