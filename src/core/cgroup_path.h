/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the path of a cgroup shows: container, pod, systemd unit. On text alone. */
#ifndef TCPLIFE_CGROUP_PATH_H
#define TCPLIFE_CGROUP_PATH_H

#include "event.h"

#define CONTAINER_ID_SIZE 65 /* 64 hexadecimal digits and NUL */
#define POD_UID_SIZE	  40 /* 36 characters, of a static pod 32, and NUL */
#define RUNTIME_SIZE	  16

/* "" = the path shows none. */
struct cgroup_place {
	char container[CONTAINER_ID_SIZE];
	char runtime[RUNTIME_SIZE];   /* docker, podman, containerd, cri-o */
	char pod_uid[POD_UID_SIZE];   /* with dashes, as the API has it */
	char unit[EVENT_CGROUP_PATH]; /* of systemd, user's before system's; of no container and no pod */
};

/*
 * By the names that runtimes give: "docker-ID.scope", "cri-containerd-ID.scope", "crio-ID.scope", "libpod-ID.scope",
 * "docker/ID", below "kubepods-burstable-podUID.slice" or "podUID". The deepest container and pod count. A runtime's
 * monitor ("libpod-conmon-ID.scope") is none.
 */
void cgroup_path_parse(const char *path, struct cgroup_place *out);

#endif
