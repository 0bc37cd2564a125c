/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What container runtimes keep of their containers, as JSON. On buffers; what is no JSON, or not of this form, has no
 * names.
 */
#ifndef TCPLIFE_CONTAINER_STATE_H
#define TCPLIFE_CONTAINER_STATE_H

#include <stddef.h>

#include "core/container_names.h"

/* One container: its id, and what is known of it. */
typedef void (*container_found_fn)(void *ctx, const char *id, const struct container_names *names);

/* Docker's config.v2.json: {"ID": ..., "Name": "/NAME"}. */
void container_state_docker(const char *text, size_t len, container_found_fn found, void *ctx);
/* The containers.json of containers/storage, which Podman and CRI-O share: [{"id": ..., "names": [NAME]}]. */
void container_state_storage(const char *text, size_t len, container_found_fn found, void *ctx);

#endif
