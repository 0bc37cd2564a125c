/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where container runtimes and the kubelet keep the names of containers, below the root of the host. Without their APIs
 * and without credentials: files are read, and what cannot be read has no names.
 */
#ifndef TCPLIFE_CONTAINER_FILES_H
#define TCPLIFE_CONTAINER_FILES_H

#include "core/container_names.h"
#include "lib/strbuf.h"
#include "source/container_state.h"

/* A directory whose entries change when containers come and go. */
enum container_dir {
	CONTAINER_PODS,	  /* /var/log/pods/NAMESPACE_POD_UID/CONTAINER */
	CONTAINER_LOGS,	  /* /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log */
	CONTAINER_DOCKER, /* /var/lib/docker/containers/ID/config.v2.json */
	CONTAINER_OVERLAY,
	CONTAINER_VFS,
	CONTAINER_BTRFS,
	CONTAINER_ZFS, /* /var/lib/containers/storage/DRIVER-containers/containers.json */
	CONTAINER_DIRS
};

/* Below root, "" being this one's; the text is put into path. */
const char *container_files_dir(enum container_dir dir, const char *root, struct strbuf *path);
/*
 * All that a directory has. Of a pod found() is called with id NULL: it has its uid, and the name of its container if
 * it has but one. Nothing is found in CONTAINER_DOCKER, whose containers are asked for one by one.
 */
void container_files_read(enum container_dir dir, const char *root, container_found_fn found, void *ctx);
void container_files_read_docker(const char *root, const char *id, container_found_fn found, void *ctx);

#endif
