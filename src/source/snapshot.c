// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/cleanup.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "lib/log.h"
#include "owner.h"
#include "source/consumer.h"
#include "source/hooks.h"
#include "source/netns.h"
#include "tcplife.skel.h"

/* What the kernel gathers at most in one read() of an iterator (bpf_seq_read(), since 5.10). */
#define CHUNK_BYTES (32 << 10)

struct owner {
	struct hash_node by_inode;
	struct snapshot_owner is;
};

struct snapshot {
	struct consumer *consumer;
	struct hash owners;
};

/* ---- reading an iterator ---- */

/* What to do with the record at the head of len bytes: returns its size, 0 if it is not whole yet, or an errno. */
typedef ssize_t (*take_fn)(struct snapshot *s, const char *bytes, size_t len);

static ssize_t take_all(struct snapshot *s, take_fn take, char *bytes, size_t *used)
{
	size_t at = 0;
	ssize_t n = 0;

	while (at < *used && (n = take(s, bytes + at, *used - at)) > 0)
		at += n;
	memmove(bytes, bytes + at, *used - at);
	*used -= at;
	return n < 0 ? n : 0;
}

static int read_all(struct snapshot *s, int fd, take_fn take)
{
	static char bytes[2 * CHUNK_BYTES] __attribute__((aligned(8)));
	size_t used = 0;

	for (;;) {
		ssize_t n, err;

		/* The hooks go on meanwhile: their records must not find the ring full. */
		consumer_read_on(s->consumer);
		n = read(fd, bytes + used, sizeof(bytes) - used);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue; /* EAGAIN: a million sockets in a row were not wanted */
		if (n <= 0)
			return n ? -errno : 0;
		used += n;
		err = take_all(s, take, bytes, &used);
		if (err)
			return err;
	}
}

static int iterate(struct snapshot *s, const struct bpf_program *program, take_fn take)
{
	_cleanup_close_ int fd = -1;
	struct bpf_link *link = bpf_program__attach_iter(program, NULL);
	int err;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	err = fd < 0 ? -errno : read_all(s, fd, take);
	bpf_link__destroy(link);
	return err;
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

/* Processes come by rising pid: of several that share a socket, who is met first is mostly who opened it, the others'
 * parent. */
static ssize_t take_owner(struct snapshot *s, const char *bytes, size_t len)
{
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

static ssize_t take_existing(struct snapshot *s, const char *bytes, size_t len)
{
	const struct event_existing *e = (const void *)bytes;

	if (len < sizeof(*e) || len < e->event.size)
		return 0;
	if (e->event.size < sizeof(*e) || e->event.size % 8 ||
	    e->event.size > EVENT_MAX_SIZE - sizeof(struct event_task))
		return -EBADMSG;
	put_existing(s, e);
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
		log_notice("cannot read which connections there are (%s): older ones are told as they move",
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
