// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides when the kernel's sockets are read again, and what the table may conclude from a socket that was not found.
 */
#include "source/recheck.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "core/conn.h"
#include "core/table/conn_table.h"
#include "core/tcp_state.h"
#include "lib/cleanup.h"
#include "lib/host_clock.h"
#include "lib/log.h"
#include "source/consumer.h"
#include "source/hooks.h"
#include "source/iterator.h"
#include "source/netns.h"
#include "source/source.h"
#include "tcplife.skel.h"

#define CHECK_MS 500
/*
 * Reading the sockets makes the kernel walk all of its hash buckets, so it is not done more often than this, and only
 * after a time without further loss, but for a longest wait.
 */
#define PAUSE_NS (30 * 1000000000ULL)
#define CALM_NS	 (2 * 1000000000ULL)
/* Counters of open sockets, for outputs that show them: so often, but never for more than one hundredth of the time. */
#define COUNTERS_NS   (5 * 1000000000ULL)
#define READING_SHARE 100

/*
 * TIME_WAITs whose end is overdue. After a loss the end of each that is under way may be missing, so that the kernel is
 * asked from the nominal end on: how long one lasted is then known to the pause. Else only when the timer wheel's
 * rounding explains it no more.
 */
#define OVERDUE_PAUSE_NS (1 * 1000000000ULL)
#define ROUNDING_NS	 (5200 * 1000000ULL)
#define LOSS_FRESH_NS	 (TIMEWAIT_LEN_NS + 10 * 1000000000ULL)

/* Which sockets are read. */
enum scope {
	SCOPE_ALL,
	SCOPE_SOCKETS, /* no minisockets */
	SCOPE_OVERDUE, /* of minisockets those whose end is overdue */
};

struct recheck {
	const struct conn_table *table;
	struct consumer *consumer;
	struct bpf_link *link;
	int netns;
	uint32_t inum;
	uint64_t answered_ns; /* consumer_steps_lost() at the last reading */
	uint64_t looked_ns;
	uint64_t waiting_ns; /* since when a reading is due; 0 = none is */
	enum scope scope;    /* of the reading under way */
	uint64_t since_ns;   /* when it began */
	uint64_t took_ns;    /* of processor time */
	bool counters;
	uint64_t counters_ns; /* when they are due */
	uint64_t overdue_ns;  /* before, overdue minisockets are not looked for again */
};

static int open_inside(const struct recheck *l)
{
	int back, fd = netns_enter(l->netns, &back);

	if (fd < 0)
		return fd;
	fd = iterator_open(l->link);
	netns_leave(&back);
	return fd;
}

static bool is_asked(const struct recheck *l, const struct event_present *e)
{
	if (l->scope == SCOPE_ALL)
		return true;
	if (e->state != TCPS_TIME_WAIT)
		return l->scope == SCOPE_SOCKETS;
	return l->scope == SCOPE_OVERDUE && conn_table_is_overdue(l->table, e, l->since_ns);
}

static ssize_t take_present(void *ctx, const char *bytes, size_t len)
{
	const struct event_existing *e = (const void *)bytes;
	const struct recheck *l = ctx;
	struct {
		struct event_present present;
		struct event_stats stats;
	} p;

	if (len < sizeof(*e) || len < e->event.size)
		return 0;
	if (e->event.size < sizeof(*e))
		return -EBADMSG;
	p.present = (struct event_present) {
		.event = e->event,
		.id = e->id,
		.tuple = e->tuple,
		.state = e->state,
		.substate = e->substate,
		.expires_ms = e->expires_ms,
	};
	if (!is_asked(l, &p.present))
		return e->event.size;
	p.present.event.kind = EVENT_PRESENT;
	p.present.event.size = sizeof(p.present);
	if (e->event.flags & EVENT_HAS_STATS && e->event.size == sizeof(*e) + sizeof(p.stats)) {
		memcpy(&p.stats, e + 1, sizeof(p.stats));
		p.present.event.size = sizeof(p);
	} else {
		p.present.event.flags = 0;
	}
	consumer_put(l->consumer, &p.present.event);
	return e->event.size;
}

/* 0 or a negative errno. After an incomplete reading *e says nothing of any socket. */
static int look(struct recheck *l, enum scope scope, struct event_absent *e)
{
	static const uint8_t flags[] = { [SCOPE_SOCKETS] = EVENT_SOCKETS_ONLY, [SCOPE_OVERDUE] = EVENT_OVERDUE_ONLY };
	uint64_t cpu_ns = host_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	_cleanup_close_ int fd = -1;
	int err;

	l->scope = scope;
	l->since_ns = consumer_now();
	fd = open_inside(l);
	err = fd < 0 ? fd : iterator_read(fd, l->consumer, take_present, l);
	l->took_ns = host_clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
	*e = (struct event_absent) {
		.event = { .kind = EVENT_ABSENT,
			   .flags = flags[scope],
			   .size = sizeof(*e),
			   .netns = l->inum,
			   .ts_ns = consumer_now() },
		.since_ns = err ? 0 : l->since_ns,
	};
	return err;
}

