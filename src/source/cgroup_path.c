// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Finds the path of a cgroup id by walking the cgroup file system. Decides when a walk is worth its cost. */
#include "source/cgroup_path.h"

#include <fts.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/flat.h"
#include "lib/hash_mix.h"

#define SEEN_MAX 65536 /* ids that were asked for; beyond it no more are described */

struct cgroup_paths {
	char mount[256];
	struct flat seen; /* numbers in id, from 1 on */
	__u64 *id;
	uint32_t count, capacity;
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

	if (p && (!find_mount(p->mount, sizeof(p->mount)) || flat_init(&p->seen, 256) < 0)) {
		free(p);
		p = NULL;
	}
	return p;
}

void cgroup_paths_free(struct cgroup_paths **p)
{
	if (!*p)
		return;
	flat_free(&(*p)->seen);
	free((*p)->id);
	free(*p);
	*p = NULL;
}

static bool was_seen(const struct cgroup_paths *p, __u64 id)
{
	struct flat_search search = flat_search(&p->seen, (uint32_t)hash_mix(id));
	uint32_t number;

	while ((number = flat_next(&search))) {
		if (p->id[number - 1] == id)
			return true;
	}
	return false;
}

/* Without memory it is asked for again. */
static void remember(struct cgroup_paths *p, __u64 id)
{
	if (p->count == p->capacity) {
		uint32_t capacity = p->capacity ? p->capacity * 2 : 256;
		__u64 *larger = reallocarray(p->id, capacity, sizeof(*larger));

		if (!larger)
			return;
		p->id = larger;
		p->capacity = capacity;
	}
	p->id[p->count] = id;
	if (!flat_add(&p->seen, (uint32_t)hash_mix(id), p->count + 1))
		p->count++;
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

	if (!p || !id || was_seen(p, id) || p->count >= SEEN_MAX)
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
