// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides when which files are read: those that may name a container when its cgroup is first seen, and, when a
 * directory has changed, that directory, for the containers that were seen. What was seen is kept in a ring of bounded
 * length.
 */
#include "source/containers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/cgroup_path.h"
#include "lib/cleanup.h"
#include "lib/log.h"
#include "options.h"
#include "source/consumer.h"
#include "source/container_files.h"
#include "source/source.h"

#define SEEN_MOST  2048
#define CHANGED_MS 200 /* a change is read after so long, with those that came meanwhile */
#define MISSING	   25  /* of these later, directories that were not there are looked for again: 5 s */
#define CHANGES	   (IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR)

/* A cgroup that is a container or in a pod. */
struct seen {
	uint64_t id;
	char container[CONTAINER_ID_SIZE];
	struct container_names names;
	int watch;    /* of Docker's directory of it; -1 = none */
	bool news;    /* to be emitted */
	bool changed; /* Docker's file of it */
};

struct containers {
	struct source *source;
	struct consumer *consumer;
	const char *root;
	int inotify; /* -1 = the kernel gave none: names are read when a cgroup comes, and not followed */
	int watch[CONTAINER_DIRS];
	bool changed[CONTAINER_DIRS];
	bool any_changed;
	unsigned int ticks;
	struct seen *seen[SEEN_MOST];
	size_t count, next; /* the oldest, once all places are taken */
};

/* ---- what files say goes to whom it concerns ---- */

static void take_text(char *to, const char *from, bool *news)
{
	if (!*from || !strcmp(to, from))
		return;
	memcpy(to, from, strlen(from) + 1);
	*news = true;
}

static void take_names(struct seen *s, const struct container_names *n)
{
	take_text(s->names.runtime, n->runtime, &s->news);
	take_text(s->names.name, n->name, &s->news);
	take_text(s->names.pod_uid, n->pod_uid, &s->news);
	take_text(s->names.pod, n->pod, &s->news);
	take_text(s->names.namespace, n->namespace, &s->news);
	take_text(s->names.k8s_name, n->k8s_name, &s->news);
}

static bool is_meant(const struct seen *s, const char *id, const struct container_names *n)
{
	return id ? !strcmp(s->container, id) : !strcmp(s->names.pod_uid, n->pod_uid);
}

static void on_found(void *ctx, const char *id, const struct container_names *n)
{
	struct containers *c = ctx;

	for (size_t i = 0; i < c->count; i++)
		if (is_meant(c->seen[i], id, n))
			take_names(c->seen[i], n);
}

static void take_pod(void *ctx, const char *id, const struct container_names *n)
{
	struct container_names pod = *n;
	const struct containers *c = ctx;

	/* The link to a container's log knows better, and "the only one" may be the first of several. */
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->seen[i]->names.pod_uid, n->pod_uid))
			continue;
		if (c->seen[i]->names.k8s_name[0])
			pod.k8s_name[0] = '\0';
		take_names(c->seen[i], &pod);
		memcpy(pod.k8s_name, n->k8s_name, sizeof(pod.k8s_name));
	}
}

static void read_dir(struct containers *c, enum container_dir dir)
{
	container_files_read(dir, c->root, dir == CONTAINER_PODS ? take_pod : on_found, c);
}

static void read_docker(struct containers *c, const struct seen *s)
{
	container_files_read_docker(c->root, s->container, on_found, c);
}

/* ---- who may know a container ---- */

static bool may_be(const struct seen *s, const char *runtime)
{
	return s->container[0] && (!s->names.runtime[0] || !strcmp(s->names.runtime, runtime));
}

static void watch_docker(struct containers *c, struct seen *s)
{
	struct strbuf path = { 0 };

	if (c->inotify < 0 || s->watch >= 0)
		return;
	container_files_dir(CONTAINER_DOCKER, c->root, &path);
	strbuf_printf(&path, "/%s", s->container);
	s->watch = inotify_add_watch(c->inotify, strbuf_text(&path), CHANGES);
	strbuf_free(&path);
}

static void ask_docker(struct containers *c, struct seen *s)
{
	/* Watched first: a change meanwhile is read again. */
	watch_docker(c, s);
	read_docker(c, s);
}

/* Logs before pods: they know which of a pod's containers it is. */
static void ask_all(struct containers *c, struct seen *s)
{
	if (s->names.pod_uid[0]) {
		read_dir(c, CONTAINER_LOGS);
		read_dir(c, CONTAINER_PODS);
	}
	if (may_be(s, "docker"))
		ask_docker(c, s);
	if (may_be(s, "podman") || may_be(s, "cri-o"))
		for (enum container_dir dir = CONTAINER_OVERLAY; dir < CONTAINER_DIRS; dir++)
			read_dir(c, dir);
}

/* ---- records ---- */

static void make_record(const struct seen *s, uint64_t ts_ns, struct event_container *e)
{
	*e = (struct event_container) {
		.event = { .kind = EVENT_CONTAINER, .size = sizeof(*e), .ts_ns = ts_ns },
		.id = s->id,
	};
	container_names_put(&s->names, e);
}

static void put_news(struct containers *c)
{
	struct event_container e;

	for (size_t i = 0; i < c->count; i++) {
		if (!c->seen[i]->news)
			continue;
		c->seen[i]->news = false;
		make_record(c->seen[i], consumer_now(), &e);
		consumer_put(c->consumer, &e.event);
	}
}

/* ---- a cgroup comes ---- */

static struct seen *find(const struct containers *c, uint64_t id)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->seen[i]->id == id)
			return c->seen[i];
	return NULL;
}

