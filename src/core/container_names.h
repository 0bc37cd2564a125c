/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What container runtimes and the kubelet call a container, as far as names of files and the runtime's own name show
 * it. On text alone; what does not follow the rules of Kubernetes' names is no such name.
 */
#ifndef TCPLIFE_CONTAINER_NAMES_H
#define TCPLIFE_CONTAINER_NAMES_H

#include <stdbool.h>

#include "core/cgroup_path.h"
#include "event.h"

/* As in struct event_container; "" = not known. */
struct container_names {
	char runtime[RUNTIME_SIZE];
	char name[128];
	char pod_uid[POD_UID_SIZE];
	char pod[256];
	char namespace[64];
	char k8s_name[64];
};

/* What e has is taken; what it has not stays. */
void container_names_take(struct container_names *n, const struct event_container *e);
/* The reverse: all of n. */
void container_names_put(const struct container_names *n, struct event_container *e);

/*
 * Each fills what the name shows, and returns false, with *out as it was, if it is of another form.
 * pod_dir: "NAMESPACE_POD_UID", as in /var/log/pods.
 * log_link: "POD_NAMESPACE_CONTAINER-ID.log", as in /var/log/containers; the container's id goes to id.
 * runtime_name: "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT", as cri-dockerd and CRI-O name containers.
 */
bool container_names_pod_dir(const char *text, struct container_names *out);
bool container_names_log_link(const char *text, struct container_names *out, char id[CONTAINER_ID_SIZE]);
bool container_names_runtime_name(const char *text, struct container_names *out);

#endif
