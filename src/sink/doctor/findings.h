/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What is wrong with the connections of a host: counted from their records as they end and as they are when tracing
 * ends, then judged. Pure, in bounded memory. The thresholds stand in judge.c.
 */
#ifndef TCPLIFE_FINDINGS_H
#define TCPLIFE_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/destinations.h"
#include "core/record/advice.h"
#include "lib/flat.h"

/* What a subject is, and of the findings how much harm they do: connections fail, something is held that will run out,
 * connections are slow. */
enum harm { HARM_NONE, HARM_SLOWS, HARM_HOLDS, HARM_FAILS };

#define FINDING_KINDS(_)                                                                                               \
	/* no findings: of how many the others are a part */                                                           \
	_(TARGET, NONE)	 /* connections that this host opened, by their destination */                                 \
	_(SERVICE, NONE) /* connections that closed, by the server's end */                                            \
	_(REFUSED, FAILS)                                                                                              \
	_(UNANSWERED, FAILS)                                                                                           \
	_(UNREACHABLE, FAILS)                                                                                          \
	_(ACCEPT_QUEUE, FAILS)                                                                                         \
	_(TIMED_OUT, FAILS)                                                                                            \
	_(RESET, FAILS)	      /* .cause: enum advice_rule */                                                           \
	_(LOCAL_PORTS, HOLDS) /* FAILS if connect() found none */                                                      \
	_(UNCLOSED, HOLDS)                                                                                             \
	_(SYN_QUEUE, HOLDS)                                                                                            \
	_(HALF_OPEN, HOLDS)                                                                                            \
	_(TW_BUCKETS, HOLDS)                                                                                           \
	_(RETRANSMITS, SLOWS)                                                                                          \
	_(SLOW_ACCEPT, SLOWS)

enum finding_kind {
#define _(name, harm) FINDING_##name,
	FINDING_KINDS(_)
#undef _
		FINDING_KIND_COUNT,
};

/* What is counted of one destination, listener, peer or program. */
struct finding {
	/* which it is: what does not distinguish subjects of this kind is 0 */
	uint8_t kind, cause;
	uint32_t netns;
	char comm[16];
	struct endpoint end;

	uint64_t count; /* connections; of TARGET and SERVICE all, else those concerned */
	uint64_t of;	/* all of them, once judged; 0 = not known */
	uint64_t longest_ns;
	bool at_least;	  /* longest_ns began before tracing */
	uint64_t bytes;	  /* of UNCLOSED: unread */
	int64_t segments; /* of RETRANSMITS: data segments sent, those sent again not subtracted */
	int64_t again;	  /* ... and those sent again */
	bool captured;	  /* ... of which those without data are counted too */
	uint32_t pid;	  /* of comm, or of the process that met it last; 0 = not known */
	char process[16]; /* raw; "" = not known */
	struct advice advice;
	struct host_listener listener;		     /* of ACCEPT_QUEUE; limit 0 = not known */
	struct destination_use {		     /* of LOCAL_PORTS */
		uint32_t used, available, time_wait; /* available 0 = not known */
		uint64_t exhausted_ns;
	} ports;
};

#define FINDINGS_MAX 8192 /* subjects; those beyond are counted */

struct findings {
	struct finding *list; /* of FINDINGS_MAX; touched as far as it is used */
	size_t count;
	struct flat index; /* numbers in list, from 1 on */
	uint64_t connections, beyond;
};

/* 0 or -ENOMEM. */
int findings_init(struct findings *f);
void findings_free(struct findings *f);

/* CONN_OPENED: of one that existed before, what it had sent till then is not counted. */
void findings_opened(struct findings *f, const struct conn *c);
/* CONN_CLOSED. */
void findings_closed(struct findings *f, const struct conn *c);
/* CONN_STILL_OPEN. now_ns: the table's time. */
void findings_open(struct findings *f, const struct conn *c, uint64_t now_ns);
/* What holds local ports, when tracing ends. */
void findings_ports(struct findings *f, const struct destinations *d);
/*
 * What the host says of itself, when tracing ends. facts: NULL = it is another host, or the past. alone: a full queue
 * is a finding even if no connection met it; not where the user asked for some connections only.
 */
void findings_host(struct findings *f, const struct host_facts *facts, bool alone);

/*
 * After all of that: those that matter, the worst first; at most max. Returns how many; *more: those beyond max. The
 * order: where connections fail, then what will run out, then what is slow; within these by number of connections.
 */
size_t findings_judge(struct findings *f, const struct host_facts *facts, const struct finding **out, size_t max,
		      size_t *more);
enum harm finding_harm(const struct finding *f);

/* judge.c's: NULL if there is none. */
const struct finding *findings_find(const struct findings *f, const struct finding *key);

#endif