/* When the next reading of this kind may begin, so that they take no more than a small share of a processor. */
static uint64_t after(const struct recheck *l, uint64_t pause_ns)
{
	uint64_t rest_ns = l->took_ns * READING_SHARE;

	return l->since_ns + (rest_ns > pause_ns ? rest_ns : pause_ns);
}

/* While a connection is open, no event says how much has passed. Nothing is concluded from what is not found. */
static void read_counters(struct recheck *l)
{
	struct event_absent e;

	look(l, SCOPE_SOCKETS, &e);
	e.since_ns = 0;
	consumer_put(l->consumer, &e.event);
	l->counters_ns = after(l, COUNTERS_NS);
}

static bool is_overdue(const struct recheck *l, uint64_t now)
{
	uint64_t lost_ns = consumer_steps_lost(l->consumer);
	bool lost = lost_ns && now < lost_ns + LOSS_FRESH_NS;

	return conn_table_has_overdue(l->table, l->inum, lost ? now : now - ROUNDING_NS);
}

static void read_overdue(struct recheck *l)
{
	struct event_absent e;

	if (look(l, SCOPE_OVERDUE, &e))
		log_verbose("TIME_WAITs are overdue, and the sockets cannot be read");
	consumer_put(l->consumer, &e.event);
	l->overdue_ns = after(l, OVERDUE_PAUSE_NS);
}

static void on_timer(void *ctx, uint32_t epoll_events)
{
	struct recheck *l = ctx;
	uint64_t lost_ns = consumer_steps_lost(l->consumer), now = consumer_now();
	struct event_absent e;
	int err;

	if (!consumer_is_behind(l->consumer)) {
		if (l->counters && now >= l->counters_ns)
			read_counters(l);
		if (now >= l->overdue_ns && is_overdue(l, now))
			read_overdue(l);
	}
	if (lost_ns == l->answered_ns)
		return;
	if (!l->waiting_ns)
		l->waiting_ns = now;
	if (now < l->looked_ns + PAUSE_NS || (now < lost_ns + CALM_NS && now < l->waiting_ns + PAUSE_NS))
		return;
	l->answered_ns = lost_ns;
	l->waiting_ns = 0;
	err = look(l, SCOPE_SOCKETS, &e);
	l->looked_ns = e.event.ts_ns;
	consumer_put(l->consumer, &e.event);
	if (err)
		log_errno(err, "events were lost, and the sockets cannot be read again");
	else
		log_verbose("events were lost: the sockets were read again");
}

/* --open=SECS */
static void on_listing(void *ctx, uint32_t epoll_events)
{
	struct recheck *l = ctx;
	struct event_absent e;
	int err = look(l, SCOPE_ALL, &e);

	l->looked_ns = e.event.ts_ns;
	e.event.flags |= EVENT_LISTED;
	consumer_put(l->consumer, &e.event);
	if (err)
		log_errno(err, "the sockets cannot be read: what is open is listed as it was known");
}

struct recheck *recheck_new(const struct hooks *h, const struct source *s, struct consumer *c)
{
	struct recheck *l;

	if (!bpf_program__autoload(hooks_skeleton(h)->progs.snapshot_sockets)) {
		if (s->options->open_secs)
			log_notice("this kernel does not list its sockets: --open lists at the end only");
		return NULL; /* --features says why */
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->table = s->table;
	l->consumer = c;
	l->counters = s->wants_counters;
	l->netns = netns_open(s->options->netns);
	l->inum = netns_inum(l->netns);
	l->link = iterator_attach(hooks_skeleton(h)->progs.snapshot_sockets);
	if (l->netns < 0 || !l->link || loop_every(s->loop, CHECK_MS, on_timer, l) < 0)
		recheck_free(&l);
	if (l && s->options->open_secs && loop_every(s->loop, s->options->open_secs * 1000, on_listing, l) < 0)
		recheck_free(&l);
	return l;
}

bool recheck_last(struct recheck *l, struct event_absent *e)
{
	return l && !look(l, SCOPE_ALL, e);
}

void recheck_free(struct recheck **lp)
{
	struct recheck *l = TAKE_PTR(*lp);

	if (!l)
		return;
	bpf_link__destroy(l->link);
	if (l->netns >= 0)
		close(l->netns);
	free(l);
}
