// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/second_look.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "lib/cleanup.h"
#include "source/consumer.h"
#include "source/hooks.h"
#include "source/iterator.h"
#include "source/netns.h"
#include "tcplife.skel.h"

struct second_look {
	int iterator;
	uint32_t netns;
	uint64_t since_ns;
	bool whole;
};

static int open_inside(const struct hooks *h, int netns)
{
	int back, fd = netns_enter(netns, &back);

	if (fd < 0)
		return fd;
	fd = iterator_open(hooks_skeleton(h)->progs.snapshot_sockets);
	netns_leave(&back);
	return fd;
}

struct second_look *second_look_open(const struct hooks *h, const struct options *o)
{
	_cleanup_close_ int netns = -1;
	struct second_look *l;

	if (!bpf_program__autoload(hooks_skeleton(h)->progs.snapshot_sockets))
		return NULL; /* --features says why */
	netns = netns_open(o->netns);
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->netns = netns_inum(netns);
	l->iterator = open_inside(h, netns);
	if (l->iterator < 0)
		second_look_free(&l);
	return l;
}

static ssize_t take_present(void *ctx, const char *bytes, size_t len)
{
	const struct event_existing *e = (const void *)bytes;
	struct event_present p;

	if (len < sizeof(*e) || len < e->event.size)
		return 0;
	if (e->event.size < sizeof(*e))
		return -EBADMSG;
	p = (struct event_present) {
		.event = e->event,
		.id = e->id,
		.tuple = e->tuple,
		.state = e->state,
		.substate = e->substate,
		.expires_ms = e->expires_ms,
	};
	p.event.kind = EVENT_PRESENT;
	p.event.flags = 0;
	p.event.size = sizeof(p);
	consumer_put(ctx, &p.event);
	return e->event.size;
}

void second_look_take(struct second_look *l, struct consumer *c)
{
	if (!l)
		return;
	l->since_ns = consumer_now();
	l->whole = !iterator_read(l->iterator, c, take_present, c);
}

bool second_look_is_whole(const struct second_look *l, struct event_absent *e)
{
	if (!l || !l->whole)
		return false;
	*e = (struct event_absent) {
		.event = { .kind = EVENT_ABSENT, .size = sizeof(*e), .netns = l->netns, .ts_ns = consumer_now() },
		.since_ns = l->since_ns,
	};
	return true;
}

void second_look_free(struct second_look **lp)
{
	struct second_look *l = TAKE_PTR(*lp);

	if (!l)
		return;
	if (l->iterator >= 0)
		close(l->iterator);
	free(l);
}
