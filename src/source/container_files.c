// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/container_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define STATE_MOST (8 << 20) /* bytes of a file; Podman's has about 700 for each container */

static const char *const DIRS[CONTAINER_DIRS] = {
	[CONTAINER_PODS] = "/var/log/pods",
	[CONTAINER_LOGS] = "/var/log/containers",
	[CONTAINER_DOCKER] = "/var/lib/docker/containers",
	[CONTAINER_OVERLAY] = "/var/lib/containers/storage/overlay-containers",
	[CONTAINER_VFS] = "/var/lib/containers/storage/vfs-containers",
	[CONTAINER_BTRFS] = "/var/lib/containers/storage/btrfs-containers",
	[CONTAINER_ZFS] = "/var/lib/containers/storage/zfs-containers",
};

const char *container_files_dir(enum container_dir dir, const char *root, struct strbuf *path)
{
	strbuf_reset(path);
	strbuf_puts(path, root);
	strbuf_puts(path, DIRS[dir]);
	return strbuf_text(path);
}

static void cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

static DIR *open_dir(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d && fd >= 0)
		close(fd);
	return d;
}

/* A regular file as a whole; NULL if it cannot be read or is too long. */
static char *read_file(const char *path, size_t *len)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	struct stat st;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > STATE_MOST)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	*len = 0;
	while (text && *len < (size_t)st.st_size) {
		got = read(fd, text + *len, (size_t)st.st_size - *len);
		if (got <= 0)
			break;
		*len += (size_t)got;
	}
	return TAKE_PTR(text);
}

/* ---- the kubelet's logs ---- */

/* The name of a pod's container; none if it has several: which of them is meant is not known by the pod. */
static void only_container(int pods, const char *pod, struct container_names *n)
{
	_cleanup_closedir_ DIR *d = open_dir(pods, pod);
	const struct dirent *entry;
	unsigned int count = 0;

	while (d && (entry = readdir(d))) {
		size_t size = strlen(entry->d_name) + 1;

		if (entry->d_name[0] == '.' || size > sizeof(n->k8s_name))
			continue;
		memcpy(n->k8s_name, entry->d_name, size);
		count++;
	}
	if (count != 1)
		n->k8s_name[0] = '\0';
}

static void read_pods(DIR *d, container_found_fn found, void *ctx)
{
	const struct dirent *entry;

	while ((entry = readdir(d))) {
		struct container_names n = { 0 };

		if (!container_names_pod_dir(entry->d_name, &n))
			continue;
		only_container(dirfd(d), entry->d_name, &n);
		found(ctx, NULL, &n);
	}
}

static void read_logs(DIR *d, container_found_fn found, void *ctx)
{
	const struct dirent *entry;
	char id[CONTAINER_ID_SIZE];

	while ((entry = readdir(d))) {
		struct container_names n = { 0 };

		if (container_names_log_link(entry->d_name, &n, id))
			found(ctx, id, &n);
	}
}

/* ---- the runtimes' state ---- */

static void read_storage(const char *dir, const char *file, container_found_fn found, void *ctx)
{
	struct strbuf path = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t len;

	strbuf_printf(&path, "%s/%s", dir, file);
	text = read_file(strbuf_text(&path), &len);
	if (text)
		container_state_storage(text, len, found, ctx);
	strbuf_free(&path);
}

void container_files_read(enum container_dir dir, const char *root, container_found_fn found, void *ctx)
{
	struct strbuf path = { 0 };
	const char *text = container_files_dir(dir, root, &path);
	_cleanup_closedir_ DIR *d = NULL;

	switch (dir) {
	case CONTAINER_PODS:
	case CONTAINER_LOGS:
		d = open_dir(AT_FDCWD, text);
		if (d)
			(dir == CONTAINER_PODS ? read_pods : read_logs)(d, found, ctx);
		break;
	case CONTAINER_DOCKER:
	case CONTAINER_DIRS:
		break;
	default:
		read_storage(text, "containers.json", found, ctx);
		read_storage(text, "volatile-containers.json", found, ctx); /* of --rm, since Podman 4.4 */
	}
	strbuf_free(&path);
}

void container_files_read_docker(const char *root, const char *id, container_found_fn found, void *ctx)
{
	struct strbuf path = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t len;

	container_files_dir(CONTAINER_DOCKER, root, &path);
	strbuf_printf(&path, "/%s/config.v2.json", id);
	text = read_file(strbuf_text(&path), &len);
	if (text)
		container_state_docker(text, len, found, ctx);
	strbuf_free(&path);
}
