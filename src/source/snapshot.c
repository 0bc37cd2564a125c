// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Reads the sockets that exist at the start and the processes that hold them, and puts the two together into one
 * record each.
 */
#include "source/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "lib/cleanup.h"
#include "lib/flat.h"
#include "lib/hash_mix.h"
#include "lib/log.h"
#include "source/consumer.h"
#include "source/hooks.h"
#include "source/iterator.h"
#include "source/netns.h"
#include "tcplife.skel.h"

struct owners {
	struct flat by_inode; /* numbers in list, from 1 on */
	struct snapshot_owner *list;
	uint32_t count, capacity;
};

struct snapshot {
	struct consumer *consumer;
	struct owners owners;
};

static int iterate(struct snapshot *s, const struct bpf_program *program, iterator_take_fn take)
{
	struct bpf_link *link = iterator_attach(program);
	_cleanup_close_ int fd = link ? iterator_open(link) : -errno;

	bpf_link__destroy(link); /* the open file keeps the iterator alive */
	return fd < 0 ? fd : iterator_read(fd, s->consumer, take, s);
}

/* ---- owners ---- */

static const struct snapshot_owner *owner_of(const struct owners *o, uint64_t inode)
{
	struct flat_search search = flat_search(&o->by_inode, (uint32_t)hash_mix(inode));
	uint32_t number;

	while ((number = flat_next(&search))) {
		if (o->list[number - 1].inode == inode)
			return &o->list[number - 1];
	}
	return NULL;
}

static int add_owner(struct owners *o, const struct snapshot_owner *owner)
{
	if (o->count == o->capacity) {
		uint32_t capacity = o->capacity ? o->capacity * 2 : 1024;
		struct snapshot_owner *larger = reallocarray(o->list, capacity, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		o->list = larger;
		o->capacity = capacity;
	}
	o->list[o->count] = *owner;
	return flat_add(&o->by_inode, (uint32_t)hash_mix(owner->inode), ++o->count);
}

/*
 * Processes come by rising pid: of several that share a socket, the first is mostly the one that opened it, the parent
 * of the others.
 */
static ssize_t take_owner(void *ctx, const char *bytes, size_t len)
{
	struct snapshot *s = ctx;
	struct snapshot_owner owner;
	int err = 0;

	if (len < sizeof(owner))
		return 0;
	memcpy(&owner, bytes, sizeof(owner));
	if (!owner_of(&s->owners, owner.inode))
		err = add_owner(&s->owners, &owner);
	return err ? err : (ssize_t)sizeof(owner);
}

static void free_owners(struct owners *o)
{
	flat_free(&o->by_inode);
	free(o->list);
}

/* ---- sockets ---- */

/* The task block stands before the counters: the record is put together anew. */
static void put_existing(struct snapshot *s, const struct event_existing *e)
{
	const struct snapshot_owner *owner = e->inode ? owner_of(&s->owners, e->inode) : NULL;
	union {
		struct event_existing existing;
		char bytes[EVENT_MAX_SIZE];
	} r;
	size_t rest = e->event.size - sizeof(*e);

	if (!owner) {
		consumer_put(s->consumer, &e->event);
		return;
	}
	r.existing = *e;
	r.existing.event.flags |= EVENT_HAS_TASK;
	r.existing.event.size += sizeof(owner->task);
	memcpy(r.bytes + sizeof(*e), &owner->task, sizeof(owner->task));
	memcpy(r.bytes + sizeof(*e) + sizeof(owner->task), e + 1, rest);
	consumer_put(s->consumer, &r.existing.event);
}

static ssize_t take_existing(void *ctx, const char *bytes, size_t len)
{
	const struct event_existing *e = (const void *)bytes;

	if (len < sizeof(*e) || len < e->event.size)
		return 0;
	if (e->event.size < sizeof(*e) || e->event.size % 8 ||
	    e->event.size > EVENT_MAX_SIZE - sizeof(struct event_task))
		return -EBADMSG;
	put_existing(ctx, e);
	return e->event.size;
}

static int take_inside(struct snapshot *s, const struct tcplife *skel)
{
	int err = 0;

	if (bpf_program__autoload(skel->progs.snapshot_owners))
		err = iterate(s, skel->progs.snapshot_owners, take_owner);
	if (err)
		log_notice("cannot read which process holds which socket (%s): owners of older sockets stay unknown",
			   strerror(-err));
	err = iterate(s, skel->progs.snapshot_sockets, take_existing);
	if (err)
		log_notice("cannot read the existing connections (%s): older ones are reported from their next "
			   "event on",
			   strerror(-err));
	return 0;
}

int snapshot_take(const struct hooks *h, const struct options *o, struct consumer *c)
{
	const struct tcplife *skel = hooks_skeleton(h);
	struct snapshot s = { .consumer = c };
	_cleanup_close_ int netns = -1;
	int err, back;

	if (!bpf_program__autoload(skel->progs.snapshot_sockets))
		return 0; /* --features says why */
	netns = netns_open(o->netns);
	if (netns < 0)
		return log_errno(netns, "cannot open network namespace %s", o->netns ? o->netns : "");
	err = flat_init(&s.owners.by_inode, 1024);
	if (err)
		return log_errno(err, "connections at start");
	/* The iterator shows the namespace that its file was opened in. */
	err = netns_enter(netns, &back);
	if (err) {
		log_errno(err, "cannot enter network namespace %s", o->netns ? o->netns : "");
	} else {
		err = take_inside(&s, skel);
		netns_leave(&back);
	}
	free_owners(&s.owners);
	return err;
}