/* A place for another: a new one, or the oldest one's. NULL = out of memory. */
static struct seen *make_room(struct containers *c)
{
	struct seen *s;

	if (c->count < SEEN_MOST) {
		s = malloc(sizeof(*s));
		if (s)
			c->seen[c->count++] = s;
		return s;
	}
	s = c->seen[c->next++ % SEEN_MOST];
	if (s->watch >= 0)
		inotify_rm_watch(c->inotify, s->watch);
	return s;
}

static struct seen *remember(struct containers *c, uint64_t id, const struct cgroup_place *place)
{
	struct seen *s = make_room(c);

	if (!s)
		return NULL;
	*s = (struct seen) { .id = id, .watch = -1 };
	memcpy(s->container, place->container, sizeof(s->container));
	memcpy(s->names.runtime, place->runtime, sizeof(s->names.runtime));
	memcpy(s->names.pod_uid, place->pod_uid, sizeof(s->names.pod_uid));
	return s;
}

void containers_on_cgroup(void *ctx, const struct event_cgroup *g)
{
	struct containers *c = ctx;
	struct cgroup_place place;
	struct event_container e;
	struct seen *s;

	cgroup_path_parse(g->path, &place);
	if (!place.container[0] && !place.pod_uid[0])
		return;
	s = find(c, g->id);
	if (!s)
		s = remember(c, g->id, &place);
	if (!s)
		return;
	ask_all(c, s);
	c->any_changed = true; /* others may have been found as well */
	if (!s->news)
		return;
	s->news = false;
	make_record(s, g->event.ts_ns, &e);
	c->source->emit(c->source->emit_ctx, &e, sizeof(e));
}

/* ---- files change ---- */

static void read_changed(struct containers *c)
{
	c->any_changed = false;
	for (size_t i = 0; i < c->count; i++) {
		struct seen *s = c->seen[i];

		/* Its directory may be made after it was asked for. */
		if (s->changed || (c->changed[CONTAINER_DOCKER] && s->watch < 0 && may_be(s, "docker")))
			ask_docker(c, s);
		s->changed = false;
	}
	c->changed[CONTAINER_DOCKER] = false;
	if (c->changed[CONTAINER_LOGS])
		read_dir(c, CONTAINER_LOGS);
	c->changed[CONTAINER_LOGS] = false;
	for (enum container_dir dir = 0; dir < CONTAINER_DIRS; dir++) {
		if (c->changed[dir])
			read_dir(c, dir);
		c->changed[dir] = false;
	}
	put_news(c);
}

static void watch_dirs(struct containers *c)
{
	struct strbuf path = { 0 };

	for (enum container_dir dir = 0; dir < CONTAINER_DIRS; dir++) {
		if (c->watch[dir] >= 0)
			continue;
		c->watch[dir] = inotify_add_watch(c->inotify, container_files_dir(dir, c->root, &path), CHANGES);
		if (c->watch[dir] >= 0)
			c->changed[dir] = c->any_changed = true;
	}
	strbuf_free(&path);
}

static void note_change(struct containers *c, const struct inotify_event *e)
{
	bool ended = e->mask & IN_IGNORED, lost = e->mask & IN_Q_OVERFLOW;

	c->any_changed = true;
	for (enum container_dir dir = 0; dir < CONTAINER_DIRS; dir++) {
		if (c->watch[dir] == e->wd && ended)
			c->watch[dir] = -1;
		else if (c->watch[dir] == e->wd || lost)
			c->changed[dir] = true;
	}
	for (size_t i = 0; i < c->count; i++) {
		if (c->seen[i]->watch == e->wd && ended)
			c->seen[i]->watch = -1;
		else if (c->seen[i]->watch == e->wd || lost)
			c->seen[i]->changed = true;
	}
}

static void on_inotify(void *ctx, uint32_t epoll_events)
{
	_Alignas(struct inotify_event) char buf[4096];
	struct containers *c = ctx;
	ssize_t got;

	while ((got = read(c->inotify, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + got;) {
			const struct inotify_event *e = (const void *)p;

			note_change(c, e);
			p += sizeof(*e) + e->len;
		}
	}
}

static void on_timer(void *ctx, uint32_t epoll_events)
{
	struct containers *c = ctx;

	if (c->ticks++ % MISSING == 0)
		watch_dirs(c);
	if (c->any_changed)
		read_changed(c);
}

/* ---- beginning and end ---- */

static int follow(struct containers *c)
{
	int err;

	c->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (c->inotify < 0) {
		log_verbose("names of containers are not followed: %s", strerror(errno));
		return 0;
	}
	err = loop_add(c->source->loop, c->inotify, EPOLLIN, on_inotify, c);
	if (!err)
		err = loop_every(c->source->loop, CHANGED_MS, on_timer, c);
	watch_dirs(c);
	return err;
}

int containers_new(struct source *s, struct consumer *consumer, struct containers **out)
{
	struct containers *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return log_errno(-ENOMEM, "names of containers");
	c->source = s;
	c->consumer = consumer;
	c->root = s->options->host_root ?: "";
	for (int dir = 0; dir < CONTAINER_DIRS; dir++)
		c->watch[dir] = -1;
	*out = c;
	err = follow(c);
	if (err)
		containers_free(out);
	return err ? log_errno(err, "names of containers") : 0;
}

void containers_free(struct containers **cp)
{
	struct containers *c = TAKE_PTR(*cp);

	if (!c)
		return;
	if (c->inotify >= 0) {
		loop_remove(c->source->loop, c->inotify);
		close(c->inotify);
	}
	for (size_t i = 0; i < c->count; i++)
		free(c->seen[i]);
	free(c);
}
