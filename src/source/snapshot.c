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
#include "lib/hash.h"
#include "lib/list.h"
#include "lib/log.h"
#include "owner.h"
#include "source/consumer.h"
#include "source/hooks.h"
#include "source/iterator.h"
#include "source/netns.h"
#include "tcplife.skel.h"

struct owner {
	struct hash_node by_inode;
	struct snapshot_owner is;
};

struct snapshot {
	struct consumer *consumer;
	struct hash owners;
};

static int iterate(struct snapshot *s, const struct bpf_program *program, iterator_take_fn take)
{
	struct bpf_link *link = iterator_attach(program);
	_cleanup_close_ int fd = link ? iterator_open(link) : -errno;

	bpf_link__destroy(link); /* the open file keeps the iterator alive */
	return fd < 0 ? fd : iterator_read(fd, s->consumer, take, s);
}

/* ---- owners ---- */

static const struct owner *owner_of(const struct hash *owners, uint64_t inode)
{
	for (struct hash_node *n = hash_first(owners, hash_mix(inode)); n; n = hash_next(n)) {
		const struct owner *o = container_of(n, struct owner, by_inode);

		if (o->is.inode == inode)
			return o;
	}
	return NULL;
}

/*
 * Processes come by rising pid: of several that share a socket, the first is mostly the one that opened it, the parent
 * of the others.
 */
static ssize_t take_owner(void *ctx, const char *bytes, size_t len)
{
	struct snapshot *s = ctx;
	struct owner *o;

	if (len < sizeof(o->is))
		return 0;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	memcpy(&o->is, bytes, sizeof(o->is));
	if (owner_of(&s->owners, o->is.inode))
		free(o);
	else
		hash_add(&s->owners, &o->by_inode, hash_mix(o->is.inode));
	return sizeof(o->is);
}

static void free_owners(struct hash *owners)
{
	for (size_t i = 0; i <= owners->mask; i++) {
		struct hash_node *n;

		while ((n = owners->bucket[i])) {
			hash_remove(owners, n);
			free(container_of(n, struct owner, by_inode));
		}
	}
	hash_free(owners);
}

/* ---- sockets ---- */

/* The task block stands before the counters: the record is put together anew. */
static void put_existing(struct snapshot *s, const struct event_existing *e)
{
	const struct owner *owner = e->inode ? owner_of(&s->owners, e->inode) : NULL;
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
	r.existing.event.size += sizeof(owner->is.task);
	memcpy(r.bytes + sizeof(*e), &owner->is.task, sizeof(owner->is.task));
	memcpy(r.bytes + sizeof(*e) + sizeof(owner->is.task), e + 1, rest);
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
		log_notice("cannot read who holds which socket (%s): owners of older sockets stay unknown",
			   strerror(-err));
	err = iterate(s, skel->progs.snapshot_sockets, take_existing);
	if (err)
		log_notice("cannot read which connections there are (%s): older ones are reported from their next "
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
	err = hash_init(&s.owners, 1024);
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
