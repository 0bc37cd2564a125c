// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "command_cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define ROUNDS 10 /* of moving what is left: it may fork meanwhile */

/* Where the unified hierarchy is mounted, alone or beside version 1. */
static bool find_mount(char *out, size_t size)
{
	FILE *f = setmntent("/proc/self/mounts", "r");
	struct mntent *m;
	bool found = false;

	while (f && !found && (m = getmntent(f))) {
		found = !strcmp(m->mnt_type, "cgroup2");
		if (found)
			snprintf(out, size, "%s", m->mnt_dir);
	}
	if (f)
		endmntent(f);
	return found;
}

/* "0::/user.slice/...": this process' own. */
static bool find_own(char *out, size_t size)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/cgroup", "re");
	char line[4200];

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		return snprintf(out, size, "%s", line[4] ? line + 3 : "") < (int)size;
	}
	return false;
}

/* The same without a place in the file system: nothing needs to be mounted, and what is may be hidden. It stays open.
 */
static bool mount_nowhere(char *out, size_t size)
{
	int fs = (int)syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC), fd = -1;

	if (fs < 0)
		return false;
	if (!syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	snprintf(out, size, "/proc/self/fd/%d", fd);
	return fd >= 0;
}

static int make_in(const char *mount, char *path, size_t size, const char *name)
{
	char own[4200];

	if (!find_own(own, sizeof(own)))
		return -EOPNOTSUPP;
	if (snprintf(path, size, "%s%s/%s", mount, own, name) >= (int)size)
		return -ENAMETOOLONG;
	return mkdir(path, 0755) ? -errno : 0;
}

int command_cgroup_make(char *path, size_t size, const char *name)
{
	char mount[1024];
	int err = find_mount(mount, sizeof(mount)) ? make_in(mount, path, size, name) : -EOPNOTSUPP;

	if (err && mount_nowhere(mount, sizeof(mount)))
		err = make_in(mount, path, size, name);
	return err;
}

/* pid "0" is the writer. */
static int move(const char *path, const char *pid)
{
	char procs[4200];
	_cleanup_close_ int fd = -1;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	fd = open(procs, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, pid, strlen(pid)) < 0)
		return -errno;
	return 0;
}

int command_cgroup_enter(const char *path)
{
	return move(path, "0");
}

static unsigned int move_all(const char *path, const char *above)
{
	char procs[4200], pid[32];
	_cleanup_fclose_ FILE *f = NULL;
	unsigned int count = 0;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	f = fopen(procs, "re");
	while (f && fgets(pid, sizeof(pid), f)) {
		pid[strcspn(pid, "\n")] = '\0';
		count += !move(above, pid);
	}
	return count;
}

unsigned int command_cgroup_remove(const char *path)
{
	char above[4096];
	unsigned int left = 0;

	snprintf(above, sizeof(above), "%.*s", (int)(strrchr(path, '/') - path), path);
	for (int i = 0; i < ROUNDS && rmdir(path) && errno == EBUSY; i++)
		left += move_all(path, above);
	return left;
}
