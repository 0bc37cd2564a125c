// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Finds the path of a cgroup id by walking the cgroup file system. Decides when a walk is worth its cost. */
#include "source/cgroup_path.h"

#include <fts.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/hash.h"
#include "lib/list.h"

#define SEEN_MAX 65536 /* ids that were asked for; beyond it no more are described */

struct seen {
	struct hash_node node;
	__u64 id;
};

struct cgroup_paths {
	char mount[256];
	struct hash seen;
	time_t walked; /* CLOCK_MONOTONIC seconds of the last walk that found nothing */
};

static bool find_mount(char *out, size_t size)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	bool found = false;

	while (f && !found && (m = getmntent(f))) {
		found = !strcmp(m->mnt_type, "cgroup2") && strlen(m->mnt_dir) < size;
		if (found)
			memcpy(out, m->mnt_dir, strlen(m->mnt_dir) + 1);
	}
	if (f)
		endmntent(f);
	return found;
}

struct cgroup_paths *cgroup_paths_new(void)
{
	struct cgroup_paths *p = calloc(1, sizeof(*p));

	if (p && (!find_mount(p->mount, sizeof(p->mount)) || hash_init(&p->seen, 256) < 0)) {
		free(p);
		p = NULL;
	}
	return p;
}

void cgroup_paths_free(struct cgroup_paths **p)
{
	if (!*p)
		return;
	for (size_t i = 0; i <= (*p)->seen.mask; i++) {
		while ((*p)->seen.bucket[i]) {
			struct seen *s = container_of((*p)->seen.bucket[i], struct seen, node);

			hash_remove(&(*p)->seen, &s->node);
			free(s);
		}
	}
	hash_free(&(*p)->seen);
	free(*p);
	*p = NULL;
}

static bool was_seen(const struct cgroup_paths *p, __u64 id)
{
	for (struct hash_node *n = hash_first(&p->seen, hash_mix(id)); n; n = hash_next(n)) {
		if (container_of(n, struct seen, node)->id == id)
			return true;
	}
	return false;
}

static void remember(struct cgroup_paths *p, __u64 id)
{
	struct seen *s = malloc(sizeof(*s));

	if (!s)
		return; /* it is asked for again */
	s->id = id;
	hash_add(&p->seen, &s->node, hash_mix(id));
}

/* The end of a path says more than its beginning. */
static void copy_path(char to[EVENT_CGROUP_PATH], const char *path)
{
	size_t len = strlen(path);

	if (!len)
		path = "/", len = 1;
	if (len >= EVENT_CGROUP_PATH) {
		path += len - (EVENT_CGROUP_PATH - 1);
		len = EVENT_CGROUP_PATH - 1;
	}
	memcpy(to, path, len + 1);
}

static bool walk(const struct cgroup_paths *p, __u64 id, char path[EVENT_CGROUP_PATH])
{
	char *const roots[] = { (char *)p->mount, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	bool found = false;
	FTSENT *e;

	while (tree && !found && (e = fts_read(tree))) {
		found = e->fts_info == FTS_D && e->fts_statp->st_ino == id;
		if (found)
			copy_path(path, e->fts_path + strlen(p->mount));
	}
	if (tree)
		fts_close(tree);
	return found;
}

bool cgroup_paths_describe(struct cgroup_paths *p, __u64 id, struct event_cgroup *out)
{
	struct timespec now;

	if (!p || !id || was_seen(p, id) || p->seen.count >= SEEN_MAX)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec == p->walked)
		return false;
	*out = (struct event_cgroup) { .event = { .kind = EVENT_CGROUP, .size = sizeof(*out) }, .id = id };
	if (!walk(p, id, out->path)) {
		p->walked = now.tv_sec;
		return false;
	}
	remember(p, id);
	return true;
}
