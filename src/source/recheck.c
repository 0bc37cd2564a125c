// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides when the kernel's sockets are read again, and what the table may conclude from a socket that was not found.
 */
#include "source/recheck.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "core/tcp_state.h"
#include "lib/cleanup.h"
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
#define COUNTERS_NS    (5 * 1000000000ULL)
#define COUNTERS_SHARE 100

struct recheck {
	struct consumer *consumer;
	struct bpf_link *link;
	int netns;
	uint64_t answered_ns; /* consumer_steps_lost() at the last reading */
	uint64_t looked_ns;
	uint64_t waiting_ns; /* since when a reading is due; 0 = none is */
	bool sockets_only;   /* of the reading under way: minisockets are not read */
	bool counters;
	uint64_t counters_ns; /* when they are due */
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
	if (l->sockets_only && e->state == TCPS_TIME_WAIT)
		return e->event.size;
	p.present = (struct event_present) {
		.event = e->event,
		.id = e->id,
		.tuple = e->tuple,
		.state = e->state,
		.substate = e->substate,
		.expires_ms = e->expires_ms,
	};
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
static int look(struct recheck *l, bool sockets_only, struct event_absent *e)
{
	uint64_t since_ns = consumer_now();
	_cleanup_close_ int fd = open_inside(l);
	int err;

	l->sockets_only = sockets_only;
	err = fd < 0 ? fd : iterator_read(fd, l->consumer, take_present, l);
	l->looked_ns = consumer_now();
	*e = (struct event_absent) {
		.event = { .kind = EVENT_ABSENT,
			   .flags = sockets_only ? EVENT_SOCKETS_ONLY : 0,
			   .size = sizeof(*e),
			   .netns = netns_inum(l->netns),
			   .ts_ns = l->looked_ns },
		.since_ns = err ? 0 : since_ns,
	};
	return err;
}

/* While a connection is open, no event says how much has passed. Nothing is concluded from what is not found. */
static void read_counters(struct recheck *l, uint64_t now)
{
	uint64_t looked_ns = l->looked_ns; /* of the last reading that concluded something */
	struct event_absent e;

	look(l, true, &e);
	e.since_ns = 0;
	consumer_put(l->consumer, &e.event);
	l->counters_ns = now + (l->looked_ns - now) * COUNTERS_SHARE;
	l->looked_ns = looked_ns;
	if (l->counters_ns < now + COUNTERS_NS)
		l->counters_ns = now + COUNTERS_NS;
}

static void on_timer(void *ctx, uint32_t epoll_events)
{
	struct recheck *l = ctx;
	uint64_t lost_ns = consumer_steps_lost(l->consumer), now = consumer_now();
	struct event_absent e;
	int err;

	if (l->counters && now >= l->counters_ns)
		read_counters(l, now);
	if (lost_ns == l->answered_ns)
		return;
	if (!l->waiting_ns)
		l->waiting_ns = now;
	if (now < l->looked_ns + PAUSE_NS || (now < lost_ns + CALM_NS && now < l->waiting_ns + PAUSE_NS))
		return;
	l->answered_ns = lost_ns;
	l->waiting_ns = 0;
	err = look(l, true, &e);
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
	int err = look(l, false, &e);

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
	l->consumer = c;
	l->counters = s->wants_counters;
	l->netns = netns_open(s->options->netns);
	l->link = iterator_attach(hooks_skeleton(h)->progs.snapshot_sockets);
	if (l->netns < 0 || !l->link || loop_every(s->loop, CHECK_MS, on_timer, l) < 0)
		recheck_free(&l);
	if (l && s->options->open_secs && loop_every(s->loop, s->options->open_secs * 1000, on_listing, l) < 0)
		recheck_free(&l);
	return l;
}

bool recheck_last(struct recheck *l, struct event_absent *e)
{
	return l && !look(l, false, e);
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
