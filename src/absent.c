// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "absent.h"

#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

static const char *const MOUNTS[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd" };
#define MOUNT_COUNT (sizeof(MOUNTS) / sizeof(MOUNTS[0]))

static bool has_path(const char *below)
{
	char path[4096];

	for (size_t i = 0; i < MOUNT_COUNT; i++) {
		snprintf(path, sizeof(path), "%s%s", MOUNTS[i], below);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

/* True also where it cannot be known. */
static bool has_directory(const char *name)
{
	char root[] = "/sys/fs/cgroup";
	char *roots[] = { root, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	bool found = false;

	for (const FTSENT *e; tree && !found && (e = fts_read(tree));)
		found = e->fts_info == FTS_D && !strcmp(e->fts_name, name);
	if (tree)
		fts_close(tree);
	return found || !tree;
}

void absent_say(const struct options *o)
{
	if (options_offline(o) || o->host_root)
		return;
	if (o->cgroup && access(MOUNTS[0], F_OK) == 0 && !has_path(o->cgroup))
		log_notice("there is no cgroup %s now: connections are listed when one of that name has some",
			   o->cgroup);
	if (o->unit && !has_directory(o->unit))
		log_notice("no unit %s runs now: connections are listed when one of that name has some", o->unit);
}
